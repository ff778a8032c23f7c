/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_BLOCK_MIXED_H
#define CGN_BLOCK_MIXED_H

/**
 * @file
 * Addresses whose ports were cut anew while some blocks were in use, because a reload has changed block_size or
 * port_range.
 *
 * A block in use keeps its ports and its number: it becomes an old block of a former cut. New blocks are those of the
 * present cut. A new block is blocked as long as an old one has some of its ports. When an old block is given back, the
 * new blocks that it has blocked are free, unless another old one blocks them, too. When the last old block of an
 * address is given back, the address is as one that was never cut anew.
 *
 * A number that lies in no block that can be given out counts for none. When its block can be given out, the numbers in
 * use are counted again. They all are claims.
 *
 * An address of a deterministic pool is never cut anew.
 *
 * Threads: single owner, the worker.
 * Cost:    to cut an address anew reads the bits of all its ports, some microseconds.
 */

#include "dataplane/nat/block_map.h"

/**
 * Cut the ports of an address anew.
 *
 * @param cut     the new cut; `first` is not used
 * @param[in,out] taken  CGN_BLOCK_WORDS words: the blocks of the present cut that are in use, in guard or blocked. After
 *   the call, those of the new one that are blocked
 * @return false: nothing has changed, because too many former cuts are in use, or there are no more numbers of blocks
 */
bool cgn_block_mixed_cut(struct cgn_block_map *m, uint32_t ord, const struct cgn_block_grid *cut,
		uint64_t taken[static CGN_BLOCK_WORDS]);

/** Whether a block of an address is an old one. */
static inline bool
cgn_block_mixed_is_old(const struct cgn_block_map *m, uint32_t ord, uint32_t block)
{
	const struct cgn_block_grid *g = &m->grids[ord];

	return unlikely(g->is_mixed) && block - g->first >= g->count;
}

/**
 * Give an old block back: nobody has it, and it is not in guard.
 *
 * @param[out] opened  CGN_BLOCK_WORDS words: the blocks of the present cut that are no longer blocked
 */
void cgn_block_mixed_release(struct cgn_block_map *m, uint32_t ord, uint32_t block,
		uint64_t opened[static CGN_BLOCK_WORDS]);

/** Blocks of former cuts that are in use or in guard. */
unsigned int cgn_block_mixed_taken(const struct cgn_block_map *m, uint32_t ord);

/** Blocks of the present cut that are blocked. */
unsigned int cgn_block_mixed_blocked(const struct cgn_block_map *m, uint32_t ord);

/**
 * The old blocks of an address, one after the other.
 *
 * @param[in,out] at  0 at the beginning
 * @return CGN_BLOCK_NONE after the last one
 */
uint32_t cgn_block_mixed_next(const struct cgn_block_map *m, uint32_t ord, uint32_t *at);

#endif /* CGN_BLOCK_MIXED_H */
