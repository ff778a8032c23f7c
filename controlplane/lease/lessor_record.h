/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_LESSOR_RECORD_H
#define CGN_LESSOR_RECORD_H

/**
 * @file
 * Adds, changes and removes leases in the table of the lessor and in the store. The next commit (lessor_commit.h) makes
 * the changes durable.
 *
 * Units and threads: as lessor.h.
 */

#include "controlplane/lease/lessor_state.h"

/** After this time, leases that have ended are removed from the store, even if nothing else is committed. */
#define CGN_LESSOR_RECORD_LAZY_MS 1000

/** Register for freed realms with cgn_realms_on_free(). The table of leases must be ready. */
void cgn_lessor_record_init(struct cgn_lessor *l);

/** Do not get freed realms any more. */
void cgn_lessor_record_fini(struct cgn_lessor *l);

/** Add a lease that ends at @p end_ms to the table. @return NULL: no memory */
struct cgn_leasetable_lease *cgn_lessor_record_add(
		struct cgn_lessor *l, uint32_t realm, const struct cgn_ep4 *in, uint64_t end_ms);

/** Remove a lease from the table only. */
void cgn_lessor_record_drop(struct cgn_leasetable_lease *x);

/** A lease as the store has it. Its texts and filters are those of the lease. */
struct cgn_store_lease cgn_lessor_record_row(const struct cgn_leasetable_lease *x, uint64_t now_ms);

/** Put a lease and its realm into the store. */
void cgn_lessor_record_put(struct cgn_leasetable_lease *x, uint64_t now_ms);

/** Tell who keeps records of leases. */
void cgn_lessor_record_tell(const struct cgn_leasetable_lease *x, enum cgn_record_event event,
		enum cgn_record_cause cause, uint64_t now_ms);

/**
 * An end of a lease has changed: set its timer and its lifetime, and put it into the store.
 *
 * @param event  CGN_RECORD_LEASE_MADE: it is a new lease; else CGN_RECORD_LEASE_RENEWED
 * @param cause  why the end has changed
 */
void cgn_lessor_record_settle(struct cgn_leasetable_lease *x, enum cgn_record_event event,
		enum cgn_record_cause cause, uint64_t now_ms);

/**
 * MAP is over, and the lease goes on for PEER only. Filters and description go with MAP.
 *
 * @param cause  why MAP is over
 */
void cgn_lessor_record_leave_peer(
		struct cgn_leasetable_lease *x, enum cgn_record_cause cause, uint64_t now_ms);

/** Remove a lease from the store and from the table. @param cause  why it has ended */
void cgn_lessor_record_forget(
		struct cgn_leasetable_lease *x, enum cgn_record_cause cause, uint64_t now_ms);

/** Copy a lease, as it is shown to the operator. */
void cgn_lessor_record_show(
		const struct cgn_leasetable_lease *x, uint64_t now_ms, struct cgn_lessor_info *out);

/** Put a realm into the store if it is not there. The store must have the realm of each of its leases and epochs. */
void cgn_lessor_record_realm(struct cgn_lessor *l, uint32_t realm);

/** Note that the store has a lease. */
void cgn_lessor_record_mark(struct cgn_leasetable_lease *x);

#endif /* CGN_LESSOR_RECORD_H */
