/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/nat/tcpfsm.h"
#include "tests/support/cu.h"
#include "tests/support/fixture.h"
#include "tests/support/fixture_reload.h"

#include <errno.h>
#include <string.h>

#define MANY 300

static int
command(struct fx *fx, struct cgn_cmd *cmd)
{
	struct cgn_evt reply;
	int ret = 0;

	for (unsigned int i = 0; i < fx->n_workers; i++) {
		int r = fx_cmd(fx, i, cmd, &reply);

		ret = r != 0 ? r : ret;
	}
	return ret;
}

static struct rte_mbuf *
injected(struct fx *fx)
{
	struct rte_mbuf *m = pg_udp(fx->mp, "192.0.2.2", 5, R1, 6, 8);
	struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, struct rte_ether_hdr *);

	memcpy(&eth->dst_addr, "\x02\x01\xc0\x00\x02\x01", 6);
	eth->src_addr = pg_mac_us;
	return m;
}

/* All mappings of all workers are read, each once, in slices. */
static void
mappings_are_read_completely(void)
{
	static struct cgn_mapping_info rows[2 * MANY];
	struct fx *fx = fx_default();
	bool seen[MANY] = { false };

	for (unsigned int i = 0; i < MANY; i++) {
		char h[16];

		snprintf(h, sizeof(h), "100.64.3.%u", i % 50 + 1);
		fx_map_udp(fx, h, (uint16_t)(5000 + i));
	}
	CU_ASSERT_EQUAL_FATAL(fx_mappings(fx, NULL, rows, RTE_DIM(rows)), MANY);
	for (unsigned int i = 0; i < MANY; i++) {
		unsigned int k = rte_be_to_cpu_16(rows[i].in.port) - 5000u;

		CU_ASSERT_TRUE_FATAL(k < MANY);
		CU_ASSERT_FALSE(seen[k]);
		seen[k] = true;
		CU_ASSERT_EQUAL(rows[i].rem_addr, pg_addr(P1));
		CU_ASSERT_EQUAL(rows[i].rem_port, RTE_BE16(53));
		CU_ASSERT_EQUAL(rows[i].flags, CGN_MAPPING_IMPLICIT);
		CU_ASSERT_EQUAL(rows[i].expires_s, 300);
	}
	fx_free(fx);
}

/* A filter shows the mappings of one subscriber, in slices as well. */
static void
mappings_of_one_subscriber_are_read(void)
{
	static struct cgn_mapping_info rows[2 * MANY];
	struct fx *fx = fx_default();

	for (unsigned int i = 0; i < 200; i++)
		fx_map_udp(fx, H1, (uint16_t)(5000 + i));
	fx_map_udp(fx, H2, 5000);
	fx_connect(fx, H2, 5000, P1, 80);
	fx_ping_out(fx, H2, P1, 5000);
	CU_ASSERT_EQUAL(fx_mappings(fx, H1, rows, RTE_DIM(rows)), 200);
	for (unsigned int i = 0; i < 200; i++)
		CU_ASSERT_EQUAL(rows[i].in.addr, pg_addr(H1));
	CU_ASSERT_EQUAL(fx_mappings(fx, H2, rows, RTE_DIM(rows)), 3);
	CU_ASSERT_EQUAL(fx_mappings(fx, K1, rows, RTE_DIM(rows)), 0);
	CU_ASSERT_EQUAL(fx_mappings(fx, "192.168.1.1", rows, RTE_DIM(rows)), 0);
	fx_free(fx);
}

