/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_MARK_H
#define CGN_MARK_H

/**
 * @file
 * Thresholds of subscribers: mappings, and ports of the own range of a deterministic group.
 *
 * A subscriber reaches a threshold once. It can reach it again only after it has fallen below nine tenths of it
 * (hysteresis), or when a reload has changed a threshold of its group. It is counted for the group each time. notice.h
 * makes records, at least an interval apart.
 *
 * Source:  RFC 7659 section 3.1.2 (port map entries of a subscriber), RFC 7422 section 2.2 (port use).
 * Threads: single owner, the worker.
 * Cost:    one branch for each mapping that begins or ends, if no group has a threshold.
 */

#include "dataplane/nat/nat_state.h"

/**
 * Thresholds of a subscriber, bits of cgn_subscriber.reached. The bits above them say for which thresholds these bits
 * are.
 */
enum cgn_mark_bit {
	CGN_MARK_MAPPINGS,
	CGN_MARK_OWN,
	CGN_MARK_BITS,
};

/** Use the thresholds of another configuration from now on. Call it before n->conf changes. */
void cgn_mark_set_conf(struct cgn_nat *n, const struct cgn_conf *conf);

/** cgn_mark_look() if some group has a threshold. */
void cgn_mark_check(struct cgn_nat *n, uint32_t sub, cgn_tick now);

/** A mapping of a subscriber has begun or ended: compare what it has with its thresholds. */
static inline void
cgn_mark_look(struct cgn_nat *n, uint32_t sub, cgn_tick now)
{
	if (unlikely(n->has_marks))
		cgn_mark_check(n, sub, now);
}

#endif /* CGN_MARK_H */
