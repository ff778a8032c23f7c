/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Free blocks per external address, in lists by number of free blocks.
 */
#include "dataplane/nat/pool.h"

#include "shared/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>

#define UNGUARD_MAX 32 /* blocks of each list whose guard one call ends */
/* Lists of a pool: up to so many blocks of an address are free. */
#define LISTS (CGN_BLOCK_WORDS * 64 + 1)
/* The place of the first block of a former cut in cgn_pool_next_guarded(). */
#define OLD_AT (CGN_BLOCK_WORDS * 64)

static void
pool_list_append(struct cgn_pool_set *s, struct cgn_pool *p, uint32_t ord)
{
	struct cgn_pool_link *l = &s->links[ord];
	struct cgn_pool_list *list = &p->lists[l->n_free];

	l->prev = list->last;
	l->next = CGN_EXT_NONE;
	if (list->last == CGN_EXT_NONE)
		list->first = ord;
	else
		s->links[list->last].next = ord;
	list->last = ord;
}

static void
pool_list_remove(struct cgn_pool_set *s, struct cgn_pool *p, uint32_t ord)
{
	struct cgn_pool_link *l = &s->links[ord];
	struct cgn_pool_list *list = &p->lists[l->n_free];

	if (l->prev == CGN_EXT_NONE)
		list->first = l->next;
	else
		s->links[l->prev].next = l->next;
	if (l->next == CGN_EXT_NONE)
		list->last = l->prev;
	else
		s->links[l->next].prev = l->prev;
}

/* The lists of a pool, one for each number of free blocks. Those of a pool without addresses are not made yet. */
static void
make_lists(struct cgn_pool_set *s, uint32_t pool)
{
	struct cgn_pool *p = &s->pools[pool];

	if (p->lists != NULL)
		return;
	p->lists = s->lists[pool];
	for (unsigned int i = 0; i < LISTS; i++)
		p->lists[i] = (struct cgn_pool_list){ CGN_EXT_NONE, CGN_EXT_NONE };
	for (unsigned int i = 0; i < RTE_DIM(p->guards); i++)
		p->guards[i] = (struct cgn_pool_list){ CGN_BLOCK_NONE, CGN_BLOCK_NONE };
}

/* The list of the most free blocks may be empty now: find the next one that is not. */
static void
lower_most(struct cgn_pool *p)
{
	while (p->most > 0 && p->lists[p->most].first == CGN_EXT_NONE)
		p->most--;
}

/* Put an address into the list of those with as many free blocks, unless it is closed. */
static void
pool_list_enter(struct cgn_pool_set *s, struct cgn_pool *p, uint32_t ord)
{
	if (s->links[ord].is_closed)
		return;
	pool_list_append(s, p, ord);
	if (s->links[ord].n_free > p->most)
		p->most = s->links[ord].n_free;
}

/* Take it out of this list. The caller lowers `most` when the address is where it belongs. */
static void
pool_list_leave(struct cgn_pool_set *s, struct cgn_pool *p, uint32_t ord)
{
	if (!s->links[ord].is_closed)
		pool_list_remove(s, p, ord);
}

int
cgn_pool_set_init(struct cgn_pool_set *s, const struct cgn_ext *ext, struct cgn_block_map *map,
		uint32_t n_pools, struct cgn_pool_stats *stats)
{
	*s = (struct cgn_pool_set){ .n_pools = n_pools, .ext = ext, .map = map, .stats = stats };
	s->pools = calloc(CGN_POOLS_MAX, sizeof(*s->pools));
	s->lists = cgn_mem_map_sparse_room(
			n_pools * sizeof(*s->lists), CGN_POOLS_MAX * sizeof(*s->lists));
	s->links = cgn_mem_map_room(
			ext->n_owned * sizeof(*s->links), ext->room * sizeof(*s->links));
	s->taken = cgn_mem_map_room(
			ext->n_owned * sizeof(*s->taken), ext->room * sizeof(*s->taken));
	s->guards = cgn_mem_map_room(
			map->n_blocks * sizeof(*s->guards), map->blocks_room * sizeof(*s->guards));
	if (s->pools == NULL || s->lists == NULL || s->links == NULL || s->taken == NULL ||
			s->guards == NULL) {
		cgn_pool_set_fini(s);
		return -ENOMEM;
	}
	for (uint32_t ord = 0; ord < ext->n_owned; ord++)
		cgn_pool_add(s, ord);
	return 0;
}

