/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_DRAIN_RESET_H
#define CGN_DRAIN_RESET_H

/**
 * @file
 * Resets for segments of connections that the configuration has ended (drain.h tells why).
 *
 * Threads: single owner, the worker.
 */

#include "dataplane/nat/nat_state.h"

/** How long segments without a mapping are answered with a reset after mappings were ended. */
#define CGN_DRAIN_RESET_S 60

/**
 * For CGN_DRAIN_RESET_S, answer TCP segments without a mapping with a reset: those from inside, and those to addresses with
 * cgn_drain_reset_is_for().
 */
static inline void
cgn_drain_reset_more(struct cgn_nat *n, cgn_tick now)
{
	n->drain.cut_no += !n->drain.is_resetting;
	n->drain.is_resetting = true;
	n->drain.reset_end = now + cgn_ticks(CGN_DRAIN_RESET_S);
}

/** Mappings of an address were ended: answer segments of their connections with a reset for CGN_DRAIN_RESET_S. */
static inline void
cgn_drain_reset_rest(struct cgn_nat *n, uint32_t ord, cgn_tick now)
{
	cgn_drain_reset_more(n, now);
	n->drain.at[ord].cut_no = n->drain.cut_no;
}

/** Whether a TCP segment without SYN or RST that has no mapping is answered with a reset now. */
static inline bool
cgn_drain_reset_is_on(const struct cgn_nat *n)
{
	return unlikely(n->drain.is_resetting);
}

/** While cgn_drain_reset_is_on(): whether mappings of an address were ended because of the configuration. */
static inline bool
cgn_drain_reset_is_for(const struct cgn_nat *n, uint32_t ord)
{
	return n->drain.at[ord].state >= CGN_DRAIN_ENDING ||
			n->drain.at[ord].cut_no == n->drain.cut_no;
}

#endif /* CGN_DRAIN_RESET_H */
