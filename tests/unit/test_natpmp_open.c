/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * NAT-PMP requests under way: which of them are one, and what is left of those that the store does not keep.
 */
#include "controlplane/natpmp/natpmp_server.h"
#include "tests/support/leasefix.h"
#include "tests/support/scratch.h"

#include <signal.h>

#define GW2   RTE_BE32(0x64400002)
#define ASKED 100 /* requests in one failure of the store */

static struct lf f;
static struct cgn_store *store;
static struct cgn_natpmp_server *server;
static char dir[300], path[320];
static unsigned int n_answers;

static struct cgn_conf_port port;
static struct cgn_prefix residents[] = { { .ip4 = RTE_BE32(0x64400000), .len = 10 },
	{ .ip6 = { .b = { 0x20, 1, 0x0d, 0xb8 } }, .len = 32, .is_ip6 = true } };
static struct cgn_conf_group group = { .prefixes = residents,
	.n_prefixes = 2,
	.subscriber_prefix_len = 32,
	.subscriber_prefix6_len = 56,
	.leases_max = 2000 };
static struct cgn_conf conf = {
	.ports = &port,
	.n_ports = 1,
	.groups = &group,
	.n_groups = 1,
	.natpmp = { .lifetime_max_s = 86400, .requests_per_s = 1000000 },
};

static void
take_answer(void *ctx, const struct cgn_return_addr *to, const void *data, size_t len)
{
	(void)ctx;
	(void)to;
	(void)data;
	(void)len;
	n_answers++;
}

static const struct cgn_natpmp_server_ops ops = { .send = take_answer };

static void
begin(void)
{
	struct cgn_natpmp_server_cfg cfg = { .conf = &conf, .ops = &ops };
	char why[CGN_STOREFILE_WHY_MAX];

	port = (struct cgn_conf_port){ .side = CGN_SIDE_INSIDE,
		.n_addresses = 2,
		.addresses = { { .ip4 = LF_GW, .len = 10 }, { .ip4 = GW2, .len = 10 } } };
	n_answers = 0;
	scratch_make(dir, sizeof(dir), "open");
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
	cfg.leases = lf_serve(&f, &conf, f.realms, NULL);
	CU_ASSERT_EQUAL_FATAL(cgn_natpmp_server_create(&server, &cfg), 0);
}

static void
end(void)
{
	lf_time_out(&f);
	CU_ASSERT_EQUAL(cgn_natpmp_server_open(server), 0);
	cgn_natpmp_server_destroy(server);
	lf_end(&f);
	cgn_store_close(store);
	cgn_realms_destroy(f.realms);
}

/* The fields of a request in which it may differ from another one. */
struct ask {
	uint8_t home; /* number of the home, 0: native */
	rte_be32_t addr, gateway;
	uint16_t udp_port;
	uint8_t opcode;
	uint16_t in_port, ext_port;
	uint16_t lifetime_s;
};

static void
put_ask(const struct ask *a)
{
	const uint8_t data[] = { 0, a->opcode, 0, 0, (uint8_t)(a->in_port >> 8),
		(uint8_t)a->in_port, (uint8_t)(a->ext_port >> 8), (uint8_t)a->ext_port, 0, 0,
		(uint8_t)(a->lifetime_s >> 8), (uint8_t)a->lifetime_s };
	const struct cgn_return_addr from = {
		.remote = { .ip4 = a->addr },
		.local = { .ip4 = a->gateway },
		.remote_port = a->udp_port,
		.is_wire = a->home != 0,
		.b4 = { .b = { 0x20, 1, 0x0d, 0xb8, 0, 0, a->home, [15] = 1 } },
	};

	CU_ASSERT_TRUE(cgn_natpmp_server_input(
			server, &from, data, a->opcode == 0 ? 2 : sizeof(data), f.now_ms));
}

static uint64_t
n_repeated(void)
{
	return cgn_natpmp_server_stats(server)->counter[CGN_NATPMP_C_REPEATED];
}

/* B-MAP-6: two requests are one only if they are alike in everything; then the second one waits for the answer
 * to the first. */
