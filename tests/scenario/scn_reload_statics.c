/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Static mappings whose pool, address or subscriber changes in a reload: none is lost, and a subscriber has one external
 * address at any time.
 */

#include "tests/support/cu.h"
#include "tests/support/fixture_reload.h"
#include "tests/support/seeds.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SYN  RTE_TCP_SYN_FLAG
#define WEB  8080
#define ONE  64  /* ports of a pool with one block per address */
#define MANY 400 /* connections */

/* Address k of those that a worker owns. */
static const char *
address_of(const struct fx *fx, unsigned int worker, unsigned int k)
{
	static char text[64][32];
	static unsigned int turn;
	char *t = text[turn++ % RTE_DIM(text)];

	snprintf(t, sizeof(text[0]), "198.51.100.%u", worker + k * fx->n_workers);
	return t;
}

/* A fixture with some addresses for each worker, not started. */
static struct fx *
with_addresses(unsigned int n)
{
	struct fx *fx = fx_new();

	fx_pool_per_worker(fx, n);
	return fx;
}

/* The same, and each address has one block. */
static struct fx *
with_blocks(unsigned int n)
{
	struct fx *fx = with_addresses(n);

	fx->pools[0].port_max = fx->pools[0].port_min + ONE - 1;
	fx->groups[0].block_size = ONE;
	fx->groups[0].blocks_max = 1;
	return fx;
}

/* A pool gets addresses first to last of each worker. @param n  0: the pool is gone */
static void
set_pool(struct fx *fx, unsigned int pool, unsigned int first, unsigned int n)
{
	fx->pools[pool].n_ranges = 0;
	if (n != 0)
		fx_pool_add(fx, pool, address_of(fx, 0, first),
				address_of(fx, fx->n_workers - 1, first + n - 1));
	fx->pools[pool].is_gone = n == 0;
	fx->pools[pool].n_addresses = n * fx->n_workers;
}

static void
set_static(struct fx *fx, const char *in, const char *ext)
{
	fx->conf.nat.n_statics = fx->keeps = 0;
	fx_add_static(fx, CGN_PROTO_TCP, in, 80, ext, WEB);
}

/* The static mapping is there for packets of both sides, and its address is the only one of its subscriber. */
static void
check_static(struct fx *fx, const char *in, const char *ext)
{
	struct cgn_mapping_info info;

	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_FOLLOWING), 0);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_STATICS_WAITING), 0);
	CU_ASSERT_TRUE(fx_mapping(fx, CGN_PROTO_TCP, in, 80, &info));
	FX_PKT(fx_tcp_in(fx, P1, 1000, ext, WEB, SYN), FX_INSIDE, P1, 1000, in, 80);
	FX_PKT(fx_tcp_out(fx, in, 80, P2, 9, SYN), FX_OUTSIDE, ext, WEB, P2, 9);
	CU_ASSERT_STRING_EQUAL(fx_map_udp(fx, in, 6000).addr, ext);
	FX_BOOKS(fx);
}

/* REQ: N-LIVE-65: a pool gets another name, and the old one again. */
static void
static_mapping_comes_back_when_its_pool_is_renamed(void)
{
	struct fx *fx = with_addresses(3);
	unsigned int w = fx_owner(fx_start(fx), H1);
	const char *addr = address_of(fx, w, 1);
	struct fx_copy *now = NULL;

	set_static(fx, H1, addr);
	fx_reload_copy(fx, &now);
	check_static(fx, H1, addr);
	for (unsigned int turn = 1; turn < 5; turn++) {
		set_pool(fx, turn % 2, 0, 3);
		set_pool(fx, 1 - turn % 2, 0, 0);
		fx->groups[0].pool = (uint16_t)(turn % 2);
		fx_reload_copy(fx, &now);
		check_static(fx, H1, addr);
	}
	fx_free(fx);
	fx_copy_free(now);
}

/* REQ: N-LIVE-65: an address goes to another pool with the subscriber of its static mapping. Others stay. */
static void
static_mapping_follows_its_address_to_another_pool(void)
{
	struct fx *fx = fx_start(with_addresses(3));
	const char *addr = address_of(fx, fx_owner(fx, H1), 2);
	struct fx_ep stays = fx_map_udp(fx, K1, 5000);
	struct fx_copy *now = NULL;

	set_static(fx, H1, addr);
	fx_reload_copy(fx, &now);
	set_pool(fx, 0, 0, 2);
	set_pool(fx, 1, 2, 1);
	fx->groups[1].n_prefixes = 1;
	fx->prefixes[1][0] = (struct cgn_prefix){ .ip4 = pg_addr(H1), .len = 32 };
	fx->conf.n_groups = 2;
	fx_reload_copy(fx, &now);
	check_static(fx, H1, addr);
	if (strcmp(stays.addr, address_of(fx, fx_owner(fx, K1), 2)) != 0)
		FX_PKT(fx_udp_in(fx, P1, 53, stays.addr, stays.port), FX_INSIDE, P1, 53, K1, 5000);
	fx_free(fx);
	fx_copy_free(now);
}

