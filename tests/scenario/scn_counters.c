/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is counted for pools, groups and protocols, and that gauges return to zero.
 */
#include "tests/support/cu.h"
#include "tests/support/fixture.h"

/* A pool of one address with two blocks, so that it is full soon. */
static struct fx *
small_pool(void)
{
	struct fx *fx = fx_new();

	fx->single_worker = true;
	fx->ranges[0][0].last = fx->ranges[0][0].first;
	fx->groups[0].block_size = 64;
	fx->groups[0].blocks_max = 2;
	fx->pools[0].port_min = 1024;
	fx->pools[0].port_max = 1151;
	return fx_start(fx);
}

/* Dropped packets of all kinds since the last verb. */
static uint64_t
n_dropped(const struct fx *fx)
{
	uint64_t n = 0;

	for (unsigned int v = 0; v < CGN_V_COUNT; v++) {
		if (cgn_verdict_class((enum cgn_verdict)v) == CGN_VC_DROPPED)
			n += fx_rose(fx, (enum cgn_verdict)v);
	}
	return n;
}

/* G-CNT-1: address maps and port maps made, per protocol, pool and group. */
static void
what_is_made_is_counted_where_it_belongs(void)
{
	struct fx *fx = fx_default();
	struct fx_pool p;
	struct fx_group g;

	fx_map_udp(fx, H1, 5000);
	fx_map_udp(fx, H1, 5001);
	fx_map_udp(fx, H2, 5000);
	fx_connect(fx, H2, 5000, P1, 80);
	fx_ping_out(fx, H2, P1, 5000);
	p = fx_pool_stats(fx, 0);
	CU_ASSERT_EQUAL(p.pairings, 2);
	CU_ASSERT_EQUAL(p.mappings_made, 5);
	CU_ASSERT_EQUAL(p.address_failures + p.port_failures, 0);
	g = fx_group_stats(fx, 0);
	CU_ASSERT_EQUAL(g.mappings_made, 5);
	CU_ASSERT_EQUAL(g.refused, 0);
	CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_MAPPINGS_MADE_UDP), 3);
	CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_MAPPINGS_MADE_TCP), 1);
	CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_MAPPINGS_MADE_ICMP), 1);
	/* Further packets make nothing. */
	fx_udp_out(fx, H1, 5000, P2, 53);
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).mappings_made, 5);
	fx_free(fx);
}

/* G-CNT-1: no address for a subscriber. Each refusal counts once, for its pool and its group. */
static void
address_failures_are_counted_per_pool(void)
{
	struct fx *fx = small_pool();

	fx_map_udp(fx, H1, 5000);
	fx_map_udp(fx, H2, 5000);
	for (uint16_t i = 1; i <= 3; i++) {
		fx_udp_out(fx, K1, 5000, P1, 53);
		CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_POOL_FULL), 1);
		CU_ASSERT_EQUAL(n_dropped(fx), 1);
		CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).address_failures, i);
		CU_ASSERT_EQUAL(fx_group_stats(fx, 0).refused, i);
	}
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).port_failures, 0);
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).pairings, 2);
	fx_free(fx);
}

/* G-CNT-1: the pool is the cause, too, if the last ports of the subscriber are kept for leases. */
static void
reserve_does_not_hide_that_the_pool_is_full(void)
{
	struct fx *fx = small_pool();

	fx->groups[0].leases_reserve = 16;
	fx_map_udp(fx, H2, 5000);
	for (uint16_t i = 0; i < 48; i++)
		fx_map_udp(fx, H1, (uint16_t)(5000 + i));
	fx_udp_out(fx, H1, 7000, P1, 53);
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_POOL_PORTS), 1);
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).port_failures, 1);
	fx->groups[0].blocks_max = 1;
	fx_udp_out(fx, H1, 7000, P1, 53);
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_SUB_PORTS), 1);
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).port_failures, 1);
	fx_free(fx);
}

/* G-CNT-1: the address has no further block for a subscriber, in each protocol. */
static void
port_failures_are_counted_per_pool_and_protocol(void)
{
	struct fx *fx = small_pool();

	fx_map_udp(fx, H2, 5000);
	for (uint16_t i = 0; i < 64; i++) {
		fx_map_udp(fx, H1, (uint16_t)(5000 + i));
		fx_tcp_out(fx, H1, (uint16_t)(5000 + i), P1, 80, RTE_TCP_SYN_FLAG);
		fx_ping_out(fx, H1, P1, i);
	}
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).port_failures, 0);
	fx_udp_out(fx, H1, 7000, P1, 53);
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_POOL_PORTS), 1);
	CU_ASSERT_EQUAL(n_dropped(fx), 1);
	CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_PORT_FAILURES_UDP), 1);
	fx_tcp_out(fx, H1, 7000, P1, 80, RTE_TCP_SYN_FLAG);
	fx_tcp_out(fx, H1, 7001, P1, 80, RTE_TCP_SYN_FLAG);
	CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_PORT_FAILURES_TCP), 2);
	fx_ping_out(fx, H1, P1, 7000);
	CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_PORT_FAILURES_ICMP), 1);
	CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_PORT_FAILURES_UDP), 1);
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).port_failures, 4);
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).address_failures, 0);
	CU_ASSERT_EQUAL(fx_group_stats(fx, 0).refused, 4);
	fx_free(fx);
}

