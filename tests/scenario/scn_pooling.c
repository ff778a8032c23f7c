/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/cu.h"
#include "tests/support/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Small blocks, so that a test can fill them: n_blocks of 64 ports on every address. */
static void
use_small_blocks(struct fx *fx, unsigned int n_blocks, unsigned int blocks_max)
{
	fx->groups[0].block_size = 64;
	fx->groups[0].blocks_max = (uint16_t)blocks_max;
	fx->pools[0].port_min = 1024;
	fx->pools[0].port_max = (uint16_t)(1024 + 64 * n_blocks - 1);
}

/* Address of the k-th subscriber of many. */
static const char *
nth(unsigned int k)
{
	static char text[16];

	snprintf(text, sizeof(text), "100.70.%u.%u", k / 250, k % 250 + 1);
	return text;
}

/* A-POOL-1: one external address over TCP, UDP and ICMP, RFC 4787 REQ-2, RFC 6888 REQ-2. */
static void
five_hundred_flows_of_a_host_share_one_address(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = fx_map_udp(fx, H1, 999);

	for (unsigned int i = 0; i < 500; i++) {
		uint16_t port = (uint16_t)(2000 + i);
		const struct fx_pkt *p;

		if (i % 3 == 0)
			p = fx_udp_out(fx, H1, port, P1, 53);
		else if (i % 3 == 1)
			p = fx_tcp_out(fx, H1, port, P2, 80, RTE_TCP_SYN_FLAG);
		else
			p = fx_ping_out(fx, H1, P1, port);
		CU_ASSERT_TRUE(p->left);
		CU_ASSERT_STRING_EQUAL(p->src, x.addr);
	}
	fx_free(fx);
}

/* A-POOL-1: pairing is by subscriber; its hosts share an address, others need not. */
static void
hosts_of_one_subscriber_share_one_address(void)
{
	struct fx *fx = fx_new();
	struct fx_ep x, y, z;

	fx->groups[0].subscriber_prefix_len = 28;
	fx_start(fx);
	x = fx_map_udp(fx, "100.64.1.1", 5000);
	y = fx_map_udp(fx, "100.64.1.14", 5000);
	z = fx_map_udp(fx, "100.64.1.17", 5000);
	CU_ASSERT_STRING_EQUAL(x.addr, y.addr);
	CU_ASSERT_NOT_EQUAL(x.port, y.port);
	CU_ASSERT_FALSE(strcmp(x.addr, z.addr) == 0 && (x.port == z.port || y.port == z.port));
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SUBSCRIBERS), 2);
	FX_PKT(fx_udp_in(fx, P1, 9, y.addr, y.port), FX_INSIDE, P1, 9, "100.64.1.14", 5000);
	fx_free(fx);
}

/* A-POOL-3: the paired address is out of ports: drop, and no second address, RFC 7857 section 4. */
static void
full_address_means_drop_and_no_second_address(void)
{
	struct fx *fx = fx_new();
	struct fx_ep x;
	struct fx_pool g;

	fx_pool_per_worker(fx, 2);
	use_small_blocks(fx, 2, 4);
	fx_start(fx);
	x = fx_map_udp(fx, H1, 1);
	for (unsigned int i = 1; i < 128; i++) {
		const struct fx_pkt *p = fx_udp_out(fx, H1, (uint16_t)(1 + i), P1, 53);

		CU_ASSERT_TRUE(p->left);
		CU_ASSERT_STRING_EQUAL(p->src, x.addr);
	}
	fx_udp_out(fx, H1, 1000, P1, 53);
	FX_REFUSED(fx, CGN_V_POOL_PORTS, 3, 1);
	g = fx_pool_stats(fx, 0);
	CU_ASSERT_EQUAL(g.blocks_used, 2);
	CU_ASSERT_EQUAL(g.blocks, 4 * fx->n_workers);
	/* What is there goes on, in both directions. */
	FX_PKT(fx_udp_in(fx, P2, 9, x.addr, x.port), FX_INSIDE, P2, 9, H1, 1);
	fx_free(fx);
}

