/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_INDEX_H
#define CGN_INDEX_H

/**
 * @file
 * Inside index: (realm, inside address, port, protocol) -> mapping, one cache line per look-up.
 *
 * A bucket is one cache line with seven entries. An entry has a 16-bit signature to compare, 16 more hash
 * bits for growing, and the 32-bit mapping index. A full bucket continues in a chain of spill buckets. The
 * table grows by linear hashing: after every few inserts one bucket is split. Growing therefore never stops
 * the worker. The size of the table follows the number of entries, not the configured maximum. The keys are
 * in the mappings, and the caller compares them.
 *
 * Threads: single owner. Memory: reserved at init, committed as the table grows (about 18 octets per
 * mapping).
 * Cost:    a look-up reads one cache line, in 2 % of the cases two. An insert is O(1) and never fails below
 * the capacity.
 */

#include <assert.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rte_prefetch.h>
#include <rte_vect.h>

#define CGN_INDEX_WAYS 7
#define CGN_INDEX_BITS 8 /* log2 of the buckets at the start */

/** One cache line of entries. */
struct cgn_index_bucket {
	alignas(64) uint16_t sig[8];   /* the last one is unused */
	uint16_t more[CGN_INDEX_WAYS]; /* hash bits from CGN_INDEX_BITS up */
	uint16_t n;                    /* entries in use, from the front */
	uint32_t ref[CGN_INDEX_WAYS];
	uint32_t next; /* spill bucket, 0: none */
};
static_assert(sizeof(struct cgn_index_bucket) == 64, "one cache line per look-up");

/** The index. The caller embeds it and owns it. */
struct cgn_index {
	struct cgn_index_bucket *buckets;
	struct cgn_index_bucket *spill; /* element 0 unused */
	uint32_t mask;                  /* buckets at the start of the current doubling, minus 1 */
	uint32_t split;                 /* buckets with a lower number are already split */
	uint32_t max_buckets;
	uint32_t count;
	uint32_t capacity;
	uint32_t spill_free;  /* free spill buckets, a list through next */
	uint32_t spill_fresh; /* first never used */
	uint64_t seed[2];
};

/** Most buckets of an index for @p capacity entries. At a load of 3.5 entries, capacity / 3 are enough. */
uint32_t cgn_index_buckets_max(uint32_t capacity);

/** Reserve an index for @p capacity entries. @return 0, -ENOMEM */
int cgn_index_init(struct cgn_index *ix, uint32_t capacity, const uint64_t seed[2]);

/** Release the memory. */
void cgn_index_fini(struct cgn_index *ix);

/** Add an entry that is not in the index. @return 0, -ENOSPC: capacity reached */
int cgn_index_insert(struct cgn_index *ix, uint64_t hash, uint32_t ref);

/** Remove the entry of @p hash and @p ref. Nothing happens if it is not there. */
void cgn_index_remove(struct cgn_index *ix, uint64_t hash, uint32_t ref);

/** An inside endpoint as one word. */
static inline uint64_t
cgn_index_key(uint32_t addr, uint16_t port, uint8_t proto)
{
	return (uint64_t)addr << 32 | (uint32_t)port << 16 | proto;
}

/**
 * Hash of an inside endpoint. The hash has a secret key, because subscribers choose their ports.
 *
 * @param key  result of cgn_index_key()
 */
static inline uint64_t
cgn_index_hash_key(const struct cgn_index *ix, uint32_t realm, uint64_t key)
{
	__extension__ typedef unsigned __int128 u128;
	uint64_t a = key ^ ix->seed[0];
	uint64_t b = ((uint64_t)realm << 32 | realm) ^ ix->seed[1];
	u128 m = (u128)a * b;
	uint64_t h = (uint64_t)m ^ (uint64_t)(m >> 64);

	/* One multiplication is not enough: with some seeds it fills only a few buckets. */
	h = (h ^ h >> 29) * UINT64_C(0xbf58476d1ce4e5b9);
	return h ^ h >> 32;
}

/** Hash of an inside endpoint whose parts are separate arguments. */
static inline uint64_t
cgn_index_hash(const struct cgn_index *ix, uint32_t realm, uint32_t addr, uint16_t port,
		uint8_t proto)
{
	return cgn_index_hash_key(ix, realm, cgn_index_key(addr, port, proto));
}

/** The signature: the bits of a hash that a bucket compares. */
static inline uint16_t
cgn_index_sig(uint64_t hash)
{
	return (uint16_t)(hash >> 48);
}

/** Number of the bucket of a hash. */
static inline uint32_t
cgn_index_bucket_no(const struct cgn_index *ix, uint64_t hash)
{
	uint32_t b = (uint32_t)hash & ix->mask, next_bit = (uint32_t)hash & (ix->mask + 1);

	/* Branch-free, because whether a bucket is split already is unpredictable. */
	return b | (next_bit & -(uint32_t)(b < ix->split));
}

/** The bucket of a hash. */
static inline struct cgn_index_bucket *
cgn_index_bucket(const struct cgn_index *ix, uint64_t hash)
{
	return &ix->buckets[cgn_index_bucket_no(ix, hash)];
}

/** Find the ways whose signature matches. @return bit 2 * way is set for each of them */
static inline uint32_t
cgn_index_match(const struct cgn_index_bucket *b, uint16_t sig)
{
#ifdef __SSE2__
	__m128i s = _mm_load_si128((const __m128i *)(const void *)b->sig);

	return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi16(s, _mm_set1_epi16((short)sig))) & 0x1555;
#else
	uint32_t m = 0;

	for (unsigned int i = 0; i < CGN_INDEX_WAYS; i++)
		m |= (uint32_t)(b->sig[i] == sig) << (2 * i);
	return m;
#endif
}

/** First candidate of a bucket, 0: none. The caller prefetches its mapping for each packet of a burst. */
static inline uint32_t
cgn_index_probe(const struct cgn_index_bucket *b, uint16_t sig)
{
	uint32_t m = cgn_index_match(b, sig);

	return m == 0 ? 0 : b->ref[(uint32_t)__builtin_ctz(m) / 2];
}

/** Next bucket of a chain, NULL at its end. */
static inline struct cgn_index_bucket *
cgn_index_next(const struct cgn_index *ix, const struct cgn_index_bucket *b)
{
	return b->next == 0 ? NULL : &ix->spill[b->next];
}

#endif /* CGN_INDEX_H */
