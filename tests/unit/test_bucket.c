/* SPDX-License-Identifier: BSD-3-Clause */
#include "shared/bucket.h"
#include "tests/support/cu.h"

#include <string.h>

#define N_ROWS(a) (sizeof(a) / sizeof((a)[0]))

/* Clocks to begin at: the second one wraps soon. */
static const cgn_tick starts[] = { 0, UINT32_MAX - 20, 1000 * CGN_TICK_HZ + 7 };

/* Take all that there is. @return how much */
static uint32_t
drain(struct cgn_bucket *b, uint32_t rate, uint32_t burst, cgn_tick now)
{
	uint32_t n = 0;

	while (n < 5000000 && cgn_bucket_take(b, rate, burst, now))
		n++;
	return n;
}

/* A-RES-2, D-LIM-3: what a full bucket gives is exactly its burst, once. */
static void
full_bucket_gives_its_burst_and_no_more(void)
{
	static const uint32_t bursts[] = { 1, 2, 10, 1000, 1000000 };

	for (unsigned int s = 0; s < N_ROWS(starts); s++) {
		for (unsigned int i = 0; i < N_ROWS(bursts); i++) {
			struct cgn_bucket b;

			memset(&b, 0xff, sizeof(b));
			cgn_bucket_init(&b, starts[s]);
			CU_ASSERT_EQUAL(drain(&b, bursts[i], bursts[i], starts[s]), bursts[i]);
			CU_ASSERT_FALSE(cgn_bucket_take(&b, bursts[i], bursts[i], starts[s]));
			/* However long nobody asks, it does not hold more. */
			CU_ASSERT_EQUAL(drain(&b, bursts[i], bursts[i],
							starts[s] + cgn_ticks(1000000)),
					bursts[i]);
		}
	}
}

/* A token is there after its time and not a tick before, however often somebody asks meanwhile. */
static void
token_comes_with_its_tick(void)
{
	static const struct {
		uint32_t rate;
		cgn_tick after;
	} rows[] = { { 1, 16 }, { 2, 8 }, { 3, 6 }, { 4, 4 }, { 5, 4 }, { 8, 2 }, { 15, 2 },
		{ 16, 1 } };

	for (unsigned int s = 0; s < N_ROWS(starts); s++) {
		for (unsigned int i = 0; i < N_ROWS(rows); i++) {
			struct cgn_bucket asked, quiet;
			cgn_tick now = starts[s];

			cgn_bucket_init(&asked, now);
			cgn_bucket_init(&quiet, now);
			(void)drain(&asked, rows[i].rate, 10, now);
			(void)drain(&quiet, rows[i].rate, 10, now);
			for (cgn_tick t = 1; t < rows[i].after; t++)
				CU_ASSERT_FALSE(cgn_bucket_take(&asked, rows[i].rate, 10, now + t));
			now += rows[i].after;
			CU_ASSERT_TRUE(cgn_bucket_take(&asked, rows[i].rate, 10, now));
			CU_ASSERT_FALSE(cgn_bucket_take(&asked, rows[i].rate, 10, now));
			CU_ASSERT_TRUE(cgn_bucket_take(&quiet, rows[i].rate, 10, now));
		}
	}
}

/* Over ten seconds the rate is exact, whether it is asked for in every tick or once a second. */
static void
rate_is_per_second(void)
{
	static const uint32_t rates[] = { 1, 3, 16, 17, 100, 1000, 99999 };
	static const cgn_tick steps[] = { 1, 3, CGN_TICK_HZ };

	for (unsigned int i = 0; i < N_ROWS(rates); i++) {
		for (unsigned int k = 0; k < N_ROWS(steps); k++) {
			struct cgn_bucket b;
			uint32_t n = 0, burst = rates[i] * 2 + 2;
			cgn_tick now = UINT32_MAX - 50, ticks = 480;

			cgn_bucket_init(&b, now);
			(void)drain(&b, rates[i], burst, now);
			for (cgn_tick t = 0; t < ticks; t += steps[k]) {
				now += steps[k];
				n += drain(&b, rates[i], burst, now);
			}
			CU_ASSERT_EQUAL(n, rates[i] * (ticks / CGN_TICK_HZ));
		}
	}
}

