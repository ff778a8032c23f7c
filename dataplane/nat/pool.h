/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_POOL_H
#define CGN_POOL_H

/**
 * @file
 * Free blocks of the external addresses, and the address that a new subscriber is paired with.
 *
 * A new subscriber gets its preferred address. The preferred address is computed from the subscriber's
 * prefix. It is therefore the same after a restart, even without a store. If the preferred address has
 * clearly fewer free blocks than others, the subscriber gets the address with the most free blocks instead.
 * Addresses with equally many free blocks take turns. There is one list of addresses for each number of
 * free blocks, so the cost does not depend on the size of the pool or on how full it is.
 *
 * A block that its subscriber gives back is in guard: for some minutes, nobody gets it. So the clocks of those who look
 * into the records may differ by some minutes. The guard gives way if there is no other block: a young block is better
 * than no port. Then the block that is in guard for the longest time is taken.
 *
 * An address can be closed: it is in no list, so nobody is paired with it and it gives out no block. Its blocks stay in
 * guard until it is opened again, and then for the whole time anew, or until cgn_pool_unguard_closed().
 *
 * Source:  RFC 7768 sections 2 and 5 (guard), RFC 4787 REQ-2 (paired), RFC 6888 REQ-3 (any size), REQ-13 (spread).
 * Threads: single owner, the worker.
 * Memory:  150 bytes per address, 16 bytes per block, 8 KB per pool.
 * Cost:    O(1). The choice of a random block is O(blocks of an address / 64).
 */

#include "dataplane/nat/block_mixed.h"
#include "shared/clock.h"
#include "shared/stats.h"

/** Place of an address in the list of addresses with equally many free blocks. */
struct cgn_pool_link {
	uint32_t prev; /* ordinals */
	uint32_t next;
	uint16_t n_free; /* free blocks that are not in guard; also the number of the address's list */
	uint16_t n_guarded;     /* blocks of the present cut in guard */
	uint16_t n_old_guarded; /* blocks of former cuts in guard (block_mixed.h) */
	uint16_t n_used;        /* blocks that belong to subscribers */
	uint32_t n_paired;      /* subscribers that are paired with the address */
	uint32_t n_leases;      /* leases of these subscribers */
	bool is_closed;
	bool is_shut; /* closed, and its blocks give out no port either */
};

/** A block in guard, in the list of its pool. The list is in the order of `since`. Blocks of closed addresses are in none. */
struct cgn_pool_guard {
	uint32_t prev; /* blocks; CGN_BLOCK_NONE: none */
	uint32_t next;
	uint32_t owner:31; /* ordinal of its address + 1; 0: not in guard */
	uint32_t is_old:1; /* it is of a former cut */
	cgn_tick since;
};

/**
 * List of the addresses with the same number of free blocks, or of blocks in guard. Fields are ordinals or blocks;
 * CGN_EXT_NONE or CGN_BLOCK_NONE: the list is empty.
 */
struct cgn_pool_list {
	uint32_t first;
	uint32_t last;
};

/** The part of one pool whose addresses belong to this worker. All fields are zero until it has one. */
struct cgn_pool {
	struct cgn_pool_list *lists; /* by number of free blocks */
	uint16_t most;               /* free blocks of the address that has the most */
	/* Lists of its blocks in guard, the oldest first: those whose guard can be cut, and those of former cuts. */
	struct cgn_pool_list guards[2];
};

/** The pools of a worker. */
struct cgn_pool_set {
	struct cgn_pool *pools;
	struct cgn_pool_list (*lists)[CGN_BLOCK_WORDS * 64 + 1]; /* by pool */
	uint32_t n_pools;
	struct cgn_pool_link *links; /* by ordinal */
	uint64_t (*taken)
			[CGN_BLOCK_WORDS]; /* by ordinal; a block in guard or blocked is taken, too */
	struct cgn_pool_guard *guards;     /* by block */
	uint32_t n_guarded;                /* of all pools */
	uint32_t guard_at;                 /* pool to look at next */
	struct cgn_pool_stats *stats;      /* by pool */
	const struct cgn_ext *ext;
	struct cgn_block_map *map;
};

/**
 * Set up the pools with all blocks free.
 *
 * @param ext  addresses of the worker; must outlive the set
 * @param map  blocks of the addresses of @p ext; must outlive the set
 * @param stats  one for each pool, all zero; must outlive the set
 * @return 0, -ENOMEM
 */
int cgn_pool_set_init(struct cgn_pool_set *s, const struct cgn_ext *ext, struct cgn_block_map *map,
		uint32_t n_pools, struct cgn_pool_stats *stats);

/** Release what init made. */
void cgn_pool_set_fini(struct cgn_pool_set *s);

/** The address with the most free blocks; CGN_EXT_NONE if no address has a free block. */
uint32_t cgn_pool_best(const struct cgn_pool_set *s, unsigned int pool);