/* A row says what the mapping is and how long it lives. G-DAY-89 */
static void
row_of_a_mapping_tells_the_truth(void)
{
	struct fx *fx = fx_default();
	struct fx_ep t = fx_connect(fx, H1, 5000, P1, 80), x = { .port = 0 };
	struct cgn_mapping_info info;

	fx_connect(fx, H1, 5000, P2, 80);
	fx_advance_s(fx, 40);
	CU_ASSERT_TRUE(fx_mapping(fx, CGN_PROTO_TCP, H1, 5000, &info));
	CU_ASSERT_EQUAL(info.ext.addr, pg_addr(t.addr));
	CU_ASSERT_EQUAL(info.ext.port, rte_cpu_to_be_16(t.port));
	CU_ASSERT_EQUAL(info.tcp_state, CGN_TCP_ESTABLISHED);
	CU_ASSERT_EQUAL(info.sessions, 1); /* the first one is a part of the mapping */
	CU_ASSERT_EQUAL(info.expires_s, 7400);
	CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_UDP, H1, 99, &x, 1000), 0);
	fx_advance_s(fx, 100.5);
	CU_ASSERT_TRUE(fx_mapping(fx, CGN_PROTO_UDP, H1, 99, &info));
	CU_ASSERT_EQUAL(info.flags, CGN_MAPPING_EXPLICIT);
	CU_ASSERT_EQUAL(info.expires_s, 900);
	fx_free(fx);
}

/* Static mappings never expire. */
static void
static_mapping_is_shown_as_such(void)
{
	struct fx *fx = fx_new();
	struct cgn_mapping_info info;

	fx_add_static(fx, CGN_PROTO_TCP, H1, 80, "198.51.100.3", 8080);
	fx_start(fx);
	CU_ASSERT_TRUE(fx_mapping(fx, CGN_PROTO_TCP, H1, 80, &info));
	CU_ASSERT_EQUAL(info.flags, CGN_MAPPING_STATIC);
	CU_ASSERT_EQUAL(info.expires_s, UINT32_MAX);
	CU_ASSERT_EQUAL(fx_unlease(fx, CGN_PROTO_TCP, H1, 80), -EPERM);
	CU_ASSERT_EQUAL(fx_unlease(fx, CGN_PROTO_TCP, H1, 81), -ENOENT);
	fx_free(fx);
}

/* Subscribers: all, and one. */
static void
subscribers_are_read(void)
{
	struct cgn_subscriber_info rows[200], one;
	struct fx *fx = fx_default();
	unsigned int n = 0;

	for (unsigned int i = 0; i < 150; i++) {
		char h[16];

		snprintf(h, sizeof(h), "100.64.3.%u", i + 1);
		fx_map_udp(fx, h, 5000);
	}
	fx_connect(fx, "100.64.3.7", 5000, P1, 80);
	for (unsigned int w = 0; w < fx->n_workers; w++) {
		struct cgn_cmd cmd = { .op = CGN_CMD_READ_SUBSCRIBERS };
		struct cgn_evt reply;

		do {
			cmd.u.read.out = rows + n;
			cmd.u.read.max = (uint32_t)RTE_DIM(rows) - n;
			CU_ASSERT_EQUAL_FATAL(fx_cmd(fx, w, &cmd, &reply), 0);
			CU_ASSERT_TRUE(reply.u.read.n <= CGN_READ_SLICE);
			for (unsigned int i = 0; i < reply.u.read.n; i++)
				CU_ASSERT_EQUAL(rows[n + i].worker, w);
			n += reply.u.read.n;
			cmd.u.read.cursor = reply.u.read.cursor;
		} while (reply.u.read.done == 0);
	}
	CU_ASSERT_EQUAL(n, 150);
	CU_ASSERT_TRUE(fx_subscriber(fx, "100.64.3.7", &one));
	CU_ASSERT_EQUAL(one.addr.ip4, pg_addr("100.64.3.7"));
	CU_ASSERT_EQUAL(one.prefix_len, 32);
	CU_ASSERT_EQUAL(one.mappings, 2);
	CU_ASSERT_EQUAL(one.blocks, 1);
	CU_ASSERT_EQUAL(one.worker, fx_owner(fx, "100.64.3.7"));
	CU_ASSERT_FALSE(fx_subscriber(fx, "100.64.4.7", &one));
	fx_free(fx);
}

