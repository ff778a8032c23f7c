/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The lease service, asked by a protocol that has no messages: who asks, how often, which requests are one, and
 * when the result comes.
 */
#include "controlplane/lease/lease_service.h"
#include "shared/wellknown.h"
#include "tests/support/leasefix.h"
#include "tests/support/scratch.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_log.h>

#define STRANGER RTE_BE32(0x0a000001) /* in no group */
#define POLICY   RTE_BE32(0x6440c001) /* 100.64.192.1: its group may have no leases */
#define OUTSIDE  RTE_BE32(0xc0000202)
#define LATE_MS  3000 /* of the protocol: the first retransmission of a PCP client */

static struct lf f;
static struct cgn_store *store;
static char dir[300], path[320];

static struct cgn_conf_port ports[2] = {
	{ .side = CGN_SIDE_INSIDE, .n_addresses = 1, .addresses = { { .ip4 = LF_GW, .len = 10 } } },
	{ .side = CGN_SIDE_OUTSIDE,
			.n_addresses = 1,
			.addresses = { { .ip4 = OUTSIDE, .len = 24 } } },
};
static struct cgn_prefix residents[] = { { .ip4 = RTE_BE32(0x64400000), .len = 10 },
	{ .ip6 = { .b = { 0x20, 1, 0x0d, 0xb8 } }, .len = 32, .is_ip6 = true } };
static struct cgn_prefix others[] = { { .ip4 = RTE_BE32(0x6440c000), .len = 24 },
	{ .ip6 = { .b = { 0x20, 1, 0x0d, 0xb8, 0xff } }, .len = 40, .is_ip6 = true } };
static struct cgn_conf_group groups[2] = {
	{ .prefixes = residents,
			.n_prefixes = 2,
			.subscriber_prefix_len = 28,
			.subscriber_prefix6_len = 56,
			.leases_max = 64 },
	{ .prefixes = others,
			.n_prefixes = 2,
			.subscriber_prefix_len = 32,
			.subscriber_prefix6_len = 64 },
};
static struct cgn_conf conf = {
	.ports = ports,
	.n_ports = 2,
	.groups = groups,
	.n_groups = 2,
};

static unsigned int n_results, n_refused;
static enum cgn_refusal why_refused; /* the last of them */
static struct cgn_lease_result last; /* without its pointers */
static struct cgn_lease_ask last_ask;
static const void *last_ctx;

static void
take_result(void *ctx, const struct cgn_lease_result *r, uint64_t now_ms)
{
	CU_ASSERT_EQUAL(now_ms, f.now_ms);
	n_results++;
	last = *r;
	last_ask = *r->ask;
	last_ctx = ctx;
}

static void
take_refusal(void *ctx, const struct cgn_asker *asker, enum cgn_refusal why, uint64_t now_ms)
{
	(void)asker;
	n_refused += ctx == &f && now_ms == f.now_ms;
	why_refused = why;
}

static const struct cgn_lease_protocol one = { .answer = take_result,
	.ctx = &n_results,
	.late_ms = LATE_MS };
static const struct cgn_lease_protocol two = { .answer = take_result,
	.ctx = &n_refused,
	.late_ms = LATE_MS };

static void
begin(void)
{
	char why[CGN_STOREFILE_WHY_MAX];

	n_results = n_refused = 0;
	conf.pcp.enabled = true;
	conf.natpmp = (struct cgn_conf_natpmp){ .lifetime_max_s = 86400, .requests_per_s = 10 };
	scratch_make(dir, sizeof(dir), "leases");
	snprintf(path, sizeof(path), "%s/state.db", dir);
	CU_ASSERT_EQUAL_FATAL(cgn_store_open(&store, path, why), 0);
	f = (struct lf){ .now_ms = 5000,
		.wall_ms = LF_WALL,
		.boot_ms = LF_BOOT,
		.room = LF_CALLS,
		.next_port = 20000 };
	CU_ASSERT_EQUAL_FATAL(cgn_realms_create(&f.realms, 1), 0);
	lf_start(&f, store);
	CU_ASSERT_EQUAL(cgn_lessor_load(f.lessor, f.now_ms), -ENOENT);
	lf_serve(&f, &conf, f.realms, take_refusal);
}

