/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_OWN_H
#define CGN_OWN_H

/**
 * @file
 * The own blocks of subscribers of deterministic groups (shared/det.h).
 *
 * A subscriber has its own block from the beginning to the end. It is the first one in its list of blocks. The other
 * blocks are of the dynamic part. A subscriber of such a group whose address has no number in the formula, such as the
 * address of a network, has no own block.
 *
 * Source:  RFC 7422 section 2.
 * Threads: single owner, the worker.
 */

#include "dataplane/nat/block.h"
#include "dataplane/nat/subtable.h"

/** The own block of a subscriber; CGN_BLOCK_NONE: it has none. */
static inline uint32_t
cgn_own_of(const struct cgn_block_map *m, const struct cgn_subscriber *pub)
{
	if (cgn_block_own(m, pub->ext_ord) == NULL || pub->first_block == CGN_BLOCK_NONE ||
			!cgn_block_is_own(m, pub->ext_ord, pub->first_block))
		return CGN_BLOCK_NONE;
	return pub->first_block;
}

/** Blocks of a subscriber besides its own one. */
static inline uint32_t
cgn_own_others(const struct cgn_block_map *m, const struct cgn_subscriber *pub)
{
	return (uint32_t)pub->n_blocks - (cgn_own_of(m, pub) != CGN_BLOCK_NONE);
}

/** A pool that needs a free block. */
struct cgn_own_want {
	const struct cgn_block_map *map;
	const struct cgn_ext *ext;
	uint16_t pool;
};

/** Whether the pool gets a block back if a subscriber is removed: an own block is of no use to others. @param want
 * struct cgn_own_want */
bool cgn_own_is_wanted(const void *want, const struct cgn_subscriber *pub);

/**
 * What the formula says about a subscriber.
 *
 * @param det  of the subscriber's group; NULL: the group is not deterministic
 * @param[out] ord  the address; CGN_EXT_NONE: it belongs to another worker
 * @return false: the formula says nothing
 */
bool cgn_own_place(const struct cgn_det *det, const struct cgn_ext *ext,
		const struct cgn_subtable_key *key, uint32_t *ord, uint32_t *slot);

/** Give a subscriber without blocks the own block of a slot of its paired address. */
void cgn_own_give(struct cgn_block_map *m, struct cgn_subscriber *pub, uint32_t sub, uint32_t slot);

/** Take the own block of a subscriber back, if it has one. */
void cgn_own_take_back(struct cgn_block_map *m, struct cgn_subscriber *pub);

/** Numbers that a subscriber of a deterministic group may still take from the dynamic part in a protocol (M). */
uint32_t cgn_own_dynamic_room(const struct cgn_block_map *m, const struct cgn_subscriber *pub,
		unsigned int proto);

/**
 * Whether a subscriber may claim a number of a deterministic pool that nobody uses. The formula and the records of
 * blocks must tell who has it. A new lease gets a number of the dynamic part only if the own range is full, and only in
 * a block that the subscriber has.
 *
 * @param ord  address of the number
 * @param b  block of the number
 * @param is_back  a lease may come back to what it had before
 */
bool cgn_own_may_claim(const struct cgn_block_map *m, const struct cgn_subscriber *pub,
		uint32_t sub, unsigned int proto, uint32_t ord, uint32_t b, bool is_back);

#endif /* CGN_OWN_H */
