/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Pools and groups that a reload changes while packets flow: addresses, ports, blocks, prefixes.
 */

#include "dataplane/engine/context.h"
#include "dataplane/engine/snapshot.h"
#include "dataplane/nat/subscriber_state.h"
#include "tests/support/cu.h"
#include "tests/support/fixture.h"
#include "tests/support/fixture_gauges.h"
#include "tests/support/fixture_reload.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SYN    RTE_TCP_SYN_FLAG
#define ACK    RTE_TCP_ACK_FLAG
#define RST    RTE_TCP_RST_FLAG
#define POOLS  3
#define GROUPS 3
#define HOSTS  24
#define FIRST  UINT32_C(0xc6336400) /* 198.51.100.0: the addresses of pool 0 */
#define SECOND UINT32_C(0xcb007180) /* 203.0.113.128: those of pool 1 */

/* A configuration that can change: pools and groups keep their places. */
struct change {
	struct cgn_conf conf;
	struct cgn_conf_pool pools[POOLS];
	struct cgn_range4 ranges[POOLS][4];
	struct cgn_conf_group groups[GROUPS];
	struct cgn_prefix prefixes[GROUPS][4];
};

static struct change changes[2];
static unsigned int turn;

static void
set_range(struct change *c, unsigned int pool, uint32_t first, uint32_t n)
{
	struct cgn_conf_pool *p = &c->pools[pool];

	c->ranges[pool][0] = (struct cgn_range4){ .first = first, .last = first + n - 1 };
	p->ranges = c->ranges[pool];
	p->n_ranges = n > 0;
	p->n_addresses = n;
	p->is_gone = n == 0;
	p->port_min = 1024;
	p->port_max = 65535;
	snprintf(p->name, sizeof(p->name), "p%u", pool);
	if (c->conf.n_pools <= pool)
		c->conf.n_pools = pool + 1;
}

static void
set_prefixes(struct change *c, unsigned int group, uint16_t pool, const char *addr, uint8_t len)
{
	struct cgn_conf_group *g = &c->groups[group];

	if (c->conf.n_groups <= group) {
		*g = c->groups[0];
		c->conf.n_groups = group + 1;
	}
	g->prefixes = c->prefixes[group];
	g->n_prefixes = addr != NULL;
	g->is_gone = addr == NULL;
	g->pool = pool;
	if (addr != NULL)
		c->prefixes[group][0] = (struct cgn_prefix){ .ip4 = pg_addr(addr), .len = len };
}

static struct fx *
start(unsigned int per_worker)
{
	struct fx *fx = fx_new();

	fx_pool_per_worker(fx, per_worker);
	fx->groups[0].block_size = 64;
	fx->groups[0].blocks_max = 1;
	fx->groups[0].leases_reserve = 0;
	fx->groups[0].mappings_per_s = 0;
	fx->conf.nat.block_guard_s = 0;
	fx->conf.nat.hold_down_s = 0;
	return fx_start(fx);
}

/* The configuration in use, to be changed and given to reload(). */
static struct change *
change(const struct fx *fx)
{
	const struct cgn_conf *now = fx->snapshot->conf;
	struct change *c = &changes[turn++ % 2];

	*c = (struct change){ .conf = *now };
	c->conf.pools = c->pools;
	c->conf.groups = c->groups;
	for (size_t p = 0; p < now->n_pools; p++) {
		c->pools[p] = now->pools[p];
		memcpy(c->ranges[p], now->pools[p].ranges,
				now->pools[p].n_ranges * sizeof(c->ranges[p][0]));
		c->pools[p].ranges = c->ranges[p];
	}
	for (size_t g = 0; g < now->n_groups; g++) {
		c->groups[g] = now->groups[g];
		memcpy(c->prefixes[g], now->groups[g].prefixes,
				now->groups[g].n_prefixes * sizeof(c->prefixes[g][0]));
		c->groups[g].prefixes = c->prefixes[g];
	}
	return c;
}

/* Take it, and let the workers follow. */
static void
reload(struct fx *fx, struct change *c)
{
	fx_reload(fx, &c->conf);
	fx_advance_s(fx, 0.5);
	FX_BOOKS(fx);
}

static const char *
host(unsigned int i)
{
	static char text[8][16];
	static unsigned int at;
	char *t = text[at++ % 8];

	snprintf(t, sizeof(text[0]), "100.64.7.%u", i + 1);
	return t;
}

