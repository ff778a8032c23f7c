/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RESTORE_H
#define CGN_RESTORE_H

/**
 * @file
 * Makes mappings and sessions again that a former process had. As in subscriber_restore.h: what does not fit is refused,
 * and nothing is left of it.
 *
 * A time that is over counts as over right now: what was to end while there was no process ends with the next
 * housekeeping, in the usual way.
 *
 * Threads: single owner, the worker.
 */

#include "dataplane/nat/nat_state.h"
#include "dataplane/nat/subscriber_restore.h"

/** A mapping as it was. The caller has checked that each field has a possible value, and that they fit together. */
struct cgn_restore_mapping {
	struct cgn_client in;
	uint32_t sub;
	uint32_t ord;  /* external address */
	uint16_t port; /* external, host order */
	uint8_t flags; /* CGN_MAPPING_*, without _FILTERED */
	uint8_t tcp_state;
	uint8_t in_if;
	rte_be32_t rem_addr;
	rte_be16_t rem_port;
	uint8_t n_filters;
	const struct cgn_filter *filters;
	cgn_tick last_use;
	cgn_tick lease_end;
};

/** A further session as it was. */
struct cgn_restore_session {
	rte_be32_t rem_addr;
	rte_be16_t rem_port;
	uint8_t state;
	bool from_outside:1;
	bool is_unproven:1;
	bool is_answered:1;
	cgn_tick last_use;
	rte_be32_t ack_in;
	rte_be32_t ack_out;
	uint32_t sent_end;
};

/**
 * Make a mapping. A static mapping must be there already: it only takes over the first connection and the last use. A
 * former lease of the same endpoints does the same.
 */
enum cgn_state_drop
cgn_restore_mapping(struct cgn_nat *n, const struct cgn_restore_mapping *r, cgn_tick now);

/** Add a further session to a mapping. @param ref  the mapping */
enum cgn_state_drop cgn_restore_session(
		struct cgn_nat *n, uint32_t ref, const struct cgn_restore_session *r, cgn_tick now);

#endif /* CGN_RESTORE_H */
