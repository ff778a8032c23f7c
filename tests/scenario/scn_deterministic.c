/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Deterministic NAT (RFC 7422): the example of section 2.3, with one address and 14 subscribers for each worker. The
 * expected ranges are computed here, not by the code under test.
 */
#include "tests/support/cu.h"
#include "tests/support/fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define UDP     CGN_PROTO_UDP
#define TCP     CGN_PROTO_TCP
#define SUBS    14   /* of each address */
#define OWN     4032 /* ports of an own range */
#define FIRST   1024
#define DYNAMIC (FIRST + SUBS * OWN)
#define M       5040
#define S1      "100.64.1.1"
#define S2      "100.64.1.2"
#define NETWORK "100.64.1.0"

static struct cgn_port_range reserved[4];

/* The example of the RFC, not started. */
static struct fx *
new_example(void)
{
	struct fx *fx = fx_new();
	struct cgn_conf_group *g = &fx->groups[0];

	fx_pool_per_worker(fx, 1);
	fx->pools[0].port_min = FIRST;
	fx->pools[0].port_max = 65535;
	g->n_prefixes = fx->n_workers;
	for (unsigned int i = 0; i < fx->n_workers; i++)
		fx->prefixes[0][i] = (struct cgn_prefix){
			.ip4 = rte_cpu_to_be_32(0x64400100 + 16 * i), .len = 28
		};
	g->leases_max = 6000;
	g->deterministic = (struct cgn_conf_deterministic){
		.is_on = true, .dynamic = 2, .ports_max = M, .reserved = reserved
	};
	return fx;
}

/* Address of the k-th subscriber of all. */
static const char *
nth(unsigned int k)
{
	static char text[2][16];
	static unsigned int turn;
	char *t = text[turn++ % 2];

	snprintf(t, sizeof(text[0]), "100.64.1.%u", k / SUBS * 16 + k % SUBS + 1);
	return t;
}

static bool
is_own(const struct fx_pkt *p, unsigned int k)
{
	char addr[32];

	snprintf(addr, sizeof(addr), "198.51.100.%u", k / SUBS);
	return p->left && strcmp(p->src, addr) == 0 && p->sport >= FIRST + k % SUBS * OWN &&
			p->sport < FIRST + (k % SUBS + 1) * OWN;
}

/* Open UDP flows from different inside ports. @return how many left with a port from @p first to @p last */
static unsigned int
open_flows(struct fx *fx, const char *host, unsigned int from, unsigned int n, unsigned int first,
		unsigned int last)
{
	unsigned int n_in = 0;

	for (unsigned int i = 0; i < n; i++) {
		const struct fx_pkt *p = fx_udp_out(fx, host, (uint16_t)(from + i), P1, 53);

		n_in += p->left && p->sport >= first && p->sport <= last;
	}
	return n_in;
}

/* G-DET-2, G-DET-3: 4032 flows of one subscriber have the 4032 ports of its range, and no block is taken: no record. */
static void
flows_use_the_whole_own_range_first(void)
{
	struct fx *fx = fx_start(new_example());
	static bool seen[65536];
	unsigned int ups = 0, before = 0;

	memset(seen, 0, sizeof(seen));
	for (unsigned int i = 0; i < OWN; i++) {
		const struct fx_pkt *p = fx_udp_out(fx, S1, (uint16_t)(2000 + i), P1, 53);

		CU_ASSERT_TRUE_FATAL(is_own(p, 0));
		CU_ASSERT_FALSE_FATAL(seen[p->sport]);
		seen[p->sport] = true;
		ups += i < 100 && p->sport > before;
		before = p->sport;
	}
	/* Ports are chosen at random (RFC 6056). */
	CU_ASSERT_TRUE(ups > 20 && ups < 80);
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).blocks_used, 0);
	/* The same numbers serve other protocols of the same host. */
	CU_ASSERT_TRUE(is_own(fx_tcp_out(fx, S1, 2000, P1, 80, RTE_TCP_SYN_FLAG), 0));
	CU_ASSERT_TRUE(is_own(fx_ping_out(fx, S1, P1, 77), 0));
	FX_BOOKS(fx);
	fx_free(fx);
}

