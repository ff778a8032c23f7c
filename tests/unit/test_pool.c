/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/nat/pool.h"
#include "tests/support/bookfix.h"
#include "tests/support/cu.h"

#include <rte_common.h>

#define N_ADDR   7
#define N_BLOCKS 130 /* three words of a bitmap, the last one with two bits */

/* One pool of seven addresses, then one of two. */
struct fix {
	struct cgn_range4 ranges[2];
	struct cgn_conf_pool pools[2];
	struct cgn_conf conf;
	struct cgn_ext ext;
	struct cgn_det_set dets; /* none */
	struct cgn_block_map map;
	struct cgn_pool_set set;
	struct cgn_pool_stats stats[2];
	struct cgn_rand rnd;
};

static void
start(struct fix *f)
{
	static const uint8_t seed[32] = "a constant";
	static const uint16_t sizes[] = { 64, 256 };

	memset(f->stats, 0, sizeof(f->stats));
	f->ranges[0] = (struct cgn_range4){ 0xc6336401, 0xc6336400 + N_ADDR };
	f->ranges[1] = (struct cgn_range4){ 0xcb007101, 0xcb007102 };
	for (int i = 0; i < 2; i++)
		f->pools[i] = (struct cgn_conf_pool){ .ranges = &f->ranges[i],
			.n_ranges = 1,
			.port_min = 1024,
			.port_max = 1024 + N_BLOCKS * 64 - 1 };
	f->conf = (struct cgn_conf){ .workers = 1, .pools = f->pools, .n_pools = 2 };
	f->dets = (struct cgn_det_set){ 0 };
	cgn_rand_init(&f->rnd, seed);
	bookfix_ext_init(&f->ext, &f->conf, 0);
	CU_ASSERT_EQUAL_FATAL(cgn_block_map_init(&f->map, &f->ext, &f->conf, sizes, &f->dets), 0);
	CU_ASSERT_EQUAL_FATAL(cgn_pool_set_init(&f->set, &f->ext, &f->map, 2, f->stats), 0);
}

static void
end(struct fix *f)
{
	cgn_pool_set_fini(&f->set);
	cgn_block_map_fini(&f->map);
	bookfix_ext_fini(&f->ext);
}

/* Addresses of pool 0 that have not all their blocks. */
static unsigned int
n_used(const struct cgn_pool_set *s)
{
	unsigned int n = 0;

	for (uint32_t ord = 0; ord < N_ADDR; ord++)
		n += cgn_pool_free_blocks(s, ord) != N_BLOCKS;
	return n;
}

/* A-POOL-8: by free ports. A-POOL-4: all addresses of the pool become used. */
static void
best_address_is_always_one_with_the_most_free_blocks(void)
{
	uint32_t taken[N_ADDR * N_BLOCKS], ord_of[N_ADDR * N_BLOCKS], n = 0;
	struct fix f;

	start(&f);
	for (unsigned int step = 0; step < 20000; step++) {
		uint32_t most = 0, best = cgn_pool_best(&f.set, 0);

		for (uint32_t ord = 0; ord < N_ADDR; ord++) {
			uint32_t free = cgn_pool_free_blocks(&f.set, ord);

			most = free > most ? free : most;
		}
		if (most == 0) {
			CU_ASSERT_EQUAL(best, CGN_EXT_NONE);
		} else {
			CU_ASSERT_FATAL(best < N_ADDR);
			CU_ASSERT_EQUAL(cgn_pool_free_blocks(&f.set, best), most);
		}
		/* Fill up, then empty, with addresses at random in between. */
		if (step % 4000 < 2500 ? cgn_rand_below(&f.rnd, 8) != 0 || n == 0
				       : cgn_rand_below(&f.rnd, 8) == 0 || n == 0) {
			uint32_t ord = best, b;

			if (best == CGN_EXT_NONE || cgn_rand_below(&f.rnd, 2) == 0)
				ord = cgn_rand_below(&f.rnd, N_ADDR);
			b = cgn_pool_take_block(&f.set, ord, &f.rnd);
			if (b != CGN_BLOCK_NONE) {
				taken[n] = b;
				ord_of[n++] = ord;
			}
		} else {
			uint32_t k = cgn_rand_below(&f.rnd, n--);

			cgn_pool_put_block(&f.set, ord_of[k], taken[k]);
			taken[k] = taken[n];
			ord_of[k] = ord_of[n];
		}
		CU_ASSERT_EQUAL(f.stats[0].blocks_used, n);
		CU_ASSERT_EQUAL(f.stats[0].addresses_used, n_used(&f.set));
	}
	CU_ASSERT_EQUAL(f.stats[1].blocks_used, 0);
	end(&f);
}

