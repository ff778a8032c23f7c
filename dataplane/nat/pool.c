/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Free blocks per external address, in lists by number of free blocks.
 */
#include "dataplane/nat/pool.h"

#include "shared/mem.h"

#include <errno.h>
#include <stdlib.h>

#define UNGUARD_MAX 32 /* blocks whose guard one call ends */

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

/* Make the empty lists of a pool, one for each number of free blocks. All addresses of a pool have the same
 * number of blocks. */
static int
make_lists(struct cgn_pool *p, uint16_t blocks)
{
	p->lists = malloc(((size_t)blocks + 1) * sizeof(*p->lists));
	if (p->lists == NULL)
		return -ENOMEM;
	for (unsigned int i = 0; i <= blocks; i++)
		p->lists[i] = (struct cgn_pool_list){ CGN_EXT_NONE, CGN_EXT_NONE };
	p->blocks = p->most = blocks;
	p->guard_first = p->guard_last = CGN_BLOCK_NONE;
	return 0;
}

int
cgn_pool_set_init(struct cgn_pool_set *s, const struct cgn_ext *ext,
		const struct cgn_block_map *map, uint32_t n_pools, struct cgn_pool_stats *stats)
{
	*s = (struct cgn_pool_set){ .n_pools = n_pools, .ext = ext, .map = map, .stats = stats };
	s->pools = calloc((size_t)n_pools + 1, sizeof(*s->pools));
	s->links = cgn_mem_map(ext->n_owned * sizeof(*s->links));
	s->taken = cgn_mem_map(ext->n_owned * sizeof(*s->taken));
	s->guards = cgn_mem_map(map->n_blocks * sizeof(*s->guards));
	if (s->pools == NULL || s->links == NULL || s->taken == NULL || s->guards == NULL)
		goto fini;
	for (uint32_t ord = 0; ord < ext->n_owned; ord++) {
		struct cgn_pool *p = &s->pools[ext->owned_pool[ord]];

		if (p->lists == NULL) {
			if (make_lists(p, map->grids[ord].count) < 0)
				goto fini;
			p->first = ord;
		}
		s->links[ord].n_free = p->blocks;
		pool_list_append(s, p, ord);
		cgn_counter_add(&stats[ext->owned_pool[ord]].addresses, 1);
		cgn_counter_add(&stats[ext->owned_pool[ord]].blocks, p->blocks);
	}
	return 0;

fini:
	cgn_pool_set_fini(s);
	return -ENOMEM;
}