/* Other limits by a reload: what is held is cut to them at the next question. */
static void
smaller_burst_counts_at_once(void)
{
	struct cgn_bucket b;

	cgn_bucket_init(&b, 500);
	CU_ASSERT_TRUE(cgn_bucket_take(&b, 100, 100, 500));
	CU_ASSERT_EQUAL(drain(&b, 10, 10, 500), 10);
	CU_ASSERT_EQUAL(drain(&b, 100, 100, 500), 0);
}

/* Senders are told apart by all 64 bits, all shares are in use, and a sender keeps its own. */
static void
senders_spread_over_all_shares(void)
{
	static const unsigned int shifts[] = { 0, 8, 24, 32, 40, 54 };
	static struct cgn_shares s;

	for (unsigned int i = 0; i < N_ROWS(shifts); i++) {
		static bool used[CGN_SHARES];
		unsigned int n = 0;

		cgn_shares_init(&s, UINT64_C(0x1234567890abcdef) * (i + 1), 0);
		memset(used, 0, sizeof(used));
		for (uint64_t who = 0; who < CGN_SHARES; who++) {
			const struct cgn_bucket *b = cgn_shares_of(&s, who << shifts[i], 0);

			CU_ASSERT_FATAL(b >= s.at && b < s.at + CGN_SHARES);
			CU_ASSERT_PTR_EQUAL(b, cgn_shares_of(&s, who << shifts[i], 0));
			n += !used[b - s.at];
			used[b - s.at] = true;
		}
		/* By chance it would be 63 %. */
		CU_ASSERT_TRUE(n > CGN_SHARES / 2);
	}
}

/* Who is with whom in a share depends on the key, so that nobody can choose his neighbours. */
static void
key_decides_who_shares(void)
{
	static struct cgn_shares a, b;
	unsigned int n = 0;

	cgn_shares_init(&a, 1, 0);
	cgn_shares_init(&b, UINT64_C(1) << 63 | 2, 0);
	for (uint64_t who = 0; who < 1000; who++)
		n += cgn_shares_of(&a, who, 0) - a.at == cgn_shares_of(&b, who, 0) - b.at;
	CU_ASSERT_TRUE(n < 20);
}

/* D-LIM-3: who has a share together with a flood has another one soon. */
static void
nobody_shares_with_a_flood_for_long(void)
{
	static struct cgn_shares s;
	unsigned int together = 0, later = 0;

	cgn_shares_init(&s, 3, 0);
	for (uint64_t who = 1; who < 100000; who++) {
		if (cgn_shares_of(&s, who, 0) != cgn_shares_of(&s, 0, 0))
			continue;
		together++;
		CU_ASSERT_PTR_EQUAL(cgn_shares_of(&s, who, cgn_ticks(CGN_SHARES_HASH_S) - 1),
				cgn_shares_of(&s, 0, cgn_ticks(CGN_SHARES_HASH_S) - 1));
		later += cgn_shares_of(&s, who, cgn_ticks(CGN_SHARES_HASH_S)) ==
				cgn_shares_of(&s, 0, cgn_ticks(CGN_SHARES_HASH_S));
	}
	CU_ASSERT_TRUE(together > 10);
	CU_ASSERT_TRUE(later < together / 10);
}

/* D-LIM-3: a sender that takes all of its share takes nothing of another's. */
static void
shares_begin_full_and_are_apart(void)
{
	static struct cgn_shares s;

	memset(&s, 0xff, sizeof(s));
	cgn_shares_init(&s, 7, 100);
	for (unsigned int i = 0; i < CGN_SHARES; i++)
		CU_ASSERT_EQUAL(drain(&s.at[i], 10, 5, 100), 5);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(full_bucket_gives_its_burst_and_no_more),
	CU_TEST_ROW(token_comes_with_its_tick),
	CU_TEST_ROW(rate_is_per_second),
	CU_TEST_ROW(smaller_burst_counts_at_once),
	CU_TEST_ROW(senders_spread_over_all_shares),
	CU_TEST_ROW(key_decides_who_shares),
	CU_TEST_ROW(nobody_shares_with_a_flood_for_long),
	CU_TEST_ROW(shares_begin_full_and_are_apart),
};

CU_MAIN("bucket", tests)
