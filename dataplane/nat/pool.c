/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Free blocks per external address, in lists by number of free blocks.
 */
#include "dataplane/nat/pool.h"

#include "shared/mem.h"

#include <errno.h>
#include <stdlib.h>

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
	if (s->pools == NULL || s->links == NULL || s->taken == NULL)
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
	}
	*s = (struct cgn_pool_set){ 0 };
}

uint32_t
cgn_pool_best(const struct cgn_pool_set *s, unsigned int pool)
{
	const struct cgn_pool *p = &s->pools[pool];

	return p->most == 0 ? CGN_EXT_NONE : p->lists[p->most].first;
}

uint32_t
cgn_pool_preferred(const struct cgn_pool_set *s, unsigned int pool, uint32_t who)
{
	const struct cgn_pool *p = &s->pools[pool];
	uint64_t n_addresses = cgn_counter_get(&s->stats[pool].addresses);
	uint32_t ord;

	if (p->most == 0)
		return CGN_EXT_NONE;
	/* 2^32 / golden ratio (Fibonacci hashing): spreads neighbouring subscribers over the pool. */
	ord = p->first + (uint32_t)((who * UINT32_C(2654435769)) * n_addresses >> 32);
	/* The preferred address is left only if it has clearly fewer free blocks: less than three quarters
	 * of those of the emptiest address. */
	return s->links[ord].n_free * 4u >= p->most * 3u ? ord : cgn_pool_best(s, pool);
}

uint32_t
cgn_pool_take_block(struct cgn_pool_set *s, uint32_t ord, struct cgn_rand *rnd)
{
	struct cgn_pool *p = &s->pools[s->ext->owned_pool[ord]];
	const struct cgn_block_grid *g = &s->map->grids[ord];
	uint32_t k, i = 0;

	if (s->links[ord].n_free == 0)
		return CGN_BLOCK_NONE;
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
			s->taken[ord][w] |= free & -free;
			i = 64 * w + (uint32_t)__builtin_ctzll(free);
			break;
		}
		k -= n;
	}
	pool_list_remove(s, p, ord);
	s->links[ord].n_free--;
	pool_list_append(s, p, ord);
	if (s->links[ord].n_free + 1 == p->blocks)
		cgn_counter_add(&cgn_pool_stats_of(s, ord)->addresses_used, 1);
	/* The list of the most free blocks may be empty now. The address itself has moved to the next list
	 * below, so one step is enough. */
	if (p->lists[p->most].first == CGN_EXT_NONE)
		p->most--;
	cgn_counter_add(&cgn_pool_stats_of(s, ord)->blocks_used, 1);
	return g->first + i;
}

void
cgn_pool_put_block(struct cgn_pool_set *s, uint32_t ord, uint32_t block)
{
	struct cgn_pool *p = &s->pools[s->ext->owned_pool[ord]];
	uint32_t i = block - s->map->grids[ord].first;

	assert((s->taken[ord][i / 64] >> i % 64 & 1) != 0);
	s->taken[ord][i / 64] &= ~(UINT64_C(1) << i % 64);
	pool_list_remove(s, p, ord);
	s->links[ord].n_free++;
	pool_list_append(s, p, ord);
	if (s->links[ord].n_free > p->most)
		p->most = s->links[ord].n_free;
	if (s->links[ord].n_free == p->blocks)
		cgn_counter_sub(&cgn_pool_stats_of(s, ord)->addresses_used, 1);
	cgn_counter_sub(&cgn_pool_stats_of(s, ord)->blocks_used, 1);
}