static uint32_t
number(const char *addr)
{
	return rte_be_to_cpu_32(pg_addr(addr));
}

static uint64_t
addresses(const struct fx *fx, unsigned int pool)
{
	uint64_t n = 0;

	for (unsigned int w = 0; w < fx->n_workers; w++)
		n += cgn_counter_get(&cgn_engine_stats(fx->engines[w])->pool[pool].addresses);
	return n;
}

/* REQ: N-LIVE-20 */
static void
new_addresses_are_used_and_old_flows_do_not_notice(void)
{
	struct fx *fx = start(1);
	struct fx_ep x[HOSTS];
	struct change *c;
	unsigned int n_new = 0;

	for (unsigned int i = 0; i < HOSTS; i++)
		x[i] = fx_map_udp(fx, host(i), 4000);
	c = change(fx);
	set_range(c, 0, FIRST, 5 * fx->n_workers);
	reload(fx, c);
	CU_ASSERT_EQUAL(addresses(fx, 0), 5 * fx->n_workers);
	for (unsigned int i = 0; i < HOSTS; i++) {
		FX_PKT(fx_udp_in(fx, P1, 53, x[i].addr, x[i].port), FX_INSIDE, P1, 53, host(i),
				4000);
		FX_PKT(fx_udp_out(fx, host(i), 4000, P1, 53), FX_OUTSIDE, x[i].addr, x[i].port, P1,
				53);
	}
	for (unsigned int i = HOSTS; i < 4 * HOSTS; i++) {
		struct fx_ep y = fx_map_udp(fx, host(i), 4000);

		n_new += number(y.addr) >= FIRST + fx->n_workers;
		FX_PKT(fx_udp_in(fx, P1, 53, y.addr, y.port), FX_INSIDE, P1, 53, host(i), 4000);
	}
	CU_ASSERT_TRUE(n_new > HOSTS);
	FX_BOOKS(fx);
	fx_free(fx);
}

/* A packet may come right after the reload, so new addresses do not wait for the next tick. REQ: N-LIVE-20 */
static void
new_addresses_are_there_within_the_tick(void)
{
	struct fx *fx = start(1);
	struct change *c = change(fx);

	set_range(c, 0, FIRST, 5 * fx->n_workers);
	fx_reload(fx, &c->conf);
	CU_ASSERT_EQUAL(addresses(fx, 0), 5 * fx->n_workers);
	FX_BOOKS(fx);
	fx_free(fx);
}

/* REQ: N-LIVE-21 */
static void
an_address_that_is_removed_ends_its_flows_and_nothing_else(void)
{
	struct fx *fx = start(4);
	uint32_t n = 4 * fx->n_workers;
	struct fx_ep x[HOSTS];
	unsigned int n_moved = 0;
	struct change *c;

	for (unsigned int i = 0; i < HOSTS; i++)
		x[i] = fx_connect(fx, host(i), 4000, P1, 80);
	c = change(fx);
	set_range(c, 0, FIRST, n / 2);
	reload(fx, c);
	CU_ASSERT_EQUAL(addresses(fx, 0), n / 2);
	for (unsigned int i = 0; i < HOSTS; i++) {
		bool stays = number(x[i].addr) < FIRST + n / 2;
		const struct fx_pkt *p = fx_tcp_in(fx, P1, 80, x[i].addr, x[i].port, ACK);
		struct fx_ep y;

		if (stays) {
			FX_PKT(p, FX_INSIDE, P1, 80, host(i), 4000);
			continue;
		}
		n_moved++;
		/* The remote end learns that the connection is over; the subscriber is paired anew at once. */
		CU_ASSERT_TRUE(!p->left || p->port == FX_OUTSIDE);
		y = fx_connect(fx, host(i), 4001, P1, 80);
		CU_ASSERT_TRUE(number(y.addr) < FIRST + n / 2);
	}
	CU_ASSERT_TRUE(n_moved > 0 && n_moved < HOSTS);
	/* The addresses come back. */
	c = change(fx);
	set_range(c, 0, FIRST, n);
	reload(fx, c);
	CU_ASSERT_EQUAL(addresses(fx, 0), n);
	fx_free(fx);
}

