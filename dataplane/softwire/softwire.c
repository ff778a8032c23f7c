/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Table of softwires: an index by B4 address and prefix, and a walk that expires idle ones.
 */
#include "dataplane/softwire/softwire.h"

#include "shared/mem.h"

#include <errno.h>

#include <rte_common.h>

#define SAMPLE 16 /* entries that a search for an idle one looks at: a packet waits for it */

int
cgn_softwires_init(struct cgn_softwires *t, uint32_t capacity, const uint64_t seed[2])
{
	memset(t, 0, sizeof(*t));
	t->capacity = capacity;
	t->end = 1;
	t->hand = 1;
	t->at = cgn_mem_map(((size_t)capacity + 1) * sizeof(*t->at));
	t->free = cgn_mem_map((size_t)capacity * sizeof(*t->free));
	if (t->at == NULL || t->free == NULL || cgn_index_init(&t->index, 2 * capacity, seed) < 0) {
		cgn_softwires_fini(t);
		return -ENOMEM;
	}
	return 0;
}

void
cgn_softwires_fini(struct cgn_softwires *t)
{
	if (t->index.buckets != NULL)
		cgn_index_fini(&t->index);
	cgn_mem_unmap(t->at, ((size_t)t->capacity + 1) * sizeof(*t->at));
	cgn_mem_unmap(t->free, (size_t)t->capacity * sizeof(*t->free));
	memset(t, 0, sizeof(*t));
}

/* The length is part of the hash, so that the entry of a prefix and that of an equal address differ. */
static uint64_t
prefix_hash(const struct cgn_softwires *t, const struct cgn_ip6 *prefix, unsigned int len)
{
	struct cgn_ip6 key = *prefix;

	key.b[15] ^= (uint8_t)(len + 1);
	return cgn_softwires_hash(t, &key);
}

uint32_t
cgn_softwires_find(const struct cgn_softwires *t, uint64_t hash, const struct cgn_ip6 *b4)
{
	const struct cgn_index_bucket *b = cgn_index_bucket(&t->index, hash);

	for (; b != NULL; b = cgn_index_next(&t->index, b)) {
		for (uint32_t m = cgn_index_match(b, cgn_index_sig(hash)); m != 0; m &= m - 1) {
			uint32_t i = b->ref[__builtin_ctz(m) / 2];

			if (i != 0 && cgn_softwire_is(&t->at[i], b4))
				return i;
		}
	}
	return 0;
}

uint32_t
cgn_softwires_find_prefix(
		const struct cgn_softwires *t, const struct cgn_ip6 *prefix, unsigned int len)
{
	uint64_t hash = prefix_hash(t, prefix, len);
	const struct cgn_index_bucket *b = cgn_index_bucket(&t->index, hash);

	for (; b != NULL; b = cgn_index_next(&t->index, b)) {
		for (uint32_t m = cgn_index_match(b, cgn_index_sig(hash)); m != 0; m &= m - 1) {
			uint32_t i = b->ref[__builtin_ctz(m) / 2];
			const struct cgn_softwire *w = &t->at[i];

			if (i != 0 && w->is_live && w->prefix_len == len &&
					memcmp(&w->prefix, prefix, sizeof(*prefix)) == 0)
				return i;
		}
	}
	return 0;
}

uint32_t
cgn_softwires_add(struct cgn_softwires *t, const struct cgn_ip6 *b4, const struct cgn_ip6 *prefix,
		unsigned int len, cgn_tick now)
{
	uint32_t i;

	if (t->count == t->capacity)
		return 0;
	i = t->n_free > 0 ? t->free[--t->n_free] : t->end++;
	t->at[i] = (struct cgn_softwire){
		.b4 = *b4,
		.prefix = *prefix,
		.prefix_len = (uint8_t)len,
		.last_seen = now,
		.is_live = true,
	};
	t->count++;
	/* Cannot fail: the index has room for two entries of each softwire. */
	(void)cgn_index_insert(&t->index, cgn_softwires_hash(t, b4), i);
	(void)cgn_index_insert(&t->index, prefix_hash(t, prefix, len), i);
	return i;
}

void
cgn_softwires_move(struct cgn_softwires *t, uint32_t i, const struct cgn_ip6 *b4)
{
	struct cgn_softwire *w = &t->at[i];

	cgn_index_remove(&t->index, cgn_softwires_hash(t, &w->b4), i);
	w->b4 = *b4;
	/* The new address may have another path. */
	w->path_mtu = 0;
	(void)cgn_index_insert(&t->index, cgn_softwires_hash(t, b4), i);
}

void
cgn_softwires_del(struct cgn_softwires *t, uint32_t i)
{
	struct cgn_softwire *w = &t->at[i];

	cgn_index_remove(&t->index, cgn_softwires_hash(t, &w->b4), i);
	cgn_index_remove(&t->index, prefix_hash(t, &w->prefix, w->prefix_len), i);
	*w = (struct cgn_softwire){ 0 };
	t->free[t->n_free++] = i;
	t->count--;
}

static bool
is_idle(const struct cgn_softwire *w, cgn_tick before, cgn_softwire_used_fn is_used, void *ctx)
{
	return w->is_live && cgn_tick_reached(before, w->last_seen) && !is_used(ctx, w);
}

/* Compute how many entries the walk must look at. It must go round once in CGN_SOFTWIRE_WALK_S, so the time
 * since the last call decides. It is at least one budget per tick. */
static void
owe(struct cgn_softwires *t, cgn_tick now, unsigned int budget)
{
	uint64_t ticks = (cgn_tick)(now - t->walked_at), all = t->end - 1;

	if (ticks == 0)
		return;
	t->walked_at = now;
	t->owed = (uint32_t)RTE_MIN(
			all, t->owed + budget + ticks * all / cgn_ticks(CGN_SOFTWIRE_WALK_S));
}

bool
cgn_softwires_expire(struct cgn_softwires *t, cgn_tick now, unsigned int budget,
		cgn_softwire_used_fn is_used, void *ctx)
{
	owe(t, now, budget);
	for (; budget > 0 && t->owed > 0; budget--, t->owed--) {
		if (is_idle(&t->at[t->hand], now - cgn_ticks(CGN_SOFTWIRE_IDLE_S), is_used, ctx))
			cgn_softwires_del(t, t->hand);
		if (++t->hand >= t->end)
			t->hand = 1;
	}
	return t->owed > 0;
}

uint32_t
cgn_softwires_sample(
		struct cgn_softwires *t, cgn_tick before, cgn_softwire_used_fn is_used, void *ctx)
{
	for (unsigned int n = 0; n < SAMPLE && n + 1 < t->end; n++) {
		if (++t->sample_at >= t->end)
			t->sample_at = 1;
		if (is_idle(&t->at[t->sample_at], before, is_used, ctx))
			return t->sample_at;
	}
	return 0;
}