/* A-POOL-4: single addresses, ranges and prefixes of any place, RFC 6888 REQ-3. */
static void
all_ranges_of_a_pool_are_used(void)
{
	struct fx *fx = fx_new();
	char seen[256][16];
	unsigned int n_seen = 0;

	fx_pool_clear(fx, 0);
	fx_pool_add(fx, 0, "198.51.100.1", "198.51.100.1");
	fx_pool_add(fx, 0, "198.51.100.7", "198.51.100.9");
	fx_pool_add(fx, 0, "203.0.114.128", "203.0.114.131");
	fx_start(fx);
	for (unsigned int i = 0; i < 200; i++) {
		struct fx_ep x = fx_map_udp(fx, nth(i), 5000);
		bool is_new = true;

		for (unsigned int k = 0; k < n_seen; k++)
			is_new &= strcmp(seen[k], x.addr) != 0;
		if (is_new)
			memcpy(seen[n_seen++], x.addr, 16);
		FX_PKT(fx_udp_in(fx, P2, 9, x.addr, x.port), FX_INSIDE, P2, 9, nth(i), 5000);
	}
	CU_ASSERT_EQUAL(n_seen, 8);
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).addresses, 8);
	fx_free(fx);
}

/* A-POOL-5: every group gets addresses of its own pool. */
static void
two_groups_use_their_own_pools(void)
{
	struct fx *fx = fx_new();

	fx_pool_add(fx, 1, "203.0.114.0", "203.0.114.7");
	fx->conf.n_groups = 2;
	fx->prefixes[1][0] = (struct cgn_prefix){ .ip4 = pg_addr("100.70.0.0"), .len = 16 };
	fx->groups[1].n_prefixes = 1;
	fx_start(fx);
	for (unsigned int i = 0; i < 20; i++) {
		char h[16];

		CU_ASSERT_NSTRING_EQUAL(fx_map_udp(fx, nth(i), 5000).addr, "203.0.114.", 10);
		snprintf(h, sizeof(h), "100.64.3.%u", i + 1);
		CU_ASSERT_NSTRING_EQUAL(fx_map_udp(fx, h, 5000).addr, "198.51.100.", 11);
	}
	fx_free(fx);
}

/* A-POOL-6: one lease holds the pairing while everything else expires, RFC 6887 section 11.6. */
static void
lease_holds_the_pairing(void)
{
	struct fx *fx = fx_default();
	struct fx_ep lease = { .port = 0 }, x = fx_map_udp(fx, H1, 5000);

	CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_TCP, H1, 80, &lease, 86400), 0);
	CU_ASSERT_STRING_EQUAL(lease.addr, x.addr);
	fx_advance_s(fx, 40000);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_MAPPINGS_UDP), 0);
	for (unsigned int i = 0; i < 30; i++) {
		fx_map_udp(fx, nth(i), 5000);
		CU_ASSERT_STRING_EQUAL(fx_map_udp(fx, H1, (uint16_t)(6000 + i)).addr, x.addr);
	}
	CU_ASSERT_EQUAL(fx_unlease(fx, CGN_PROTO_TCP, H1, 80), 0);
	fx_free(fx);
}

/* A-POOL-6: one implicit mapping does the same. */
static void
mapping_holds_the_pairing(void)
{
	struct fx *fx = fx_default();
	struct fx_ep x = fx_map_udp(fx, H1, 5000);

	for (unsigned int i = 0; i < 30; i++) {
		fx_advance_s(fx, 200);
		fx_udp_out(fx, H1, 5000, P1, 53);
		CU_ASSERT_STRING_EQUAL(fx_map_udp(fx, H1, (uint16_t)(6000 + i)).addr, x.addr);
	}
	fx_free(fx);
}

/* A-POOL-8: new subscribers go where blocks are free, never to a full address. */
static void
new_subscribers_are_spread_by_free_ports(void)
{
	struct fx *fx = fx_new();
	struct fx_ep x;

	fx->single_worker = true;
	fx->ranges[0][0].last = fx->ranges[0][0].first + 2;
	use_small_blocks(fx, 8, 8);
	fx_start(fx);
	x = fx_map_udp(fx, H1, 1);
	for (unsigned int i = 1; i < 8 * 64; i++)
		CU_ASSERT_TRUE(fx_udp_out(fx, H1, (uint16_t)(1 + i), P1, 53)->left);
	/* 16 blocks are left on the two other addresses, 8 on each. */
	for (unsigned int i = 0; i < 16; i++)
		CU_ASSERT_STRING_NOT_EQUAL(fx_map_udp(fx, nth(i), 5000).addr, x.addr);
	fx_udp_out(fx, nth(16), 5000, P1, 53);
	FX_REFUSED(fx, CGN_V_POOL_FULL, 3, 1);
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).blocks_used, 24);
	fx_free(fx);
}