/* REQ: N-LIVE-22 */
static void
all_addresses_of_a_pool_can_be_replaced(void)
{
	struct fx *fx = start(2);
	uint32_t n = 2 * fx->n_workers;
	struct change *c;

	for (unsigned int k = 0; k < 6; k++) {
		for (unsigned int i = 0; i < HOSTS; i++) {
			struct fx_ep x = fx_map_udp(fx, host(i), (uint16_t)(5000 + k));

			CU_ASSERT_EQUAL((number(x.addr) - FIRST) / n, k);
		}
		c = change(fx);
		set_range(c, 0, FIRST + (k + 1) * n, n);
		reload(fx, c);
		CU_ASSERT_EQUAL(addresses(fx, 0), n);
	}
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SUBSCRIBERS), 0);
	fx_free(fx);
}

/* REQ: N-LIVE-23 */
static void
a_new_pool_serves_a_new_group(void)
{
	struct fx *fx = start(2);
	struct fx_ep x = fx_map_udp(fx, host(0), 4000), y;
	struct change *c;

	fx_udp_out(fx, "100.127.3.3", 4000, P1, 53);
	c = change(fx);
	set_prefixes(c, 0, 0, "100.64.0.0", 16);
	set_range(c, 1, SECOND, 2 * fx->n_workers);
	set_prefixes(c, 1, 1, "100.127.0.0", 16);
	reload(fx, c);
	y = fx_map_udp(fx, "100.127.3.3", 4000);
	CU_ASSERT_TRUE(number(y.addr) >= SECOND && number(y.addr) < SECOND + 2 * fx->n_workers);
	FX_PKT(fx_udp_in(fx, P1, 53, y.addr, y.port), FX_INSIDE, P1, 53, "100.127.3.3", 4000);
	FX_PKT(fx_udp_in(fx, P1, 53, x.addr, x.port), FX_INSIDE, P1, 53, host(0), 4000);
	/* Pool and group go again. */
	c = change(fx);
	set_range(c, 1, SECOND, 0);
	set_prefixes(c, 1, 0, NULL, 0);
	reload(fx, c);
	CU_ASSERT_EQUAL(addresses(fx, 1), 0);
	fx_udp_in(fx, P1, 53, y.addr, y.port);
	CU_ASSERT_EQUAL(fx->n_out, 0);
	fx_udp_out(fx, "100.127.3.3", 4000, P1, 53);
	FX_DROPPED(fx, CGN_V_NOT_SUBSCRIBER);
	FX_PKT(fx_udp_in(fx, P1, 53, x.addr, x.port), FX_INSIDE, P1, 53, host(0), 4000);
	fx_free(fx);
}

/* Both ends of a connection are reset if its group and its pool go, and nobody else is. REQ: N-LIVE-23 */
static void
a_connection_whose_group_and_pool_go_is_reset_both_ways(void)
{
	struct fx *fx = start(2);
	struct change *c = change(fx);
	struct fx_ep x, k;
	const struct fx_pkt *p;

	set_prefixes(c, 0, 0, "100.64.0.0", 16);
	set_range(c, 1, SECOND, 2 * fx->n_workers);
	set_prefixes(c, 1, 1, "100.127.0.0", 16);
	reload(fx, c);
	x = fx_connect(fx, "100.127.3.3", 4000, P1, 80);
	k = fx_connect(fx, host(0), 4000, P1, 80);
	c = change(fx);
	set_range(c, 1, SECOND, 0);
	set_prefixes(c, 1, 0, NULL, 0);
	reload(fx, c);
	p = fx_tcp_out(fx, "100.127.3.3", 4000, P1, 80, ACK);
	FX_PKT(p, FX_INSIDE, P1, 80, "100.127.3.3", 4000);
	CU_ASSERT_EQUAL(p->tcp_flags, RST);
	p = fx_tcp_in(fx, P1, 80, x.addr, x.port, ACK);
	FX_PKT(p, FX_OUTSIDE, x.addr, x.port, P1, 80);
	CU_ASSERT_EQUAL(p->tcp_flags, RST);
	p = fx_tcp_in(fx, P1, 80, k.addr, k.port, ACK);
	FX_PKT(p, FX_INSIDE, P1, 80, host(0), 4000);
	CU_ASSERT_EQUAL(p->tcp_flags, ACK);
	fx_advance_s(fx, 62);
	fx_tcp_out(fx, "100.127.3.3", 4000, P1, 80, ACK);
	FX_DROPPED(fx, CGN_V_NO_SESSION);
	fx_tcp_in(fx, P1, 80, x.addr, x.port, ACK);
	CU_ASSERT_EQUAL(fx->n_out, 0);
	fx_free(fx);
}

