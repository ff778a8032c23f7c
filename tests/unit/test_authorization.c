/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/lease/authorization.h"
#include "controlplane/natpmp/natpmp.h"
#include "controlplane/natpmp/natpmp_server.h"
#include "tests/support/leasefix.h"

#include <netinet/in.h>

#include <rte_common.h>
#include <rte_ip.h>

/* A group whose requests must come through IPsec, with a mark. */

#define MARK  0x1000
#define MASK  0xf000
#define PLAIN RTE_BE32(0x6440c001) /* 100.64.192.1: of another group, without IPsec */

static struct lf f;
static struct cgn_natpmp_server *server;
static struct cgn_realms *realms;
static uint8_t answer[1500];
static size_t answer_len;
static struct cgn_return_addr answered;
static unsigned int n_answers;

static struct cgn_conf_port ports[1] = {
	{ .side = CGN_SIDE_INSIDE, .n_addresses = 1, .addresses = { { .ip4 = LF_GW, .len = 10 } } },
};
static struct cgn_prefix residents[] = { { .ip4 = RTE_BE32(0x64400000), .len = 10 },
	{ .ip4 = RTE_BE32(0x0a400000), .len = 10 } };
static struct cgn_prefix others = { .ip4 = RTE_BE32(0x6440c000), .len = 24 };
static struct cgn_conf_group groups[2];
static struct cgn_conf conf = {
	.ports = ports,
	.n_ports = 1,
	.groups = groups,
	.n_groups = 2,
	.natpmp = { .lifetime_max_s = 86400,
			.subscriber_limit_code = 6,
			.requests_per_s = 100,
			.version_error_bit = true },
};

static void
take_answer(void *ctx, const struct cgn_return_addr *to, const void *data, size_t len)
{
	(void)ctx;
	CU_ASSERT_TRUE_FATAL(len <= sizeof(answer));
	memcpy(answer, data, len);
	answer_len = len;
	answered = *to;
	n_answers++;
}

static const struct cgn_natpmp_server_ops ops = { .send = take_answer };

static void
begin(void)
{
	struct cgn_natpmp_server_cfg cfg = { .conf = &conf, .ops = &ops, .ctx = &f };

	for (unsigned int i = 0; i < RTE_DIM(groups); i++)
		groups[i] = (struct cgn_conf_group){ .prefixes = i == 0 ? residents : &others,
			.n_prefixes = i == 0 ? RTE_DIM(residents) : 1,
			.subscriber_prefix_len = 32,
			.leases_max = 64 };
	groups[0].natpmp_auth = CGN_NATPMP_AUTH_IPSEC;
	groups[0].ipsec_mark = (struct cgn_mark){ MARK, MASK };
	n_answers = 0;
	lf_begin(&f);
	CU_ASSERT_EQUAL_FATAL(cgn_realms_create(&realms, 1), 0);
	cfg.leases = lf_serve(&f, &conf, realms, NULL);
	CU_ASSERT_EQUAL_FATAL(cgn_natpmp_server_create(&server, &cfg), 0);
}

static void
end(void)
{
	lf_time_out(&f);
	cgn_natpmp_server_destroy(server);
	lf_end(&f);
	cgn_realms_destroy(realms);
}

/* Send a request of an address, and let the worker reply. @return result code of the answer */
static int
ask(rte_be32_t addr, bool is_protected, uint32_t mark, const void *data, size_t len)
{
	const struct cgn_return_addr from = { .remote = { .ip4 = addr },
		.local = { .ip4 = LF_GW },
		.remote_port = 7777,
		.is_protected = is_protected,
		.mark = mark };
	unsigned int n = n_answers;

	CU_ASSERT_TRUE(cgn_natpmp_server_input(server, &from, data, len, f.now_ms));
	lf_reply(&f);
	lf_advance(&f, 0);
	CU_ASSERT_EQUAL_FATAL(n_answers, n + 1);
	CU_ASSERT_EQUAL(answered.is_protected, is_protected);
	return answer[2] << 8 | answer[3];
}

static uint64_t
counted(enum cgn_natpmp_counter c)
{
	return cgn_natpmp_server_stats(server)->counter[c];
}

static const uint8_t map_tcp[12] = { 0, 2, 0, 0, 0x1f, 0x90, 0x1f, 0x90, 0, 0, 0x0e, 0x10 };
static const uint8_t unmap_tcp[12] = { 0, 2, 0, 0, 0x1f, 0x90, 0, 0, 0, 0, 0, 0 };
static const uint8_t unmap_all[12] = { 0, 2 };
static const uint8_t get_address[2] = { 0, 0 };