void
cgn_pool_set_fini(struct cgn_pool_set *s)
{
	free(s->pools);
	cgn_mem_unmap(s->lists, CGN_POOLS_MAX * sizeof(*s->lists));
	if (s->ext != NULL) {
		cgn_mem_unmap(s->links, s->ext->room * sizeof(*s->links));
		cgn_mem_unmap(s->taken, s->ext->room * sizeof(*s->taken));
		cgn_mem_unmap(s->guards, s->map->blocks_room * sizeof(*s->guards));
	}
	*s = (struct cgn_pool_set){ 0 };
}

uint32_t
cgn_pool_best(const struct cgn_pool_set *s, unsigned int pool)
{
	const struct cgn_pool *p = &s->pools[pool];

	if (p->lists == NULL)
		return CGN_EXT_NONE;
	if (p->most == 0)
		return p->guards[0].first == CGN_BLOCK_NONE
				? CGN_EXT_NONE
				: s->guards[p->guards[0].first].owner - 1u;
	return p->lists[p->most].first;
}

uint32_t
cgn_pool_preferred(const struct cgn_pool_set *s, unsigned int pool, uint32_t who)
{
	const struct cgn_pool *p = &s->pools[pool];
	const struct cgn_pool_link *l;
	const uint32_t *ords;
	uint32_t n, ord;

	ords = cgn_book_ords(s->ext->book, s->ext->worker, pool, &n);
	if (p->most == 0 || n == 0)
		return cgn_pool_best(s, pool);
	/* 2^32 / golden ratio (Fibonacci hashing): spreads neighbouring subscribers over the pool. */
	ord = ords[(uint64_t)(who * UINT32_C(2654435769)) * n >> 32];
	l = &s->links[ord];
	/* The preferred address is left only if it has clearly fewer free blocks: less than three quarters of those of
	 * the emptiest address. One of a new book has none until the worker has opened it. */
	return !l->is_closed && l->n_free * 4u >= p->most * 3u ? ord : cgn_pool_best(s, pool);
}

/* --- guard --------------------------------------------------------------------------------- */

/* Blocks of an address that can be given out, or are in use or in guard. */
static uint32_t
blocks_of(const struct cgn_pool_set *s, uint32_t ord)
{
	return s->map->grids[ord].count - cgn_block_mixed_blocked(s->map, ord) +
			cgn_block_mixed_taken(s->map, ord);
}

/* The gauge of blocks follows what was done with an address. @param before  blocks_of() it before */
static void
count_blocks(struct cgn_pool_set *s, uint32_t ord, uint32_t before)
{
	cgn_counter_add(&cgn_pool_stats_of(s, ord)->blocks, blocks_of(s, ord));
	cgn_counter_sub(&cgn_pool_stats_of(s, ord)->blocks, before);
}

/* Nobody has a block of a former cut any more. Blocks of the present one may be free now that it has blocked. */
static void
make_old_ready(struct cgn_pool_set *s, struct cgn_pool *p, uint32_t ord, uint32_t block)
{
	uint32_t before = blocks_of(s, ord);
	uint64_t opened[CGN_BLOCK_WORDS];

	cgn_block_mixed_release(s->map, ord, block, opened);
	pool_list_leave(s, p, ord);
	for (unsigned int w = 0; w < CGN_BLOCK_WORDS; w++) {
		s->taken[ord][w] &= ~opened[w];
		s->links[ord].n_free += (uint16_t)__builtin_popcountll(opened[w]);
	}
	pool_list_enter(s, p, ord);
	count_blocks(s, ord, before);
}

/* Nobody has the block: it may be taken again. */
static void
make_ready(struct cgn_pool_set *s, struct cgn_pool *p, uint32_t ord, uint32_t block)
{
	uint32_t i = block - s->map->grids[ord].first;

	if (cgn_block_mixed_is_old(s->map, ord, block)) {
		make_old_ready(s, p, ord, block);
		return;
	}
	assert((s->taken[ord][i / 64] >> i % 64 & 1) != 0);
	s->taken[ord][i / 64] &= ~(UINT64_C(1) << i % 64);
	pool_list_leave(s, p, ord);
	s->links[ord].n_free++;
	pool_list_enter(s, p, ord);
}