static void
end(void)
{
	lf_time_out(&f);
	CU_ASSERT_EQUAL(cgn_lease_service_open(f.service), 0);
	lf_end(&f);
	CU_ASSERT_EQUAL(cgn_realms_count(f.realms), 0);
	cgn_store_close(store);
	cgn_realms_destroy(f.realms);
}

static struct cgn_return_addr
native(rte_be32_t addr)
{
	return (struct cgn_return_addr){
		.remote = { .ip4 = addr }, .local = { .ip4 = LF_GW }, .remote_port = 7777
	};
}

/* A host of home number n, by its softwire. */
static struct cgn_return_addr
home(uint8_t n)
{
	return (struct cgn_return_addr){ .remote = { .ip4 = LF_H1 },
		.local = { .ip4 = CGN_SOFTWIRE_AFTR_ADDR },
		.remote_port = 7777,
		.is_wire = true,
		.b4 = { .b = { 0x20, 1, 0x0d, 0xb8, 0, 0, n, [15] = 1 } } };
}

static int
identify(const struct cgn_return_addr *from, struct cgn_asker *asker)
{
	return cgn_lease_service_identify(f.service, from, asker);
}

static int
ask_for(const struct cgn_lease_protocol *protocol, const struct cgn_return_addr *from,
		const struct cgn_lease_ask *ask)
{
	struct cgn_asker asker;

	CU_ASSERT_EQUAL_FATAL(identify(from, &asker), 0);
	return cgn_lease_service_ask(f.service, protocol, &asker, from, ask, f.now_ms);
}

static struct cgn_lease_ask
map(uint16_t in_port)
{
	return (struct cgn_lease_ask){ .op = CGN_LEASE_MAP,
		.proto = CGN_PROTO_TCP,
		.in_port = in_port,
		.lifetime_s = 60,
		.token = { 7, [15] = 9 } };
}

/* --- who asks ------------------------------------------------------------------------------ */

/* A-POOL-5, D-LIM-5: its group by the longest prefix, its subscriber by the group's length. */
static void
native_host_is_known_by_its_address(void)
{
	static const struct cgn_ip6 prefix = { .b = { 100, 64, 1, 0 } };
	struct cgn_return_addr from = native(LF_H1);
	struct cgn_asker a;

	begin();
	CU_ASSERT_EQUAL(identify(&from, &a), 0);
	CU_ASSERT_EQUAL(a.addr, LF_H1);
	CU_ASSERT_EQUAL(a.group, 0);
	CU_ASSERT_FALSE(a.is_home);
	CU_ASSERT_EQUAL(a.realm, 0);
	CU_ASSERT_EQUAL(memcmp(&a.subscriber, &prefix, sizeof(prefix)), 0);
	from = native(POLICY);
	CU_ASSERT_EQUAL(identify(&from, &a), 0);
	CU_ASSERT_EQUAL(a.group, 1);
	end();
}

/* F-ID-1: its group, its subscriber and its number are those of its B4, whatever its inner address. */
static void
host_behind_a_softwire_is_known_by_its_b4(void)
{
	static const struct cgn_ip6 prefix = { .b = { 0x20, 1, 0x0d, 0xb8, 0, 0, 3 } };
	struct cgn_return_addr from = home(3);
	struct cgn_asker a;
	uint32_t realm;

	begin();
	from.remote.ip4 = STRANGER;
	CU_ASSERT_EQUAL(identify(&from, &a), 0);
	CU_ASSERT_EQUAL(a.addr, STRANGER);
	CU_ASSERT_EQUAL(a.group, 0);
	CU_ASSERT_TRUE(a.is_home);
	CU_ASSERT_EQUAL(a.realm, 0);
	CU_ASSERT_EQUAL(memcmp(&a.subscriber, &prefix, sizeof(prefix)), 0);
	realm = cgn_realms_get(f.realms, &from.b4, 56);
	CU_ASSERT_EQUAL(identify(&from, &a), 0);
	CU_ASSERT_EQUAL(a.realm, realm);
	cgn_realms_release(f.realms, realm);
	from.b4.b[4] = 0xff;
	CU_ASSERT_EQUAL(identify(&from, &a), 0);
	CU_ASSERT_EQUAL(a.group, 1);
	from.local.ip4 = LF_GW;
	CU_ASSERT_EQUAL(identify(&from, &a), 0);
	end();
}