/* L-IPS-1: a plain request gets result 2 in the form of its answer, and nothing is made. */
static void
plain_requests_get_result_2_and_make_nothing(void)
{
	static const struct {
		const uint8_t *data;
		size_t len;
		size_t answer_len;
	} rows[] = {
		{ map_tcp, sizeof(map_tcp), 16 },
		{ unmap_tcp, sizeof(unmap_tcp), 16 },
		{ unmap_all, sizeof(unmap_all), 16 },
		{ get_address, sizeof(get_address), 12 },
	};

	begin();
	lf_advance(&f, 3000);
	for (unsigned int i = 0; i < RTE_DIM(rows); i++) {
		/* A mark without an SA is worth nothing. */
		CU_ASSERT_EQUAL(ask(LF_H1, false, MARK, rows[i].data, rows[i].len), 2);
		CU_ASSERT_EQUAL(answer_len, rows[i].answer_len);
		CU_ASSERT_EQUAL(answer[0], 0);
		CU_ASSERT_EQUAL(answer[1], 0x80 | rows[i].data[1]);
		CU_ASSERT_EQUAL(answer[7], 3); /* the epoch */
		if (rows[i].len == 12)
			CU_ASSERT_EQUAL(memcmp(answer + 8, rows[i].data + 4, 2), 0);
		for (size_t k = rows[i].len == 12 ? 10 : 8; k < answer_len; k++)
			CU_ASSERT_EQUAL(answer[k], 0);
	}
	CU_ASSERT_EQUAL(f.n_sent, 0);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 0);
	CU_ASSERT_EQUAL(counted(CGN_NATPMP_C_UNAUTHORIZED), 4);
	end();
}

/* L-IPS-2, L-IPS-3: through an SA with the mark of the group everything works; a plain request then still does
 * nothing. */
static void
requests_through_ipsec_are_served(void)
{
	begin();
	CU_ASSERT_EQUAL(ask(LF_H1, true, MARK | 7, map_tcp, sizeof(map_tcp)), 0);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 1);
	CU_ASSERT_EQUAL(ask(LF_H1, false, 0, unmap_tcp, sizeof(unmap_tcp)), 2);
	CU_ASSERT_EQUAL(ask(LF_H1, false, 0, unmap_all, sizeof(unmap_all)), 2);
	CU_ASSERT_EQUAL(ask(LF_H1, true, 0x2000, unmap_all, sizeof(unmap_all)), 2);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 1);
	CU_ASSERT_EQUAL(ask(LF_H1, true, MARK, unmap_tcp, sizeof(unmap_tcp)), 0);
	CU_ASSERT_EQUAL(cgn_lessor_count(f.lessor), 0);
	CU_ASSERT_EQUAL(ask(LF_H1, true, MARK, get_address, sizeof(get_address)), 0);
	end();
}

/* L-IPS-1: another group goes on without IPsec, and may use it. */
static void
other_groups_need_no_ipsec(void)
{
	begin();
	CU_ASSERT_EQUAL(ask(PLAIN, false, 0, map_tcp, sizeof(map_tcp)), 0);
	CU_ASSERT_EQUAL(ask(PLAIN, true, 9, unmap_tcp, sizeof(unmap_tcp)), 0);
	CU_ASSERT_EQUAL(counted(CGN_NATPMP_C_UNAUTHORIZED), 0);
	CU_ASSERT_FALSE(cgn_lease_service_needs_ipsec(f.service, PLAIN));
	CU_ASSERT_TRUE(cgn_lease_service_needs_ipsec(f.service, LF_H1));
	CU_ASSERT_FALSE(cgn_lease_service_needs_ipsec(f.service, RTE_BE32(0x0a000001)));
	end();
}

/* L-IPS-1: refusals are limited as all answers are. */
static void
refusals_are_limited(void)
{
	struct cgn_return_addr from = {
		.remote = { .ip4 = LF_H1 }, .local = { .ip4 = LF_GW }, .remote_port = 7777
	};

	begin();
	for (unsigned int i = 0; i < 300; i++)
		CU_ASSERT_TRUE(cgn_natpmp_server_input(
				server, &from, map_tcp, sizeof(map_tcp), f.now_ms));
	CU_ASSERT_EQUAL(n_answers, 100);
	CU_ASSERT_EQUAL(counted(CGN_NATPMP_C_LIMITED), 200);
	/* Another subscriber, whose address differs in the first octet only. */
	from.remote.ip4 = (LF_H1 & ~RTE_BE32(0xff000000)) | RTE_BE32(0x0a000000);
	CU_ASSERT_TRUE(cgn_natpmp_server_input(server, &from, map_tcp, sizeof(map_tcp), f.now_ms));
	CU_ASSERT_EQUAL(n_answers, 101);
	/* L-IPS-3: what forgers ask does not take requests from the subscriber. */
	CU_ASSERT_EQUAL(ask(LF_H1, true, MARK, map_tcp, sizeof(map_tcp)), 0);
	end();
}