/* G-PBA-2: a block in guard is taken only if its address has no other one; then it is the oldest one. */
static void
blocks_in_guard_are_taken_last(void)
{
	enum {
		GUARD = 500,
		FREE = 0,
		TAKEN,
		GUARDED
	};
	static unsigned char state[N_ADDR * N_BLOCKS];
	static cgn_tick since[N_ADDR * N_BLOCKS];
	cgn_tick now = UINT32_MAX - 3000; /* the clock wraps under way */
	uint64_t cut = 0, n_guarded = 0;
	struct fix f;

	memset(state, FREE, sizeof(state));
	start(&f);
	for (unsigned int step = 0; step < 20000; step++, now++) {
		uint32_t ord = cgn_rand_below(&f.rnd, N_ADDR), first = ord * N_BLOCKS;
		uint32_t n[3] = { 0 }, oldest = first, b;

		for (uint32_t i = first; i < first + N_BLOCKS; i++) {
			n[state[i]]++;
			if (state[i] == GUARDED &&
					(state[oldest] != GUARDED ||
							now - since[i] > now - since[oldest]))
				oldest = i;
		}
		CU_ASSERT_EQUAL(cgn_pool_free_blocks(&f.set, ord), n[FREE] + n[GUARDED]);
		if (cgn_rand_below(&f.rnd, 100) < (step % 6000 < 4000 ? 80 : 20)) {
			b = cgn_pool_take_block(&f.set, ord, &f.rnd);
			if (n[FREE] + n[GUARDED] == 0) {
				CU_ASSERT_EQUAL(b, CGN_BLOCK_NONE);
				continue;
			}
			CU_ASSERT_FATAL(b >= first && b < first + N_BLOCKS);
			CU_ASSERT_EQUAL(state[b], n[FREE] > 0 ? FREE : GUARDED);
			CU_ASSERT_TRUE(n[FREE] > 0 || b == oldest);
			cut += n[FREE] == 0;
			n_guarded -= state[b] == GUARDED;
			state[b] = TAKEN;
		} else {
			b = first + cgn_rand_below(&f.rnd, N_BLOCKS);
			if (state[b] == TAKEN) {
				cgn_pool_guard_block(&f.set, ord, b, now);
				since[b] = now;
				state[b] = GUARDED;
				n_guarded++;
			}
		}
		cgn_pool_unguard(&f.set, now, GUARD);
		cgn_pool_unguard(&f.set, now, GUARD);
		for (uint32_t i = 0; i < N_ADDR * N_BLOCKS; i++) {
			if (state[i] == GUARDED && now - since[i] >= GUARD) {
				state[i] = FREE;
				n_guarded--;
			}
		}
		CU_ASSERT_EQUAL(f.stats[0].blocks_guarded, n_guarded);
		CU_ASSERT_EQUAL(f.stats[0].guard_cut, cut);
		CU_ASSERT_EQUAL(f.stats[0].addresses_used, n_used(&f.set));
	}
	CU_ASSERT_TRUE(cut > 0);
	end(&f);
}