/* B-RX-2, B-RX-8, D-SEC-6 */
static void
strangers_and_the_outside_are_nobody(void)
{
	struct cgn_return_addr from = native(STRANGER);
	struct cgn_asker a;

	begin();
	CU_ASSERT_EQUAL(identify(&from, &a), -ENOENT);
	from = home(1);
	from.b4.b[3] = 0xb9;
	CU_ASSERT_EQUAL(identify(&from, &a), -ENOENT);
	from = home(1);
	from.local.ip4 = OUTSIDE;
	CU_ASSERT_EQUAL(identify(&from, &a), -ENETUNREACH);
	from = native(LF_H1);
	from.local.ip4 = CGN_SOFTWIRE_AFTR_ADDR;
	CU_ASSERT_EQUAL(identify(&from, &a), -ENETUNREACH);
	from = native(LF_H1);
	from.link = 1;
	CU_ASSERT_EQUAL(identify(&from, &a), -ENETUNREACH);
	from = native(LF_H1);
	from.link = 2;
	CU_ASSERT_EQUAL(identify(&from, &a), -ENETUNREACH);
	from = native(LF_H1);
	from.remote.is_ip6 = from.local.is_ip6 = true;
	CU_ASSERT_EQUAL(identify(&from, &a), -ENETUNREACH);
	end();
}

/* --- how often ----------------------------------------------------------------------------- */

static unsigned int
let_in(const struct cgn_return_addr *from, unsigned int n)
{
	unsigned int ok = 0;
	struct cgn_asker a;

	CU_ASSERT_EQUAL_FATAL(identify(from, &a), 0);
	for (unsigned int i = 0; i < n; i++)
		ok += cgn_lease_service_may_ask(f.service, &a, from, f.now_ms);
	return ok;
}

/* D-LIM-3, D-LIM-5: all hosts of a subscriber together, each subscriber alone, and as a reload says. */
static void
each_subscriber_has_a_rate_of_its_own(void)
{
	const struct cgn_return_addr h1 = native(LF_H1), h2 = native(LF_H2);
	const struct cgn_return_addr next = native(RTE_BE32(0x64400110));
	struct cgn_return_addr b4 = home(1), same = home(1);
	struct cgn_conf other;

	begin();
	CU_ASSERT_EQUAL(let_in(&h1, 6), 6);
	CU_ASSERT_EQUAL(let_in(&h2, 6), 4);
	CU_ASSERT_EQUAL(let_in(&next, 12), 10);
	CU_ASSERT_EQUAL(let_in(&b4, 6), 6);
	same.b4.b[14] = 1;
	CU_ASSERT_EQUAL(let_in(&same, 6), 4);
	/* So many that some of them meet in the table. */
	for (unsigned int n = 256; n < 3256; n++) {
		b4.b4.b[5] = (uint8_t)(n >> 8);
		b4.b4.b[6] = (uint8_t)n;
		CU_ASSERT_EQUAL(let_in(&b4, 12), 10);
	}
	lf_advance(&f, 500);
	CU_ASSERT_EQUAL(let_in(&h1, 12), 5);
	other = conf;
	other.natpmp.requests_per_s = 1;
	cgn_lease_service_set_conf(f.service, &other);
	lf_advance(&f, 5000);
	CU_ASSERT_EQUAL(let_in(&h1, 12), 1);
	end();
}

