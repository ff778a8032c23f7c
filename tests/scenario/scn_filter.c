/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tables that are filtered by the worker: each condition alone, and several together.
 */
#include "shared/tcpstate.h"
#include "tests/support/cu.h"
#include "tests/support/fixture.h"

#include <string.h>

#define MANY 900 /* more than one command looks at */

static const struct cgn_table_filter everything = {
	.proto = CGN_PROTO_COUNT,
	.tcp_state = UINT8_MAX,
};

static struct cgn_prefix
prefix_of(const char *addr, uint8_t len)
{
	return (struct cgn_prefix){ .ip4 = pg_addr(addr), .len = len };
}

/* Read a table of all workers. @return how many rows */
static unsigned int
count(struct fx *fx, uint16_t op, const struct cgn_table_filter *f)
{
	static union {
		struct cgn_mapping_info mappings[CGN_READ_SLICE];
		struct cgn_subscriber_info subscribers[CGN_READ_SLICE];
	} rows;
	unsigned int n = 0;

	for (unsigned int w = 0; w < fx->n_workers; w++) {
		struct cgn_cmd cmd = { .op = op };
		struct cgn_evt reply;

		cmd.u.read = (struct cgn_cmd_read){
			.out = &rows, .max = CGN_READ_SLICE, .filter = f
		};
		do {
			CU_ASSERT_EQUAL_FATAL(fx_cmd(fx, w, &cmd, &reply), 0);
			n += reply.u.read.n;
			cmd.u.read.cursor = reply.u.read.cursor;
		} while (reply.u.read.done == 0);
	}
	return n;
}

static unsigned int
mappings(struct fx *fx, const struct cgn_table_filter *f)
{
	return count(fx, CGN_CMD_READ_MAPPINGS, f);
}

static unsigned int
subscribers(struct fx *fx, const struct cgn_table_filter *f)
{
	return count(fx, CGN_CMD_READ_SUBSCRIBERS, f);
}

/* REQ: G-DAY-11 */
static void
each_condition_leaves_out_the_other_mappings(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = fx_map_udp(fx, H1, 5000), lease = { .port = 0 };
	struct cgn_table_filter f;

	fx_map_udp(fx, H2, 5000);
	fx_map_udp(fx, K1, 5000);
	fx_connect(fx, H1, 6000, P1, 80);
	CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_UDP, H2, 99, &lease, 600), 0);
	CU_ASSERT_EQUAL(mappings(fx, NULL), 5);
	CU_ASSERT_EQUAL(mappings(fx, &everything), 5);

	f = everything;
	f.proto = CGN_PROTO_TCP;
	CU_ASSERT_EQUAL(mappings(fx, &f), 1);
	f.tcp_state = CGN_TCP_ESTABLISHED;
	CU_ASSERT_EQUAL(mappings(fx, &f), 1);
	f.tcp_state = CGN_TCP_RESET;
	CU_ASSERT_EQUAL(mappings(fx, &f), 0);

	f = everything;
	f.kind = CGN_TABLE_EXPLICIT;
	CU_ASSERT_EQUAL(mappings(fx, &f), 1);
	f.kind = CGN_TABLE_IMPLICIT;
	CU_ASSERT_EQUAL(mappings(fx, &f), 4);

	f = everything;
	f.ext_addr = pg_addr(x.addr);
	f.ext_port = rte_cpu_to_be_16(x.port);
	CU_ASSERT_EQUAL(mappings(fx, &f), 1);
	f.proto = CGN_PROTO_ICMP;
	CU_ASSERT_EQUAL(mappings(fx, &f), 0);
	f = everything;
	f.ext_addr = pg_addr(P1);
	CU_ASSERT_EQUAL(mappings(fx, &f), 0);
	f.ext_port = RTE_BE16(1024);
	CU_ASSERT_EQUAL(mappings(fx, &f), 0);

	f = everything;
	f.has_subscriber = true;
	f.subscriber = prefix_of("100.64.1.0", 24);
	CU_ASSERT_EQUAL(mappings(fx, &f), 4);
	f.subscriber = prefix_of(H1, 32);
	CU_ASSERT_EQUAL(mappings(fx, &f), 2);
	f.kind = CGN_TABLE_EXPLICIT;
	CU_ASSERT_EQUAL(mappings(fx, &f), 0);

	f = everything;
	f.has_group = true;
	CU_ASSERT_EQUAL(mappings(fx, &f), 5);
	f.group = 1;
	CU_ASSERT_EQUAL(mappings(fx, &f), 0);
	fx_free(fx);
}