/* G-PBA-2: only if all free blocks of the pool are in guard, a new subscriber gets one of them. */
static void
new_subscribers_avoid_blocks_in_guard(void)
{
	uint32_t taken[N_BLOCKS];
	struct fix f;

	start(&f);
	for (uint32_t ord = 0; ord < N_ADDR; ord++) {
		for (uint32_t i = 0; i < N_BLOCKS; i++)
			taken[i] = cgn_pool_take_block(&f.set, ord, &f.rnd);
		if (ord == 5)
			cgn_pool_put_block(&f.set, ord, taken[0]);
		else if (ord == 3)
			cgn_pool_guard_block(&f.set, ord, taken[0], 100);
	}
	for (uint32_t who = 0; who < 50; who++)
		CU_ASSERT_EQUAL(cgn_pool_preferred(&f.set, 0, who), 5);
	CU_ASSERT_NOT_EQUAL(cgn_pool_take_block(&f.set, 5, &f.rnd), CGN_BLOCK_NONE);
	CU_ASSERT_EQUAL(cgn_pool_preferred(&f.set, 0, 7), 3);
	CU_ASSERT_NOT_EQUAL(cgn_pool_take_block(&f.set, 3, &f.rnd), CGN_BLOCK_NONE);
	CU_ASSERT_EQUAL(cgn_pool_preferred(&f.set, 0, 7), CGN_EXT_NONE);
	end(&f);
}

/* A-POOL-8 */
static void
equal_addresses_are_taken_in_turn(void)
{
	unsigned int count[N_ADDR] = { 0 };
	struct fix f;

	start(&f);
	for (unsigned int i = 0; i < N_ADDR * 10; i++) {
		uint32_t ord = cgn_pool_best(&f.set, 0);

		CU_ASSERT_FATAL(ord < N_ADDR);
		CU_ASSERT_NOT_EQUAL(cgn_pool_take_block(&f.set, ord, &f.rnd), CGN_BLOCK_NONE);
		count[ord]++;
	}
	for (unsigned int i = 0; i < N_ADDR; i++)
		CU_ASSERT_EQUAL(count[i], 10);
	end(&f);
}

/* A-POOL-8, B-EP-5: the same address for the same subscriber, evenly spread, unless it is fuller. */
static void
home_depends_on_the_subscriber_while_there_is_room(void)
{
	unsigned int count[N_ADDR] = { 0 };
	uint32_t home, other;
	struct fix f;

	start(&f);
	for (uint32_t who = 0; who < N_ADDR * 100; who++) {
		home = cgn_pool_preferred(&f.set, 0, who);
		CU_ASSERT_FATAL(home < N_ADDR);
		CU_ASSERT_EQUAL(cgn_pool_preferred(&f.set, 0, who), home);
		count[home]++;
	}
	for (unsigned int i = 0; i < N_ADDR; i++)
		CU_ASSERT_TRUE(count[i] > 90 && count[i] < 110);
	home = cgn_pool_preferred(&f.set, 0, 7);
	while (cgn_pool_free_blocks(&f.set, home) * 4 >= N_BLOCKS * 3) {
		CU_ASSERT_EQUAL(cgn_pool_preferred(&f.set, 0, 7), home);
		CU_ASSERT_NOT_EQUAL_FATAL(
				cgn_pool_take_block(&f.set, home, &f.rnd), CGN_BLOCK_NONE);
	}
	other = cgn_pool_preferred(&f.set, 0, 7);
	CU_ASSERT_NOT_EQUAL(other, home);
	CU_ASSERT_EQUAL(cgn_pool_free_blocks(&f.set, other), N_BLOCKS);
	end(&f);
}