/* --- which are one ------------------------------------------------------------------------- */

/* B-MAP-6: a request that is under way is not carried out twice. One that has another token, or is another
 * protocol's, is another one. */
static void
request_that_is_under_way_is_not_asked_again(void)
{
	const struct cgn_return_addr from = native(LF_H1);
	struct cgn_lease_ask a = map(80);

	begin();
	CU_ASSERT_EQUAL(ask_for(&one, &from, &a), 0);
	CU_ASSERT_EQUAL(ask_for(&one, &from, &a), -EALREADY);
	CU_ASSERT_EQUAL(ask_for(&two, &from, &a), 0);
	CU_ASSERT_EQUAL(ask_for(&two, &from, &a), -EALREADY);
	a.token[15]++;
	CU_ASSERT_EQUAL(ask_for(&one, &from, &a), 0);
	CU_ASSERT_EQUAL(f.n_sent, 3);
	CU_ASSERT_EQUAL(cgn_lease_service_open(f.service), 3);
	lf_reply(&f);
	lf_advance(&f, 0);
	CU_ASSERT_EQUAL(n_results, 3);
	CU_ASSERT_EQUAL(last_ask.token[15], 10);
	CU_ASSERT_PTR_EQUAL(last_ctx, &n_results);
	CU_ASSERT_EQUAL(ask_for(&one, &from, &a), 0);
	end();
}

/* B-ERR-6, F-ID-1: what finds no room is told so, and leaves no number of a home behind. */
static void
full_service_takes_nothing_and_holds_nothing(void)
{
	const struct cgn_return_addr from = native(LF_H1), b4 = home(1);
	struct cgn_lease_ask a;

	begin();
	for (uint16_t i = 0; i < CGN_LEASE_SERVICE_OPEN_MAX; i++) {
		a = map((uint16_t)(i + 1));
		CU_ASSERT_EQUAL(ask_for(&one, &from, &a), 0);
	}
	CU_ASSERT_EQUAL(ask_for(&one, &b4, &a), -ENOBUFS);
	CU_ASSERT_EQUAL(cgn_realms_count(f.realms), 0);
	CU_ASSERT_EQUAL(n_results, 0);
	lf_time_out(&f);
	CU_ASSERT_EQUAL(n_results, CGN_LEASE_SERVICE_OPEN_MAX);
	CU_ASSERT_EQUAL(last.ret, -ETIMEDOUT);
	CU_ASSERT_EQUAL(ask_for(&one, &b4, &a), 0);
	CU_ASSERT_EQUAL(cgn_realms_count(f.realms), 1);
	end();
}

/* --- owners -------------------------------------------------------------------------------- */

static struct cgn_lease_ask
pcp_map(uint16_t in_port, uint8_t nonce)
{
	struct cgn_lease_ask a = map(in_port);

	a.by = (struct cgn_lease_owner){ .by = CGN_LEASE_BY_PCP, .nonce = { [11] = nonce } };
	return a;
}

/* Carry a request out. @return its result */
static int
result_of(const struct cgn_lease_ask *a)
{
	const struct cgn_return_addr from = native(LF_H1);
	unsigned int n = n_results;

	CU_ASSERT_EQUAL(ask_for(&one, &from, a), 0);
	lf_reply(&f);
	lf_advance(&f, 0);
	CU_ASSERT_EQUAL_FATAL(n_results, n + 1);
	return last.ret;
}

static enum cgn_lease_by
made_by(uint16_t in_port)
{
	const struct cgn_ep4 in = {
		.addr = LF_H1, .port = rte_cpu_to_be_16(in_port), .proto = CGN_PROTO_TCP
	};
	struct cgn_lessor_info lease = { 0 };

	CU_ASSERT_TRUE(cgn_lessor_find(f.lessor, 0, &in, &lease, f.now_ms));
	return (enum cgn_lease_by)lease.by.by;
}

