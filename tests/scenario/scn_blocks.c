/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/cu.h"
#include "tests/support/fixture.h"

/* Blocks of 256 ports, at most four of them for each subscriber. No other limit is reached. */
static struct fx *
new_with_blocks(void)
{
	struct fx *fx = fx_new();

	fx->groups[0].block_size = 256;
	fx->groups[0].blocks_max = 4;
	fx->groups[0].mappings_max = 0;
	fx->groups[0].mappings_per_s = 0;
	fx->groups[0].leases_reserve = 0;
	fx->pools[0].port_min = 1024;
	fx->pools[0].port_max = 65535;
	return fx_start(fx);
}

/* Open flows of H1 from these inside ports. All of them get the same external address. */
static struct fx_ep
open_flows(struct fx *fx, unsigned int first, unsigned int n)
{
	struct fx_ep x = fx_map_udp(fx, H1, (uint16_t)first);

	for (unsigned int i = 1; i < n; i++)
		CU_ASSERT_STRING_EQUAL(fx_map_udp(fx, H1, (uint16_t)(first + i)).addr, x.addr);
	return x;
}

static uint32_t
blocks_used(struct fx *fx)
{
	return (uint32_t)fx_pool_stats(fx, 0).blocks_used;
}

/* G-PBA-1: the first packet takes one block, more follow on demand up to the limit, all on one address. */
static void
blocks_come_on_demand(void)
{
	struct fx *fx = new_with_blocks();

	open_flows(fx, 2000, 1);
	CU_ASSERT_EQUAL(blocks_used(fx), 1);
	open_flows(fx, 2001, 199);
	CU_ASSERT_EQUAL(blocks_used(fx), 1);
	open_flows(fx, 2200, 800);
	CU_ASSERT_EQUAL(blocks_used(fx), 4);
	/* The last block has 256 ports, too. NAT-PMP and PCP may have two of all. */
	open_flows(fx, 3000, 4 * 256 - 1000 - 2);
	for (uint16_t i = 0; i < 3; i++)
		fx_udp_out(fx, H1, (uint16_t)(4000 + i), P1, 53);
	CU_ASSERT_TRUE(fx_verdict(fx, CGN_V_SUB_PORTS) > 0);
	CU_ASSERT_EQUAL(blocks_used(fx), 4);
	fx_free(fx);
}

/* G-PBA-2: a block goes back when all its ports are idle and their hold-down is over. */
static void
idle_blocks_go_back(void)
{
	struct fx *fx = new_with_blocks();

	open_flows(fx, 2000, 1000);
	CU_ASSERT_EQUAL(blocks_used(fx), 4);
	fx_advance_s(fx, fx->conf.nat.timeouts.udp_s + 2);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_MAPPINGS_UDP), 0);
	CU_ASSERT_EQUAL(blocks_used(fx), 4);
	fx_advance_s(fx, fx->conf.nat.hold_down_s + 2);
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).ports_held, 0);
	CU_ASSERT_EQUAL(blocks_used(fx), 0);
	fx_free(fx);
}

/* G-PBA-2: a block that goes back is nobody's for the guard time, as long as there are others. */
static void
released_blocks_are_guarded(void)
{
	struct fx *fx = fx_new();
	struct fx_ep was, is;

	fx->single_worker = true;
	fx->conf.nat.block_guard_s = 180;
	fx->ranges[0][0].last = fx->ranges[0][0].first;
	fx->groups[0].block_size = 64;
	fx->groups[0].blocks_max = 1;
	fx->pools[0].port_min = 1024;
	fx->pools[0].port_max = 1151;
	fx_start(fx);
	/* Two blocks: H1 uses one, and gives it back. */
	was = fx_map_udp(fx, H1, 5000);
	fx_advance_s(fx, fx->conf.nat.timeouts.udp_s + fx->conf.nat.hold_down_s + 4);
	CU_ASSERT_EQUAL(blocks_used(fx), 0);
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).blocks_guarded, 1);
	is = fx_map_udp(fx, H2, 5000);
	CU_ASSERT_NOT_EQUAL(is.port / 64, was.port / 64);
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).guard_cut, 0);
	/* A young block is better than none, and that is counted. */
	is = fx_map_udp(fx, K1, 5000);
	CU_ASSERT_EQUAL(is.port / 64, was.port / 64);
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).guard_cut, 1);
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).blocks_guarded, 0);
	/* The guard ends. */
	fx_advance_s(fx, fx->conf.nat.timeouts.udp_s + fx->conf.nat.hold_down_s + 4);
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).blocks_guarded, 2);
	fx_advance_s(fx, 180);
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).blocks_guarded, 0);
	fx_map_udp(fx, H1, 5000);
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).guard_cut, 1);
	fx_free(fx);
}

