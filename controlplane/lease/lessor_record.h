/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_LESSOR_RECORD_H
#define CGN_LESSOR_RECORD_H

/**
 * @file
 * A lease in the table of the lessor and in the store: made, written down, ended. What is written is durable
 * after the next commit (lessor_commit.h).
 *
 * Units and threads: as lessor.h.
 */

#include "controlplane/lease/lessor_state.h"

/** Milliseconds until ended leases leave the store, if nothing else is written. */
#define CGN_LESSOR_RECORD_LAZY_MS 1000

/** Take the callback of the realms; the table of leases is there. */
void cgn_lessor_record_init(struct cgn_lessor *l);

/** The reverse. */
void cgn_lessor_record_fini(struct cgn_lessor *l);

/** Make a lease that ends at a time. NULL: no memory. */
struct cgn_leasetable_lease *cgn_lessor_record_add(
		struct cgn_lessor *l, uint32_t realm, const struct cgn_ep4 *in, uint64_t end_ms);

/** Put a lease into the store, and its realm. */
void cgn_lessor_record_put(struct cgn_leasetable_lease *x, uint64_t now_ms);

/** Take a lease out of the store and the table. */
void cgn_lessor_record_forget(struct cgn_leasetable_lease *x, uint64_t now_ms);

/** Put a realm into the store, unless it is there. The store has the realm of everything that it has. */
void cgn_lessor_record_realm(struct cgn_lessor *l, uint32_t realm);

/** Note that the store has a lease. */
void cgn_lessor_record_mark(struct cgn_leasetable_lease *x);

#endif /* CGN_LESSOR_RECORD_H */
