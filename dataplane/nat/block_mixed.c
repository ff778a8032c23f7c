/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Old blocks of addresses that were cut anew, and the new blocks that they block.
 */
#include "dataplane/nat/block_mixed.h"

#include <string.h>

static bool
has_bit(const uint64_t *words, uint32_t i)
{
	return (words[i / 64] >> i % 64 & 1) != 0;
}

static void
set_bit(uint64_t *words, uint32_t i)
{
	words[i / 64] |= UINT64_C(1) << i % 64;
}

static void
clear_bit(uint64_t *words, uint32_t i)
{
	words[i / 64] &= ~(UINT64_C(1) << i % 64);
}

static unsigned int
count_bits(const uint64_t *words)
{
	unsigned int n = 0;

	for (unsigned int w = 0; w < CGN_BLOCK_WORDS; w++)
		n += (unsigned int)__builtin_popcountll(words[w]);
	return n;
}

/* The ports of a block of a cut. */
static struct cgn_block_span
span_in(const struct cgn_block_grid *g, uint32_t i)
{
	uint32_t first = g->base + i * g->size;

	return (struct cgn_block_span){ .first = first, .end = first + g->size };
}

/* The blocks of a cut that have some of these ports: from..end-1. */
static void
overlapping(const struct cgn_block_grid *g, const struct cgn_block_span *span, uint32_t *from,
		uint32_t *end)
{
	*from = *end = 0;
	if (span->end <= g->base)
		return;
	*from = span->first < g->base ? 0 : (span->first - g->base) / g->size;
	*end = (span->end - g->base + g->size - 1) / g->size;
	if (*end > g->count)
		*end = g->count;
}

/* Whether an old block has ports of a block of the present cut. */
static bool
is_overlapped(const struct cgn_block_mixed *x, const struct cgn_block_grid *g, uint32_t i)
{
	struct cgn_block_span span = span_in(g, i);

	for (uint32_t k = 0; k < x->n_old; k++) {
		uint32_t from, end;

		overlapping(&x->old[k].grid, &span, &from, &end);
		for (; from < end; from++) {
			if (has_bit(x->old[k].taken, from))
				return true;
		}
	}
	return false;
}

/* Count the numbers in use of a block that has not been counted so far. All of them are claims. */
static void
count_numbers(struct cgn_block_map *m, uint32_t ord, uint32_t i)
{
	const struct cgn_block_grid *g = &m->grids[ord];
	struct cgn_block_span span = span_in(g, i);
	struct cgn_block *b = &m->blocks[g->first + i];

	*b = (struct cgn_block){ .next = CGN_BLOCK_NONE };
	for (uint32_t port = span.first; port < span.end; port += 64) {
		const struct cgn_block_cell *c = cgn_block_cell(m, ord, (uint16_t)port);

		b->numbers += (uint16_t)__builtin_popcountll(cgn_block_in_use(c));
		for (unsigned int p = 0; p < CGN_PROTO_COUNT; p++)
			b->used[p] += (uint16_t)__builtin_popcountll(c->used[p]);
	}
}

/* The cut that is left becomes an old one, if some of its blocks are still needed. */
static bool
keep_old(struct cgn_block_map *m, uint32_t ord, const uint64_t taken[CGN_BLOCK_WORDS])
{
	struct cgn_block_grid *g = &m->grids[ord];
	struct cgn_block_mixed *x = &m->mixed[ord];
	struct cgn_block_old old = { .grid = *g };

	if (!g->is_mixed)
		memset(x, 0, sizeof(*x));
	for (unsigned int w = 0; w < CGN_BLOCK_WORDS; w++)
		old.taken[w] = taken[w] & ~x->blocked[w];
	old.n_taken = (uint16_t)count_bits(old.taken);
	if (old.n_taken == 0) {
		cgn_block_map_put(m, g->first, g->count);
		return true;
	}
	if (x->n_old == CGN_BLOCK_OLD_MAX)
		return false;
	x->old[x->n_old++] = old;
	return true;
}