/* REQ: N-LIVE-24 */
static void
a_prefix_that_moves_to_a_group_with_the_same_pool_keeps_all(void)
{
	struct fx *fx = start(2);
	struct fx_ep x = fx_connect(fx, host(0), 4000, P1, 80);
	struct change *c = change(fx);

	set_prefixes(c, 1, 0, "100.64.7.0", 24);
	reload(fx, c);
	FX_PKT(fx_tcp_in(fx, P1, 80, x.addr, x.port, ACK), FX_INSIDE, P1, 80, host(0), 4000);
	CU_ASSERT_EQUAL(fx_group_stats(fx, 0).subscribers, 0);
	CU_ASSERT_EQUAL(fx_group_stats(fx, 1).subscribers, 1);
	CU_ASSERT_EQUAL(fx_group_stats(fx, 1).mappings, 1);
	/* And back, as the group is removed. */
	c = change(fx);
	set_prefixes(c, 1, 0, NULL, 0);
	reload(fx, c);
	FX_PKT(fx_tcp_in(fx, P1, 80, x.addr, x.port, ACK), FX_INSIDE, P1, 80, host(0), 4000);
	CU_ASSERT_EQUAL(fx_group_stats(fx, 0).subscribers, 1);
	CU_ASSERT_EQUAL(fx_group_stats(fx, 1).mappings, 0);
	fx_free(fx);
}

/* REQ: N-LIVE-25 */
static void
a_subscriber_that_is_to_use_another_pool_is_paired_anew_at_once(void)
{
	struct fx *fx = start(2);
	struct fx_ep x = fx_connect(fx, host(0), 4000, P1, 80), y;
	struct fx_ep k = fx_map_udp(fx, "100.64.9.9", 4000);
	struct change *c = change(fx);
	const struct fx_pkt *p;

	set_range(c, 1, SECOND, fx->n_workers);
	set_prefixes(c, 1, 1, "100.64.7.0", 24);
	fx_swap(fx, &c->conf);
	/* Before the worker has looked at it, it gets nothing new from its old pool. */
	fx->turn = fx_owner(fx, host(0));
	fx_udp_out(fx, host(0), 4001, P1, 53);
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_POOL_PORTS), 1);
	/* The worker has looked at it in the same tick. */
	y = fx_map_udp(fx, host(0), 4001);
	CU_ASSERT_TRUE(number(y.addr) >= SECOND && number(y.addr) < SECOND + fx->n_workers);
	FX_BOOKS(fx);
	y = fx_map_udp(fx, host(0), 4002);
	CU_ASSERT_TRUE(number(y.addr) >= SECOND && number(y.addr) < SECOND + fx->n_workers);
	/* Both ends of the connection are reset when they send again. */
	p = fx_tcp_in(fx, P1, 80, x.addr, x.port, ACK);
	FX_PKT(p, FX_OUTSIDE, x.addr, x.port, P1, 80);
	CU_ASSERT_EQUAL(p->tcp_flags, RST);
	p = fx_tcp_out(fx, host(0), 4000, P1, 80, ACK);
	FX_PKT(p, FX_INSIDE, P1, 80, host(0), 4000);
	CU_ASSERT_EQUAL(p->tcp_flags, RST);
	FX_PKT(fx_udp_in(fx, P1, 53, k.addr, k.port), FX_INSIDE, P1, 53, "100.64.9.9", 4000);
	fx_free(fx);
}

/* Ask for a lease if it is lost. */
static int
ask_if_lost(struct fx *fx, const char *in, uint16_t port, uint32_t lifetime_s,
		struct cgn_cmd_map *map)
{
	struct cgn_cmd cmd = { .op = CGN_CMD_MAP_ADD };
	struct cgn_evt reply;

	cmd.u.map = (struct cgn_cmd_map){
		.in = { .addr = pg_addr(in),
				.port = rte_cpu_to_be_16(port),
				.proto = CGN_PROTO_UDP },
		.lifetime_s = lifetime_s,
		.flags = CGN_MAPPING_EXPLICIT | CGN_MAPPING_IF_LOST,
	};
	fx_cmd(fx, fx_owner(fx, in), &cmd, &reply);
	*map = reply.u.map;
	return reply.ret;
}