/* G-DET-4: flow 4033 takes one block of the dynamic part, flow 5041 is refused. */
static void
flows_beyond_the_own_range_take_dynamic_blocks_up_to_m(void)
{
	struct fx *fx = fx_start(new_example());
	struct cgn_subscriber_info info;

	CU_ASSERT_EQUAL(open_flows(fx, S1, 2000, OWN, FIRST, FIRST + OWN - 1), OWN);
	CU_ASSERT_EQUAL(open_flows(fx, S1, 2000 + OWN, 1, DYNAMIC, 65535), 1);
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).blocks_used, 1);
	CU_ASSERT_EQUAL(open_flows(fx, S1, 2001 + OWN, M - OWN - 1, DYNAMIC, 65535), M - OWN - 1);
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).blocks_used, 2);
	fx_udp_out(fx, S1, 2000 + M, P1, 53);
	FX_REFUSED(fx, CGN_V_SUB_PORTS, 3, 1);
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).blocks_used, 2);
	CU_ASSERT_TRUE(fx_subscriber(fx, S1, &info));
	CU_ASSERT_EQUAL(info.blocks, 3);
	/* M is per protocol. */
	CU_ASSERT_TRUE(fx_tcp_out(fx, S1, 2000, P1, 80, RTE_TCP_SYN_FLAG)->left);
	FX_BOOKS(fx);
	/* After the flows and the hold-down the blocks are free, but the own range is not lost. */
	fx_advance_s(fx, 300 + 120 + 10);
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).blocks_used, 0);
	CU_ASSERT_EQUAL(open_flows(fx, S1, 2000, 10, FIRST, FIRST + OWN - 1), 10);
	fx_free(fx);
}

/* G-DET-2: without a dynamic part there are no blocks. 64512 / 14 = 4608, two of which are NAT-PMP's. */
static void
without_a_dynamic_part_the_own_range_is_all(void)
{
	struct fx *fx = new_example();

	fx->groups[0].deterministic.dynamic = 0;
	fx_start(fx);
	CU_ASSERT_EQUAL(open_flows(fx, S1, 2000, 4606, FIRST, FIRST + 4607), 4606);
	fx_udp_out(fx, S1, 2000 + 4606, P1, 53);
	FX_REFUSED(fx, CGN_V_SUB_PORTS, 3, 1);
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).blocks, 0);
	/* The address of the network has no range. */
	fx_udp_out(fx, NETWORK, 2000, P1, 53);
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_POOL_FULL), 1);
	FX_BOOKS(fx);
	fx_free(fx);
}

/* G-DET-2: ranges need not begin at a multiple of 64. With all ports there are 65535 / 14 = 4681 for each. */
static void
ranges_of_all_ports_begin_anywhere(void)
{
	struct fx *fx = new_example();

	fx->pools[0].port_min = 1;
	fx->groups[0].deterministic.dynamic = 0;
	fx_start(fx);
	CU_ASSERT_EQUAL(open_flows(fx, S1, 2000, 4681, 1, 4681), 4681);
	fx_udp_out(fx, S1, 2000 + 4681, P1, 53);
	FX_REFUSED(fx, CGN_V_SUB_PORTS, 3, 1);
	/* 5350 and 5351 are NAT-PMP's. */
	CU_ASSERT_EQUAL(open_flows(fx, S2, 2000, 4679, 4682, 9362), 4679);
	fx_udp_out(fx, S2, 2000 + 4679, P1, 53);
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_SUB_PORTS), 1);
	FX_BOOKS(fx);
	fx_free(fx);
}

/* G-DET-2: an address without a range has no port when there is no dynamic part. Its packets take no subscriber away
 * that is idle, because that would free no block. */
static void
address_without_a_range_takes_nobody_away(void)
{
	struct fx *fx = new_example();
	struct cgn_subscriber_info info;

	fx->groups[0].deterministic.dynamic = 0;
	fx_start(fx);
	for (unsigned int k = 0; k < SUBS; k++)
		CU_ASSERT_TRUE(fx_udp_out(fx, nth(k), 2000, P1, 53)->left);
	fx_advance_s(fx, 500);
	for (unsigned int i = 0; i < 100; i++) {
		fx_udp_out(fx, NETWORK, (uint16_t)(2000 + i), P1, 53);
		CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_POOL_FULL), 1);
	}
	for (unsigned int k = 0; k < SUBS; k++)
		CU_ASSERT_TRUE(fx_subscriber(fx, nth(k), &info));
	FX_BOOKS(fx);
	fx_free(fx);
}

