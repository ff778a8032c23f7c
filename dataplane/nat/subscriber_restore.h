/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_SUBSCRIBER_RESTORE_H
#define CGN_SUBSCRIBER_RESTORE_H

/**
 * @file
 * Makes subscribers, blocks and ports again that a former process had. They come from outside: whatever does not fit the
 * configuration or what is there already is refused, and nothing is left of it.
 *
 * An address is given by its ordinal. The caller has checked that the worker owns it.
 *
 * Threads: single owner, the worker.
 */

#include "dataplane/nat/subscriber.h"
#include "shared/state_counts.h"

/** A subscriber as it was. */
struct cgn_subscriber_restored {
	struct cgn_ip prefix; /* its first address */
	uint8_t len;
	uint8_t reached; /* bits of enum cgn_mark_bit */
	uint16_t blocks_peak;
	uint32_t ord; /* paired external address */
	uint32_t tokens;
	cgn_tick tokens_at;
	cgn_tick idle_since; /* does not count if it has ports */
	uint64_t mappings_total;
	uint64_t refused_total;
	uint32_t mappings_peak;
	uint32_t sessions_peak;
};

/**
 * From now on, until it is ended, new subscribers get no first block. Those of static mappings are made before the
 * blocks of the former process come, and must not take them.
 */
void cgn_subscriber_restore_await(struct cgn_subscribers *s, bool is_awaited);

/** Whether the state of the former process is still to come, or comes now. */
bool cgn_subscriber_restore_is_awaited(const struct cgn_subscribers *s);

/** Give a subscriber a block if it has none. */
void cgn_subscriber_restore_first_block(struct cgn_subscribers *s, uint32_t sub);

/**
 * Make a subscriber without blocks, except for its own one. If it is there already with the same address, it only takes
 * over the counts.
 *
 * @param[out] sub  its number, if it was taken
 */
enum cgn_state_drop cgn_subscriber_restore(struct cgn_subscribers *s,
		const struct cgn_subscriber_restored *r, cgn_tick now, uint32_t *sub);

/** Give a subscriber a block. @param first, last  its ports; they must be one block of today's configuration */
enum cgn_state_drop cgn_subscriber_restore_block(struct cgn_subscribers *s, uint32_t sub,
		uint32_t ord, uint16_t first, uint16_t last);

/** Put a block in guard that nobody has. @param since  when its subscriber gave it back */
enum cgn_state_drop cgn_subscriber_restore_guard(struct cgn_subscribers *s, uint32_t ord,
		uint16_t first, uint16_t last, cgn_tick since, cgn_tick now);

/**
 * Take a port for a mapping, in a block of the subscriber or outside of its blocks. As after cgn_subscribers_claim(), the
 * caller must fill the slot in the external index.
 */
enum cgn_state_drop cgn_subscriber_restore_port(struct cgn_subscribers *s, uint32_t sub,
		const struct cgn_client *c, uint32_t ord, uint16_t port, cgn_tick now);

/** Put a port in hold-down. @param end  when that ends; at the latest nat.hold_down_s from now */
enum cgn_state_drop
cgn_subscriber_restore_hold(struct cgn_subscribers *s, uint32_t sub, const struct cgn_client *c,
		uint32_t ord, uint16_t port, cgn_tick end, cgn_tick now);

#endif /* CGN_SUBSCRIBER_RESTORE_H */