static void
guard_append(struct cgn_pool_set *s, struct cgn_pool *p, uint32_t block)
{
	struct cgn_pool_guard *g = &s->guards[block];
	struct cgn_pool_list *list = &p->guards[g->is_old];

	g->prev = list->last;
	g->next = CGN_BLOCK_NONE;
	if (list->last == CGN_BLOCK_NONE)
		list->first = block;
	else
		s->guards[list->last].next = block;
	list->last = block;
}

static void
guard_remove(struct cgn_pool_set *s, struct cgn_pool *p, const struct cgn_pool_guard *g)
{
	struct cgn_pool_list *list = &p->guards[g->is_old];

	if (g->prev == CGN_BLOCK_NONE)
		list->first = g->next;
	else
		s->guards[g->prev].next = g->next;
	if (g->next == CGN_BLOCK_NONE)
		list->last = g->prev;
	else
		s->guards[g->next].prev = g->prev;
}

static void
end_guard(struct cgn_pool_set *s, struct cgn_pool *p, uint32_t block)
{
	struct cgn_pool_guard *g = &s->guards[block];
	uint32_t ord = g->owner - 1;

	if (!s->links[ord].is_closed)
		guard_remove(s, p, g);
	if (g->is_old)
		s->links[ord].n_old_guarded--;
	else
		s->links[ord].n_guarded--;
	*g = (struct cgn_pool_guard){ 0 };
	s->n_guarded--;
	cgn_counter_sub(&cgn_pool_stats_of(s, ord)->blocks_guarded, 1);
	make_ready(s, p, ord, block);
}

/* All free blocks of an address are in guard: end that of the oldest one early. A pool may have very many blocks in guard,
 * so those of the address are searched. */
static void
cut_guard(struct cgn_pool_set *s, struct cgn_pool *p, uint32_t ord)
{
	const struct cgn_block_grid *g = &s->map->grids[ord];
	cgn_tick youngest = s->guards[p->guards[0].last].since;
	uint32_t oldest = CGN_BLOCK_NONE;

	for (uint32_t b = g->first; b < g->first + g->count; b++) {
		/* Ages, not times, are compared: ticks wrap. */
		if (s->guards[b].owner != 0 &&
				(oldest == CGN_BLOCK_NONE ||
						youngest - s->guards[b].since >
								youngest - s->guards[oldest].since))
			oldest = b;
	}
	cgn_counter_add(&cgn_pool_stats_of(s, ord)->guard_cut, 1);
	end_guard(s, p, oldest);
}

void
cgn_pool_guard_block(struct cgn_pool_set *s, uint32_t ord, uint32_t block, cgn_tick now)
{
	struct cgn_pool *p = &s->pools[s->ext->owned_pool[ord]];
	bool is_old = cgn_block_mixed_is_old(s->map, ord, block);

	s->guards[block] = (struct cgn_pool_guard){
		.owner = (ord + 1) & INT32_MAX, .is_old = is_old, .since = now
	};
	if (!s->links[ord].is_closed)
		guard_append(s, p, block);
	if (is_old)
		s->links[ord].n_old_guarded++;
	else
		s->links[ord].n_guarded++;
	s->n_guarded++;
	cgn_counter_add(&cgn_pool_stats_of(s, ord)->blocks_guarded, 1);
	cgn_counter_sub(&cgn_pool_stats_of(s, ord)->blocks_used, 1);
	if (--s->links[ord].n_used == 0)
		cgn_counter_sub(&cgn_pool_stats_of(s, ord)->addresses_used, 1);
}

void
cgn_pool_unguard(struct cgn_pool_set *s, cgn_tick now, cgn_tick guard)
{
	struct cgn_pool *p;

	if (s->n_guarded == 0)
		return;
	p = &s->pools[s->guard_at++ % s->n_pools];
	/* A pool without addresses of this worker has no list. */
	for (unsigned int i = 0; p->lists != NULL && i < 2 * UNGUARD_MAX; i++) {
		uint32_t b = p->guards[i / UNGUARD_MAX].first;

		if (b != CGN_BLOCK_NONE && cgn_tick_reached(now, s->guards[b].since + guard))
			end_guard(s, p, b);
	}
}