/* E-MAP-3: only who knows the nonce changes a lease of PCP. The answer tells how long it lives. */
static void
lease_of_another_nonce_stays(void)
{
	struct cgn_lease_ask mine = pcp_map(80, 1), other = pcp_map(80, 2);

	begin();
	CU_ASSERT_EQUAL(result_of(&mine), 0);
	lf_advance(&f, 20000);
	CU_ASSERT_EQUAL(result_of(&other), -EKEYREJECTED);
	CU_ASSERT_EQUAL(last.lifetime_s, 40);
	CU_ASSERT_FALSE(last.is_policy);
	other.op = CGN_LEASE_UNMAP;
	other.lifetime_s = 0;
	CU_ASSERT_EQUAL(result_of(&other), -EKEYREJECTED);
	CU_ASSERT_EQUAL(cgn_lessor_stats(f.lessor)->renewed, 0);
	CU_ASSERT_EQUAL(result_of(&mine), 0);
	CU_ASSERT_EQUAL(last.lifetime_s, 60);
	mine.op = CGN_LEASE_UNMAP;
	CU_ASSERT_EQUAL(result_of(&mine), 0);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 0);
	/* Now it belongs to nobody. */
	other = pcp_map(80, 2);
	CU_ASSERT_EQUAL(result_of(&other), 0);
	end();
}

/* E-MAP-6: NAT-PMP reads a lease of PCP, and does not change it. PCP takes over a lease of NAT-PMP. */
static void
natpmp_and_pcp_meet_on_a_lease(void)
{
	struct cgn_lease_ask natpmp = map(80), pcp = pcp_map(80, 1);

	begin();
	CU_ASSERT_EQUAL(result_of(&natpmp), 0);
	CU_ASSERT_EQUAL(made_by(80), CGN_LEASE_BY_NATPMP);
	CU_ASSERT_EQUAL(result_of(&pcp), 0);
	CU_ASSERT_EQUAL(made_by(80), CGN_LEASE_BY_PCP);
	lf_advance(&f, 10000);
	CU_ASSERT_EQUAL(result_of(&natpmp), 0);
	CU_ASSERT_EQUAL(last.ext.port, RTE_BE16(20000));
	CU_ASSERT_EQUAL(last.lifetime_s, 50);
	natpmp.lifetime_s = 7;
	CU_ASSERT_EQUAL(result_of(&natpmp), 0);
	CU_ASSERT_EQUAL(last.lifetime_s, 7);
	CU_ASSERT_EQUAL(made_by(80), CGN_LEASE_BY_PCP);
	CU_ASSERT_EQUAL(cgn_lessor_stats(f.lessor)->renewed, 1);
	natpmp.op = CGN_LEASE_UNMAP;
	CU_ASSERT_EQUAL(result_of(&natpmp), -EKEYREJECTED);
	natpmp = map(0);
	natpmp.op = CGN_LEASE_UNMAP_ALL;
	CU_ASSERT_EQUAL(result_of(&natpmp), -EPERM);
	CU_ASSERT_EQUAL(made_by(80), CGN_LEASE_BY_PCP);
	/* If PCP is switched off, its clients fall back to NAT-PMP. */
	conf.pcp.enabled = false;
	natpmp = map(80);
	CU_ASSERT_EQUAL(result_of(&natpmp), 0);
	CU_ASSERT_EQUAL(last.lifetime_s, 60);
	CU_ASSERT_EQUAL(made_by(80), CGN_LEASE_BY_NATPMP);
	end();
}

