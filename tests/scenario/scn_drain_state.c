/* SPDX-License-Identifier: BSD-3-Clause */

/*
 * Addresses that drain (pools[].drain) and saved state: what is on them goes on in the next process.
 */

#include "tests/support/cu.h"
#include "tests/support/fixture.h"
#include "tests/support/fixture_gauges.h"
#include "tests/support/fixture_reload.h"
#include "tests/support/statefix.h"

#define PER     3 /* addresses of a worker */
#define GUARD_S 600

/* An address that drains, and a configuration that says so. */
struct drained {
	struct cgn_conf conf;
	struct cgn_conf_pool pools[2];
	struct cgn_range4 range;
};

static struct fx *
configure(uint32_t guard_s)
{
	struct fx *fx = fx_new();

	fx->conf.nat.block_guard_s = guard_s;
	fx_pool_per_worker(fx, PER);
	fx->groups[0].block_size = 64;
	fx->groups[0].leases_reserve = 0;
	return fx;
}

static void
set_drained(struct cgn_conf_pool *pool, struct cgn_range4 *range, uint32_t max_s)
{
	pool->drained = range;
	pool->n_drained = 1;
	pool->drain_max_s = max_s;
}

static void
set_range(struct cgn_range4 *range, const char *addr)
{
	range->first = range->last = rte_be_to_cpu_32(pg_addr(addr));
}

/* Take an address out of use by a reload. */
static void
drain(struct fx *fx, struct drained *d, const char *addr)
{
	*d = (struct drained){ .conf = fx->conf };
	memcpy(d->pools, fx->pools, sizeof(d->pools));
	d->conf.pools = d->pools;
	set_range(&d->range, addr);
	set_drained(&d->pools[0], &d->range, 3600);
	fx_reload(fx, &d->conf);
	fx_advance_s(fx, 0.2);
}

/* The only address that is not open. */
static struct cgn_drain_info
read_one(struct fx *fx)
{
	struct cgn_drain_info rows[8];
	uint32_t n = 0;

	memset(rows, 0, sizeof(rows));
	for (unsigned int w = 0; w < fx->n_workers; w++) {
		struct cgn_cmd cmd = { .op = CGN_CMD_READ_DRAINS };
		struct cgn_evt reply;

		cmd.u.read = (struct cgn_cmd_read){ .out = &rows[n], .max = RTE_DIM(rows) - n };
		CU_ASSERT_EQUAL(fx_cmd(fx, w, &cmd, &reply), 0);
		CU_ASSERT_TRUE(reply.u.read.done);
		n += reply.u.read.n;
	}
	CU_ASSERT_EQUAL(n, 1);
	return rows[0];
}

/* N-DRAIN-3, N-DRAIN-6: what a former process had on an address that drains comes back, and has its time there. */
static void
saved_state_comes_back_to_an_address_that_drains(void)
{
	struct fx *fx = fx_start(configure(0)), *next = configure(0);
	struct fx_ep x = fx_map_udp(fx, H1, 1000);
	struct cgn_range4 range;
	struct sx *saved = sx_save(fx, 0);

	fx_free(fx);
	set_range(&range, x.addr);
	set_drained(&next->pools[0], &range, 30);
	sx_start(next, saved);
	/* The workers run while they wait for it. */
	fx_advance_s(next, 2);
	CU_ASSERT_EQUAL(read_one(next).state, CGN_DRAIN_DRAINING);
	sx_load(next, saved, 2000, NULL);
	sx_free(saved);
	next->saved = NULL;
	fx_advance_s(next, 2);
	CU_ASSERT_EQUAL(read_one(next).state, CGN_DRAIN_DRAINING);
	CU_ASSERT_EQUAL(read_one(next).subscribers, 1);
	CU_ASSERT_EQUAL(read_one(next).blocks, 1);
	FX_PKT(fx_udp_in(next, P1, 53, x.addr, x.port), FX_INSIDE, P1, 53, H1, 1000);
	CU_ASSERT_STRING_EQUAL(fx_map_udp(next, H1, 1001).addr, x.addr);
	fx_advance_s(next, 30);
	CU_ASSERT_EQUAL(read_one(next).state, CGN_DRAIN_EMPTY);
	CU_ASSERT_EQUAL(read_one(next).ended, 2);
	CU_ASSERT_STRING_NOT_EQUAL(fx_map_udp(next, H1, 1000).addr, x.addr);
	fx_free(next);
}

/* Start with a block in guard on an address that drains. @param[out] ext  the address */
static struct fx *
start_with_guard(struct drained *d, struct fx_ep *ext)
{
	struct fx *fx = fx_start(configure(GUARD_S));

	*ext = fx_map_udp(fx, H1, 1000);
	drain(fx, d, ext->addr);
	/* The mapping, the hold-down of its port, and some turns. */
	fx_advance_s(fx, 300 + 120 + 4);
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).blocks_guarded, 1);
	CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).addresses_closed, 1);
	return fx;
}

/* A block in guard on an address that drains is in guard in the next process, too, whether the address drains there or
 * not. REQ: N-KEEP-5 */
static void
guard_of_an_address_that_drains_goes_on(void)
{
	for (unsigned int drains = 0; drains < 2; drains++) {
		struct drained d;
		struct fx_ep ext;
		struct fx *fx = start_with_guard(&d, &ext), *next = configure(GUARD_S);

		if (drains != 0)
			set_drained(&next->pools[0], &d.range, 3600);
		fx = sx_restart(fx, next, 100000, NULL);
		CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).blocks_guarded, 1);
		CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).addresses_closed, drains);
		fx_advance_s(fx, GUARD_S - 200);
		CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).blocks_guarded, 1);
		fx_advance_s(fx, 200);
		CU_ASSERT_EQUAL(fx_pool_stats(fx, 0).blocks_guarded, 0);
		if (drains != 0)
			CU_ASSERT_EQUAL(read_one(fx).state, CGN_DRAIN_EMPTY);
		fx_free(fx);
	}
}

/* N-DRAIN-4: leases whose blocks have not come back, because blocks are cut in another way now, hold an address, too. */
static void
leases_without_a_block_are_told(void)
{
	struct fx *fx = fx_start(configure(0)), *next = configure(0);
	struct cgn_state_counts counts = { 0 };
	struct fx_ep x = { .port = 0 };
	struct drained d;

	CU_ASSERT_EQUAL(fx_lease(fx, CGN_PROTO_UDP, H1, 1000, &x, 7200), 0);
	next->groups[0].block_size = 512;
	/* The block itself is dropped. */
	fx = sx_restart(fx, next, 1000, &counts);
	drain(fx, &d, x.addr);
	CU_ASSERT_EQUAL(read_one(fx).blocks, 0);
	CU_ASSERT_EQUAL(read_one(fx).subscribers, 1);
	CU_ASSERT_EQUAL(read_one(fx).leases, 1);
	CU_ASSERT_EQUAL(fx_unlease(fx, CGN_PROTO_UDP, H1, 1000), 0);
	CU_ASSERT_EQUAL(read_one(fx).leases, 0);
	fx_free(fx);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(saved_state_comes_back_to_an_address_that_drains),
	CU_TEST_ROW(leases_without_a_block_are_told),
	CU_TEST_ROW(guard_of_an_address_that_drains_goes_on),
};

CU_MAIN("scn_drain_state", tests)