/* A-POOL-5: pools do not help each other out. */
static void
full_pool_has_no_best_address_and_other_pools_do(void)
{
	bool seen[2 * N_BLOCKS / 4] = { false };
	struct fix f;

	start(&f);
	CU_ASSERT_EQUAL(f.stats[0].addresses, N_ADDR);
	CU_ASSERT_EQUAL(f.stats[0].blocks, N_ADDR * N_BLOCKS);
	CU_ASSERT_EQUAL(f.stats[1].blocks, 2 * (N_BLOCKS / 4));
	for (unsigned int i = 0; i < 2 * (N_BLOCKS / 4); i++) {
		uint32_t ord = cgn_pool_best(&f.set, 1), b;

		CU_ASSERT_FATAL(ord == N_ADDR || ord == N_ADDR + 1);
		b = cgn_pool_take_block(&f.set, ord, &f.rnd) - N_ADDR * N_BLOCKS;
		CU_ASSERT_FATAL(b < 2 * (N_BLOCKS / 4));
		CU_ASSERT_FALSE(seen[b]);
		seen[b] = true;
	}
	CU_ASSERT_EQUAL(cgn_pool_best(&f.set, 1), CGN_EXT_NONE);
	CU_ASSERT_EQUAL(cgn_pool_preferred(&f.set, 1, 1), CGN_EXT_NONE);
	CU_ASSERT_EQUAL(cgn_pool_take_block(&f.set, N_ADDR, &f.rnd), CGN_BLOCK_NONE);
	CU_ASSERT_NOT_EQUAL(cgn_pool_best(&f.set, 0), CGN_EXT_NONE);
	end(&f);
}

/* A-PORT-4: the permitted range is the whole address, not its next block. */
static void
block_is_chosen_at_random_among_the_free_ones(void)
{
	uint32_t count[N_BLOCKS] = { 0 }, taken;
	double chi2 = 0, dof = N_BLOCKS - 2;
	struct fix f;

	start(&f);
	taken = cgn_pool_take_block(&f.set, 3, &f.rnd) - 3 * N_BLOCKS;
	CU_ASSERT_FATAL(taken < N_BLOCKS);
	for (unsigned int i = 0; i < 200 * (N_BLOCKS - 1); i++) {
		uint32_t b = cgn_pool_take_block(&f.set, 3, &f.rnd);

		CU_ASSERT_FATAL(b >= 3 * N_BLOCKS && b < 4 * N_BLOCKS);
		count[b - 3 * N_BLOCKS]++;
		cgn_pool_put_block(&f.set, 3, b);
	}
	CU_ASSERT_EQUAL(count[taken], 0);
	for (unsigned int i = 0; i < N_BLOCKS; i++) {
		if (i != taken)
			chi2 += ((double)count[i] - 200) * ((double)count[i] - 200) / 200;
	}
	CU_ASSERT_TRUE((chi2 - dof) * (chi2 - dof) <= 16 * 2 * dof);
	end(&f);
}

/* Whether an address is offered to some subscriber. */
static bool
is_offered(const struct fix *f, uint32_t ord)
{
	for (uint32_t who = 0; who < 1000; who++) {
		if (cgn_pool_preferred(&f->set, 0, who) == ord)
			return true;
	}
	return cgn_pool_best(&f->set, 0) == ord;
}