/* The control thread looks for the leases that a reload has ended, and makes them anew. REQ: N-LIVE-32 */
static void
leases_of_a_subscriber_that_moves_are_told(void)
{
	struct fx *fx = start(2);
	struct fx_ep x = { .port = 7000 }, k = { .port = 7000 };
	struct change *c = change(fx);
	struct cgn_cmd_map map;
	struct cgn_mapping_info info;

	CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_UDP, host(0), 80, &x, 3600), 0);
	CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_UDP, "100.64.9.9", 80, &k, 3600), 0);
	set_range(c, 1, SECOND, fx->n_workers);
	set_prefixes(c, 1, 1, "100.64.7.0", 24);
	fx_swap(fx, &c->conf);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_FOLLOWING), fx->n_workers);
	fx_advance_s(fx, 0.1);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_FOLLOWING), 0);
	CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_LEASES_CUT), 1);
	CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_MAPPINGS_CUT), 1);
	/* One is lost, and is not made if nobody wants it. The other one stays as it is. */
	CU_ASSERT_EQUAL(ask_if_lost(fx, host(0), 80, 0, &map), -ENOENT);
	CU_ASSERT_FALSE(fx_mapping(fx, CGN_PROTO_UDP, host(0), 80, &info));
	CU_ASSERT_EQUAL(ask_if_lost(fx, host(0), 80, 600, &map), 0);
	CU_ASSERT_EQUAL(rte_be_to_cpu_32(map.ext.addr) & ~UINT32_C(0xf), SECOND);
	CU_ASSERT_EQUAL(ask_if_lost(fx, "100.64.9.9", 80, 600, &map), 0);
	CU_ASSERT_EQUAL(map.ext.addr, pg_addr(k.addr));
	CU_ASSERT_TRUE(fx_mapping(fx, CGN_PROTO_UDP, "100.64.9.9", 80, &info));
	CU_ASSERT_TRUE(info.expires_s > 3500);
	/* An address that leaves ends leases, too. One that drains is told of in another way. */
	c = change(fx);
	set_range(c, 1, SECOND + 16, fx->n_workers);
	reload(fx, c);
	CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_LEASES_CUT), 2);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_FOLLOWING), 0);
	fx_free(fx);
}

/* REQ: N-LIVE-26 */
static void
a_new_block_size_is_for_new_blocks(void)
{
	struct fx *fx = start(1);
	struct fx_ep x = fx_map_udp(fx, host(0), 4000);
	struct fx_ep k[128];
	struct change *c = change(fx);
	unsigned int worker = fx_owner(fx, host(0)), i = 1;

	c->groups[0].block_size = 128;
	reload(fx, c);
	FX_PKT(fx_udp_in(fx, P1, 53, x.addr, x.port), FX_INSIDE, P1, 53, host(0), 4000);
	/* The old subscriber has its block of 64 ports, and no further one. */
	for (uint16_t p = 1; p < 64; p++)
		fx_map_udp(fx, host(0), (uint16_t)(4000 + p));
	fx_udp_out(fx, host(0), 4900, P1, 53);
	CU_ASSERT_EQUAL(fx_rose(fx, CGN_V_SUB_PORTS), 1);
	/* A new one of the same address has one of 128. */
	while (fx_owner(fx, host(i)) != worker)
		i++;
	for (uint16_t p = 0; p < 128; p++)
		k[p] = fx_map_udp(fx, host(i), (uint16_t)(4000 + p));
	for (uint16_t p = 0; p < 128; p++) {
		CU_ASSERT_EQUAL(k[p].port / 128, k[0].port / 128);
		CU_ASSERT_NOT_EQUAL(k[p].port / 64, x.port / 64);
	}
	FX_BOOKS(fx);
	/* After the old block has ended, the address is as new. */
	fx_advance_s(fx, 700);
	for (unsigned int w = 0; w < fx->n_workers; w++)
		CU_ASSERT_FALSE(fx->engines[w]->nat.subs->ports.map.grids[0].is_mixed);
	fx_free(fx);
}