void
cgn_pool_set_fini(struct cgn_pool_set *s)
{
	for (uint32_t i = 0; s->pools != NULL && i < s->n_pools; i++)
		free(s->pools[i].lists);
	free(s->pools);
	if (s->ext != NULL) {
		cgn_mem_unmap(s->links, s->ext->n_owned * sizeof(*s->links));
		cgn_mem_unmap(s->taken, s->ext->n_owned * sizeof(*s->taken));
		cgn_mem_unmap(s->guards, s->map->n_blocks * sizeof(*s->guards));
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
		return p->guard_first == CGN_BLOCK_NONE ? CGN_EXT_NONE
							: s->guards[p->guard_first].owner - 1;
	return p->lists[p->most].first;
}

uint32_t
cgn_pool_preferred(const struct cgn_pool_set *s, unsigned int pool, uint32_t who)
{
	const struct cgn_pool *p = &s->pools[pool];
	uint64_t n_addresses = cgn_counter_get(&s->stats[pool].addresses);
	uint32_t ord;

	if (p->most == 0)
		return cgn_pool_best(s, pool);
	/* 2^32 / golden ratio (Fibonacci hashing): spreads neighbouring subscribers over the pool. */
	ord = p->first + (uint32_t)((who * UINT32_C(2654435769)) * n_addresses >> 32);
	/* The preferred address is left only if it has clearly fewer free blocks: less than three quarters
	 * of those of the emptiest address. */
	return !s->links[ord].is_closed && s->links[ord].n_free * 4u >= p->most * 3u
			? ord
			: cgn_pool_best(s, pool);
}

/* --- guard --------------------------------------------------------------------------------- */

static bool
has_used(const struct cgn_pool_set *s, const struct cgn_pool *p, uint32_t ord)
{
	return s->links[ord].n_free + s->links[ord].n_guarded < p->blocks;
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

/* Nobody has the block: it may be taken again. */
static void
make_ready(struct cgn_pool_set *s, struct cgn_pool *p, uint32_t ord, uint32_t block)
{
	uint32_t i = block - s->map->grids[ord].first;

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

	g->prev = p->guard_last;
	g->next = CGN_BLOCK_NONE;
	if (p->guard_last == CGN_BLOCK_NONE)
		p->guard_first = block;
	else
		s->guards[p->guard_last].next = block;
	p->guard_last = block;
}

static void
guard_remove(struct cgn_pool_set *s, struct cgn_pool *p, const struct cgn_pool_guard *g)
{
	if (g->prev == CGN_BLOCK_NONE)
		p->guard_first = g->next;
	else
		s->guards[g->prev].next = g->next;
	if (g->next == CGN_BLOCK_NONE)
		p->guard_last = g->prev;
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
	g->owner = 0;
	s->links[ord].n_guarded--;
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
	cgn_tick youngest = s->guards[p->guard_last].since;
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

	s->guards[block] = (struct cgn_pool_guard){ .owner = ord + 1, .since = now };
	if (!s->links[ord].is_closed)
		guard_append(s, p, block);
	s->links[ord].n_guarded++;
	s->n_guarded++;
	cgn_counter_add(&cgn_pool_stats_of(s, ord)->blocks_guarded, 1);
	cgn_counter_sub(&cgn_pool_stats_of(s, ord)->blocks_used, 1);
	if (!has_used(s, p, ord))
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
	for (unsigned int i = 0; p->lists != NULL && i < UNGUARD_MAX; i++) {
		uint32_t b = p->guard_first;

		if (b == CGN_BLOCK_NONE || !cgn_tick_reached(now, s->guards[b].since + guard))
			break;
		end_guard(s, p, b);
	}
}

/* --- closed addresses ---------------------------------------------------------------------- */

void
cgn_pool_close(struct cgn_pool_set *s, uint32_t ord)
{
	struct cgn_pool *p = &s->pools[s->ext->owned_pool[ord]];
	const struct cgn_block_grid *g = &s->map->grids[ord];

	for (uint32_t b = g->first; s->links[ord].n_guarded != 0 && b < g->first + g->count; b++) {
		if (s->guards[b].owner != 0)
			guard_remove(s, p, &s->guards[b]);
	}
	pool_list_remove(s, p, ord);
	s->links[ord].is_closed = true;
	lower_most(p);
	cgn_counter_add(&cgn_pool_stats_of(s, ord)->addresses_closed, 1);
}

void
cgn_pool_open(struct cgn_pool_set *s, uint32_t ord, cgn_tick now)
{
	struct cgn_pool *p = &s->pools[s->ext->owned_pool[ord]];
	const struct cgn_block_grid *g = &s->map->grids[ord];

	s->links[ord].is_closed = s->links[ord].is_shut = false;
	pool_list_enter(s, p, ord);
	/* The list is in the order of times. So the guard of these blocks begins anew. */
	for (uint32_t b = g->first; s->links[ord].n_guarded != 0 && b < g->first + g->count; b++) {
		if (s->guards[b].owner == 0)
			continue;
		s->guards[b].since = now;
		guard_append(s, p, b);
	}
	cgn_counter_sub(&cgn_pool_stats_of(s, ord)->addresses_closed, 1);
}

bool
cgn_pool_unguard_closed(struct cgn_pool_set *s, uint32_t ord, cgn_tick now, cgn_tick guard)
{
	struct cgn_pool *p = &s->pools[s->ext->owned_pool[ord]];
	const struct cgn_block_grid *g = &s->map->grids[ord];

	for (uint32_t b = g->first; s->links[ord].n_guarded != 0 && b < g->first + g->count; b++) {
		if (s->guards[b].owner != 0 && cgn_tick_reached(now, s->guards[b].since + guard))
			end_guard(s, p, b);
	}
	return s->links[ord].n_guarded == 0;
}

/* --- blocks -------------------------------------------------------------------------------- */

/* Take a block that is free and not in guard. @param i  its place among the blocks of the address */
static void
mark_taken(struct cgn_pool_set *s, uint32_t ord, uint32_t i)
{
	struct cgn_pool *p = &s->pools[s->ext->owned_pool[ord]];

	if (!has_used(s, p, ord))
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
	if (!has_used(s, p, ord))
		cgn_counter_sub(&cgn_pool_stats_of(s, ord)->addresses_used, 1);
}