/* REQ: N-LIVE-66: its subscriber gets another group, pool and static address. Nothing of it stays in the old pool, also not
 * if the port of the old static mapping would be in hold-down. */
static void
subscriber_with_a_static_mapping_leaves_its_pool(void)
{
	struct fx *fx = fx_start(with_addresses(2));
	unsigned int w = fx_owner(fx, H1);
	const char *from = address_of(fx, w, 0), *to = address_of(fx, w, 2);
	struct fx_copy *now = NULL;

	set_static(fx, H1, from);
	fx_reload_copy(fx, &now);
	check_static(fx, H1, from);
	/* The first pool stays at first. Then it goes. */
	for (unsigned int turn = 0; turn < 2; turn++) {
		set_pool(fx, 1, 2, 2);
		set_pool(fx, 0, 0, turn == 0 ? 2 : 0);
		fx->groups[0].pool = 1;
		set_static(fx, H1, to);
		fx_reload_copy(fx, &now);
		fx_advance_s(fx, 2);
		check_static(fx, H1, to);
	}
	fx_free(fx);
	fx_copy_free(now);
}

/* REQ: N-LIVE-66: the same without a new static mapping. The subscriber is not kept by the hold-down of the old one. */
static void
subscriber_without_its_static_mapping_leaves_its_pool(void)
{
	struct fx *fx = fx_start(with_addresses(2));
	const char *from = address_of(fx, fx_owner(fx, H1), 0);
	struct fx_copy *now = NULL;
	struct fx_ep x;

	set_static(fx, H1, from);
	fx_reload_copy(fx, &now);
	check_static(fx, H1, from);
	set_pool(fx, 1, 2, 2);
	fx->groups[0].pool = 1;
	fx->conf.nat.n_statics = fx->keeps = 0;
	fx_reload_copy(fx, &now);
	x = fx_map_udp(fx, H1, 5000);
	CU_ASSERT_TRUE(rte_be_to_cpu_32(pg_addr(x.addr)) >=
			rte_be_to_cpu_32(pg_addr(address_of(fx, 0, 2))));
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_PORTS_HELD), 0);
	fx_free(fx);
	fx_copy_free(now);
}

/* REQ: N-LIVE-54: mappings and hold-downs of another address do not keep a subscriber from its static mapping. */
static void
subscriber_with_many_ports_moves_at_once(void)
{
	struct fx *fx = fx_start(with_addresses(2));
	struct fx_ep was = fx_map_udp(fx, H1, 4000);
	struct fx_copy *now = NULL;
	const char *to;

	/* These are in hold-down. */
	for (uint16_t i = 1; i < 200; i++)
		fx_map_udp(fx, H1, (uint16_t)(4000 + i));
	fx_advance_s(fx, fx->conf.nat.timeouts.udp_s + 3);
	for (uint16_t i = 0; i < 700; i++)
		fx_map_udp(fx, H1, (uint16_t)(5000 + i));
	to = address_of(fx, fx_owner(fx, H1), 0);
	if (strcmp(to, was.addr) == 0)
		to = address_of(fx, fx_owner(fx, H1), 1);
	set_static(fx, H1, to);
	fx_reload_copy(fx, &now);
	check_static(fx, H1, to);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_MAPPINGS_UDP), 1);
	fx_free(fx);
	fx_copy_free(now);
}

/* Another subscriber of a worker, with a mapping on another address. */
static const char *
neighbour(struct fx *fx, unsigned int worker, const char *other, struct fx_ep *x)
{
	static char text[16];

	for (unsigned int i = 0; i < 200; i++) {
		snprintf(text, sizeof(text), "100.64.9.%u", i);
		if (fx_owner(fx, text) != worker)
			continue;
		*x = fx_map_udp(fx, text, 5000);
		CU_ASSERT_STRING_NOT_EQUAL(x->addr, other);
		return text;
	}
	CU_FAIL_FATAL("no subscriber of this worker");
	return NULL;
}

