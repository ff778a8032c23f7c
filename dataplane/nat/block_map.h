/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_BLOCK_MAP_H
#define CGN_BLOCK_MAP_H

/**
 * @file
 * Memory of the blocks of a worker's addresses (block.h): reserved at the start, with room for more addresses.
 *
 * Threads: single owner, the worker.
 */

#include "dataplane/nat/block.h"

/** Former cuts of an address that can be in use at a time. */
#define CGN_BLOCK_OLD_MAX 3

/** A former cut of an address. */
struct cgn_block_old {
	struct cgn_block_grid grid;
	uint16_t n_taken;
	uint64_t taken[CGN_BLOCK_WORDS]; /* its blocks that are in use or in guard */
};

/** What an address with blocks of former cuts has besides (block_mixed.h). */
struct cgn_block_mixed {
	uint32_t n_old;
	struct cgn_block_old old[CGN_BLOCK_OLD_MAX];
	uint64_t blocked[CGN_BLOCK_WORDS]; /* blocks of the present cut that have ports of old blocks */
};

/**
 * Cut the ports of all addresses of a worker into blocks.
 *
 * @param ext    addresses of the worker; must outlive the map
 * @param sizes  block size of each pool
 * @param dets  the deterministic groups; must outlive the map, or stay valid until cgn_block_map_set_dets()
 * @return 0, -ENOMEM, -EINVAL: a block size is not a multiple of 64
 */
int cgn_block_map_init(struct cgn_block_map *m, const struct cgn_ext *ext,
		const struct cgn_conf *conf, const uint16_t *sizes, const struct cgn_det_set *dets);

/** Use the deterministic groups of a new configuration. They have the same pools and ranges. */
static inline void
cgn_block_map_set_dets(struct cgn_block_map *m, const struct cgn_det_set *dets)
{
	m->dets = dets;
}

/**
 * Cut the ports of an address that is new in a pool without a deterministic group.
 *
 * @return false: there are no numbers for its blocks
 */
bool cgn_block_map_add(
		struct cgn_block_map *m, const struct cgn_conf *conf, uint32_t ord, uint16_t size);

/** The address at an ordinal is no more. None of its ports is in use, and none of its blocks in guard. */
void cgn_block_map_remove(struct cgn_block_map *m, uint32_t ord);

/** How the ports of a pool without a deterministic group are cut. @return the cut, with `first` 0 */
struct cgn_block_grid cgn_block_map_plan(const struct cgn_conf_pool *pool, uint16_t size);

/** Note the numbers of an address that are never given out. */
void cgn_block_map_keep(struct cgn_block_map *m, const struct cgn_conf *conf, uint32_t ord);

/**
 * Note again which numbers of some addresses are never given out. A number that has a mapping keeps it.
 *
 * @param conf   in use from now on
 * @param ports  its outside addresses are looked at: a configuration that has or had them
 */
void cgn_block_map_keep_again(
		struct cgn_block_map *m, const struct cgn_conf *conf, const struct cgn_conf *ports);

/** Take numbers for @p n blocks in a row. The blocks belong to nobody. @return the first; CGN_BLOCK_NONE */
uint32_t cgn_block_map_take(struct cgn_block_map *m, uint32_t n);

/** Give such numbers back. */
void cgn_block_map_put(struct cgn_block_map *m, uint32_t first, uint32_t n);

/** Release what init made. */
void cgn_block_map_fini(struct cgn_block_map *m);

#endif /* CGN_BLOCK_MAP_H */
