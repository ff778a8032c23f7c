/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Bitmaps of the ports of the external addresses, and random choice in a block.
 */
#include "dataplane/nat/block.h"

#include <stdlib.h>

#include <rte_common.h>

#ifdef __BMI2__
#include <immintrin.h>
#endif

#define PORTS ((size_t)1 << 16)
#define CELLS (PORTS / 64)
#define TRIES 4 /* random tries before the free numbers are counted */

uint32_t
cgn_block_own_of(const struct cgn_block_map *m, uint32_t ord, uint16_t port)
{
	const struct cgn_det *det = cgn_block_own(m, ord);
	uint32_t slot = det == NULL ? CGN_DET_NONE : cgn_det_slot_of(det, port);

	return slot == CGN_DET_NONE ? CGN_BLOCK_NONE
				    : m->grids[ord].first + m->grids[ord].count + slot;
}

struct cgn_block_span
cgn_block_own_span(const struct cgn_block_map *m, uint32_t ord, uint32_t block)
{
	const struct cgn_block_grid *g = &m->grids[ord];
	const struct cgn_det *det = cgn_block_own(m, ord);
	struct cgn_block_span span = { .reserved = det == NULL ? NULL : det->reserved };
	uint32_t i = block - g->first;

	if (i < g->count) {
		span.first = g->base + i * g->size;
		span.end = span.first + g->size;
	} else {
		span.first = det->starts[i - g->count];
		span.end = cgn_det_end(det, i - g->count);
	}
	return span;
}

/* Mask of the numbers of a cell that belong to a block and are not reserved. @param cell  its first port */
static inline uint64_t
within(const struct cgn_block_span *span, uint32_t cell)
{
	uint64_t mask = CGN_BLOCK_ANY;

	if (cell < span->first)
		mask &= CGN_BLOCK_ANY << (span->first - cell);
	if (cell + 64 > span->end)
		mask &= CGN_BLOCK_ANY >> (cell + 64 - span->end);
	return span->reserved == NULL ? mask : mask & ~span->reserved[cell / 64];
}

/* Mask of the numbers of a cell that may be given out of a block. */
static inline uint64_t
allowed(const struct cgn_block_grid *g, const struct cgn_block_span *span, uint32_t cell)
{
	uint64_t mask = within(span, cell);

	for (unsigned int i = 0; i < g->n_kept; i++) {
		if (g->kept[i] / 64 == cell / 64)
			mask &= ~(UINT64_C(1) << g->kept[i] % 64);
	}
	return mask;
}

/* Whether a kept number lies in first..end-1 and is not in use. A reload may keep a number that has a mapping: it counts
 * as in use until then. */
static inline bool
is_kept_back(const struct cgn_block_map *m, uint32_t ord, uint16_t kept, uint32_t first,
		uint32_t end)
{
	return kept >= first && kept < end &&
			(cgn_block_in_use(cgn_block_cell(m, ord, kept)) >> (kept & 63) & 1) == 0;
}

/* Numbers of a block that may be given out, on an address with reserved numbers. */
static uint32_t
count_allowed(const struct cgn_block_map *m, uint32_t ord, uint32_t block,
		const struct cgn_block_span *span)
{
	const struct cgn_block_grid *g = &m->grids[ord];
	const struct cgn_det *det = cgn_block_own(m, ord);
	uint32_t n = 0;

	/* An own block may have many cells, but its count is known. */
	if (cgn_block_is_own(m, ord, block))
		n = det->ports;
	else
		for (uint32_t cell = span->first & ~63U; cell < span->end; cell += 64)
			n += (uint32_t)__builtin_popcountll(within(span, cell));
	for (unsigned int i = 0; i < g->n_kept; i++)
		n -= is_kept_back(m, ord, g->kept[i], span->first, span->end) &&
				!cgn_det_is_reserved(det, g->kept[i]);
	return n;
}

/* Free numbers of a block without reserved ones, whose ports are first..end-1. */
static inline unsigned int
free_in(const struct cgn_block_map *m, uint32_t ord, uint32_t block, uint32_t first, uint32_t end)
{
	const struct cgn_block_grid *g = &m->grids[ord];
	uint32_t n_kept = 0;

	for (unsigned int i = 0; i < g->n_kept; i++)
		n_kept += is_kept_back(m, ord, g->kept[i], first, end);
	return end - first - n_kept - m->blocks[block].numbers;
}