/* A-POOL-8: equal subscribers load the addresses equally. */
static void
equal_subscribers_load_addresses_equally(void)
{
	struct fx *fx = fx_new();
	unsigned int n[4] = { 0 };

	fx->single_worker = true;
	fx->ranges[0][0].last = fx->ranges[0][0].first + 3;
	fx_start(fx);
	for (unsigned int i = 0; i < 100; i++) {
		struct fx_ep x = fx_map_udp(fx, nth(i), 5000);

		n[x.addr[strlen(x.addr) - 1] - '0']++;
	}
	for (unsigned int i = 0; i < 4; i++)
		CU_ASSERT_TRUE(n[i] >= 22 && n[i] <= 28);
	fx_free(fx);
}

/* A-POOL-6, A-POOL-8: a subscriber whose last mapping has ended comes back when others have all blocks of its
 * address. It gets another address, also if it is looked up together with the rest of a burst. */
static void
subscriber_that_comes_back_leaves_a_full_address(void)
{
	struct fx *fx = fx_new();
	const unsigned int blocks =
			400; /* many: a burst's subscribers are looked up together then */
	struct fx_ep x, *of;
	struct rte_mbuf *m[2];

	fx->single_worker = true;
	fx->conf.nat.timeouts.udp_s = 120;
	fx->conf.nat.hold_down_s = 0;
	fx->ranges[0][0].last = fx->ranges[0][0].first + 1;
	use_small_blocks(fx, blocks, 1);
	fx_start(fx);
	of = calloc(2 * blocks, sizeof(*of));
	CU_ASSERT_FATAL(of != NULL);
	x = fx_map_udp(fx, H1, 5000);
	fx_advance_s(fx, 122);
	for (unsigned int i = 0; i < 2 * blocks; i++)
		of[i] = fx_map_udp(fx, nth(i), 5000);
	/* Those of the other address end first; H1 is still known. */
	fx_advance_s(fx, 60);
	for (unsigned int i = 0; i < 2 * blocks; i++) {
		if (strcmp(of[i].addr, x.addr) == 0)
			fx_udp_out(fx, nth(i), 5000, P1, 53);
	}
	fx_advance_s(fx, 62);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_MAPPINGS_UDP), blocks);
	for (uint16_t i = 0; i < RTE_DIM(m); i++)
		m[i] = pg_udp(fx->mp, H1, (uint16_t)(6000 + i), P1, 53, 32);
	fx_rx_burst(fx, FX_INSIDE, m, RTE_DIM(m));
	CU_ASSERT_EQUAL(fx_verdict(fx, CGN_V_POOL_FULL), 0);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_MAPPINGS_UDP), blocks + 2);
	CU_ASSERT_STRING_NOT_EQUAL(fx_map_udp(fx, H1, 6000).addr, x.addr);
	free(of);
	fx_free(fx);
}

static int
bind_address(struct fx *fx, const char *host)
{
	struct cgn_cmd cmd = { .op = CGN_CMD_BIND, .u.map.in.addr = pg_addr(host) };
	struct cgn_evt reply;

	return fx_cmd(fx, fx_owner(fx, host), &cmd, &reply);
}

/* D-LIM-3: in a full pool one that has only asked for its address gives way to one that sends; its own
 * packet in the same burst is its own, not the newcomer's. */
static void
unused_pairing_gives_way_within_a_burst(void)
{
	struct fx *fx = fx_new();
	const unsigned int blocks = 600;
	struct rte_mbuf *m[2];

	fx->single_worker = true;
	fx->ranges[0][0].last = fx->ranges[0][0].first;
	use_small_blocks(fx, blocks,
			1); /* many: a burst's subscribers are looked up together then */
	fx_start(fx);
	CU_ASSERT_EQUAL(bind_address(fx, H1), 0);
	for (unsigned int i = 1; i < blocks; i++)
		fx_map_udp(fx, nth(i), 5000);
	fx_advance_s(fx, 11);
	m[0] = pg_udp(fx->mp, K1, 5000, P1, 53, 32);
	m[1] = pg_udp(fx->mp, H1, 5000, P1, 53, 32);
	fx_rx_burst(fx, FX_INSIDE, m, RTE_DIM(m));
	CU_ASSERT_EQUAL(fx_verdict(fx, CGN_V_POOL_FULL), 1);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_MAPPINGS_UDP), blocks);
	fx_map_udp(fx, K1, 5000); /* the newcomer's is one of them */
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_MAPPINGS_UDP), blocks);
	fx_free(fx);
}

