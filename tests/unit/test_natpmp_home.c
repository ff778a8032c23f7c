/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/natpmp/natpmp_announce.h"
#include "controlplane/natpmp/natpmp_server.h"
#include "tests/support/leaseask.h"

/* Homes behind softwires: who gets a realm, and how long it lasts. */

#define INNER RTE_BE32(0xc0a8010a)
#define AFTR  RTE_BE32(0xc0000001)

static struct lf f;
static struct cgn_natpmp_server *server;
static struct cgn_natpmp_announce *announce;
static unsigned int n_answers;
static struct cgn_return_addr last;
static uint8_t last_data[16];

static struct cgn_prefix homes = { .ip6 = { .b = { 0x20, 1, 0x0d, 0xb8 } },
	.len = 32,
	.is_ip6 = true };
static struct cgn_conf_group group = { .prefixes = &homes,
	.n_prefixes = 1,
	.subscriber_prefix6_len = 56,
	.leases_max = 64 };
static struct cgn_conf conf = { .groups = &group,
	.n_groups = 1,
	.natpmp = { .role = CGN_NATPMP_SERVER,
			.lifetime_max_s = 86400,
			.requests_per_s = 10,
			.announce = true } };

static void
take_answer(void *ctx, const struct cgn_return_addr *to, const void *data, size_t len)
{
	(void)ctx;
	CU_ASSERT_TRUE_FATAL(len <= sizeof(last_data));
	memcpy(last_data, data, len);
	n_answers++;
	last = *to;
}

static void
take_announcement(void *ctx, uint32_t realm, rte_be32_t gw, rte_be32_t to, uint16_t udp_port,
		const void *data, size_t len)
{
	const struct lf *lf = ctx;

	(void)gw;
	(void)to;
	(void)udp_port;
	(void)data;
	(void)len;
	CU_ASSERT_PTR_NOT_NULL(cgn_realms_b4(lf->realms, realm));
}

static rte_be32_t
gateway(void *ctx, uint32_t realm, rte_be32_t to)
{
	(void)ctx;
	(void)realm;
	(void)to;
	return AFTR;
}

static const struct cgn_natpmp_server_ops ops = { .send = take_answer };
static const struct cgn_natpmp_announce_ops announce_ops = { .send = take_announcement,
	.gateway = gateway };

static void
begin(void)
{
	struct cgn_natpmp_server_cfg cfg = { .conf = &conf, .ops = &ops };
	struct cgn_natpmp_announce_cfg told = { .conf = &conf, .ops = &announce_ops, .ctx = &f };

	n_answers = 0;
	f = (struct lf){ .now_ms = 5000, .wall_ms = LF_WALL, .room = LF_CALLS, .next_port = 40000 };
	CU_ASSERT_EQUAL_FATAL(cgn_realms_create(&f.realms, 7), 0);
	lf_start(&f, NULL);
	cfg.leases = lf_serve(&f, &conf, f.realms, NULL);
	told.lessor = f.lessor;
	told.realms = f.realms;
	told.timers = f.timers;
	CU_ASSERT_EQUAL_FATAL(cgn_natpmp_server_create(&server, &cfg), 0);
	CU_ASSERT_EQUAL_FATAL(cgn_natpmp_announce_create(&announce, &told), 0);
}

static void
end(void)
{
	lf_time_out(&f);
	cgn_natpmp_announce_destroy(announce);
	cgn_natpmp_server_destroy(server);
	lf_end(&f);
	cgn_realms_destroy(f.realms);
}

/* A datagram of host 192.168.1.10 of home number n, which is a /56. */
static void
ask(uint32_t n, const void *data, size_t len)
{
	const struct cgn_return_addr from = {
		.remote = { .ip4 = INNER },
		.local = { .ip4 = AFTR },
		.remote_port = 7777,
		.is_wire = true,
		.b4 = { .b = { 0x20, 1, 0x0d, 0xb8, (uint8_t)(n >> 16), (uint8_t)(n >> 8),
					(uint8_t)n, [15] = 1 } },
	};

	CU_ASSERT_TRUE(cgn_natpmp_server_input(server, &from, data, len, f.now_ms));
}

static void
settle(void)
{
	lf_reply(&f);
	lf_advance(&f, 0);
}

static const uint8_t address[] = { 0, 0 };
static const uint8_t map[] = { 0, 1, 0, 0, 0, 7, 0, 0, 0, 0, 0, 60 };

/* F-ID-1, D-SEC-1: what is no request, or refused before anybody is asked, makes nobody. */
static void
payload_that_asks_for_nothing_makes_no_realm(void)
{
	static const uint8_t junk[] = { 0, 0x80, 1, 2, 3, 4 };
	static const uint8_t version[] = { 9, 0 };
	static const uint8_t opcode[] = { 0, 99 };

	begin();
	for (uint32_t n = 0; n < 100000; n++) {
		ask(n, junk, sizeof(junk));
		ask(n, version, sizeof(version));
		ask(n, opcode, sizeof(opcode));
		ask(n, address, 0);
	}
	CU_ASSERT_EQUAL(cgn_realms_count(f.realms), 0);
	CU_ASSERT_EQUAL(n_answers, 200000);
	CU_ASSERT_FALSE(f.n_sent);
	end();
}

/* F-ID-1: more homes than there are numbers, one after the other: each is answered, none stays. */
static void
homes_that_only_ask_leave_nothing_behind(void)
{
	begin();
	for (uint32_t n = 0; n < CGN_REALMS_MAX + 1000; n++) {
		ask(n, address, sizeof(address));
		settle();
	}
	CU_ASSERT_EQUAL(n_answers, CGN_REALMS_MAX + 1000);
	CU_ASSERT_EQUAL(cgn_realms_count(f.realms), 0);
	end();
}