/* REQ: N-LIVE-67: as long as another address has no free block, the subscriber and all that it has stay as they are. */
static void
static_mapping_waits_for_a_free_block(void)
{
	struct fx *fx = fx_start(with_blocks(2));
	struct fx_ep was = fx_map_udp(fx, H1, 5000), full;
	const char *who = neighbour(fx, fx_owner(fx, H1), was.addr, &full);
	struct fx_copy *now = NULL;

	set_static(fx, H1, full.addr);
	fx_reload_copy(fx, &now);
	for (unsigned int i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_STATICS_WAITING), 1);
		FX_PKT(fx_udp_in(fx, P1, 53, was.addr, was.port), FX_INSIDE, P1, 53, H1, 5000);
		FX_PKT(fx_udp_out(fx, H1, 5000, P1, 53), FX_OUTSIDE, was.addr, was.port, P1, 53);
		CU_ASSERT_STRING_EQUAL(fx_map_udp(fx, H1, 5001).addr, was.addr);
		FX_PKT(fx_udp_in(fx, P1, 53, full.addr, full.port), FX_INSIDE, P1, 53, who, 5000);
		CU_ASSERT_FALSE(fx_tcp_in(fx, P1, 7, full.addr, WEB, SYN)->left);
		FX_BOOKS(fx);
		fx_advance_s(fx, 10);
	}
	/* Only H1 goes on, so the other one gives its block back. */
	for (unsigned int i = 0; i < 40 && fx_gauge(fx, CGN_G_STATICS_WAITING) != 0; i++) {
		fx_udp_out(fx, H1, 5000, P1, 53);
		fx_advance_s(fx, 60);
	}
	check_static(fx, H1, full.addr);
	fx_free(fx);
	fx_copy_free(now);
}

/* REQ: N-LIVE-67: the same at the start, when more subscribers have static mappings on an address than it has blocks. */
static void
start_leaves_a_static_mapping_without_a_block_for_later(void)
{
	struct fx *fx = with_blocks(1);
	const char *in[] = { "100.64.0.1", "100.64.0.2" };
	struct cgn_mapping_info info;
	unsigned int n = 0;

	for (unsigned int i = 0; i < 2; i++)
		fx_add_static(fx, CGN_PROTO_TCP, in[i], 80, address_of(fx, 0, 0),
				(uint16_t)(WEB + i));
	fx->keeps = 1;
	fx_start(fx);
	fx_advance_s(fx, 3);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_STATICS_WAITING), 1);
	for (unsigned int i = 0; i < 2; i++)
		n += fx_mapping(fx, CGN_PROTO_TCP, in[i], 80, &info);
	CU_ASSERT_EQUAL(n, 1);
	fx_free(fx);
}

/* --- at random ------------------------------------------------------------------------------ */

#define ROWS  4 /* of addresses: one of each worker */
#define HOSTS 6 /* of each group */

/* The rows of addresses are cut into two pools, of which one may be gone. Each group uses one of them. */
static void
random_pools(struct fx *fx, unsigned int *seed)
{
	unsigned int rows = (unsigned int)rand_r(seed) % (1u << ROWS);

	for (unsigned int p = 0; p < 2; p++) {
		set_pool(fx, p, 0, 0);
		fx->pools[p].port_min = 1024;
		fx->pools[p].port_max = 1024 + 2 * ONE - 1;
		for (unsigned int k = 0; k < ROWS; k++) {
			if ((rows >> k & 1) != p)
				continue;
			fx_pool_add(fx, p, address_of(fx, 0, k),
					address_of(fx, fx->n_workers - 1, k));
			fx->pools[p].n_addresses += fx->n_workers;
			fx->pools[p].is_gone = false;
		}
	}
	for (unsigned int g = 0; g < 2; g++) {
		fx->groups[g].pool = (uint16_t)(rand_r(seed) % 2);
		if (fx->pools[fx->groups[g].pool].is_gone)
			fx->groups[g].pool = (uint16_t)(1 - fx->groups[g].pool);
	}
}

static const char *
host_of(unsigned int group, unsigned int i)
{
	static char text[64][16];
	static unsigned int turn;
	char *t = text[turn++ % RTE_DIM(text)];

	snprintf(t, sizeof(text[0]), "100.64.%u.%u", group == 0 ? 0 : 9, i + 10);
	return t;
}

/* Some hosts have a static mapping on some address of the pool of their group. */
static void
random_statics(struct fx *fx, unsigned int *seed)
{
	fx->conf.nat.n_statics = fx->keeps = 0;
	for (unsigned int i = 0; i < FX_STATICS; i++) {
		unsigned int pool = fx->groups[i % 2].pool;
		const struct cgn_range4 *r = &fx->ranges[pool][(unsigned int)rand_r(seed) %
				fx->pools[pool].n_ranges];
		rte_be32_t addr = rte_cpu_to_be_32(
				r->first + (unsigned int)rand_r(seed) % fx->n_workers);

		if (rand_r(seed) % 3 == 0)
			continue;
		fx_add_static(fx, CGN_PROTO_TCP, host_of(i % 2, i / 2), 80, "0.0.0.0",
				(uint16_t)(WEB + i));
		fx->statics[fx->conf.nat.n_statics - 1].ext_addr = addr;
	}
}