/* A prefix longer than that of a subscriber means the whole subscriber. REQ: G-DAY-11 */
static void
part_of_a_subscriber_means_all_of_it(void)
{
	struct fx *fx = fx_new();
	struct cgn_table_filter f = everything;

	fx->groups[0].subscriber_prefix_len = 24;
	fx_start(fx);
	fx_map_udp(fx, H1, 5000);
	fx_map_udp(fx, H2, 5000);
	fx_map_udp(fx, K1, 5000);
	f.has_subscriber = true;
	f.subscriber = prefix_of("100.64.1.128", 25);
	CU_ASSERT_EQUAL(mappings(fx, &f), 2);
	CU_ASSERT_EQUAL(subscribers(fx, &f), 1);
	f.subscriber = prefix_of("100.64.0.0", 16);
	CU_ASSERT_EQUAL(mappings(fx, &f), 3);
	CU_ASSERT_EQUAL(subscribers(fx, &f), 2);
	f.subscriber = (struct cgn_prefix){ .is_ip6 = true };
	CU_ASSERT_EQUAL(mappings(fx, &f), 0);
	CU_ASSERT_EQUAL(subscribers(fx, &f), 0);
	fx_free(fx);
}

/* A rare row of a long table is found, although one command looks at a part of the table only. REQ: G-DAY-11 */
static void
rare_row_of_a_long_table_is_found(void)
{
	struct fx *fx = fx_default();
	struct cgn_table_filter f = everything;

	for (unsigned int i = 0; i < MANY; i++) {
		char h[16];

		snprintf(h, sizeof(h), "100.64.3.%u", i % 50 + 1);
		fx_map_udp(fx, h, (uint16_t)(5000 + i));
	}
	fx_map_udp(fx, H1, 5000);
	f.has_subscriber = true;
	f.subscriber = prefix_of("100.64.1.0", 24);
	CU_ASSERT_EQUAL(mappings(fx, &f), 1);
	CU_ASSERT_EQUAL(subscribers(fx, &f), 1);
	fx_free(fx);
}

/* Who was refused is there with the last reason, with and without an external address. REQ: G-DAY-12 */
static void
refused_subscribers_have_their_last_reason(void)
{
	struct fx *fx = fx_new();
	struct cgn_table_filter f = everything;
	struct cgn_subscriber_info info;
	struct cgn_cmd cmd = { .op = CGN_CMD_REFUSED };
	struct cgn_evt reply;

	fx->groups[0].mappings_max = 1;
	fx_start(fx);
	fx_map_udp(fx, H1, 5000);
	fx_map_udp(fx, H2, 5000);
	(void)fx_rx(fx, FX_INSIDE, pg_udp(fx->mp, H1, 5001, P1, 53, 8));
	fx_advance_s(fx, 5);
	cmd.u.refused.host.ip4 = pg_addr(K1);
	cmd.u.refused.why = CGN_REFUSAL_NOT_AUTHORIZED;
	CU_ASSERT_EQUAL(fx_cmd(fx, fx_owner(fx, K1), &cmd, &reply), 0);
	f.use = CGN_TABLE_USE_REFUSED;
	CU_ASSERT_EQUAL(subscribers(fx, &f), 2);
	f.use = CGN_TABLE_USE_ACTIVE;
	CU_ASSERT_EQUAL(subscribers(fx, &f), 2);
	f.use = CGN_TABLE_USE_IDLE;
	CU_ASSERT_EQUAL(subscribers(fx, &f), 0);
	CU_ASSERT_TRUE(fx_subscriber(fx, H1, &info));
	CU_ASSERT_TRUE(info.has_refusal);
	CU_ASSERT_EQUAL(info.refused_why, CGN_REFUSAL_SUB_MAPPINGS);
	CU_ASSERT_EQUAL(info.refused_ago_s, 5);
	CU_ASSERT_TRUE(fx_subscriber(fx, H2, &info));
	CU_ASSERT_FALSE(info.has_refusal);
	CU_ASSERT_TRUE(fx_subscriber(fx, K1, &info));
	CU_ASSERT_EQUAL(info.refused_why, CGN_REFUSAL_NOT_AUTHORIZED);
	CU_ASSERT_EQUAL(info.ext_addr, 0);
	fx_free(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(each_condition_leaves_out_the_other_mappings),
	CU_TEST_ROW(part_of_a_subscriber_means_all_of_it),
	CU_TEST_ROW(rare_row_of_a_long_table_is_found),
	CU_TEST_ROW(refused_subscribers_have_their_last_reason),
};

CU_MAIN("scn_filter", tests)
