/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/nat/index.h"
#include "tests/support/cu.h"

#include <errno.h>
#include <string.h>

#include <rte_byteorder.h>

#define KEYS 200000u

static const uint64_t seed[2] = { UINT64_C(0x0123456789abcdef), UINT64_C(0xfedcba9876543210) };

/* xorshift64: fixed start, so that a failure comes again. */
static uint64_t
next_random(uint64_t *s)
{
	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return *s;
}

/* Key number i: addresses and ports that count up, 2^bits ports per address. */
static uint64_t
key_hash(const struct cgn_index *ix, uint32_t i, unsigned int bits)
{
	uint32_t addr = UINT32_C(0x64400001) + (i >> bits);
	uint16_t port = (uint16_t)(1024 + (i & ((1u << bits) - 1)));

	return cgn_index_hash(
			ix, 0, rte_cpu_to_be_32(addr), rte_cpu_to_be_16(port), (uint8_t)(i % 3));
}

static uint64_t
hash_of(const struct cgn_index *ix, uint32_t i)
{
	return key_hash(ix, i, 10);
}

static uint32_t
total_buckets(const struct cgn_index *ix)
{
	return ix->mask + 1 + ix->split;
}

/* How often an entry stands where a look-up of its hash searches. */
static unsigned int
found(const struct cgn_index *ix, uint64_t hash, uint32_t ref)
{
	const struct cgn_index_bucket *b = cgn_index_bucket(ix, hash);
	unsigned int n = 0;

	for (; b != NULL; b = cgn_index_next(ix, b)) {
		uint32_t match = cgn_index_match(b, cgn_index_sig(hash));

		for (; match != 0; match &= match - 1)
			n += b->ref[__builtin_ctz(match) / 2] == ref;
	}
	return n;
}

/* What a walk over the whole table counts. */
struct census {
	uint32_t entries;
	uint32_t in_spill; /* entries */
	uint32_t chained;  /* spill buckets in chains */
	uint32_t unused;   /* spill buckets in the free list */
	bool gaps; /* a bucket that is not the last of its chain is not full, or one is empty */
};

static struct census
take_census(const struct cgn_index *ix)
{
	struct census c = { 0 };

	for (uint32_t i = 0; i < total_buckets(ix); i++) {
		const struct cgn_index_bucket *b = &ix->buckets[i];

		c.entries += b->n;
		c.gaps |= b->next != 0 && b->n != CGN_INDEX_WAYS;
		for (b = cgn_index_next(ix, b); b != NULL; b = cgn_index_next(ix, b)) {
			c.entries += b->n;
			c.in_spill += b->n;
			c.chained++;
			c.gaps |= b->n == 0 || (b->next != 0 && b->n != CGN_INDEX_WAYS);
		}
	}
	for (uint32_t i = ix->spill_free; i != 0; i = ix->spill[i].next)
		c.unused++;
	return c;
}

static void
check_census(const struct cgn_index *ix, uint32_t entries)
{
	struct census c = take_census(ix);

	CU_ASSERT_EQUAL(ix->count, entries);
	CU_ASSERT_EQUAL(c.entries, entries);
	CU_ASSERT_FALSE(c.gaps);
	CU_ASSERT_EQUAL(c.chained + c.unused, ix->spill_fresh - 1);
}

/* A-MAP-7: a mapping that was made is found until it is removed, whatever the load. */
static void
every_entry_is_found_through_all_doublings(void)
{
	struct cgn_index ix;
	uint32_t missing = 0, doublings = 0, mask;

	CU_ASSERT_EQUAL_FATAL(cgn_index_init(&ix, KEYS, seed), 0);
	for (uint32_t i = 0; i < KEYS; i++) {
		mask = ix.mask;
		CU_ASSERT_EQUAL_FATAL(cgn_index_insert(&ix, hash_of(&ix, i), i + 1), 0);
		missing += found(&ix, hash_of(&ix, i), i + 1) != 1;
		if (ix.mask == mask && i + 1 != KEYS)
			continue;
		doublings += ix.mask != mask;
		for (uint32_t j = 0; j <= i; j++)
			missing += found(&ix, hash_of(&ix, j), j + 1) != 1;
	}
	CU_ASSERT_EQUAL(missing, 0);
	CU_ASSERT(doublings >= 7);
	check_census(&ix, KEYS);
	cgn_index_fini(&ix);
}