/* Who holds an external port: a mapping, a held one, a block, nobody. */
static void
who_holds_a_port_is_told(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = fx_map_udp(fx, H1, 5000);
	struct cgn_who_info who;

	CU_ASSERT_EQUAL(fx_who(fx, CGN_PROTO_UDP, x.addr, x.port, &who), 0);
	CU_ASSERT_TRUE(who.is_pool_addr && who.has_mapping && who.has_owner && !who.is_held);
	CU_ASSERT_EQUAL(who.mapping.in.addr, pg_addr(H1));
	CU_ASSERT_EQUAL(who.mapping.in.port, RTE_BE16(5000));
	CU_ASSERT_EQUAL(who.subscriber.addr.ip4, pg_addr(H1));
	CU_ASSERT_EQUAL(fx_who(fx, CGN_PROTO_TCP, x.addr, x.port ^ 1, &who), 0);
	CU_ASSERT_TRUE(who.is_pool_addr && !who.has_mapping && who.has_owner);
	CU_ASSERT_EQUAL(fx_who(fx, CGN_PROTO_UDP, x.addr, x.port ^ 0x8000, &who), 0);
	CU_ASSERT_TRUE(who.is_pool_addr && !who.has_mapping && !who.has_owner);
	CU_ASSERT_EQUAL(fx_who(fx, CGN_PROTO_UDP, P1, x.port, &who), 0);
	CU_ASSERT_FALSE(who.is_pool_addr);
	fx_advance_s(fx, 310);
	CU_ASSERT_EQUAL(fx_who(fx, CGN_PROTO_UDP, x.addr, x.port, &who), 0);
	CU_ASSERT_TRUE(who.is_held && !who.has_mapping && who.has_owner);
	fx_free(fx);
}

/* Gauges of a pool. */
static void
pool_gauges_follow_use(void)
{
	struct fx *fx = fx_default();
	struct fx_pool g = fx_pool_stats(fx, 0);

	CU_ASSERT_EQUAL(g.addresses, 16);
	CU_ASSERT_EQUAL(g.blocks, 16 * 126);
	CU_ASSERT_EQUAL(g.blocks_used, 0);
	fx_map_udp(fx, H1, 5000);
	fx_map_udp(fx, H2, 5000);
	fx_connect(fx, H2, 5000, P1, 80);
	fx_ping_out(fx, H2, P1, 5000);
	g = fx_pool_stats(fx, 0);
	CU_ASSERT_EQUAL(g.blocks_used, 2);
	CU_ASSERT_EQUAL(g.subscribers, 2);
	CU_ASSERT_EQUAL(g.ports_used[CGN_PROTO_UDP], 2);
	CU_ASSERT_EQUAL(g.ports_used[CGN_PROTO_TCP], 1);
	CU_ASSERT_EQUAL(g.ports_used[CGN_PROTO_ICMP], 1);
	fx_advance_s(fx, 61);
	g = fx_pool_stats(fx, 0);
	CU_ASSERT_EQUAL(g.ports_used[CGN_PROTO_ICMP], 0);
	CU_ASSERT_EQUAL(g.ports_held, 1);
	fx_free(fx);
}

/* A-MAP-7: other timers, limits and filters by command; mappings stay. */
static void
swapped_configuration_is_used_at_once(void)
{
	struct fx *fx = fx_default();
	struct cgn_conf_group group = fx->groups[0];
	struct cgn_conf next;
	struct fx_ep x = fx_map_udp(fx, H1, 5000);

	next = fx->conf;
	next.nat.timeouts.udp_s = 600;
	next.nat.filtering[CGN_PROTO_UDP] = CGN_FILTERING_AD;
	next.nat.hairpin = false;
	group.mappings_max = 2;
	next.groups = &group;
	fx_reload(fx, &next);
	fx_advance_s(fx, 299);
	FX_PKT(fx_udp_out(fx, H1, 5000, P1, 53), FX_OUTSIDE, x.addr, x.port, P1, 53);
	fx_udp_in(fx, P2, 53, x.addr, x.port);
	FX_DROPPED(fx, CGN_V_FILTERED);
	fx_udp_out(fx, H2, 5000, x.addr, x.port);
	FX_DROPPED(fx, CGN_V_HAIRPIN_OFF);
	fx_advance_s(fx, 599);
	FX_PKT(fx_udp_in(fx, P1, 53, x.addr, x.port), FX_INSIDE, P1, 53, H1, 5000);
	fx_map_udp(fx, H1, 5001);
	fx_udp_out(fx, H1, 5002, P1, 53);
	FX_REFUSED(fx, CGN_V_SUB_MAPPINGS, 3, 1);
	fx_free(fx);
}