/* REQ: N-LIVE-27 */
static void
a_new_port_range_is_for_new_blocks(void)
{
	struct fx *fx = start(1);
	struct fx_ep x[HOSTS], y;
	struct change *c;

	for (unsigned int i = 0; i < HOSTS; i++)
		x[i] = fx_map_udp(fx, host(i), 4000);
	c = change(fx);
	c->pools[0].port_min = 32768;
	c->pools[0].port_max = 40959;
	reload(fx, c);
	for (unsigned int i = 0; i < HOSTS; i++)
		FX_PKT(fx_udp_in(fx, P1, 53, x[i].addr, x[i].port), FX_INSIDE, P1, 53, host(i),
				4000);
	for (unsigned int i = HOSTS; i < 3 * HOSTS; i++) {
		y = fx_map_udp(fx, host(i), 4000);
		CU_ASSERT_TRUE(y.port >= 32768 && y.port <= 40959);
	}
	fx_free(fx);
}

/* What has left is done with within the tick, so the counts of the pool are right when the reload is. REQ: N-LIVE-21 */
static void
addresses_that_leave_are_gone_within_the_tick(void)
{
	struct fx *fx = start(8);
	struct change *c = change(fx);

	for (unsigned int i = 0; i < HOSTS; i++)
		fx_map_udp(fx, host(i), 4000);
	set_range(c, 0, FIRST + 16 * fx->n_workers, 4 * fx->n_workers);
	fx_reload(fx, &c->conf);
	CU_ASSERT_EQUAL(addresses(fx, 0), 4 * fx->n_workers);
	/* Also if none of them was used. */
	c = change(fx);
	set_range(c, 0, FIRST, fx->n_workers);
	fx_reload(fx, &c->conf);
	CU_ASSERT_EQUAL(addresses(fx, 0), fx->n_workers);
	fx_free(fx);
}

/* New addresses may drain from the beginning: those with new ordinals, and those with ordinals of others. REQ: N-DRAIN-2 */
static void
new_addresses_that_drain_are_closed(void)
{
	struct fx *fx = start(2);
	uint32_t n = 2 * fx->n_workers;

	for (unsigned int k = 1; k < 4; k++) {
		struct change *c = change(fx);
		struct cgn_range4 drained = { FIRST + k * 2 * n, FIRST + k * 2 * n + n - 1 };

		set_range(c, 0, drained.first, 2 * n);
		c->pools[0].drained = &drained;
		c->pools[0].n_drained = 1;
		c->pools[0].drain_max_s = 600;
		reload(fx, c);
		CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).addresses_closed, n);
		for (unsigned int i = 0; i < HOSTS; i++)
			CU_ASSERT_TRUE(number(fx_map_udp(fx, host(i), 4000).addr) > drained.last);
		c = change(fx);
		c->pools[0].n_drained = 0;
		reload(fx, c);
	}
	fx_free(fx);
}

/* The ports of an address that drained meanwhile are cut anew when it is in use again. REQ: N-LIVE-27 */
static void
an_address_that_drained_gets_the_new_port_range(void)
{
	struct fx *fx = start(2);
	struct cgn_range4 drained = { FIRST, FIRST + 2 * fx->n_workers - 1 };
	struct change *c = change(fx);

	c->pools[0].drained = &drained;
	c->pools[0].n_drained = 1;
	c->pools[0].drain_max_s = 600;
	reload(fx, c);
	c = change(fx);
	c->pools[0].n_drained = 0;
	c->pools[0].port_min = 32768;
	c->pools[0].port_max = 40959;
	reload(fx, c);
	for (unsigned int i = 0; i < HOSTS; i++) {
		struct fx_ep x = fx_map_udp(fx, host(i), 4000);

		CU_ASSERT_TRUE(x.port >= 32768 && x.port <= 40959);
	}
	fx_free(fx);
}