/* E-MAP-3: two nonces at once. The first one that is taken wins, and the other client asks again. */
static void
rivals_for_a_mapping_wait(void)
{
	const struct cgn_return_addr h1 = native(LF_H1), h2 = native(LF_H2);
	struct cgn_lease_ask first = pcp_map(80, 1), second = pcp_map(80, 2), natpmp = map(80);

	begin();
	CU_ASSERT_EQUAL(ask_for(&one, &h1, &first), 0);
	CU_ASSERT_EQUAL(ask_for(&one, &h1, &second), -EALREADY);
	CU_ASSERT_EQUAL(ask_for(&one, &h1, &natpmp), -EALREADY);
	natpmp.op = CGN_LEASE_UNMAP;
	CU_ASSERT_EQUAL(ask_for(&one, &h1, &natpmp), -EALREADY);
	/* Other mappings, and mappings of others, do not wait. */
	CU_ASSERT_EQUAL(ask_for(&one, &h2, &second), 0);
	second.in_port = 81;
	CU_ASSERT_EQUAL(ask_for(&one, &h1, &second), 0);
	second.in_port = 80;
	second.proto = CGN_PROTO_UDP;
	CU_ASSERT_EQUAL(ask_for(&one, &h1, &second), 0);
	/* The same owner with another lifetime is no rival. */
	first.lifetime_s++;
	CU_ASSERT_EQUAL(ask_for(&one, &h1, &first), 0);
	lf_reply(&f);
	lf_advance(&f, 0);
	CU_ASSERT_EQUAL(n_results, 5);
	second.proto = CGN_PROTO_TCP;
	CU_ASSERT_EQUAL(result_of(&second), -EKEYREJECTED);
	end();
}

/* RFC 6886 section 3.4: after the answer to "delete all", no lease of an earlier request appears. So it waits for them. */
static void
deletion_of_all_waits_for_requests_under_way(void)
{
	static const enum cgn_lease_op ops[] = { CGN_LEASE_MAP, CGN_LEASE_UNMAP, CGN_LEASE_PEER };
	const struct cgn_return_addr h1 = native(LF_H1), h2 = native(LF_H2);
	struct cgn_lease_ask all = map(0), a;

	begin();
	all.op = CGN_LEASE_UNMAP_ALL;
	for (unsigned int i = 0; i < RTE_DIM(ops); i++) {
		a = pcp_map(80, 1);
		if (ops[i] == CGN_LEASE_MAP)
			a = map(80);
		a.op = ops[i];
		CU_ASSERT_EQUAL(ask_for(&one, &h1, &a), 0);
		CU_ASSERT_EQUAL(ask_for(&one, &h1, &all), -EALREADY);
		/* It concerns neither others nor another protocol. */
		CU_ASSERT_EQUAL(ask_for(&one, &h2, &all), 0);
		all.proto = CGN_PROTO_UDP;
		CU_ASSERT_EQUAL(ask_for(&one, &h1, &all), 0);
		all.proto = CGN_PROTO_TCP;
		lf_reply(&f);
		lf_advance(&f, 0);
		CU_ASSERT_EQUAL(result_of(&all), 0);
		/* What PEER has asked for stays (RFC 6887 section 12.3). */
		CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), i == 2 ? 1 : 0);
	}
	end();
}

/* A mapping that is asked for while all are being deleted would be deleted after its answer. */
static void
requests_wait_for_a_deletion_of_all(void)
{
	const struct cgn_return_addr h1 = native(LF_H1), h2 = native(LF_H2);
	struct cgn_lease_ask a = map(80), all = map(0), address = { .op = CGN_LEASE_ADDRESS };

	begin();
	CU_ASSERT_EQUAL(result_of(&a), 0);
	all.op = CGN_LEASE_UNMAP_ALL;
	CU_ASSERT_EQUAL(ask_for(&one, &h1, &all), 0);
	CU_ASSERT_EQUAL(ask_for(&one, &h1, &a), -EALREADY);
	CU_ASSERT_EQUAL(ask_for(&one, &h2, &a), 0);
	CU_ASSERT_EQUAL(ask_for(&one, &h1, &address), 0);
	lf_reply(&f);
	lf_advance(&f, 0);
	CU_ASSERT_EQUAL(n_results, 4);
	CU_ASSERT_EQUAL(result_of(&a), 0);
	CU_ASSERT_EQUAL(made_by(80), CGN_LEASE_BY_NATPMP);
	end();
}