/* The promise of the header: one line per look-up, a second one for two in a hundred. It holds for
 * any seed and for keys as regular as subscribers make them. */
static void
few_entries_lie_in_chains(void)
{
	uint64_t rnd = 99;

	for (unsigned int round = 0; round < 32; round++) {
		uint64_t keys[2] = { next_random(&rnd), next_random(&rnd) };
		struct cgn_index ix;

		CU_ASSERT_EQUAL_FATAL(cgn_index_init(&ix, 65536, keys), 0);
		for (uint32_t i = 0; i < 65536; i++)
			CU_ASSERT_EQUAL_FATAL(
					cgn_index_insert(&ix, key_hash(&ix, i, round / 2), i + 1),
					0);
		CU_ASSERT(take_census(&ix).in_spill < 65536 / 25);
		CU_ASSERT(total_buckets(&ix) < 65536 / 3);
		cgn_index_fini(&ix);
	}
}

/* Random inserts and removals against a table of what is in; fill and drain alternate. */
static void
random_changes_agree_with_a_reference(void)
{
	static bool in[KEYS];
	uint64_t rnd = 42;
	struct cgn_index ix;
	uint32_t count = 0, wrong = 0;

	memset(in, 0, sizeof(in));
	CU_ASSERT_EQUAL_FATAL(cgn_index_init(&ix, KEYS, seed), 0);
	for (uint32_t step = 0; step < 2000000; step++) {
		uint32_t i = (uint32_t)(next_random(&rnd) % KEYS);
		bool filling = step / 500000 % 2 == 0;

		if (in[i] && (!filling || next_random(&rnd) % 4 == 0)) {
			cgn_index_remove(&ix, hash_of(&ix, i), i + 1);
			in[i] = false;
			count--;
		} else if (!in[i] && (filling || next_random(&rnd) % 4 == 0)) {
			wrong += cgn_index_insert(&ix, hash_of(&ix, i), i + 1) != 0;
			in[i] = true;
			count++;
		}
		wrong += found(&ix, hash_of(&ix, i), i + 1) != (in[i] ? 1u : 0u);
		if (step % 250000 == 0)
			check_census(&ix, count);
	}
	for (uint32_t i = 0; i < KEYS; i++)
		wrong += found(&ix, hash_of(&ix, i), i + 1) != (in[i] ? 1u : 0u);
	CU_ASSERT_EQUAL(wrong, 0);
	check_census(&ix, count);
	for (uint32_t i = 0; i < KEYS; i++) {
		if (in[i])
			cgn_index_remove(&ix, hash_of(&ix, i), i + 1);
	}
	check_census(&ix, 0);
	CU_ASSERT_EQUAL(take_census(&ix).chained, 0);
	cgn_index_fini(&ix);
}