/* F-ID-1, D-LIM-1: refused and unanswered requests count no less. */
static void
refused_homes_leave_nothing_behind(void)
{
	begin();
	f.refuse = -ENOSPC;
	for (uint32_t n = 0; n < 100; n++)
		ask(n, map, sizeof(map));
	CU_ASSERT_EQUAL(cgn_realms_count(f.realms), 100);
	settle();
	CU_ASSERT_EQUAL(n_answers, 100);
	CU_ASSERT_EQUAL(cgn_realms_count(f.realms), 0);
	for (uint32_t n = 0; n < 100; n++)
		ask(n, map, sizeof(map));
	lf_time_out(&f);
	CU_ASSERT_EQUAL(cgn_realms_count(f.realms), 0);
	f.room = 0;
	ask(1, map, sizeof(map));
	CU_ASSERT_EQUAL(cgn_realms_count(f.realms), 0);
	/* Who asks too often is not looked at. */
	f.room = LF_CALLS;
	for (uint32_t n = 0; n < 50; n++)
		ask(2, address, sizeof(address));
	CU_ASSERT_TRUE(cgn_natpmp_server_stats(server)->counter[CGN_NATPMP_C_LIMITED] >= 40);
	settle();
	CU_ASSERT_EQUAL(cgn_realms_count(f.realms), 0);
	end();
}

/* F-ID-1, F-HA-1: the last lease takes the realm along, however it ends. */
static void
realm_lasts_as_long_as_its_leases(void)
{
	static const uint8_t unmap[] = { 0, 1, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0 };
	uint32_t realm;

	begin();
	ask(1, map, sizeof(map));
	ask(2, map, sizeof(map));
	settle();
	CU_ASSERT_EQUAL(n_answers, 2);
	realm = cgn_realms_find(f.realms, &last.b4, 56);
	CU_ASSERT_EQUAL(cgn_realms_count(f.realms), 2);
	CU_ASSERT_TRUE(last.is_wire);
	ask(1, unmap, sizeof(unmap));
	settle();
	CU_ASSERT_EQUAL(cgn_realms_count(f.realms), 1);
	lf_advance(&f, 59999);
	CU_ASSERT_PTR_NOT_NULL(cgn_realms_b4(f.realms, realm));
	lf_advance(&f, 1);
	CU_ASSERT_EQUAL(cgn_realms_count(f.realms), 0);
	end();
}

/* B-EP-3: a home whose lease is taken keeps its epoch, and its realm, for as long as the lease would have. */
static void
realm_lasts_as_long_as_its_epoch_and_its_announcements(void)
{
	struct cgn_lessor_request r = lf_request(INNER, CGN_PROTO_COUNT, 0, 0);

	begin();
	ask(1, map, sizeof(map));
	settle();
	r.realm = cgn_realms_find(f.realms, &last.b4, 56);
	cgn_lessor_revoke(f.lessor, &r, lf_done, &f, f.now_ms);
	cgn_natpmp_announce_client(announce, r.realm, CGN_LESSOR_ALL, f.now_ms);
	settle();
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 0);
	CU_ASSERT_EQUAL(cgn_realms_count(f.realms), 1);
	lf_advance(&f, 100);
	settle();
	/* The epoch is over, the series is not. */
	lf_advance(&f, 80000);
	CU_ASSERT_EQUAL(cgn_lessor_count_epochs(f.lessor), 0);
	CU_ASSERT_EQUAL(cgn_natpmp_announce_open(announce), 1);
	CU_ASSERT_EQUAL(cgn_realms_count(f.realms), 1);
	lf_advance(&f, 80000);
	CU_ASSERT_EQUAL(cgn_natpmp_announce_open(announce), 0);
	CU_ASSERT_EQUAL(cgn_realms_count(f.realms), 0);
	end();
}

/* B-EP-4, F-ID-1: a home that has no number is not told the epoch of a native client with its inner address. */
static void
home_without_a_number_is_told_the_epoch_of_all(void)
{
	static const uint8_t requests[][2] = { { 3, 1 }, { 0, 17 } };
	const struct cgn_lessor_request revoked = { .in = { .addr = INNER,
								    .proto = CGN_PROTO_COUNT } };
	const struct cgn_return_addr from = { .remote = { .ip4 = INNER },
		.local = { .ip4 = AFTR },
		.is_wire = true,
		.b4 = { .b = { 0x20, 1, 0x0d, 0xb8 } } };

	begin();
	CU_ASSERT_NOT_EQUAL(lf_map(&f, INNER, CGN_PROTO_UDP, 80, 600), 0);
	lf_advance(&f, 2500);
	cgn_lessor_revoke(f.lessor, &revoked, lf_done, &f, f.now_ms);
	lf_reply(&f);
	CU_ASSERT_EQUAL(cgn_lessor_epoch_s(f.lessor, 0, INNER, f.now_ms), 0);
	for (unsigned int i = 0; i < RTE_DIM(requests); i++) {
		CU_ASSERT_TRUE(cgn_natpmp_server_input(server, &from, requests[i], 2, f.now_ms));
		CU_ASSERT_EQUAL(n_answers, i + 1);
		CU_ASSERT_EQUAL(last_data[7], 2);
	}
	end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(home_without_a_number_is_told_the_epoch_of_all),
	CU_TEST_ROW(payload_that_asks_for_nothing_makes_no_realm),
	CU_TEST_ROW(homes_that_only_ask_leave_nothing_behind),
	CU_TEST_ROW(refused_homes_leave_nothing_behind),
	CU_TEST_ROW(realm_lasts_as_long_as_its_leases),
	CU_TEST_ROW(realm_lasts_as_long_as_its_epoch_and_its_announcements),
};

CU_MAIN("natpmp_home", tests)