/* G-DET-2: the same with a dynamic part that is full. */
static void
full_dynamic_part_takes_nobody_away_without_a_block(void)
{
	struct fx *fx = new_example();
	struct cgn_subscriber_info info;
	unsigned int n = SUBS * fx->n_workers;

	fx->groups[0].deterministic.ports_max = 65535;
	fx->groups[0].blocks_max = 100;
	fx_start(fx);
	for (unsigned int k = 0; k < n; k++)
		CU_ASSERT_TRUE(fx_udp_out(fx, nth(k), 2000, P1, 53)->left);
	fx_advance_s(fx, 500);
	/* The first subscriber of each address takes all blocks. */
	for (unsigned int k = 0; k < n; k += SUBS)
		(void)open_flows(fx, nth(k), 2000, 65536 - DYNAMIC + OWN, FIRST, 65535);
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).blocks_used, fx_pool_stats(fx, 0).blocks);
	fx_udp_out(fx, NETWORK, 2000, P1, 53);
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_POOL_FULL), 1);
	for (unsigned int k = 0; k < n; k++)
		CU_ASSERT_TRUE(fx_subscriber(fx, nth(k), &info));
	FX_BOOKS(fx);
	fx_free(fx);
}

/* G-DET-3: each subscriber has its own range, whatever the order of their packets. Answers find the way back. */
static void
subscribers_never_mix(void)
{
	struct fx *fx = fx_start(new_example());
	unsigned int n = SUBS * fx->n_workers;

	for (unsigned int i = 0; i < 40; i++) {
		for (unsigned int j = 0; j < n; j++) {
			unsigned int k = (j * 5 + i) % n;
			struct fx_pkt p = *fx_udp_out(fx, nth(k), (uint16_t)(3000 + i), P1, 53);

			CU_ASSERT_TRUE_FATAL(is_own(&p, k));
			FX_PKT(fx_udp_in(fx, P1, 53, p.src, p.sport), FX_INSIDE, P1, 53, nth(k),
					3000 + i);
		}
	}
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).blocks_used, 0);
	FX_BOOKS(fx);
	fx_free(fx);
}

/* A subscriber that was forgotten has the same range when it comes back. */
static void
range_survives_its_subscriber(void)
{
	struct fx *fx = fx_start(new_example());
	struct cgn_subscriber_info info;

	CU_ASSERT_TRUE(is_own(fx_udp_out(fx, S2, 2000, P1, 53), 1));
	fx_advance_s(fx, 1000);
	CU_ASSERT_FALSE(fx_subscriber(fx, S2, &info));
	CU_ASSERT_TRUE(is_own(fx_udp_out(fx, S2, 2000, P1, 53), 1));
	fx_free(fx);
}

/* An address without a number has blocks of the dynamic part only. */
static void
address_without_a_range_uses_the_dynamic_part(void)
{
	struct fx *fx = fx_start(new_example());

	CU_ASSERT_EQUAL(open_flows(fx, NETWORK, 2000, M - OWN, DYNAMIC, 65535), M - OWN);
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).blocks_used, 2);
	fx_udp_out(fx, NETWORK, 9000, P1, 53);
	FX_REFUSED(fx, CGN_V_SUB_PORTS, 3, 1);
	FX_BOOKS(fx);
	fx_free(fx);
}

/* Reserved ports are skipped: U begins at 1088, and the range of the first subscriber has a hole. */
static void
reserved_ports_are_never_given_out(void)
{
	struct fx *fx = new_example();
	const unsigned int own = (64512 - 64 - 3 - 100) / 16; /* 4021 */

	reserved[0] = (struct cgn_port_range){ FIRST, FIRST + 63 };
	reserved[1] = (struct cgn_port_range){ 5000, 5002 };
	reserved[2] = (struct cgn_port_range){ 60000, 60099 };
	fx->groups[0].deterministic.n_reserved = 3;
	fx->groups[0].deterministic.ports_max = 65535;
	fx->groups[0].blocks_max = 100;
	fx_start(fx);
	for (unsigned int i = 0; i < own + 3000; i++) {
		const struct fx_pkt *p = fx_udp_out(fx, S1, (uint16_t)(2000 + i), P1, 53);

		CU_ASSERT_TRUE_FATAL(p->left);
		CU_ASSERT_TRUE_FATAL(p->sport >= FIRST + 64);
		CU_ASSERT_FALSE_FATAL(p->sport >= 5000 && p->sport <= 5002);
		CU_ASSERT_FALSE_FATAL(p->sport >= 60000 && p->sport <= 60099);
		/* 1088 to 5111 but for the hole. */
		CU_ASSERT_EQUAL_FATAL(p->sport < FIRST + 64 + own + 3, i < own);
	}
	FX_BOOKS(fx);
	fx_free(fx);
}