/* N-DRAIN-2: nobody is offered a closed address, in whatever order addresses are closed, used and opened. */
static void
closed_address_is_offered_to_nobody(void)
{
	bool is_closed[N_ADDR] = { false };
	uint32_t taken[N_ADDR * N_BLOCKS], ord_of[N_ADDR * N_BLOCKS], n = 0, n_closed = 0;
	struct fix f;

	start(&f);
	for (cgn_tick now = 1; now < 3000; now++) {
		uint32_t ord = cgn_rand_below(&f.rnd, N_ADDR), most = 0, best;
		uint32_t k = n == 0 ? 0 : cgn_rand_below(&f.rnd, n);

		switch (cgn_rand_below(&f.rnd, 8)) {
		case 0:
			if (is_closed[ord])
				cgn_pool_open(&f.set, ord, now);
			else
				cgn_pool_close(&f.set, ord);
			n_closed += is_closed[ord] ? UINT32_MAX : 1;
			is_closed[ord] = !is_closed[ord];
			break;
		case 1:
		case 2:
			if (n == 0)
				break;
			n--;
			if (now % 2 == 0)
				cgn_pool_put_block(&f.set, ord_of[k], taken[k]);
			else
				cgn_pool_guard_block(&f.set, ord_of[k], taken[k], now);
			taken[k] = taken[n];
			ord_of[k] = ord_of[n];
			break;
		case 3:
			cgn_pool_unguard(&f.set, now, 100);
			if (is_closed[ord])
				(void)cgn_pool_unguard_closed(&f.set, ord, now, 200);
			break;
		default:
			taken[n] = cgn_pool_take_block(&f.set, ord, &f.rnd);
			ord_of[n] = ord;
			CU_ASSERT_TRUE(!is_closed[ord] || taken[n] == CGN_BLOCK_NONE);
			n += taken[n] != CGN_BLOCK_NONE;
		}
		for (uint32_t i = 0; i < N_ADDR; i++)
			most = RTE_MAX(most, f.set.links[i].is_closed ? 0 : f.set.links[i].n_free);
		best = cgn_pool_best(&f.set, 0);
		CU_ASSERT_EQUAL(best == CGN_EXT_NONE, n_closed == N_ADDR);
		if (most > 0)
			CU_ASSERT_EQUAL_FATAL(f.set.links[best].n_free, most);
		CU_ASSERT_TRUE(best == CGN_EXT_NONE || !is_closed[best]);
		CU_ASSERT_FALSE(is_closed[ord] && is_offered(&f, ord));
		CU_ASSERT_EQUAL(f.stats[0].addresses_closed, n_closed);
		CU_ASSERT_EQUAL(f.stats[0].blocks_used, n);
	}
	end(&f);
}

/* N-DRAIN-4, G-PBA-2: the guard of blocks of a closed address goes on, and can be cut. It begins anew when the address is
 * opened. */
static void
blocks_of_a_closed_address_stay_in_guard(void)
{
	uint32_t a, b;
	struct fix f;

	start(&f);
	a = cgn_pool_take_block(&f.set, 0, &f.rnd);
	b = cgn_pool_take_block(&f.set, 0, &f.rnd);
	cgn_pool_guard_block(&f.set, 0, a, 10);
	cgn_pool_close(&f.set, 0);
	cgn_pool_guard_block(&f.set, 0, b, 20);
	CU_ASSERT_EQUAL(f.stats[0].blocks_guarded, 2);
	cgn_pool_unguard(&f.set, 1000, 5);
	cgn_pool_unguard(&f.set, 1000, 5);
	CU_ASSERT_FALSE(cgn_pool_unguard_closed(&f.set, 0, 16, 5));
	CU_ASSERT_FALSE(cgn_pool_is_guarded(&f.set, a));
	CU_ASSERT_TRUE(cgn_pool_is_guarded(&f.set, b));
	cgn_pool_open(&f.set, 0, 21);
	for (unsigned int i = 0; i < 2; i++)
		cgn_pool_unguard(&f.set, 25, 5);
	CU_ASSERT_TRUE(cgn_pool_is_guarded(&f.set, b));
	for (unsigned int i = 0; i < 2; i++)
		cgn_pool_unguard(&f.set, 26, 5);
	CU_ASSERT_FALSE(cgn_pool_is_guarded(&f.set, b));
	CU_ASSERT_EQUAL(f.stats[0].blocks_guarded, 0);
	CU_ASSERT_EQUAL(cgn_pool_free_blocks(&f.set, 0), N_BLOCKS);
	end(&f);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(best_address_is_always_one_with_the_most_free_blocks),
	CU_TEST_ROW(blocks_in_guard_are_taken_last),
	CU_TEST_ROW(new_subscribers_avoid_blocks_in_guard),
	CU_TEST_ROW(equal_addresses_are_taken_in_turn),
	CU_TEST_ROW(home_depends_on_the_subscriber_while_there_is_room),
	CU_TEST_ROW(full_pool_has_no_best_address_and_other_pools_do),
	CU_TEST_ROW(block_is_chosen_at_random_among_the_free_ones),
	CU_TEST_ROW(closed_address_is_offered_to_nobody),
	CU_TEST_ROW(blocks_of_a_closed_address_stay_in_guard),
};

CU_MAIN("pool", tests)