bool
cgn_block_mixed_cut(struct cgn_block_map *m, uint32_t ord, const struct cgn_block_grid *cut,
		uint64_t taken[static CGN_BLOCK_WORDS])
{
	struct cgn_block_grid *g = &m->grids[ord];
	struct cgn_block_mixed *x = &m->mixed[ord];
	uint32_t first = cgn_block_map_take(m, cut->count);

	if (first == CGN_BLOCK_NONE)
		return false;
	if (!keep_old(m, ord, taken)) {
		cgn_block_map_put(m, first, cut->count);
		return false;
	}
	*g = *cut;
	g->first = first;
	g->is_mixed = x->n_old > 0;
	memset(x->blocked, 0, sizeof(x->blocked));
	for (uint32_t i = 0; i < g->count; i++) {
		if (is_overlapped(x, g, i))
			set_bit(x->blocked, i);
		else
			count_numbers(m, ord, i);
	}
	memcpy(taken, x->blocked, sizeof(x->blocked));
	return true;
}

/* The cut that an old block is of. */
static uint32_t
old_of(const struct cgn_block_mixed *x, uint32_t block)
{
	uint32_t k = 0;

	while (block - x->old[k].grid.first >= x->old[k].grid.count)
		k++;
	assert(k < x->n_old);
	return k;
}

void
cgn_block_mixed_release(struct cgn_block_map *m, uint32_t ord, uint32_t block,
		uint64_t opened[static CGN_BLOCK_WORDS])
{
	struct cgn_block_grid *g = &m->grids[ord];
	struct cgn_block_mixed *x = &m->mixed[ord];
	uint32_t k = old_of(x, block), from, end;
	struct cgn_block_old *old = &x->old[k];
	struct cgn_block_span span = span_in(&old->grid, block - old->grid.first);

	memset(opened, 0, CGN_BLOCK_WORDS * sizeof(*opened));
	assert(has_bit(old->taken, block - old->grid.first));
	clear_bit(old->taken, block - old->grid.first);
	if (--old->n_taken == 0) {
		cgn_block_map_put(m, old->grid.first, old->grid.count);
		*old = x->old[--x->n_old];
	}
	overlapping(g, &span, &from, &end);
	for (; from < end; from++) {
		if (is_overlapped(x, g, from))
			continue;
		clear_bit(x->blocked, from);
		set_bit(opened, from);
		count_numbers(m, ord, from);
	}
	g->is_mixed = x->n_old > 0;
}

unsigned int
cgn_block_mixed_taken(const struct cgn_block_map *m, uint32_t ord)
{
	unsigned int n = 0;

	for (uint32_t k = 0; m->grids[ord].is_mixed && k < m->mixed[ord].n_old; k++)
		n += m->mixed[ord].old[k].n_taken;
	return n;
}

unsigned int
cgn_block_mixed_blocked(const struct cgn_block_map *m, uint32_t ord)
{
	return m->grids[ord].is_mixed ? count_bits(m->mixed[ord].blocked) : 0;
}

uint32_t
cgn_block_mixed_next(const struct cgn_block_map *m, uint32_t ord, uint32_t *at)
{
	const struct cgn_block_mixed *x = &m->mixed[ord];

	for (; m->grids[ord].is_mixed && *at < x->n_old * CGN_BLOCK_WORDS * 64; ++*at) {
		const struct cgn_block_old *old = &x->old[*at / (CGN_BLOCK_WORDS * 64)];
		uint32_t i = *at % (CGN_BLOCK_WORDS * 64);

		if (has_bit(old->taken, i)) {
			++*at;
			return old->grid.first + i;
		}
	}
	return CGN_BLOCK_NONE;
}

uint32_t
cgn_block_mixed_of(const struct cgn_block_map *m, uint32_t ord, uint16_t port)
{
	const struct cgn_block_grid *g = &m->grids[ord];
	const struct cgn_block_mixed *x = &m->mixed[ord];
	uint32_t i;

	for (uint32_t k = 0; k < x->n_old; k++) {
		i = cgn_block_index(&x->old[k].grid, port);
		if (i != CGN_BLOCK_NONE && has_bit(x->old[k].taken, i))
			return x->old[k].grid.first + i;
	}
	i = cgn_block_index(g, port);
	return i == CGN_BLOCK_NONE || has_bit(x->blocked, i) ? CGN_BLOCK_NONE : g->first + i;
}

struct cgn_block_span
cgn_block_mixed_span(const struct cgn_block_map *m, uint32_t ord, uint32_t block)
{
	const struct cgn_block_grid *g = &m->grids[ord];

	if (block - g->first >= g->count)
		g = &m->mixed[ord].old[old_of(&m->mixed[ord], block)].grid;
	return span_in(g, block - g->first);
}
