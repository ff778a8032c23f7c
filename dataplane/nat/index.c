/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Hash index that grows by linear hashing.
 */
#include "dataplane/nat/index.h"

#include "shared/dpdk_compat.h"
#include "shared/mem.h"

#include <errno.h>
#include <string.h>

#include <rte_common.h>

/* Load at which a bucket is split, in halves of an entry per bucket. At 3.5 of 7 entries, 2 % of the
 * buckets have a chain. */
#define LOAD_HALVES 7

/* The hash bits that an entry keeps allow no more buckets. With more than 58 M entries the chains grow
 * instead. */
#define MAX_BUCKETS (1u << (CGN_INDEX_BITS + 16))

static inline uint32_t
n_buckets(const struct cgn_index *ix)
{
	return ix->mask + 1 + ix->split;
}

uint32_t
cgn_index_buckets_max(uint32_t capacity)
{
	return RTE_MIN(RTE_MAX(rte_align32pow2(capacity / 3 + 1), 1u << CGN_INDEX_BITS),
			MAX_BUCKETS);
}

int
cgn_index_init(struct cgn_index *ix, uint32_t capacity, const uint64_t seed[2])
{
	memset(ix, 0, sizeof(*ix));
	ix->mask = (1u << CGN_INDEX_BITS) - 1;
	ix->capacity = capacity;
	/* There is a spill bucket only behind seven full entries, which bounds their number. */
	ix->max_buckets = cgn_index_buckets_max(capacity);
	ix->buckets = cgn_mem_map((size_t)ix->max_buckets * sizeof(*ix->buckets));
	ix->spill = cgn_mem_map(((size_t)capacity / CGN_INDEX_WAYS + 2) * sizeof(*ix->spill));
	if (ix->buckets == NULL || ix->spill == NULL) {
		cgn_index_fini(ix);
		return -ENOMEM;
	}
	ix->spill_fresh = 1;
	ix->seed[0] = seed[0];
	/* Odd, so that multiplying by it loses no information. */
	ix->seed[1] = seed[1] | 1;
	return 0;
}

void
cgn_index_fini(struct cgn_index *ix)
{
	cgn_mem_unmap(ix->buckets, (size_t)ix->max_buckets * sizeof(*ix->buckets));
	cgn_mem_unmap(ix->spill, ((size_t)ix->capacity / CGN_INDEX_WAYS + 2) * sizeof(*ix->spill));
	memset(ix, 0, sizeof(*ix));
}

static uint32_t
spill_alloc(struct cgn_index *ix)
{
	uint32_t i = ix->spill_free;

	if (i != 0)
		ix->spill_free = ix->spill[i].next;
	else
		i = ix->spill_fresh++;
	memset(&ix->spill[i], 0, sizeof(ix->spill[i]));
	return i;
}

static void
spill_release(struct cgn_index *ix, uint32_t i)
{
	ix->spill[i].next = ix->spill_free;
	ix->spill_free = i;
}

/* Append to a chain, in which only the last bucket has free entries. */
static void
index_append(struct cgn_index *ix, struct cgn_index_bucket *b, uint16_t sig, uint16_t more,
		uint32_t ref)
{
	while (b->n == CGN_INDEX_WAYS) {
		if (b->next == 0)
			b->next = spill_alloc(ix);
		b = &ix->spill[b->next];
	}
	b->sig[b->n] = sig;
	b->more[b->n] = more;
	b->ref[b->n] = ref;
	b->n++;
}

/* Split the next bucket of the current doubling. Entries whose next hash bit is set move to the new bucket. */
static void
split_one(struct cgn_index *ix)
{
	unsigned int bit = (unsigned int)__builtin_ctz(ix->mask + 1) - CGN_INDEX_BITS;
	struct cgn_index_bucket *low = &ix->buckets[ix->split];
	struct cgn_index_bucket *high = &ix->buckets[ix->split + ix->mask + 1];
	struct cgn_index_bucket old = *low;
	uint32_t at = 0;

	memset(low, 0, sizeof(*low));
	memset(high, 0, sizeof(*high));
	for (;;) {
		for (unsigned int i = 0; i < old.n; i++)
			index_append(ix, (old.more[i] >> bit & 1) != 0 ? high : low, old.sig[i],
					old.more[i], old.ref[i]);
		if (at != 0)
			spill_release(ix, at);
		at = old.next;
		if (at == 0)
			break;
		old = ix->spill[at];
	}
	if (++ix->split == ix->mask + 1) {
		ix->mask = ix->mask << 1 | 1;
		ix->split = 0;
	}
	/* The next split comes after three or four inserts. */
	rte_prefetch0(&ix->buckets[ix->split]);
	rte_prefetch0(&ix->buckets[ix->split + ix->mask + 1]);
}

int
cgn_index_insert(struct cgn_index *ix, uint64_t hash, uint32_t ref)
{
	if (ix->count >= ix->capacity)
		return -ENOSPC;
	/* Linear hashing: an insert splits at most one bucket, so no packet waits for the whole table to
	 * grow. */
	if (2 * (uint64_t)ix->count >= LOAD_HALVES * (uint64_t)n_buckets(ix) &&
			n_buckets(ix) < ix->max_buckets)
		split_one(ix);
	index_append(ix, cgn_index_bucket(ix, hash), cgn_index_sig(hash),
			(uint16_t)(hash >> CGN_INDEX_BITS), ref);
	ix->count++;
	return 0;
}

void
cgn_index_remove(struct cgn_index *ix, uint64_t hash, uint32_t ref)
{
	struct cgn_index_bucket *b = cgn_index_bucket(ix, hash), *hole = NULL, *before = NULL;
	const uint16_t sig = cgn_index_sig(hash), more = (uint16_t)(hash >> CGN_INDEX_BITS);
	unsigned int way = 0;

	/* Find the entry, and the last bucket of the chain to fill the hole from. */
	for (;; before = b, b = &ix->spill[b->next]) {
		for (unsigned int i = 0; hole == NULL && i < b->n; i++) {
			/* One ref may have two entries in a bucket: a softwire has one of its B4 and one of its
			 * prefix. */
			if (b->ref[i] == ref && b->sig[i] == sig && b->more[i] == more) {
				hole = b;
				way = i;
			}
		}
		if (b->next == 0)
			break;
	}
	if (hole == NULL)
		return;
	b->n--;
	/* The last entry of the chain moves into the hole, so that a chain has free entries only at its
	 * end. */
	hole->sig[way] = b->sig[b->n];
	hole->more[way] = b->more[b->n];
	hole->ref[way] = b->ref[b->n];
	b->sig[b->n] = 0;
	b->ref[b->n] = 0;
	if (b->n == 0 && before != NULL) {
		spill_release(ix, before->next);
		before->next = 0;
	}
	ix->count--;
}