/* The same where there are deterministic groups or blocks of former cuts. It is a function of its own, so that others
 * do not pay for it. */
static __rte_noinline unsigned int
free_in_span(const struct cgn_block_map *m, uint32_t ord, uint32_t block)
{
	struct cgn_block_span span = cgn_block_span_of(m, ord, block);

	if (span.reserved != NULL)
		return count_allowed(m, ord, block, &span) - m->blocks[block].numbers;
	return free_in(m, ord, block, span.first, span.end);
}

unsigned int
cgn_block_free(const struct cgn_block_map *m, uint32_t ord, uint32_t block)
{
	const struct cgn_block_grid *g = &m->grids[ord];
	uint32_t first = g->base + (block - g->first) * g->size;

	if (unlikely(m->own != NULL || g->is_mixed))
		return free_in_span(m, ord, block);
	return free_in(m, ord, block, first, first + g->size);
}

void
cgn_block_use(struct cgn_block_map *m, uint32_t ord, unsigned int proto, uint16_t port,
		uint32_t sub)
{
	struct cgn_block_cell *c = cgn_block_cell(m, ord, port);
	uint32_t b = cgn_block_of(m, ord, port);
	uint64_t bit = UINT64_C(1) << (port & 63);
	bool is_first = (cgn_block_in_use(c) & bit) == 0;

	assert((c->used[proto] & bit) == 0);
	c->used[proto] |= bit;
	if (is_first && sub != CGN_BLOCK_NONE) {
		c->claimed |= bit;
		m->claimant[((size_t)ord << 16) | port] = sub;
	}
	if (b == CGN_BLOCK_NONE)
		return;
	m->blocks[b].used[proto]++;
	if (is_first)
		m->blocks[b].numbers++;
	if ((c->claimed & bit) == 0)
		m->blocks[b].n_counted++;
}

bool
cgn_block_unuse(struct cgn_block_map *m, uint32_t ord, unsigned int proto, uint16_t port)
{
	struct cgn_block_cell *c = cgn_block_cell(m, ord, port);
	uint32_t b = cgn_block_of(m, ord, port);
	uint64_t bit = UINT64_C(1) << (port & 63);
	bool is_counted = (c->claimed & bit) == 0, is_last;

	assert((c->used[proto] & bit) != 0);
	c->used[proto] &= ~bit;
	is_last = (cgn_block_in_use(c) & bit) == 0;
	if (is_last)
		c->claimed &= ~bit;
	if (b != CGN_BLOCK_NONE) {
		m->blocks[b].used[proto]--;
		if (is_last)
			m->blocks[b].numbers--;
		if (is_counted)
			m->blocks[b].n_counted--;
	}
	return is_counted;
}

/* Position of the k-th set bit of a word, from 0. */
static inline unsigned int
select_bit(uint64_t word, unsigned int k)
{
#ifdef __BMI2__
	return (unsigned int)__builtin_ctzll(_pdep_u64(UINT64_C(1) << k, word));
#else
	for (; k > 0; k--)
		word &= word - 1;
	return (unsigned int)__builtin_ctzll(word);
#endif
}

/* Count the free numbers of a block, and choose one of them. It is a function of its own, because it has a large frame
 * that most choices do not need. */
static __rte_noinline bool
choose_counted(const struct cgn_block_map *m, uint32_t ord, uint32_t block, uint64_t mask,
		struct cgn_rand *rnd, uint16_t *port)
{
	const struct cgn_block_span span = cgn_block_span_of(m, ord, block);
	uint32_t first = span.first & ~63U, n_cells = (span.end - first + 63) / 64;
	uint32_t total = 0, k;
	uint64_t free[CELLS];

	for (uint32_t i = 0; i < n_cells; i++) {
		free[i] = ~cgn_block_in_use(cgn_block_cell(m, ord, (uint16_t)(first + 64 * i))) &
				mask & allowed(&m->grids[ord], &span, first + 64 * i);
		total += (uint32_t)__builtin_popcountll(free[i]);
	}
	if (total == 0)
		return false;
	k = cgn_rand_below(rnd, total);
	for (uint32_t i = 0;; i++) {
		uint32_t n = (uint32_t)__builtin_popcountll(free[i]);

		if (k < n) {
			*port = (uint16_t)(first + 64 * i + select_bit(free[i], k));
			return true;
		}
		k -= n;
	}
}

