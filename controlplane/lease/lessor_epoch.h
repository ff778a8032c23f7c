/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_LESSOR_EPOCH_H
#define CGN_LESSOR_EPOCH_H

/**
 * @file
 * Epochs: that of all clients, and those of clients that have lost something. A timer forgets epochs that are no
 * longer needed, and stamps the store.
 *
 * Source:  RFC 6886 section 3.6.
 * Units and threads: as lessor.h.
 */

#include "controlplane/lease/lessor_state.h"

/** Prepare the timer; the epoch of all begins now. */
void cgn_lessor_epoch_init(struct cgn_lessor *l, uint64_t now_ms);

/** The reverse. */
void cgn_lessor_epoch_fini(struct cgn_lessor *l);

/** Set the timer if there is a store to be stamped, or an epoch that ends. */
void cgn_lessor_epoch_arm(struct cgn_lessor *l, uint64_t now_ms);

/** The epoch of all begins anew, and nobody has one of its own. */
void cgn_lessor_epoch_begin(struct cgn_lessor *l, uint64_t now_ms);

/**
 * A client has lost something: its epoch begins anew, the others' goes on.
 *
 * @param lifetime_s  the longest lifetime of what it has lost
 */
void cgn_lessor_epoch_reset(struct cgn_lessor *l, uint32_t realm, rte_be32_t addr,
		uint32_t lifetime_s, uint64_t now_ms);

/** When a client's epoch started; may lie before the clock's zero. */
int64_t cgn_lessor_epoch_start(const struct cgn_lessor *l, uint32_t realm, rte_be32_t addr);

#endif /* CGN_LESSOR_EPOCH_H */