/* --- closed addresses ---------------------------------------------------------------------- */

uint32_t
cgn_pool_next_guarded(const struct cgn_pool_set *s, uint32_t ord, uint32_t *at)
{
	const struct cgn_block_grid *g = &s->map->grids[ord];
	uint32_t b, old;

	while (s->links[ord].n_guarded != 0 && *at < g->count) {
		b = g->first + (*at)++;
		if (s->guards[b].owner != 0)
			return b;
	}
	if (s->links[ord].n_old_guarded == 0)
		return CGN_BLOCK_NONE;
	old = *at < OLD_AT ? 0 : *at - OLD_AT;
	do {
		b = cgn_block_mixed_next(s->map, ord, &old);
	} while (b != CGN_BLOCK_NONE && s->guards[b].owner == 0);
	*at = OLD_AT + old;
	return b;
}

void
cgn_pool_close(struct cgn_pool_set *s, uint32_t ord)
{
	struct cgn_pool *p = &s->pools[s->ext->owned_pool[ord]];
	uint32_t at = 0, b;

	while ((b = cgn_pool_next_guarded(s, ord, &at)) != CGN_BLOCK_NONE)
		guard_remove(s, p, &s->guards[b]);
	pool_list_remove(s, p, ord);
	s->links[ord].is_closed = true;
	lower_most(p);
	cgn_counter_add(&cgn_pool_stats_of(s, ord)->addresses_closed, 1);
}

void
cgn_pool_open(struct cgn_pool_set *s, uint32_t ord, cgn_tick now)
{
	struct cgn_pool *p = &s->pools[s->ext->owned_pool[ord]];
	uint32_t at = 0, b;

	s->links[ord].is_closed = s->links[ord].is_shut = false;
	pool_list_enter(s, p, ord);
	/* The list is in the order of times. So the guard of these blocks begins anew. */
	while ((b = cgn_pool_next_guarded(s, ord, &at)) != CGN_BLOCK_NONE) {
		s->guards[b].since = now;
		guard_append(s, p, b);
	}
	cgn_counter_sub(&cgn_pool_stats_of(s, ord)->addresses_closed, 1);
}

bool
cgn_pool_unguard_closed(struct cgn_pool_set *s, uint32_t ord, cgn_tick now, cgn_tick guard)
{
	struct cgn_pool *p = &s->pools[s->ext->owned_pool[ord]];
	bool has_ended = true;

	/* When the last block of a former cut ends, the others of former cuts move. So walk again. */
	while (has_ended) {
		uint32_t at = 0, b;

		has_ended = false;
		while ((b = cgn_pool_next_guarded(s, ord, &at)) != CGN_BLOCK_NONE) {
			if (!cgn_tick_reached(now, s->guards[b].since + guard))
				continue;
			end_guard(s, p, b);
			has_ended = true;
		}
	}
	return s->links[ord].n_guarded + s->links[ord].n_old_guarded == 0;
}

/* --- addresses that come, go, and are cut anew --------------------------------------------- */

void
cgn_pool_add(struct cgn_pool_set *s, uint32_t ord)
{
	uint16_t pool = s->ext->owned_pool[ord];

	make_lists(s, pool);
	s->links[ord] = (struct cgn_pool_link){ .n_free = s->map->grids[ord].count };
	memset(s->taken[ord], 0, sizeof(s->taken[ord]));
	pool_list_enter(s, &s->pools[pool], ord);
	cgn_counter_add(&s->stats[pool].addresses, 1);
	cgn_counter_add(&s->stats[pool].blocks, s->links[ord].n_free);
}

void
cgn_pool_remove(struct cgn_pool_set *s, uint32_t ord)
{
	struct cgn_pool_stats *stats = cgn_pool_stats_of(s, ord);

	assert(s->links[ord].is_closed && s->links[ord].n_used == 0 &&
			s->links[ord].n_free == s->map->grids[ord].count);
	cgn_counter_sub(&stats->addresses, 1);
	cgn_counter_sub(&stats->addresses_closed, 1);
	cgn_counter_sub(&stats->blocks, s->links[ord].n_free);
	s->links[ord] = (struct cgn_pool_link){ 0 };
}