/* A-RES-1: a full table refuses one more and keeps what it has; a place given back is good again. */
static void
full_index_refuses_one_more_and_takes_one_for_one(void)
{
	struct cgn_index ix;
	uint32_t missing = 0;

	CU_ASSERT_EQUAL_FATAL(cgn_index_init(&ix, 1000, seed), 0);
	for (uint32_t i = 0; i < 1000; i++)
		CU_ASSERT_EQUAL(cgn_index_insert(&ix, hash_of(&ix, i), i + 1), 0);
	CU_ASSERT_EQUAL(cgn_index_insert(&ix, hash_of(&ix, 1000), 1001), -ENOSPC);
	CU_ASSERT_EQUAL(found(&ix, hash_of(&ix, 1000), 1001), 0);
	cgn_index_remove(&ix, hash_of(&ix, 500), 501);
	CU_ASSERT_EQUAL(cgn_index_insert(&ix, hash_of(&ix, 1000), 1001), 0);
	CU_ASSERT_EQUAL(cgn_index_insert(&ix, hash_of(&ix, 500), 501), -ENOSPC);
	for (uint32_t i = 0; i <= 1000; i++)
		missing += found(&ix, hash_of(&ix, i), i + 1) != (i == 500 ? 0u : 1u);
	CU_ASSERT_EQUAL(missing, 0);
	check_census(&ix, 1000);
	cgn_index_fini(&ix);
}

/* A-RES-1: subscribers choose their ports; even one hash for all leaves the table right. */
static void
one_hash_for_all_fills_to_the_capacity(void)
{
	static const uint32_t capacities[] = { 1, 7, 8, 14, 15, 3000 };

	for (size_t k = 0; k < sizeof(capacities) / sizeof(capacities[0]); k++) {
		uint32_t cap = capacities[k], missing = 0;
		uint64_t hash = UINT64_C(0x5a5a000000000007);
		struct cgn_index ix;

		CU_ASSERT_EQUAL_FATAL(cgn_index_init(&ix, cap, seed), 0);
		for (uint32_t i = 0; i < cap; i++)
			CU_ASSERT_EQUAL(cgn_index_insert(&ix, hash, i + 1), 0);
		CU_ASSERT_EQUAL(cgn_index_insert(&ix, hash, cap + 1), -ENOSPC);
		/* The spill array has capacity / 7 + 2 elements, the first one unused. */
		CU_ASSERT(ix.spill_fresh <= cap / CGN_INDEX_WAYS + 2);
		for (uint32_t i = 0; i < cap; i++)
			missing += found(&ix, hash, i + 1) != 1;
		check_census(&ix, cap);
		for (uint32_t i = 0; i < cap; i++)
			cgn_index_remove(&ix, hash, (i * 2 < cap ? i * 2 : (i * 2 - cap) | 1) + 1);
		for (uint32_t i = 0; i < cap; i++)
			cgn_index_remove(&ix, hash, i + 1);
		CU_ASSERT_EQUAL(missing, 0);
		check_census(&ix, 0);
		cgn_index_fini(&ix);
	}
}

static void
removing_what_is_not_there_changes_nothing(void)
{
	struct cgn_index ix;
	uint32_t missing = 0;

	CU_ASSERT_EQUAL_FATAL(cgn_index_init(&ix, KEYS, seed), 0);
	cgn_index_remove(&ix, hash_of(&ix, 1), 2);
	check_census(&ix, 0);
	for (uint32_t i = 0; i < 5000; i++)
		CU_ASSERT_EQUAL(cgn_index_insert(&ix, hash_of(&ix, i), i + 1), 0);
	for (uint32_t i = 5000; i < 15000; i++)
		cgn_index_remove(&ix, hash_of(&ix, i), i + 1);
	/* The right bucket, another mapping. */
	for (uint32_t i = 0; i < 5000; i++)
		cgn_index_remove(&ix, hash_of(&ix, i), i + 100001);
	for (uint32_t i = 0; i < 5000; i++)
		missing += found(&ix, hash_of(&ix, i), i + 1) != 1;
	CU_ASSERT_EQUAL(missing, 0);
	check_census(&ix, 5000);
	cgn_index_fini(&ix);
}

