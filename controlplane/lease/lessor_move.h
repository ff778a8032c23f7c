/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_LESSOR_MOVE_H
#define CGN_LESSOR_MOVE_H

/**
 * @file
 * Moves leases whose mappings the workers have ended: their external address is out of use, or a reload has given their
 * subscriber, its group or their port another use.
 *
 * The lessor asks the worker for a new mapping of the same inside endpoint, with the same external port if it is free, for
 * the time that the lease has left. A lease that the worker still has stays as it is. The client keeps its lease, and is told
 * of the new external endpoint: a client of PCP by an update of the mapping (RFC 6887 section 14.2). The epoch of a client of
 * NAT-PMP begins anew, and this is announced with the new address (RFC 6886 sections 3.2.1 and 3.6). So does the epoch of a
 * client of PCP whom no update can reach. If there is no new mapping, the lease ends as if the operator had ended it.
 *
 * What PEER has asked for ends: its connection had the old address.
 *
 * Units and threads: as lessor.h.
 */

#include "controlplane/lease/lessor_cfg.h"

/** Whether leases with an external address may be lost. */
typedef bool (*cgn_lessor_move_fn)(const void *ctx, rte_be32_t addr);

/** The workers have ended mappings: look at all leases that there are now. */
void cgn_lessor_move_begin(struct cgn_lessor *l);

/**
 * Go on: find leases that may be lost, and move them. One call looks at some leases, and sends as many commands as the
 * workers take.
 *
 * @return whether all is done. Else call again
 */
bool cgn_lessor_move_some(
		struct cgn_lessor *l, cgn_lessor_move_fn is_out, const void *ctx, uint64_t now_ms);

/** A worker has replied to a command of cgn_lessor_move_some(). */
void cgn_lessor_move_replied(struct cgn_lessor_call *call, int ret, const struct cgn_cmd_map *map,
		uint64_t now_ms);

#endif /* CGN_LESSOR_MOVE_H */
