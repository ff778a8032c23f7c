/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RESOLVER_OPS_H
#define CGN_RESOLVER_OPS_H

/**
 * @file
 * What the resolver lets others do for it, and what it counts.
 *
 * Threads: the control thread.
 */

#include "shared/control_counters.h"
#include "shared/msg.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The I/O of the resolver. Its owner fills it; tests put fakes in. */
struct cgn_resolver_ops {
	/** Send a whole frame by a port. */
	void (*send)(void *ctx, uint16_t port, const void *frame, size_t len);
	/**
	 * Tell all workers that a neighbour is known or no longer known.
	 *
	 * @return false: not all could be told; the resolver tries again later
	 */
	bool (*tell)(void *ctx, bool is_known, const struct cgn_cmd_neigh *n, uint64_t now_ms);
};

/** What the resolver counts. */
struct cgn_resolver_stats {
	CGN_RESOLVER_COUNTERS(CGN_STATS_FIELD)
};

#endif /* CGN_RESOLVER_OPS_H */