/* G-PBA-2: a block from which no packet has left needs no guard. Refused packets must not use up the blocks. */
static void
unseen_blocks_are_not_guarded(void)
{
	struct fx *fx = fx_new();

	fx->single_worker = true;
	fx->conf.nat.block_guard_s = 180;
	fx->conf.nat.mappings_max = 1;
	fx->groups[0].block_size = 64;
	fx_start(fx);
	fx_map_udp(fx, H1, 5000);
	for (uint16_t i = 0; i < 10; i++)
		fx_udp_out(fx, H2, (uint16_t)(6000 + i), P1, 53);
	CU_ASSERT_EQUAL(fx_verdict(fx, CGN_V_MAPPINGS_FULL), 10);
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).blocks_guarded, 0);
	CU_ASSERT_EQUAL(blocks_used(fx), 1);
	fx_advance_s(fx, fx->conf.nat.timeouts.udp_s + fx->conf.nat.hold_down_s + 4);
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).blocks_guarded, 1);
	fx_free(fx);
}

/* G-PBA-2: a lease gets no port of a block in guard, although it asks for it. */
static void
leases_get_no_guarded_port(void)
{
	struct fx *fx = fx_new();
	struct fx_ep was, is = { .port = 0 };

	fx->single_worker = true;
	fx->conf.nat.block_guard_s = 180;
	fx->ranges[0][0].last = fx->ranges[0][0].first;
	fx->groups[0].block_size = 64;
	fx_start(fx);
	was = fx_map_udp(fx, H1, 5000);
	fx_advance_s(fx, fx->conf.nat.timeouts.udp_s + fx->conf.nat.hold_down_s + 4);
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).blocks_guarded, 1);
	is.port = was.port;
	CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_UDP, H2, 5000, &is, 600), 0);
	CU_ASSERT_NOT_EQUAL(is.port / 64, was.port / 64);
	fx_advance_s(fx, 180);
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).blocks_guarded, 0);
	is.port = was.port;
	CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_UDP, H2, 5001, &is, 600), 0);
	CU_ASSERT_EQUAL(is.port, was.port);
	fx_free(fx);
}

/* G-PBA-3: a lease keeps its block, and no other one. Its end gives the block back. */
static void
lease_keeps_its_block(void)
{
	struct fx *fx = new_with_blocks();
	struct fx_ep lease = { .port = 0 };

	open_flows(fx, 2000, 1000);
	CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_TCP, H1, 80, &lease, 86400), 0);
	fx_advance_s(fx, 7200);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_MAPPINGS_UDP), 0);
	CU_ASSERT_EQUAL(blocks_used(fx), 1);
	FX_PKT(fx_tcp_in(fx, P2, 4000, lease.addr, lease.port, RTE_TCP_SYN_FLAG), FX_INSIDE, P2,
			4000, H1, 80);
	CU_ASSERT_EQUAL(fx_unlease(fx, CGN_PROTO_TCP, H1, 80), 0);
	fx_advance_s(fx, 7200 + 600 + fx->conf.nat.hold_down_s);
	CU_ASSERT_EQUAL(blocks_used(fx), 0);
	fx_free(fx);
}

/* G-PBA-3: leases take no further block while the blocks at hand have room. */
static void
leases_keep_together(void)
{
	struct fx *fx = new_with_blocks();

	/* Traffic has two blocks. */
	open_flows(fx, 2000, 300);
	CU_ASSERT_EQUAL(blocks_used(fx), 2);
	for (uint16_t i = 0; i < 60; i++) {
		struct fx_ep lease = { .port = 0 };

		CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_TCP, H1, (uint16_t)(80 + i), &lease, 86400),
				0);
	}
	fx_advance_s(fx, 7200);
	CU_ASSERT_TRUE(blocks_used(fx) <= 2);
	for (uint16_t i = 0; i < 60; i++)
		CU_ASSERT_EQUAL(fx_unlease(fx, CGN_PROTO_TCP, H1, (uint16_t)(80 + i)), 0);
	fx_free(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(blocks_come_on_demand),
	CU_TEST_ROW(idle_blocks_go_back),
	CU_TEST_ROW(released_blocks_are_guarded),
	CU_TEST_ROW(unseen_blocks_are_not_guarded),
	CU_TEST_ROW(leases_get_no_guarded_port),
	CU_TEST_ROW(lease_keeps_its_block),
	CU_TEST_ROW(leases_keep_together),
};

CU_MAIN("scn_blocks", tests)