/* A shorter timer is for mappings that are there, too, from their next use on. */
static void
shorter_timers_reach_old_mappings(void)
{
	struct fx *fx = fx_default();
	struct cgn_conf next;

	fx_map_udp(fx, H1, 5000);
	next = fx->conf;
	next.nat.timeouts.udp_s = 120;
	fx_reload(fx, &next);
	fx_map_udp(fx, H2, 5000);
	fx_advance_s(fx, 122);
	CU_ASSERT_TRUE(fx_gauge(fx, CGN_G_MAPPINGS_UDP) <= 1);
	fx_advance_s(fx, 180);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_MAPPINGS_UDP), 0);
	fx_free(fx);
}

/* While cgnd stops, what is there goes on and nothing new begins. */
static void
quiesced_worker_makes_no_mappings(void)
{
	struct fx *fx = fx_default();
	struct cgn_cmd cmd = { .op = CGN_CMD_QUIESCE };
	struct fx_ep x = fx_map_udp(fx, H1, 5000), t = fx_connect(fx, H1, 5000, P1, 80),
		     y = { .port = 0 };

	CU_ASSERT_EQUAL(command(fx, &cmd), 0);
	fx_udp_out(fx, H1, 5001, P1, 53);
	FX_DROPPED(fx, CGN_V_QUIESCED);
	fx_tcp_out(fx, H2, 5001, P1, 53, RTE_TCP_SYN_FLAG);
	FX_DROPPED(fx, CGN_V_QUIESCED);
	fx_ping_out(fx, H1, P1, 5001);
	FX_DROPPED(fx, CGN_V_QUIESCED);
	CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_UDP, H1, 99, &y, 600), -ESHUTDOWN);
	FX_PKT(fx_udp_out(fx, H1, 5000, P2, 53), FX_OUTSIDE, x.addr, x.port, P2, 53);
	FX_PKT(fx_udp_in(fx, P2, 53, x.addr, x.port), FX_INSIDE, P2, 53, H1, 5000);
	FX_PKT(fx_tcp_in(fx, P1, 80, t.addr, t.port, 0x10), FX_INSIDE, P1, 80, H1, 5000);
	fx_free(fx);
}

/* The control thread's own frames are sent as they are, and are no received packets. */
static void
injected_frames_are_sent(void)
{
	struct fx *fx = fx_default();
	struct cgn_pktmsg msg = { .op = CGN_PKT_TX, .port = FX_OUTSIDE, .verdict = CGN_V_NONE };

	msg.m = injected(fx);
	cgn_engine_pktmsgs(fx->engines[0], &msg, 1, fx->now);
	CU_ASSERT_EQUAL(fx->n_out, 1);
	FX_PKT(fx_first(fx), FX_OUTSIDE, "192.0.2.2", 5, R1, 6);
	CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_INJECTED), 1);
	fx->tx_room = 0;
	msg.m = injected(fx);
	cgn_engine_pktmsgs(fx->engines[0], &msg, 1, fx->now);
	CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_INJECTED), 2);
	fx->tx_room = UINT16_MAX;
	fx_free(fx);
}

static void
unknown_command_is_refused(void)
{
	struct fx *fx = fx_default();
	struct cgn_cmd cmd = { .op = 999 };

	CU_ASSERT_EQUAL(command(fx, &cmd), -EINVAL);
	fx_free(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(mappings_are_read_completely),
	CU_TEST_ROW(mappings_of_one_subscriber_are_read),
	CU_TEST_ROW(row_of_a_mapping_tells_the_truth),
	CU_TEST_ROW(static_mapping_is_shown_as_such),
	CU_TEST_ROW(subscribers_are_read),
	CU_TEST_ROW(who_holds_a_port_is_told),
	CU_TEST_ROW(pool_gauges_follow_use),
	CU_TEST_ROW(swapped_configuration_is_used_at_once),
	CU_TEST_ROW(shorter_timers_reach_old_mappings),
	CU_TEST_ROW(quiesced_worker_makes_no_mappings),
	CU_TEST_ROW(injected_frames_are_sent),
	CU_TEST_ROW(unknown_command_is_refused),
};

CU_MAIN("scn_tables", tests)