static int
lease(struct fx *fx, const char *in, uint16_t in_port, uint16_t wanted, struct fx_ep *x)
{
	*x = (struct fx_ep){ .port = wanted };
	return fx_lease(fx, TCP, in, in_port, x, 600);
}

/* G-DET-3: leases are in the own range, too, whatever port they suggest. */
static void
leases_are_in_the_own_range(void)
{
	static const uint16_t wanted[] = { 0, 80, FIRST, FIRST + OWN - 1, FIRST + OWN, DYNAMIC - 1,
		DYNAMIC, 65535 };
	struct fx *fx = fx_start(new_example());
	struct fx_ep x;

	for (unsigned int i = 0; i < RTE_DIM(wanted); i++) {
		CU_ASSERT_EQUAL_FATAL(lease(fx, S1, (uint16_t)(100 + i), wanted[i], &x), 0);
		CU_ASSERT_STRING_EQUAL(x.addr, "198.51.100.0");
		CU_ASSERT_TRUE(x.port >= FIRST && x.port < FIRST + OWN);
		/* A suggestion in the range is granted. */
		if (i == 2 || i == 3)
			CU_ASSERT_EQUAL(x.port, wanted[i]);
	}
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).blocks_used, 0);
	FX_PKT(fx_tcp_in(fx, P1, 4000, x.addr, x.port, RTE_TCP_SYN_FLAG), FX_INSIDE, P1, 4000, S1,
			100 + RTE_DIM(wanted) - 1);
	/* A range that is full: the next lease is in the dynamic part. */
	CU_ASSERT_EQUAL(open_flows(fx, S1, 2000, OWN - RTE_DIM(wanted), FIRST, FIRST + OWN - 1),
			OWN - RTE_DIM(wanted));
	for (unsigned int i = 0; i < OWN - RTE_DIM(wanted); i++)
		CU_ASSERT_EQUAL_FATAL(lease(fx, S1, (uint16_t)(2000 + i), 0, &x), 0);
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).blocks_used, 0);
	CU_ASSERT_EQUAL(lease(fx, S1, 9000, FIRST + OWN + 5, &x), 0);
	CU_ASSERT_TRUE(x.port >= DYNAMIC);
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).blocks_used, 1);
	FX_BOOKS(fx);
	fx_free(fx);
}

/* Nobody gets a port of the range of somebody else, who need not be there: not a lease that comes back, and not one in
 * the time after a restart. Else the formula would name the wrong subscriber. */
static void
no_lease_comes_back_to_the_range_of_somebody_else(void)
{
	struct fx *fx = fx_start(new_example());
	struct cgn_cmd cmd = { .op = CGN_CMD_MAP_ADD };
	struct cgn_evt reply;

	cmd.u.map = (struct cgn_cmd_map){
		.in = { .addr = pg_addr(S1), .port = RTE_BE16(80), .proto = TCP },
		.ext = { .addr = pg_addr("198.51.100.0"),
				.port = rte_cpu_to_be_16(FIRST + OWN + 7),
				.proto = TCP },
		.flags = CGN_MAPPING_EXPLICIT | CGN_MAPPING_EXACT,
		.lifetime_s = 600,
	};
	CU_ASSERT_EQUAL(fx_cmd(fx, fx_owner(fx, S1), &cmd, &reply), -EBUSY);
	/* Its own range, and the dynamic part. */
	cmd.u.map.ext.port = rte_cpu_to_be_16(FIRST + 7);
	CU_ASSERT_EQUAL(fx_cmd(fx, fx_owner(fx, S1), &cmd, &reply), 0);
	cmd.u.map.in.port = RTE_BE16(81);
	cmd.u.map.ext.port = rte_cpu_to_be_16(DYNAMIC + 7);
	CU_ASSERT_EQUAL(fx_cmd(fx, fx_owner(fx, S1), &cmd, &reply), 0);
	FX_BOOKS(fx);
	fx_free(fx);
}