static void
requests_that_differ_in_anything_are_both_carried_out(void)
{
	static const struct ask first = { 0, LF_H1, LF_GW, 7000, 1, 1000, 2000, 600 };
	static const struct ask cases[] = {
		{ 1, LF_H1, LF_GW, 7000, 1, 1000, 2000, 600 },
		{ 2, LF_H1, LF_GW, 7000, 1, 1000, 2000, 600 },
		{ 0, LF_H2, LF_GW, 7000, 1, 1000, 2000, 600 },
		{ 0, LF_H1, GW2, 7000, 1, 1000, 2000, 600 },
		{ 0, LF_H1, LF_GW, 7001, 1, 1000, 2000, 600 },
		{ 0, LF_H1, LF_GW, 7000, 2, 1000, 2000, 600 },
		{ 0, LF_H1, LF_GW, 7000, 1, 1001, 2000, 600 },
		{ 0, LF_H1, LF_GW, 7000, 1, 1000, 2001, 600 },
		{ 0, LF_H1, LF_GW, 7000, 1, 1000, 2000, 601 },
		{ 0, LF_H1, LF_GW, 7000, 1, 1000, 2000, 0 },
		{ 0, LF_H1, LF_GW, 7000, 0, 0, 0, 0 },
	};

	begin();
	put_ask(&first);
	for (unsigned int i = 0; i < RTE_DIM(cases); i++) {
		put_ask(&cases[i]);
		CU_ASSERT_EQUAL(f.n_sent, i + 2);
		CU_ASSERT_EQUAL(n_repeated(), 0);
	}
	for (unsigned int i = 0; i < RTE_DIM(cases); i++) {
		put_ask(&cases[i]);
		CU_ASSERT_EQUAL(n_repeated(), i + 1);
	}
	CU_ASSERT_EQUAL(f.n_sent, RTE_DIM(cases) + 1);
	lf_reply(&f);
	lf_advance(&f, 0);
	CU_ASSERT_EQUAL(n_answers, RTE_DIM(cases) + 1);
	/* Answered: the next one is no repetition. */
	put_ask(&first);
	CU_ASSERT_EQUAL(n_repeated(), RTE_DIM(cases));
	end();
}

/* B-MAP-6: a host that asks for many ports at once, for one of each host's: each request is its own. */
static void
many_ports_and_many_hosts_are_each_a_request(void)
{
	const struct ask first = { 0, LF_H1, LF_GW, 7000, 1, 1000, 0, 600 };

	for (unsigned int kind = 0; kind < 3; kind++) {
		begin();
		for (uint16_t i = 0; i < CGN_LEASE_SERVICE_OPEN_MAX; i++) {
			struct ask a = first;

			a.in_port = (uint16_t)(kind == 0 ? 1 + i : kind == 2 ? 1 + i / 2 : 1000);
			a.addr = kind == 1 ? rte_cpu_to_be_32(0x64400100 + i) : a.addr;
			a.opcode = kind == 2 ? (uint8_t)(1 + i % 2) : 1;
			put_ask(&a);
		}
		CU_ASSERT_EQUAL(n_repeated(), 0);
		CU_ASSERT_EQUAL(f.n_sent, CGN_LEASE_SERVICE_OPEN_MAX);
		CU_ASSERT_EQUAL(cgn_natpmp_server_open(server), CGN_LEASE_SERVICE_OPEN_MAX);
		end();
	}
}

/* B-EP-4: what the store does not keep is not answered. Nothing stays open of it, however long the disk is
 * full, and a client that asks again is answered when there is room. */
static void
requests_that_the_store_does_not_keep_leave_nothing_open(void)
{
	struct ask a = { 0, LF_H1, LF_GW, 7000, 1, 1000, 0, 600 };

	begin();
	signal(SIGXFSZ, SIG_IGN);
	for (unsigned int round = 0; round < 3; round++) {
		uint64_t unanswered =
				cgn_natpmp_server_stats(server)->counter[CGN_NATPMP_C_UNANSWERED];

		scratch_set_disk(true);
		n_answers = 0;
		for (unsigned int i = 0; i < ASKED; i++) {
			a.home = i % 2 == 0 ? 0 : 1;
			a.in_port = (uint16_t)(1 + i % 100);
			a.lifetime_s = i % 5 == 4 ? 0 : 600;
			put_ask(&a);
			lf_reply(&f);
			lf_advance(&f, 0);
			CU_ASSERT_EQUAL(cgn_natpmp_server_open(server), 0);
		}
		CU_ASSERT_EQUAL(n_answers, 0);
		CU_ASSERT_EQUAL(cgn_natpmp_server_stats(server)->counter[CGN_NATPMP_C_UNANSWERED],
				unanswered + ASKED);
		scratch_set_disk(false);
		a.home = 0;
		a.lifetime_s = 600;
		put_ask(&a);
		lf_reply(&f);
		lf_advance(&f, 0);
		CU_ASSERT_EQUAL(n_answers, 1);
	}
	end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(requests_that_differ_in_anything_are_both_carried_out),
	CU_TEST_ROW(many_ports_and_many_hosts_are_each_a_request),
	CU_TEST_ROW(requests_that_the_store_does_not_keep_leave_nothing_open),
};

CU_MAIN("natpmp_open", tests)
