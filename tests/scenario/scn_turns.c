/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * What a turn of a worker ends at most, however much is due.
 */

#include "tests/support/cu.h"
#include "tests/support/fixture.h"
#include "tests/support/fixture_reload.h"

#include <stdio.h>
#include <string.h>

#define PER   3  /* addresses of a worker */
#define BLOCK 64 /* ports */
#define HOSTS 40

/* A configuration in which pool 0 drains an address. */
static struct {
	struct cgn_conf conf;
	struct cgn_conf_pool pools[2];
	struct cgn_range4 range;
} next;

static struct fx *
start(void)
{
	struct fx *fx = fx_new();

	fx->conf.nat.block_guard_s = 0;
	fx_pool_per_worker(fx, PER);
	fx->groups[0].block_size = BLOCK;
	fx->groups[0].blocks_max = 4;
	fx->groups[0].leases_reserve = 0;
	fx->groups[0].mappings_per_s = 0;
	return fx_start(fx);
}

/* The same configuration, but the address is to be emptied at once. */
static const struct cgn_conf *
drained(const struct fx *fx, const char *addr)
{
	uint32_t a = rte_be_to_cpu_32(pg_addr(addr));

	next.conf = fx->conf;
	memcpy(next.pools, fx->pools, sizeof(fx->pools));
	next.conf.pools = next.pools;
	next.range = (struct cgn_range4){ .first = a, .last = a };
	next.pools[0].drained = &next.range;
	next.pools[0].n_drained = 1;
	next.pools[0].drain_max_s = 0;
	return &next.conf;
}

/* The address of a worker that is not open. */
static struct cgn_drain_info
read_drained(struct fx *fx, unsigned int w)
{
	struct cgn_drain_info row = { .state = CGN_DRAIN_OPEN };
	struct cgn_cmd cmd = { .op = CGN_CMD_READ_DRAINS, .u.read = { .out = &row, .max = 1 } };
	struct cgn_evt reply = { 0 };

	CU_ASSERT_EQUAL(fx_cmd(fx, w, &cmd, &reply), 0);
	CU_ASSERT_EQUAL(reply.u.read.n, 1);
	return row;
}

static const char *
host(unsigned int i)
{
	static char text[16];

	snprintf(text, sizeof(text), "100.64.9.%u", i + 1);
	return text;
}

/* N-DRAIN-10: one turn of a worker ends a few mappings only, however many there are. */
static void
turns_stay_short(void)
{
	struct fx *fx = start();
	unsigned int w = fx_owner(fx, H1), turns = 0;
	struct fx_ep x = fx_map_udp(fx, H1, 1000);
	uint64_t left;

	for (uint16_t i = 1; i < 4 * BLOCK; i++)
		fx_connect(fx, H1, (uint16_t)(1000 + i), P1, 80);
	left = fx_gauge(fx, CGN_G_MAPPINGS_TCP) + fx_gauge(fx, CGN_G_MAPPINGS_UDP);
	CU_ASSERT_EQUAL(left, 4 * BLOCK);
	fx_swap(fx, drained(fx, x.addr));
	while (cgn_engine_poll(fx->engines[w], fx->now) && turns < 1000) {
		uint64_t now_left = fx_gauge(fx, CGN_G_MAPPINGS_TCP) +
				fx_gauge(fx, CGN_G_MAPPINGS_UDP);

		CU_ASSERT_TRUE(left - now_left <= 32);
		left = now_left;
		turns++;
	}
	CU_ASSERT_TRUE(turns >= 8 && turns < 1000);
	fx_advance_s(fx, 0.2);
	CU_ASSERT_EQUAL(read_drained(fx, w).state, CGN_DRAIN_EMPTY);
	CU_ASSERT_EQUAL(read_drained(fx, w).ended, 4 * BLOCK);
	fx_free(fx);
}

/* N-DRAIN-10: all kinds of work share a turn. Here mappings end because they are idle, and because their address is taken out of
 * use. */
static void
turns_stay_short_when_everything_is_due(void)
{
	struct fx *fx = start();
	unsigned int w = fx_owner(fx, H1), turns = 0, n_idle = 0;
	struct fx_ep x;
	const struct cgn_stats *st = cgn_engine_stats(fx->engines[w]);
	uint64_t ended;
	bool more = true;

	for (unsigned int i = 0; i < HOSTS; i++) {
		for (uint16_t k = 0; k < BLOCK && fx_owner(fx, host(i)) == w; k++, n_idle++)
			fx_udp_out(fx, host(i), (uint16_t)(2000 + k), P1, 53);
	}
	CU_ASSERT_TRUE_FATAL(n_idle >= 4 * BLOCK);
	x = fx_map_udp(fx, H1, 1000);
	for (uint16_t i = 1; i < 2 * BLOCK; i++)
		fx_connect(fx, H1, (uint16_t)(1000 + i), P1, 80);
	fx_swap(fx, drained(fx, x.addr));
	fx->now += cgn_ticks(1000);
	while (more && turns < 1000) {
		ended = cgn_counter_get(&st->counter[CGN_C_MAPPINGS_ENDED]);
		more = cgn_engine_poll(fx->engines[w], fx->now);
		CU_ASSERT_TRUE(cgn_counter_get(&st->counter[CGN_C_MAPPINGS_ENDED]) - ended <= 32);
		turns++;
		/* No kind of work waits for the end of another one. Ports on a closed address need no hold-down. */
		if (turns == 20) {
			uint64_t held = cgn_counter_get(&st->gauge[CGN_G_PORTS_HELD]);

			CU_ASSERT_TRUE(held > 0);
			CU_ASSERT_TRUE(held < cgn_counter_get(&st->counter[CGN_C_MAPPINGS_ENDED]));
			CU_ASSERT_TRUE(cgn_counter_get(&st->gauge[CGN_G_MAPPINGS_UDP]) > 0);
		}
	}
	CU_ASSERT_TRUE(turns < 1000);
	CU_ASSERT_EQUAL(cgn_counter_get(&st->gauge[CGN_G_MAPPINGS_UDP]), 0);
	CU_ASSERT_EQUAL(read_drained(fx, w).state, CGN_DRAIN_EMPTY);
	fx_free(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(turns_stay_short),
	CU_TEST_ROW(turns_stay_short_when_everything_is_due),
};

CU_MAIN("scn_turns", tests)