/**
 * The address for a new subscriber. The preferred address depends only on @p who. It is chosen if its
 * number of free blocks is at least three quarters of that of the best address (cgn_pool_best()). Otherwise
 * the best address is chosen. CGN_EXT_NONE if no address has a free block.
 *
 * @param who  number of the subscriber; consecutive numbers are spread evenly over the addresses
 */
uint32_t cgn_pool_preferred(const struct cgn_pool_set *s, unsigned int pool, uint32_t who);

/** Blocks of an address that it can give out: free ones, with those in guard. */
static inline unsigned int
cgn_pool_free_blocks(const struct cgn_pool_set *s, uint32_t ord)
{
	const struct cgn_pool_link *l = &s->links[ord];

	return l->is_closed ? 0 : l->n_free + l->n_guarded;
}

/** Blocks of an address that belong to subscribers. */
static inline unsigned int
cgn_pool_used_blocks(const struct cgn_pool_set *s, uint32_t ord)
{
	return s->links[ord].n_used;
}

/** Whether an address is closed. */
static inline bool
cgn_pool_is_closed(const struct cgn_pool_set *s, uint32_t ord)
{
	return s->links[ord].is_closed;
}

/** Add an address of the worker that is new. Its ports are cut already. */
void cgn_pool_add(struct cgn_pool_set *s, uint32_t ord);

/** Remove a closed address without blocks in use or in guard. */
void cgn_pool_remove(struct cgn_pool_set *s, uint32_t ord);

/** Cut the ports of an address anew. @return as cgn_block_mixed_cut() */
bool cgn_pool_cut(struct cgn_pool_set *s, uint32_t ord, const struct cgn_block_grid *cut);

/** Close an address that is open. Takes O(blocks of an address). */
void cgn_pool_close(struct cgn_pool_set *s, uint32_t ord);

/** Open an address that is closed. Takes O(blocks of an address). */
void cgn_pool_open(struct cgn_pool_set *s, uint32_t ord, cgn_tick now);

/** The blocks of a closed address give out no port any more, until it is opened again. */
static inline void
cgn_pool_shut(struct cgn_pool_set *s, uint32_t ord)
{
	s->links[ord].is_shut = true;
}

/** Whether the blocks of an address give out no port. */
static inline bool
cgn_pool_is_shut(const struct cgn_pool_set *s, uint32_t ord)
{
	return s->links[ord].is_shut;
}

/**
 * The next block of an address that is in guard. Takes O(blocks of an address).
 *
 * @param[in,out] at  0 to start
 * @return CGN_BLOCK_NONE: there are no more
 */
uint32_t cgn_pool_next_guarded(const struct cgn_pool_set *s, uint32_t ord, uint32_t *at);

/**
 * End the guard of the blocks of a closed address that were given back @p guard ticks ago or longer. Takes O(blocks of an
 * address).
 *
 * @return whether none is left in guard
 */
bool cgn_pool_unguard_closed(struct cgn_pool_set *s, uint32_t ord, cgn_tick now, cgn_tick guard);

/**
 * Take a free block of an address at random; CGN_BLOCK_NONE if there is none. If all free blocks are in guard, it is the
 * one that was given back first.
 */
uint32_t cgn_pool_take_block(struct cgn_pool_set *s, uint32_t ord, struct cgn_rand *rnd);

/** Take a given block of an address. @return false: somebody has it, or it is in guard */
bool cgn_pool_take_this(struct cgn_pool_set *s, uint32_t ord, uint32_t block);

/** Whether a block is in guard. */
static inline bool
cgn_pool_is_guarded(const struct cgn_pool_set *s, uint32_t block)
{
	return s->guards[block].owner != 0;
}

/** Give a block back that nobody has used. */
void cgn_pool_put_block(struct cgn_pool_set *s, uint32_t ord, uint32_t block);

/** Give a block back, and put it in guard. */
void cgn_pool_guard_block(struct cgn_pool_set *s, uint32_t ord, uint32_t block, cgn_tick now);

/**
 * End the guard of blocks that were given back @p guard ticks ago or longer. Each call looks at one pool, and ends the
 * guard of a few blocks.
 */
void cgn_pool_unguard(struct cgn_pool_set *s, cgn_tick now, cgn_tick guard);

/** Gauges and counters of the pool of an address. */
static inline struct cgn_pool_stats *
cgn_pool_stats_of(struct cgn_pool_set *s, uint32_t ord)
{
	return &s->stats[s->ext->owned_pool[ord]];
}

/** Count that a subscriber is paired with an address. */
static inline void
cgn_pool_pair(struct cgn_pool_set *s, uint32_t ord)
{
	s->links[ord].n_paired++;
	cgn_counter_add(&cgn_pool_stats_of(s, ord)->subscribers, 1);
	cgn_counter_add(&cgn_pool_stats_of(s, ord)->pairings, 1);
}

/** Count that a subscriber is no longer paired with an address. */
static inline void
cgn_pool_unpair(struct cgn_pool_set *s, uint32_t ord)
{
	s->links[ord].n_paired--;
	cgn_counter_sub(&cgn_pool_stats_of(s, ord)->subscribers, 1);
}

#endif /* CGN_POOL_H */