/* A port is preserved only within the own range while there is room in it. */
static void
preserved_port_is_in_the_own_range(void)
{
	struct fx *fx = new_example();

	fx->conf.nat.port_choice = CGN_PORT_CHOICE_PRESERVE;
	fx->conf.nat.port_parity = true;
	fx_start(fx);
	CU_ASSERT_EQUAL(fx_udp_out(fx, S1, 1500, P1, 53)->sport, 1500);
	CU_ASSERT_EQUAL(fx_udp_out(fx, S2, 1500, P1, 53)->sport % 2, 0);
	CU_ASSERT_TRUE(is_own(fx_udp_out(fx, S2, 1501, P1, 53), 1));
	CU_ASSERT_TRUE(is_own(fx_udp_out(fx, S1, 60000, P1, 53), 0));
	/* The other parity of the own range comes before the dynamic part. */
	for (unsigned int i = 0; i < OWN - 2; i++)
		CU_ASSERT_TRUE_FATAL(
				is_own(fx_udp_out(fx, S1, (uint16_t)(10000 + 2 * i), P1, 53), 0));
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).blocks_used, 0);
	fx_free(fx);
}

/* The reserve for leases is kept at the end of what the subscriber may have: behind M - 16 for traffic. */
static void
reserve_of_leases_is_at_the_end(void)
{
	struct fx *fx = new_example();
	struct fx_ep x;

	fx->groups[0].leases_reserve = 16;
	fx_start(fx);
	CU_ASSERT_EQUAL(open_flows(fx, S1, 2000, OWN, FIRST, FIRST + OWN - 1), OWN);
	CU_ASSERT_EQUAL(open_flows(fx, S1, 2000 + OWN, M - OWN - 16, DYNAMIC, 65535), M - OWN - 16);
	fx_udp_out(fx, S1, 9999, P1, 53);
	FX_REFUSED(fx, CGN_V_SUB_PORTS, 3, 1);
	x = (struct fx_ep){ .port = 0 };
	CU_ASSERT_EQUAL(fx_lease(fx, UDP, S1, 9999, &x, 600), 0);
	fx_free(fx);
}

/* A static mapping is in the own range, and its subscriber is served by the same worker. */
static void
static_mapping_is_in_the_own_range(void)
{
	struct fx *fx = new_example();

	fx_add_static(fx, TCP, S2, 80, "198.51.100.0", FIRST + OWN + 1);
	fx_start(fx);
	FX_PKT(fx_tcp_in(fx, P1, 4000, "198.51.100.0", FIRST + OWN + 1, RTE_TCP_SYN_FLAG),
			FX_INSIDE, P1, 4000, S2, 80);
	CU_ASSERT_TRUE(is_own(fx_udp_out(fx, S2, 5000, P1, 53), 1));
	fx_free(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(flows_use_the_whole_own_range_first),
	CU_TEST_ROW(flows_beyond_the_own_range_take_dynamic_blocks_up_to_m),
	CU_TEST_ROW(without_a_dynamic_part_the_own_range_is_all),
	CU_TEST_ROW(ranges_of_all_ports_begin_anywhere),
	CU_TEST_ROW(address_without_a_range_takes_nobody_away),
	CU_TEST_ROW(full_dynamic_part_takes_nobody_away_without_a_block),
	CU_TEST_ROW(subscribers_never_mix),
	CU_TEST_ROW(range_survives_its_subscriber),
	CU_TEST_ROW(address_without_a_range_uses_the_dynamic_part),
	CU_TEST_ROW(reserved_ports_are_never_given_out),
	CU_TEST_ROW(leases_are_in_the_own_range),
	CU_TEST_ROW(no_lease_comes_back_to_the_range_of_somebody_else),
	CU_TEST_ROW(preserved_port_is_in_the_own_range),
	CU_TEST_ROW(reserve_of_leases_is_at_the_end),
	CU_TEST_ROW(static_mapping_is_in_the_own_range),
};

CU_MAIN("deterministic", tests)
