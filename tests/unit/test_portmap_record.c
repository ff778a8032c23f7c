/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/portmap_record.h"
#include "tests/support/exportfix.h"
#include "tests/support/recordfix.h"

static struct cgn_record_door door;
static struct cgn_leasetable_client client;

static struct cgn_leasetable_lease
lease(void)
{
	return (struct cgn_leasetable_lease){
		.client = &client,
		.in = { .addr = RTE_BE32(0x6440000b),
				.port = RTE_BE16(8080),
				.proto = CGN_PROTO_TCP },
		.ext = { .addr = RTE_BE32(0xc6336403),
				.port = RTE_BE16(40080),
				.proto = CGN_PROTO_TCP },
		.by = { .by = CGN_LEASE_BY_PCP },
		.map_end_ms = 10000,
	};
}

static struct cgn_record
record(const struct cgn_leasetable_lease *x, const struct cgn_portmap_record *who,
		enum cgn_record_event event, uint64_t now_ms)
{
	struct cgn_record r = { 0 };

	recordfix_open(&door, 16, 1);
	cgn_portmap_record_put(&door, x, who, event, CGN_RECORD_CAUSE_REQUEST, now_ms);
	CU_ASSERT_EQUAL(recordfix_take(&door, &r, 1), 1);
	recordfix_close(&door);
	return r;
}

static void
a_record_has_the_lease_and_who_has_it(void)
{
	const struct cgn_ip6 b4 = { .b = { 0x20, 1 } };
	const struct cgn_portmap_record nobody = { .b4 = NULL };
	const struct cgn_portmap_record who = { .b4 = &b4, .peer = "CN=home" };
	struct cgn_leasetable_lease x = lease();
	struct cgn_record r = record(&x, &nobody, CGN_RECORD_LEASE_MADE, 9001);

	CU_ASSERT_EQUAL(r.event, CGN_RECORD_LEASE_MADE);
	CU_ASSERT_EQUAL(r.lease.in_addr, x.in.addr);
	CU_ASSERT_EQUAL(r.lease.in_port, 8080);
	CU_ASSERT_EQUAL(r.lease.ext_addr, x.ext.addr);
	CU_ASSERT_EQUAL(r.lease.ext_port, 40080);
	CU_ASSERT_EQUAL(r.lease.proto, CGN_PROTO_TCP);
	CU_ASSERT_EQUAL(r.lease.lifetime_s, 1); /* rounded up */
	CU_ASSERT_TRUE(r.lease.is_pcp && !r.lease.is_peer);
	CU_ASSERT_PTR_NULL(r.lease.extra);
	x.by.by = CGN_LEASE_BY_NATPMP;
	x.extra = cgn_lease_extra_new();
	CU_ASSERT_PTR_NOT_NULL_FATAL(x.extra);
	cgn_lease_extra_describe(x.extra, "a\n]b", 4);
	r = record(&x, &who, CGN_RECORD_LEASE_ENDED, 9001);
	cgn_lease_extra_release(x.extra);
	CU_ASSERT_EQUAL(r.lease.lifetime_s, 0);
	CU_ASSERT_FALSE(r.lease.is_pcp || r.lease.is_peer);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r.lease.extra);
	CU_ASSERT_EQUAL(memcmp(&r.lease.extra->b4, &b4, sizeof(b4)), 0);
	CU_ASSERT_STRING_EQUAL(r.lease.extra->peer, "CN=home");
	CU_ASSERT_STRING_EQUAL(r.lease.extra->description, "a%0A%5Db");
	cgn_record_release(&r);
}

/* The later end counts. When MAP is over, the lease is one of PEER. */
static void
a_lease_of_peer_is_told_from_one_of_map(void)
{
	const struct cgn_portmap_record nobody = { .b4 = NULL };
	struct cgn_leasetable_lease x = lease();
	struct cgn_record r;

	x.peer_end_ms = 60000;
	r = record(&x, &nobody, CGN_RECORD_LEASE_RENEWED, 0);
	CU_ASSERT_EQUAL(r.lease.lifetime_s, 60);
	CU_ASSERT_FALSE(r.lease.is_peer);
	x.map_end_ms = 0;
	x.by.by = CGN_LEASE_BY_NATPMP;
	r = record(&x, &nobody, CGN_RECORD_LEASE_RENEWED, 0);
	CU_ASSERT_EQUAL(r.lease.lifetime_s, 60);
	CU_ASSERT_TRUE(r.lease.is_pcp && r.lease.is_peer);
}

/* A record that is lost keeps no memory. The leak checker of ASan looks at this. */
static void
a_full_ring_keeps_no_memory(void)
{
	const struct cgn_portmap_record who = { .peer = "CN=home" };
	struct cgn_leasetable_lease x = lease();
	struct cgn_record r;

	recordfix_open(&door, 16, 1);
	for (int i = 0; i < 20; i++)
		cgn_portmap_record_put(&door, &x, &who, CGN_RECORD_LEASE_MADE,
				CGN_RECORD_CAUSE_REQUEST, 0);
	CU_ASSERT_EQUAL(door.gap.gap.lost[CGN_RECORD_KIND_LEASES], 4);
	while (recordfix_take(&door, &r, 1) == 1)
		cgn_record_release(&r);
	recordfix_close(&door);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(a_record_has_the_lease_and_who_has_it),
	CU_TEST_ROW(a_lease_of_peer_is_told_from_one_of_map),
	CU_TEST_ROW(a_full_ring_keeps_no_memory),
};

CU_MAIN("portmap_record", tests)
