/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_DRAIN_LEFT_H
#define CGN_DRAIN_LEFT_H

/**
 * @file
 * The state of an external address, and how much time it has left (drain.h).
 *
 * Threads: single owner, the worker.
 */

#include "dataplane/nat/nat_state.h"

/** State of an address. */
static inline enum cgn_drain_state
cgn_drain_left_state(const struct cgn_nat *n, uint32_t ord)
{
	return (enum cgn_drain_state)n->drain.at[ord].state;
}

/** Ticks until what is left on an address that is not open is ended. */
cgn_tick cgn_drain_left(const struct cgn_nat *n, uint32_t ord, cgn_tick now);

/**
 * The lifetime that a renewed lease gets.
 *
 * @param addr  external address of the lease
 * @return @p lifetime_s, or what is left of the time of the address, but at least 1
 */
uint32_t cgn_drain_left_lifetime_s(
		const struct cgn_nat *n, rte_be32_t addr, uint32_t lifetime_s, cgn_tick now);

#endif /* CGN_DRAIN_LEFT_H */