/* Each static mapping is there, or is counted. */
static void
check_statics(struct fx *fx)
{
	const struct cgn_conf_nat *nat = &fx->conf.nat;
	unsigned int n_waiting = 0;

	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_FOLLOWING), 0);
	for (size_t i = 0; i < nat->n_statics; i++) {
		struct cgn_mapping_info info;
		char in[16], ext[16];

		inet_ntop(AF_INET, &nat->statics[i].in_addr, in, sizeof(in));
		inet_ntop(AF_INET, &nat->statics[i].ext_addr, ext, sizeof(ext));
		if (!fx_mapping(fx, CGN_PROTO_TCP, in, 80, &info) ||
				(info.flags & CGN_MAPPING_STATIC) == 0) {
			n_waiting++;
			continue;
		}
		FX_PKT(fx_tcp_in(fx, P1, 1000, ext, nat->statics[i].ext_port, SYN), FX_INSIDE, P1,
				1000, in, 80);
	}
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_STATICS_WAITING), n_waiting);
}

static void
random_trace(uint32_t first, uint32_t steps)
{
	struct fx *fx = with_blocks(ROWS);
	struct fx_copy *now = NULL;
	unsigned int seed = first;

	fx->groups[1].block_size = ONE;
	fx->groups[1].blocks_max = 1;
	fx->groups[1].n_prefixes = 1;
	fx->prefixes[1][0] = (struct cgn_prefix){ .ip4 = pg_addr("100.64.9.0"), .len = 24 };
	fx->groups[1].pool = 0;
	fx->pools[0].port_max += ONE;
	fx->conf.n_groups = 2;
	fx->seed = (uint8_t)first;
	fx_start(fx);
	for (uint32_t step = 0; step < steps; step++) {
		for (unsigned int i = 0; i < 8 * HOSTS; i++)
			fx_udp_out(fx, host_of(i % 2, i / 2 % HOSTS),
					(uint16_t)(5000 + rand_r(&seed) % 40), P1, 53);
		random_pools(fx, &seed);
		random_statics(fx, &seed);
		fx_reload_copy(fx, &now);
		fx_advance_s(fx, 1.2 + rand_r(&seed) % 3 * 100);
		check_statics(fx);
		FX_BOOKS(fx);
	}
	fx->conf.nat.n_statics = fx->keeps = 0;
	fx_reload_copy(fx, &now);
	fx_free(fx);
	fx_copy_free(now);
}

/* REQ: N-LIVE-65, N-LIVE-66, N-LIVE-67 */
static void
random_reloads_lose_no_static_mapping(void)
{
	seeds_run(20, 30, random_trace);
}

/* The second time: a reload comes while a static mapping with many connections, which the one before has ended, waits for
 * the end of its sessions. */
static void
static_mapping_that_has_ended_does_not_end_again(void)
{
	struct fx *fx = with_addresses(1);
	struct cgn_conf next[2];

	fx->single_worker = true;
	set_static(fx, K1, "198.51.100.0");
	fx_add_static(fx, CGN_PROTO_TCP, H1, 80, "198.51.100.0", WEB + 1);
	fx_start(fx);
	for (uint16_t i = 0; i < MANY; i++)
		fx_tcp_in(fx, P1, (uint16_t)(1000 + i), "198.51.100.0", WEB + 1, SYN);
	fx->keeps = 1;
	for (unsigned int i = 0; i < 2; i++) {
		next[i] = fx->conf;
		next[i].nat.n_statics = 1;
		fx_swap(fx, &next[i]);
		for (unsigned int k = 0; k < 3; k++)
			(void)cgn_engine_poll(fx->engines[0], fx->now);
		CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_MAPPINGS_TCP), 1);
		CU_ASSERT_TRUE(fx_gauge(fx, CGN_G_SESSIONS) > 16);
	}
	fx_advance_s(fx, 1);
	CU_ASSERT_EQUAL(fx_gauge(fx, CGN_G_SESSIONS), 0);
	CU_ASSERT_EQUAL(fx_counter(fx, CGN_C_MAPPINGS_ENDED), 1);
	FX_BOOKS(fx);
	fx_free(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(static_mapping_that_has_ended_does_not_end_again),
	CU_TEST_ROW(static_mapping_comes_back_when_its_pool_is_renamed),
	CU_TEST_ROW(static_mapping_follows_its_address_to_another_pool),
	CU_TEST_ROW(subscriber_with_a_static_mapping_leaves_its_pool),
	CU_TEST_ROW(subscriber_without_its_static_mapping_leaves_its_pool),
	CU_TEST_ROW(subscriber_with_many_ports_moves_at_once),
	CU_TEST_ROW(static_mapping_waits_for_a_free_block),
	CU_TEST_ROW(start_leaves_a_static_mapping_without_a_block_for_later),
	CU_TEST_ROW(random_reloads_lose_no_static_mapping),
};

CU_MAIN("scn_reload_statics", tests)