/* A-PORT-4, B-MAP-8: the ports of a burst's new flows are chosen ahead. Each flow gets its own port nevertheless, and a
 * subscriber gets all of its ports. */
static void
burst_of_one_subscriber_gets_all_ports_of_its_block(void)
{
	struct fx *fx = fx_new();
	const unsigned int blocks = 600;
	struct rte_mbuf *m[CGN_BURST];
	bool is_taken[65536] = { false };

	fx->single_worker = true;
	fx->ranges[0][0].last = fx->ranges[0][0].first;
	use_small_blocks(fx, blocks,
			1); /* many: a burst's subscribers are looked up together then */
	/* 5350 and 5351 are in no block. */
	fx->pools[0].port_min += 9024;
	fx->pools[0].port_max += 9024;
	fx_start(fx);
	for (unsigned int i = 1; i < blocks; i++)
		fx_map_udp(fx, nth(i), 5000);
	for (unsigned int first = 0; first < 64; first += CGN_BURST / 2) {
		/* Two packets of each flow: the second one finds what the first one has made. */
		for (unsigned int i = 0; i < CGN_BURST; i++)
			m[i] = pg_udp(fx->mp, H1, (uint16_t)(6000 + first + i / 2), P1, 53, 32);
		CU_ASSERT_EQUAL(fx_rx_burst(fx, FX_INSIDE, m, CGN_BURST), CGN_BURST);
	}
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_MAPPINGS_UDP), blocks - 1 + 64);
	for (unsigned int i = 0; i < 64; i++) {
		struct fx_ep x = fx_map_udp(fx, H1, (uint16_t)(6000 + i));

		CU_ASSERT_FALSE(is_taken[x.port]);
		is_taken[x.port] = true;
		FX_PKT(fx_udp_in(fx, P1, 53, x.addr, x.port), FX_INSIDE, P1, 53, H1, 6000 + i);
	}
	for (unsigned int i = 0; i < 2; i++)
		m[i] = pg_udp(fx->mp, H1, (uint16_t)(7000 + i), P1, 53, 32);
	fx_rx_burst(fx, FX_INSIDE, m, 2);
	CU_ASSERT_EQUAL(fx_verdict(fx, CGN_V_SUB_PORTS), 2);
	fx_free(fx);
}

/* D-LIM-3, A-POOL-5: a newcomer to a full pool takes no place in another pool. */
static void
full_pool_takes_no_place_in_another_pool(void)
{
	struct fx *fx = fx_new();
	char name[16];

	fx->single_worker = true;
	fx->ranges[0][0].last = fx->ranges[0][0].first;
	use_small_blocks(fx, 4, 1);
	fx_pool_add(fx, 1, "203.0.114.0", "203.0.114.7");
	fx->conf.n_groups = 2;
	fx->prefixes[1][0] = (struct cgn_prefix){ .ip4 = pg_addr("100.70.0.0"), .len = 16 };
	fx->groups[1].n_prefixes = 1;
	fx_start(fx);
	for (unsigned int i = 0; i < 8; i++)
		CU_ASSERT_EQUAL(bind_address(fx, nth(i)), 0);
	for (unsigned int i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "100.64.3.%u", i + 1);
		fx_map_udp(fx, name, 5000);
	}
	fx_advance_s(fx, 11);
	fx_udp_out(fx, H1, 5000, P1, 53);
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_POOL_FULL), 1);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SUBSCRIBERS), 8 + 4);
	fx_free(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(five_hundred_flows_of_a_host_share_one_address),
	CU_TEST_ROW(hosts_of_one_subscriber_share_one_address),
	CU_TEST_ROW(full_address_means_drop_and_no_second_address),
	CU_TEST_ROW(all_ranges_of_a_pool_are_used),
	CU_TEST_ROW(two_groups_use_their_own_pools),
	CU_TEST_ROW(lease_holds_the_pairing),
	CU_TEST_ROW(mapping_holds_the_pairing),
	CU_TEST_ROW(new_subscribers_are_spread_by_free_ports),
	CU_TEST_ROW(equal_subscribers_load_addresses_equally),
	CU_TEST_ROW(full_pool_takes_no_place_in_another_pool),
	CU_TEST_ROW(subscriber_that_comes_back_leaves_a_full_address),
	CU_TEST_ROW(unused_pairing_gives_way_within_a_burst),
	CU_TEST_ROW(burst_of_one_subscriber_gets_all_ports_of_its_block),
};

CU_MAIN("scn_pooling", tests)