/* A softwire has two entries with its number. Where both are in one bucket, the right one must go. */
static void
removing_one_of_two_entries_of_a_ref_leaves_the_other(void)
{
	for (uint32_t i = 0; i < 2000; i++) {
		struct cgn_index ix;
		uint64_t keep, go;

		CU_ASSERT_EQUAL_FATAL(cgn_index_init(&ix, 16, seed), 0);
		keep = hash_of(&ix, 2 * i);
		go = hash_of(&ix, 2 * i + 1);
		CU_ASSERT_EQUAL(cgn_index_insert(&ix, i % 2 == 0 ? keep : go, 7), 0);
		CU_ASSERT_EQUAL(cgn_index_insert(&ix, i % 2 == 0 ? go : keep, 7), 0);
		cgn_index_remove(&ix, go, 7);
		CU_ASSERT_EQUAL(found(&ix, keep, 7), 1);
		CU_ASSERT_EQUAL(found(&ix, go, 7), 0);
		cgn_index_fini(&ix);
	}
}

/* A removed entry must not shine through: mapping 0 is "none", and so are unused ways. */
static void
probe_of_an_empty_bucket_finds_nothing(void)
{
	struct cgn_index ix;
	uint64_t zero = 0;

	CU_ASSERT_EQUAL_FATAL(cgn_index_init(&ix, 100, seed), 0);
	CU_ASSERT_EQUAL(cgn_index_probe(cgn_index_bucket(&ix, zero), cgn_index_sig(zero)), 0);
	CU_ASSERT_EQUAL(cgn_index_insert(&ix, zero, 77), 0);
	CU_ASSERT_EQUAL(cgn_index_probe(cgn_index_bucket(&ix, zero), cgn_index_sig(zero)), 77);
	cgn_index_remove(&ix, zero, 77);
	CU_ASSERT_EQUAL(cgn_index_probe(cgn_index_bucket(&ix, zero), cgn_index_sig(zero)), 0);
	cgn_index_fini(&ix);
}

/* A-ADR-2: equal addresses of different realms are different keys; so is every other part. */
static void
every_part_of_the_key_counts_and_so_does_the_seed(void)
{
	static const uint64_t other_seed[2] = { 1, 2 };
	struct cgn_index ix, other;
	uint64_t h;

	CU_ASSERT_EQUAL_FATAL(cgn_index_init(&ix, 100, seed), 0);
	CU_ASSERT_EQUAL_FATAL(cgn_index_init(&other, 100, other_seed), 0);
	h = cgn_index_hash(&ix, 0, 0x0a000001, 1000, 0);
	CU_ASSERT_EQUAL(h, cgn_index_hash(&ix, 0, 0x0a000001, 1000, 0));
	CU_ASSERT_NOT_EQUAL(h, cgn_index_hash(&ix, 1, 0x0a000001, 1000, 0));
	CU_ASSERT_NOT_EQUAL(h, cgn_index_hash(&ix, 0, 0x0a000002, 1000, 0));
	CU_ASSERT_NOT_EQUAL(h, cgn_index_hash(&ix, 0, 0x0a000001, 1001, 0));
	CU_ASSERT_NOT_EQUAL(h, cgn_index_hash(&ix, 0, 0x0a000001, 1000, 1));
	CU_ASSERT_NOT_EQUAL(h, cgn_index_hash(&other, 0, 0x0a000001, 1000, 0));
	cgn_index_fini(&ix);
	cgn_index_fini(&other);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(every_entry_is_found_through_all_doublings),
	CU_TEST_ROW(few_entries_lie_in_chains),
	CU_TEST_ROW(random_changes_agree_with_a_reference),
	CU_TEST_ROW(full_index_refuses_one_more_and_takes_one_for_one),
	CU_TEST_ROW(one_hash_for_all_fills_to_the_capacity),
	CU_TEST_ROW(removing_what_is_not_there_changes_nothing),
	CU_TEST_ROW(removing_one_of_two_entries_of_a_ref_leaves_the_other),
	CU_TEST_ROW(probe_of_an_empty_bucket_finds_nothing),
	CU_TEST_ROW(every_part_of_the_key_counts_and_so_does_the_seed),
};

CU_MAIN("index", tests)
