/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_SUBSCRIBER_WALK_H
#define CGN_SUBSCRIBER_WALK_H

/**
 * @file
 * Walks over the subscribers of a worker and what belongs to them, for the writer of saved state. No function here
 * changes anything. A walk goes on from any element that is still there.
 *
 * Threads: single owner, the worker.
 */

#include "dataplane/nat/block.h"
#include "dataplane/nat/hold.h"
#include "dataplane/nat/subscriber.h"

/** A block in a walk. */
struct cgn_subscriber_walk_block {
	uint32_t ord; /* its external address */
	uint16_t first;
	uint16_t last;  /* inclusive */
	cgn_tick since; /* of a block in guard: when its subscriber gave it back */
};

/**
 * The idle subscriber behind another one; idle longest first.
 *
 * @param sub  CGN_SUB_NONE: to start
 * @return CGN_SUB_NONE: there are no more
 */
uint32_t cgn_subscriber_walk_idle(const struct cgn_subscribers *s, uint32_t sub);

/** Whether there is a subscriber with a number that has a port in use or in hold-down. */
bool cgn_subscriber_walk_is_busy(const struct cgn_subscribers *s, uint32_t sub);

/** The next block of a subscriber. @param b  CGN_BLOCK_NONE: to start @return CGN_BLOCK_NONE: there is none */
uint32_t cgn_subscriber_walk_block(const struct cgn_subscribers *s, uint32_t sub, uint32_t b,
		struct cgn_subscriber_walk_block *out);

/**
 * The next block in guard of a pool's open addresses, the oldest first. Those of former cuts come last.
 *
 * @param b  CGN_BLOCK_NONE: to start
 * @return CGN_BLOCK_NONE: there are no more
 */
uint32_t cgn_subscriber_walk_guard(const struct cgn_subscribers *s, unsigned int pool, uint32_t b,
		struct cgn_subscriber_walk_block *out);

/**
 * The next block in guard of an address, if the address is closed: then its pool's walk leaves it out.
 *
 * @param[in,out] at  0 to start
 * @return CGN_BLOCK_NONE: there are no more
 */
uint32_t cgn_subscriber_walk_closed_guard(const struct cgn_subscribers *s, uint32_t ord,
		uint32_t *at, struct cgn_subscriber_walk_block *out);

/** The next port in hold-down, the oldest first. @param place  CGN_HOLD_NONE: to start @return CGN_HOLD_NONE: none */
uint32_t cgn_subscriber_walk_hold(
		const struct cgn_subscribers *s, uint32_t place, const struct cgn_hold_entry **out);

#endif /* CGN_SUBSCRIBER_WALK_H */