bool
cgn_pool_cut(struct cgn_pool_set *s, uint32_t ord, const struct cgn_block_grid *cut)
{
	struct cgn_pool *p = &s->pools[s->ext->owned_pool[ord]];
	struct cgn_pool_link *l = &s->links[ord];
	uint32_t before = blocks_of(s, ord), at = 0, b;

	if (!cgn_block_mixed_cut(s->map, ord, cut, s->taken[ord]))
		return false;
	pool_list_leave(s, p, ord);
	l->n_free = (uint16_t)(cut->count - cgn_block_mixed_blocked(s->map, ord));
	pool_list_enter(s, p, ord);
	lower_most(p);
	/* To cut the guard of an old block need not make a block free. So it is no longer in the list of those to cut. */
	while (l->n_guarded != 0 &&
			(b = cgn_block_mixed_next(s->map, ord, &at)) != CGN_BLOCK_NONE) {
		struct cgn_pool_guard *g = &s->guards[b];

		if (g->owner == 0 || g->is_old)
			continue;
		if (!l->is_closed)
			guard_remove(s, p, g);
		g->is_old = true;
		if (!l->is_closed)
			guard_append(s, p, b);
		l->n_guarded--;
		l->n_old_guarded++;
	}
	count_blocks(s, ord, before);
	return true;
}

/* --- blocks -------------------------------------------------------------------------------- */

/* Take a block that is free and not in guard. @param i  its place among the blocks of the address */
static void
mark_taken(struct cgn_pool_set *s, uint32_t ord, uint32_t i)
{
	struct cgn_pool *p = &s->pools[s->ext->owned_pool[ord]];

	if (s->links[ord].n_used++ == 0)
		cgn_counter_add(&cgn_pool_stats_of(s, ord)->addresses_used, 1);
	s->taken[ord][i / 64] |= UINT64_C(1) << i % 64;
	pool_list_leave(s, p, ord);
	s->links[ord].n_free--;
	pool_list_enter(s, p, ord);
	lower_most(p);
	cgn_counter_add(&cgn_pool_stats_of(s, ord)->blocks_used, 1);
}

uint32_t
cgn_pool_take_block(struct cgn_pool_set *s, uint32_t ord, struct cgn_rand *rnd)
{
	struct cgn_pool *p = &s->pools[s->ext->owned_pool[ord]];
	const struct cgn_block_grid *g = &s->map->grids[ord];
	uint32_t k, i = 0;

	if (cgn_pool_free_blocks(s, ord) == 0)
		return CGN_BLOCK_NONE;
	if (s->links[ord].n_free == 0)
		cut_guard(s, p, ord);
	/* Random, because ports should be hard to guess (RFC 6056). */
	k = cgn_rand_below(rnd, s->links[ord].n_free);
	for (uint32_t w = 0;; w++) {
		uint32_t left = g->count - 64 * w;
		uint64_t free = ~s->taken[ord][w] &
				(left < 64 ? (UINT64_C(1) << left) - 1 : UINT64_MAX);
		uint32_t n = (uint32_t)__builtin_popcountll(free);

		if (k < n) {
			for (; k > 0; k--)
				free &= free - 1;
			i = 64 * w + (uint32_t)__builtin_ctzll(free);
			break;
		}
		k -= n;
	}
	mark_taken(s, ord, i);
	return g->first + i;
}

bool
cgn_pool_take_this(struct cgn_pool_set *s, uint32_t ord, uint32_t block)
{
	uint32_t i = block - s->map->grids[ord].first;

	if ((s->taken[ord][i / 64] >> i % 64 & 1) != 0)
		return false;
	mark_taken(s, ord, i);
	return true;
}

void
cgn_pool_put_block(struct cgn_pool_set *s, uint32_t ord, uint32_t block)
{
	struct cgn_pool *p = &s->pools[s->ext->owned_pool[ord]];

	make_ready(s, p, ord, block);
	cgn_counter_sub(&cgn_pool_stats_of(s, ord)->blocks_used, 1);
	if (--s->links[ord].n_used == 0)
		cgn_counter_sub(&cgn_pool_stats_of(s, ord)->addresses_used, 1);
}
