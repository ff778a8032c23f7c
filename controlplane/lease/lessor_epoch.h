/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_LESSOR_EPOCH_H
#define CGN_LESSOR_EPOCH_H

/**
 * @file
 * The epochs of the lessor: one epoch of all clients, and an epoch for each client that has lost leases. A timer
 * removes the epochs of clients that are no longer needed, and puts stamps into the store.
 *
 * Source:  RFC 6886 section 3.6.
 * Units and threads: as lessor.h.
 */

#include "controlplane/lease/lessor_state.h"

/** Prepare the timer. The epoch of all clients begins now. */
void cgn_lessor_epoch_init(struct cgn_lessor *l, uint64_t now_ms);

/** Cancel the timer. */
void cgn_lessor_epoch_fini(struct cgn_lessor *l);

/** Set the timer if there is a store that needs stamps, or a client with an epoch of its own. */
void cgn_lessor_epoch_arm(struct cgn_lessor *l, uint64_t now_ms);

/** Let the epoch of all clients begin anew. No client has an epoch of its own any more. */
void cgn_lessor_epoch_begin(struct cgn_lessor *l, uint64_t now_ms);

/**
 * A client has lost leases. Its epoch begins anew. The epochs of other clients go on.
 *
 * @param lifetime_s  the longest lifetime of the lost leases
 */
void cgn_lessor_epoch_reset(struct cgn_lessor *l, uint32_t realm, rte_be32_t addr,
		uint32_t lifetime_s, uint64_t now_ms);

/** When a client's epoch started. It may lie before the clock's zero. */
int64_t cgn_lessor_epoch_start(const struct cgn_lessor *l, uint32_t realm, rte_be32_t addr);

#endif /* CGN_LESSOR_EPOCH_H */
