/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RESOLVER_OPS_H
#define CGN_RESOLVER_OPS_H

/**
 * @file
 * What the resolver does by others, and what it counts.
 */

#include "shared/msg.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cgn_resolver_ops {
	/** Send a whole frame by a port. */
	void (*send)(void *ctx, uint16_t port, const void *frame, size_t len);
	/** Tell all workers. @return false: not all could be told, to be tried again later */
	bool (*tell)(void *ctx, bool is_known, const struct cgn_cmd_neigh *n, uint64_t now_ms);
};

struct cgn_resolver_stats {
	uint64_t requests;  /* sent */
	uint64_t answers;   /* sent */
	uint64_t announced; /* sent */
	uint64_t resolved;  /* wanted and found */
	uint64_t failed;    /* wanted, no answer; or gave way before */
	uint64_t expired;   /* known, no longer there */
	uint64_t full;      /* wanted or learned, no room */
	uint64_t displaced; /* known, gave way to a newcomer */
	uint64_t over;      /* addresses above the limit of their station */
	uint64_t conflicts; /* others that use an own address */
	uint64_t refused;   /* claims to a known neighbour's address whose station answered */
	uint64_t moved;     /* claims that were followed, since it did not answer */
	uint64_t malformed; /* frames */
};

#endif /* CGN_RESOLVER_OPS_H */