/* A mask of 0 takes every SA; each bit of the mask counts. */
static void
marks_are_compared_under_their_mask(void)
{
	static const struct {
		struct cgn_mark wanted;
		uint32_t mark;
		bool is_allowed;
	} rows[] = {
		{ { 0, 0 }, 0, true },
		{ { 0, 0 }, UINT32_MAX, true },
		{ { 0, UINT32_MAX }, 0, true },
		{ { 0, UINT32_MAX }, 1, false },
		{ { 0x80000000, 0x80000001 }, 0x80000000, true },
		{ { 0x80000000, 0x80000001 }, 0x80000001, false },
		{ { 0x80000000, 0x80000001 }, 0x00000000, false },
		{ { 0x80000000, 0x80000001 }, 0xfffffffe, true },
	};

	for (unsigned int i = 0; i < RTE_DIM(rows); i++) {
		const struct cgn_conf_group g = { .natpmp_auth = CGN_NATPMP_AUTH_IPSEC,
			.ipsec_mark = rows[i].wanted };
		struct cgn_return_addr from = { .is_protected = true, .mark = rows[i].mark };

		CU_ASSERT_EQUAL(cgn_authorization_allows(&g, &from), rows[i].is_allowed);
		from.is_protected = false;
		CU_ASSERT_FALSE(cgn_authorization_allows(&g, &from));
	}
}

/* --- announcements ------------------------------------------------------------------------- */

#define SERIES    10
#define SERIES_MS 130000 /* the last of ten announcements leaves after 127 s */

static struct cgn_natpmp *natpmp;

/* What was sent: through an SA, by a route, or into a softwire. */
static unsigned int n_protected, n_routed, n_wired;
static struct cgn_return_addr protected_to;
static uint8_t protected_data[12];
static struct rte_ipv4_hdr routed;

/* The leases of the fixture, in place of leases.c, which needs workers. */
struct cgn_lessor *
cgn_leases_lessor(const struct cgn_leases *l)
{
	(void)l;
	return f.lessor;
}

struct cgn_lease_service *
cgn_leases_service(const struct cgn_leases *l)
{
	(void)l;
	return f.service;
}

struct cgn_realms *
cgn_leases_realms(const struct cgn_leases *l)
{
	(void)l;
	return realms;
}

bool
cgn_leases_are_kept(const struct cgn_leases *l)
{
	(void)l;
	return true;
}

bool
cgn_leases_are_undisturbed(const struct cgn_leases *l)
{
	(void)l;
	return false;
}

static void
take_protected(void *ctx, const struct cgn_return_addr *to, const void *data, size_t len)
{
	(void)ctx;
	CU_ASSERT_EQUAL_FATAL(len, sizeof(protected_data));
	memcpy(protected_data, data, len);
	protected_to = *to;
	n_protected++;
}

static void
take_routed(void *ctx, const void *packet, size_t len)
{
	(void)ctx;
	CU_ASSERT_TRUE_FATAL(len >= sizeof(routed));
	memcpy(&routed, packet, sizeof(routed));
	n_routed++;
}

static void
take_wired(void *ctx, const struct cgn_ip6 *b4, const void *packet, size_t len)
{
	(void)ctx;
	(void)b4;
	(void)packet;
	(void)len;
	n_wired++;
}

static void
begin_announcing(void)
{
	struct cgn_natpmp_cfg cfg = {
		.conf = &conf, .route = take_routed, .wire = take_wired, .protected = take_protected
	};

	begin();
	cfg.timers = f.timers;
	conf.natpmp.role = CGN_NATPMP_SERVER;
	conf.natpmp.announce = true;
	CU_ASSERT_EQUAL_FATAL(cgn_natpmp_create(&natpmp, &cfg), 0);
	n_protected = n_routed = n_wired = 0;
}

static void
end_announcing(void)
{
	lf_time_out(&f);
	cgn_natpmp_destroy(natpmp);
	conf.natpmp.announce = false;
	conf.natpmp.announce_to_5351 = false;
	end();
}

/* Let a series run for a time, while the worker tells the address of its client. */
static void
announce_for(uint64_t ms)
{
	for (uint64_t passed = 0; passed < ms; passed += 10) {
		lf_advance(&f, 10);
		lf_reply(&f);
	}
}

static void
announce_to(uint32_t realm, rte_be32_t addr, uint64_t ms)
{
	cgn_natpmp_announce_client(cgn_natpmp_get_announce(natpmp), realm, addr, f.now_ms);
	announce_for(ms);
}

/* L-IPS-2: a client that must use IPsec hears of the start through its SA, from the address that it has asked.
 * Others hear it as ever. */
