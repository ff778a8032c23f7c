/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RELAY_SWEEP_H
#define CGN_RELAY_SWEEP_H

/**
 * @file
 * Deletes all mappings of a client with one protocol, in the local NAT and in the NAT in front (upstream).
 *
 * They are deleted one after the other, each by a transaction (relay_transaction.h). A request with port 0 to upstream
 * would delete the mappings of all clients, because they share the WAN address.
 *
 * Source:  RFC 6886 section 3.4.
 * Threads: the control thread.
 * Memory:  some 200 octets, and two octets a mapping, while a request is under way.
 */

#include "controlplane/relay/relay_transaction.h"

struct cgn_relay_sweep;

/** The requests under way. Both pointers outlive it. */
struct cgn_relay_sweeps {
	const struct cgn_lessor *lessor;
	struct cgn_relay_transactions *transactions;
	struct cgn_relay_sweep *first; /* NULL: none is under way */
};

/**
 * Delete all mappings of a client with the protocol of a request that the sender may change. It is used like
 * cgn_lessor_unmap_all().
 *
 * The answer has the number of deleted mappings, and the first failure: the one of a transaction, -ENOMEM, or -EPERM
 * for a mapping that the sender may not change. If upstream does not answer, the rest is not tried.
 */
void cgn_relay_sweeps_begin(struct cgn_relay_sweeps *all, const struct cgn_lessor_request *r,
		cgn_lessor_done done, void *arg, uint64_t now_ms);

/** Forget the requests under way. Their transactions are released already. */
void cgn_relay_sweeps_fini(struct cgn_relay_sweeps *all);

#endif /* CGN_RELAY_SWEEP_H */