/* G-CNT-1: a limit of the subscriber is no failure of the pool. */
static void
limits_of_a_subscriber_are_no_failures_of_the_pool(void)
{
	struct fx *fx = fx_new();

	fx->groups[0].mappings_max = 1;
	fx_start(fx);
	fx_map_udp(fx, H1, 5000);
	fx_udp_out(fx, H1, 5001, P1, 53);
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_SUB_MAPPINGS), 1);
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).port_failures, 0);
	CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_PORT_FAILURES_UDP), 0);
	CU_ASSERT_EQUAL(fx_group_stats(fx, 0).refused, 1);
	fx_free(fx);
}

/* G-CNT-2: gauges of pools, groups and protocols rise, and return to zero after all has expired. */
static void
gauges_return_to_zero(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = { .port = 8080 };
	struct fx_pool p;
	struct fx_group g;

	fx_map_udp(fx, H1, 5000);
	fx_ping_out(fx, H2, P1, 5000);
	CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_TCP, H2, 80, &x, 3600), 0);
	p = fx_pool_stats(fx, 0);
	CU_ASSERT_EQUAL(p.subscribers, 2);
	CU_ASSERT_TRUE(p.addresses_used >= 1 && p.addresses_used <= 2);
	CU_ASSERT_TRUE(p.blocks_used >= 2);
	CU_ASSERT_EQUAL(p.ports_used[CGN_PROTO_UDP], 1);
	CU_ASSERT_EQUAL(p.ports_used[CGN_PROTO_TCP], 1);
	CU_ASSERT_EQUAL(p.ports_used[CGN_PROTO_ICMP], 1);
	g = fx_group_stats(fx, 0);
	CU_ASSERT_EQUAL(g.subscribers, 2);
	CU_ASSERT_EQUAL(g.mappings, 3);
	CU_ASSERT_EQUAL(g.leases, 1);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_MAPPINGS_UDP), 1);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SUBSCRIBERS), 2);
	fx_advance_s(fx, 301);
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).ports_held, 1);
	CU_ASSERT_EQUAL(fx_group_stats(fx, 0).mappings, 1);
	CU_ASSERT_EQUAL(fx_unlease(fx, CGN_PROTO_TCP, H2, 80), 0);
	CU_ASSERT_EQUAL(fx_group_stats(fx, 0).leases, 0);
	fx_advance_s(fx, 121 + 301);
	p = fx_pool_stats(fx, 0);
	CU_ASSERT_EQUAL(p.subscribers + p.addresses_used + p.blocks_used + p.ports_held, 0);
	CU_ASSERT_EQUAL(p.ports_used[0] + p.ports_used[1] + p.ports_used[2], 0);
	g = fx_group_stats(fx, 0);
	CU_ASSERT_EQUAL(g.subscribers + g.mappings + g.leases, 0);
	for (unsigned int i = 0; i < CGN_G_NEIGHBOURS; i++)
		CU_ASSERT_EQUAL(fx_gauge(fx, (enum cgn_gauge_id)i), 0);
	/* Counters stay. */
	CU_ASSERT_EQUAL(p.mappings_made, 3);
	CU_ASSERT_EQUAL(g.mappings_made, 3);
	fx_free(fx);
}

/* G-CNT-3: one drop counter for each packet. */
static void
each_bad_packet_moves_one_drop_counter(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = fx_map_udp(fx, H1, 5000);

	fx_udp_in(fx, P1, 53, x.addr, x.port ^ 1);
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_NO_MAPPING), 1);
	CU_ASSERT_EQUAL(n_dropped(fx), 1);
	fx_tcp_out(fx, H1, 5000, P1, 80, RTE_TCP_ACK_FLAG);
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_NO_SESSION), 1);
	CU_ASSERT_EQUAL(n_dropped(fx), 1);
	fx_udp_out(fx, "203.0.113.99", 5000, P1, 53);
	CU_ASSERT_EQUAL(n_dropped(fx), 1);
	fx_udp_in(fx, P1, 53, "192.0.2.77", 4000);
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_NOT_POOL), 1);
	CU_ASSERT_EQUAL(n_dropped(fx), 1);
	fx_udp_out(fx, H1, 0, P1, 53);
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_L4_PORT_ZERO), 1);
	CU_ASSERT_EQUAL(n_dropped(fx), 1);
	fx_udp_out(fx, H1, 5000, P1, 53);
	CU_ASSERT_EQUAL(n_dropped(fx), 0);
	fx_free(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(what_is_made_is_counted_where_it_belongs),
	CU_TEST_ROW(address_failures_are_counted_per_pool),
	CU_TEST_ROW(reserve_does_not_hide_that_the_pool_is_full),
	CU_TEST_ROW(port_failures_are_counted_per_pool_and_protocol),
	CU_TEST_ROW(limits_of_a_subscriber_are_no_failures_of_the_pool),
	CU_TEST_ROW(gauges_return_to_zero),
	CU_TEST_ROW(each_bad_packet_moves_one_drop_counter),
};

CU_MAIN("scn_counters", tests)