/* --- results ------------------------------------------------------------------------------- */

/* B-EP-4: success is told when it is in the file, and not at all if it is not. */
static void
success_is_told_after_the_commit(void)
{
	const struct cgn_return_addr from = native(LF_H1);
	struct cgn_lease_ask a = map(80);
	struct cgn_lease_ask unmap = map(80);

	begin();
	unmap.op = CGN_LEASE_UNMAP;
	signal(SIGXFSZ, SIG_IGN);
	CU_ASSERT_EQUAL(ask_for(&one, &from, &a), 0);
	lf_reply(&f);
	CU_ASSERT_EQUAL(n_results, 0);
	lf_advance(&f, 0);
	CU_ASSERT_EQUAL(n_results, 1);
	CU_ASSERT_EQUAL(last.ret, 0);
	CU_ASSERT_EQUAL(last.ext.port, RTE_BE16(20000));
	CU_ASSERT_EQUAL(last.lifetime_s, 60);
	CU_ASSERT_FALSE(last.is_late);
	scratch_set_disk(true);
	for (uint16_t port = 81; port < 200; port++) {
		a.in_port = port;
		CU_ASSERT_EQUAL(ask_for(&one, &from, &a), 0);
	}
	CU_ASSERT_EQUAL(ask_for(&one, &from, &unmap), 0);
	lf_reply(&f);
	lf_advance(&f, 0);
	scratch_set_disk(false);
	CU_ASSERT_EQUAL(n_results, 121);
	CU_ASSERT_EQUAL(last.ret, -EIO);
	CU_ASSERT_EQUAL(last.ext.port, 0);
	end();
}

/* B-ERR-6: the result is there, and the protocol knows that its client has given up. Each has its own time. */
static void
late_result_is_marked(void)
{
	const struct cgn_return_addr from = native(LF_H1);
	const struct cgn_lease_ask a = { .op = CGN_LEASE_ADDRESS };
	struct cgn_lease_protocol hasty = one;

	begin();
	hasty.late_ms = 250;
	CU_ASSERT_EQUAL(ask_for(&one, &from, &a), 0);
	CU_ASSERT_EQUAL(ask_for(&hasty, &from, &a), 0);
	lf_advance(&f, 251);
	lf_reply(&f);
	CU_ASSERT_EQUAL(n_results, 2);
	CU_ASSERT_TRUE(last.is_late);
	CU_ASSERT_EQUAL(last.ret, 0);
	for (unsigned int over = 0; over < 2; over++) {
		CU_ASSERT_EQUAL(ask_for(&one, &from, &a), 0);
		lf_advance(&f, LATE_MS + over);
		lf_reply(&f);
		CU_ASSERT_EQUAL(last.is_late, over == 1);
	}
	CU_ASSERT_EQUAL(last.epoch_s, 6);
	end();
}

/* B-RX-9, B-MAP-11, A-RES-3: refused here, and told to who counts. Deletions are not. */
static void
refusals_of_the_service_ask_no_worker_and_are_counted(void)
{
	const struct cgn_return_addr from = native(POLICY), other = native(LF_H1);
	struct cgn_lease_ask a = map(80);

	begin();
	CU_ASSERT_EQUAL(ask_for(&one, &from, &a), 0);
	CU_ASSERT_EQUAL(last.ret, -EACCES);
	CU_ASSERT_TRUE(last.is_policy);
	CU_ASSERT_EQUAL(n_refused, 1);
	CU_ASSERT_EQUAL(why_refused, CGN_REFUSAL_NOT_AUTHORIZED);
	a.in_port = 0;
	CU_ASSERT_EQUAL(ask_for(&one, &other, &a), 0);
	CU_ASSERT_EQUAL(last.ret, -EINVAL);
	CU_ASSERT_TRUE(last.is_policy);
	CU_ASSERT_EQUAL(n_results, 2);
	CU_ASSERT_EQUAL(n_refused, 2);
	CU_ASSERT_EQUAL(why_refused, CGN_REFUSAL_OTHER);
	CU_ASSERT_EQUAL(f.n_sent, 0);
	a = map(80);
	f.refuse = -EDQUOT;
	CU_ASSERT_EQUAL(ask_for(&one, &other, &a), 0);
	lf_reply(&f);
	CU_ASSERT_EQUAL(last.ret, -EDQUOT);
	CU_ASSERT_FALSE(last.is_policy);
	a.op = CGN_LEASE_UNMAP;
	CU_ASSERT_EQUAL(ask_for(&one, &from, &a), 0);
	lf_reply(&f);
	lf_advance(&f, 0);
	CU_ASSERT_EQUAL(last.ret, 0);
	CU_ASSERT_EQUAL(n_refused, 2);
	end();
}