bool
cgn_block_choose(const struct cgn_block_map *m, uint32_t ord, uint32_t block, uint64_t mask,
		struct cgn_rand *rnd, uint16_t *port)
{
	const struct cgn_block_span span = cgn_block_span_of(m, ord, block);
	uint32_t size = span.end - span.first;

	/* Rejection sampling: the first free number that is drawn is uniform over the free ones. While at
	 * most half of the numbers are in use, few draws are enough, and no word has to be counted. */
	for (int i = 0; i < TRIES && m->blocks[block].numbers <= size / 2; i++) {
		uint32_t p = span.first + cgn_rand_below(rnd, size);

		/* Half of all draws would have the wrong parity. Changing the last bit saves them, and the
		 * choice stays uniform if the block has as many even numbers as odd ones. */
		if ((mask == CGN_BLOCK_EVEN || mask == CGN_BLOCK_ODD) &&
				((span.first | span.end) & 1) == 0)
			p = mask == CGN_BLOCK_EVEN ? p & ~1U : p | 1;
		else if ((mask >> (p & 63) & 1) == 0)
			continue;
		if ((cgn_block_in_use(cgn_block_cell(m, ord, (uint16_t)p)) >> (p & 63) & 1) != 0 ||
				cgn_block_is_excluded(m, ord, (uint16_t)p))
			continue;
		*port = (uint16_t)p;
		return true;
	}
	return choose_counted(m, ord, block, mask, rnd, port);
}

unsigned int
cgn_block_longest_row(const struct cgn_block_map *m, uint32_t ord, uint32_t block, unsigned int max,
		uint64_t mask, struct cgn_rand *rnd, uint16_t *port)
{
	const struct cgn_block_span span = cgn_block_span_of(m, ord, block);
	uint32_t size = span.end - span.first, row = 0;
	uint32_t start = cgn_rand_below(rnd, size), best = 0;

	/* From a random number on, and around, because ports should be hard to guess (RFC 6056). A row does not go on
	 * from the last number to the first one. */
	for (uint32_t i = 0; i < size + max && best < max; i++) {
		uint32_t at = (start + i) % size, p = span.first + at;

		if (at == 0)
			row = 0;
		if ((cgn_block_in_use(cgn_block_cell(m, ord, (uint16_t)p)) >> (p & 63) & 1) != 0 ||
				cgn_block_is_excluded(m, ord, (uint16_t)p))
			row = 0;
		else if (row != 0 || (mask >> (p & 63) & 1) != 0)
			row++;
		if (row > best) {
			best = row;
			*port = (uint16_t)(p + 1 - row);
		}
	}
	return best;
}

bool
cgn_block_choose_shared(const struct cgn_block_map *m, uint32_t ord, uint32_t block,
		struct cgn_block_search *s, struct cgn_rand *rnd, uint16_t *port)
{
	const struct cgn_block_span span = cgn_block_span_of(m, ord, block);
	uint32_t first = span.first & ~63U, n_cells = (span.end - first + 63) / 64;
	uint32_t at = span.first - first + cgn_rand_below(rnd, span.end - span.first);

	/* One round more than there are cells: the start cell is searched twice, first from the start
	 * upwards, last the part below the start. */
	for (uint32_t i = 0; i <= n_cells; i++) {
		uint32_t cell_port = first + 64 * ((at / 64 + i) % n_cells);
		const struct cgn_block_cell *c = cgn_block_cell(m, ord, (uint16_t)cell_port);
		uint64_t word = cgn_block_in_use(c) & ~c->used[s->proto] & s->mask &
				within(&span, cell_port);

		if (i == 0)
			word &= CGN_BLOCK_ANY << (at & 63);
		else if (i == n_cells)
			word &= ~(CGN_BLOCK_ANY << (at & 63));
		for (; word != 0; word &= word - 1) {
			uint16_t p = (uint16_t)(cell_port + (unsigned int)__builtin_ctzll(word));

			if (s->tries == 0)
				return false;
			s->tries--;
			if (s->may(s->ctx, p)) {
				*port = p;
				return true;
			}
		}
	}
	return false;
}