/* What still holds an address is told also of blocks from before block_size has changed. REQ: N-LIVE-26 */
static void
leases_of_old_blocks_hold_an_address_that_drains(void)
{
	struct fx *fx = start(1);
	struct fx_ep x = fx_map_udp(fx, host(0), 4000), lease = { 0 };
	struct cgn_range4 drained = { number(x.addr), number(x.addr) };
	struct cgn_drain_info row = { 0 };
	struct cgn_cmd cmd = { .op = CGN_CMD_READ_DRAINS };
	struct cgn_evt reply;
	struct change *c = change(fx);

	CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_UDP, host(0), 5000, &lease, 3600), 0);
	c->groups[0].block_size = 128;
	reload(fx, c);
	c = change(fx);
	c->pools[0].drained = &drained;
	c->pools[0].n_drained = 1;
	c->pools[0].drain_max_s = 600;
	reload(fx, c);
	cmd.u.read = (struct cgn_cmd_read){ .out = &row, .max = 1 };
	CU_ASSERT_EQUAL(fx_cmd(fx, fx_owner(fx, host(0)), &cmd, &reply), 0);
	CU_ASSERT_EQUAL(reply.u.read.n, 1);
	CU_ASSERT_EQUAL(row.blocks, 1);
	CU_ASSERT_EQUAL(row.ports, 2);
	CU_ASSERT_EQUAL(row.leases, 1);
	fx_free(fx);
}

/* REQ: N-LIVE-28 */
static void
random_reloads_lose_no_port(void)
{
	struct fx *fx = start(3);
	unsigned int seed = 3;
	struct change *c;

	for (unsigned int round = 0; round < 60; round++) {
		for (unsigned int k = 0; k < 20; k++) {
			unsigned int i = rand_r(&seed) % 60;
			const char *h = i < 40 ? host(i) : "100.127.3.3";

			fx_udp_out(fx, h, (uint16_t)(4000 + rand_r(&seed) % 70), P1, 53);
			fx_tcp_out(fx, h, (uint16_t)(4000 + rand_r(&seed) % 70), P1, 80, SYN);
		}
		c = change(fx);
		set_range(c, 0, FIRST + rand_r(&seed) % 16,
				(6 + rand_r(&seed) % 12) * fx->n_workers);
		set_range(c, 1, SECOND, rand_r(&seed) % 2 * 2 * fx->n_workers);
		set_prefixes(c, 0, 0, "100.64.0.0", rand_r(&seed) % 2 == 0 ? 10 : 16);
		set_prefixes(c, 1, c->pools[1].is_gone ? 0 : 1,
				rand_r(&seed) % 3 == 0 ? NULL : "100.64.7.16", 28);
		set_prefixes(c, 2, 0, rand_r(&seed) % 3 == 0 ? NULL : "100.64.7.32", 27);
		c->groups[0].block_size = c->groups[2].block_size = (uint16_t)(64
				<< rand_r(&seed) % 3);
		c->pools[0].port_min = (uint16_t)(1024 * (1 + rand_r(&seed) % 8));
		if (rand_r(&seed) % 2 == 0)
			fx_reload(fx, &c->conf);
		else
			reload(fx, c);
		FX_BOOKS(fx);
		fx_advance_s(fx, rand_r(&seed) % 100);
	}
	fx_advance_s(fx, 8000);
	for (unsigned int p = 0; p < 2; p++)
		CU_ASSERT_EQUAL(addresses(fx, p), fx->snapshot->conf->pools[p].n_addresses);
	fx_free(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(new_addresses_are_used_and_old_flows_do_not_notice),
	CU_TEST_ROW(new_addresses_are_there_within_the_tick),
	CU_TEST_ROW(an_address_that_is_removed_ends_its_flows_and_nothing_else),
	CU_TEST_ROW(all_addresses_of_a_pool_can_be_replaced),
	CU_TEST_ROW(a_new_pool_serves_a_new_group),
	CU_TEST_ROW(a_connection_whose_group_and_pool_go_is_reset_both_ways),
	CU_TEST_ROW(a_prefix_that_moves_to_a_group_with_the_same_pool_keeps_all),
	CU_TEST_ROW(a_subscriber_that_is_to_use_another_pool_is_paired_anew_at_once),
	CU_TEST_ROW(leases_of_a_subscriber_that_moves_are_told),
	CU_TEST_ROW(a_new_block_size_is_for_new_blocks),
	CU_TEST_ROW(a_new_port_range_is_for_new_blocks),
	CU_TEST_ROW(addresses_that_leave_are_gone_within_the_tick),
	CU_TEST_ROW(new_addresses_that_drain_are_closed),
	CU_TEST_ROW(an_address_that_drained_gets_the_new_port_range),
	CU_TEST_ROW(leases_of_old_blocks_hold_an_address_that_drains),
	CU_TEST_ROW(random_reloads_lose_no_port),
};

CU_MAIN("reload_pools", tests)