/* What the service refuses, and what a worker refuses, has a line. A deletion that fails has none. REQ: G-DAY-74 */
static void
refusals_are_logged(void)
{
	const struct cgn_return_addr from = native(POLICY), other = native(LF_H1);
	struct cgn_lease_ask a = map(80);
	size_t len = 0;
	char *text = NULL;
	FILE *out = open_memstream(&text, &len);

	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	begin();
	conf.nat.notify_interval_s = 20;
	rte_openlog_stream(out);
	CU_ASSERT_EQUAL(ask_for(&one, &from, &a), 0);
	CU_ASSERT_EQUAL(ask_for(&one, &from, &a), 0);
	f.refuse = -EDQUOT;
	CU_ASSERT_EQUAL(ask_for(&one, &other, &a), 0);
	lf_reply(&f);
	CU_ASSERT_EQUAL(last.ret, -EDQUOT);
	a.op = CGN_LEASE_UNMAP;
	f.refuse = -EACCES;
	CU_ASSERT_EQUAL(ask_for(&one, &other, &a), 0);
	lf_reply(&f);
	fflush(out);
	CU_ASSERT_STRING_EQUAL(text,
			"cgnd: notice lease-refused: subscriber=100.64.192.1 reason=not_authorized refused=1\n"
			"cgnd: notice lease-refused: subscriber=100.64.1.11 reason=subscriber_limit refused=1\n");
	for (unsigned int i = 0; i < 25; i++)
		lf_advance(&f, 1000);
	fflush(out);
	CU_ASSERT_PTR_NOT_NULL(strstr(text,
			"lease-refusals-over: no refusal for 20 s subscriber=100.64.192.1 reason=not_authorized after_s=0 refused=2\n"));
	conf.nat.notify_interval_s = 0;
	end();
	rte_openlog_stream(NULL);
	fclose(out);
	free(text);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(native_host_is_known_by_its_address),
	CU_TEST_ROW(host_behind_a_softwire_is_known_by_its_b4),
	CU_TEST_ROW(strangers_and_the_outside_are_nobody),
	CU_TEST_ROW(each_subscriber_has_a_rate_of_its_own),
	CU_TEST_ROW(request_that_is_under_way_is_not_asked_again),
	CU_TEST_ROW(full_service_takes_nothing_and_holds_nothing),
	CU_TEST_ROW(lease_of_another_nonce_stays),
	CU_TEST_ROW(natpmp_and_pcp_meet_on_a_lease),
	CU_TEST_ROW(rivals_for_a_mapping_wait),
	CU_TEST_ROW(deletion_of_all_waits_for_requests_under_way),
	CU_TEST_ROW(requests_wait_for_a_deletion_of_all),
	CU_TEST_ROW(success_is_told_after_the_commit),
	CU_TEST_ROW(late_result_is_marked),
	CU_TEST_ROW(refusals_of_the_service_ask_no_worker_and_are_counted),
	CU_TEST_ROW(refusals_are_logged),
};

CU_MAIN("lease_service", tests)