static void
start_is_announced_through_ipsec(void)
{
	begin_announcing();
	CU_ASSERT_EQUAL(ask(LF_H1, true, MARK, map_tcp, sizeof(map_tcp)), 0);
	lf_advance(&f, 7000);
	cgn_natpmp_start(natpmp, f.now_ms);
	announce_for(SERIES_MS);
	CU_ASSERT_EQUAL(n_protected, SERIES);
	CU_ASSERT_EQUAL(n_routed, 0);
	CU_ASSERT_TRUE(protected_to.is_protected);
	CU_ASSERT_FALSE(protected_to.is_wire);
	CU_ASSERT_EQUAL(protected_to.remote.ip4, LF_H1);
	CU_ASSERT_EQUAL(protected_to.remote_port, 5350);
	CU_ASSERT_EQUAL(protected_to.local.ip4, LF_GW);
	CU_ASSERT_EQUAL(protected_to.local_port, 5351);
	CU_ASSERT_EQUAL(protected_data[0], 0);
	CU_ASSERT_EQUAL(protected_data[1], 128);
	CU_ASSERT_EQUAL(protected_data[2] << 8 | protected_data[3], 0);
	CU_ASSERT_EQUAL(memcmp(protected_data + 8, &(rte_be32_t){ LF_X }, 4), 0);
	end_announcing();
	begin_announcing();
	CU_ASSERT_EQUAL(ask(PLAIN, false, 0, map_tcp, sizeof(map_tcp)), 0);
	cgn_natpmp_start(natpmp, f.now_ms);
	announce_for(SERIES_MS);
	CU_ASSERT_EQUAL(n_protected, 0);
	CU_ASSERT_EQUAL(n_routed, SERIES);
	CU_ASSERT_EQUAL(routed.dst_addr, PLAIN);
	CU_ASSERT_EQUAL(routed.src_addr, LF_GW);
	CU_ASSERT_EQUAL(routed.next_proto_id, IPPROTO_UDP);
	end_announcing();
}

/* L-IPS-2: also a client that holds nothing, and also at the second port. */
static void
losses_are_announced_through_ipsec(void)
{
	begin_announcing();
	conf.natpmp.announce_to_5351 = true;
	announce_to(0, LF_H2, SERIES_MS);
	CU_ASSERT_EQUAL(n_protected, 2 * SERIES);
	CU_ASSERT_EQUAL(n_routed, 0);
	CU_ASSERT_EQUAL(protected_to.remote.ip4, LF_H2);
	CU_ASSERT_EQUAL(protected_to.remote_port, 5351);
	CU_ASSERT_EQUAL(memcmp(protected_data + 8, &(rte_be32_t){ LF_X2 }, 4), 0);
	end_announcing();
}

/* L-IPS-2: without an external address the client is told a network failure, also through its SA. */
static void
failures_are_announced_through_ipsec(void)
{
	begin_announcing();
	f.refuse = -EADDRNOTAVAIL;
	announce_to(0, LF_H1, SERIES_MS);
	CU_ASSERT_EQUAL(n_protected, SERIES);
	CU_ASSERT_EQUAL(n_routed, 0);
	CU_ASSERT_EQUAL(protected_data[2] << 8 | protected_data[3], 3);
	end_announcing();
}

/* Homes are reached by their softwires. Their inner addresses may be those of a group that requires IPsec. */
static void
homes_hear_by_their_softwires(void)
{
	const struct cgn_ip6 b4 = { .b = { 0x20, 1, 0x0d, 0xb8, [15] = 1 } };
	uint32_t realm;

	begin_announcing();
	realm = cgn_realms_get(realms, &b4, 56);
	CU_ASSERT_NOT_EQUAL_FATAL(realm, 0);
	announce_to(realm, LF_H1, SERIES_MS);
	cgn_realms_release(realms, realm);
	CU_ASSERT_EQUAL(n_wired, SERIES);
	CU_ASSERT_EQUAL(n_protected, 0);
	CU_ASSERT_EQUAL(n_routed, 0);
	end_announcing();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(plain_requests_get_result_2_and_make_nothing),
	CU_TEST_ROW(requests_through_ipsec_are_served),
	CU_TEST_ROW(other_groups_need_no_ipsec),
	CU_TEST_ROW(refusals_are_limited),
	CU_TEST_ROW(marks_are_compared_under_their_mask),
	CU_TEST_ROW(start_is_announced_through_ipsec),
	CU_TEST_ROW(losses_are_announced_through_ipsec),
	CU_TEST_ROW(failures_are_announced_through_ipsec),
	CU_TEST_ROW(homes_hear_by_their_softwires),
};

CU_MAIN("authorization", tests)
