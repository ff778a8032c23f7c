/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_LEASE_BACKEND_H
#define CGN_LEASE_BACKEND_H

/**
 * @file
 * Who makes leases: the table of leases, or a relay that also asks the NAT in front. The calls are those of
 * controlplane/lease/lessor.h.
 *
 * Threads: the control thread.
 */

#include "controlplane/lease/lessor.h"

/** A call with its answer later, as cgn_lessor_map() and the others. */
typedef void (*cgn_lease_backend_fn)(void *ctx, const struct cgn_lessor_request *r,
		cgn_lessor_done done, void *arg, uint64_t now_ms);

/** The calls of one who makes leases. */
struct cgn_lease_backend {
	cgn_lease_backend_fn address; /* external address */
	cgn_lease_backend_fn map;
	cgn_lease_backend_fn unmap;
	cgn_lease_backend_fn unmap_all;
	/** Seconds since the start of a client's epoch. */
	uint32_t (*epoch_s)(void *ctx, uint32_t realm, rte_be32_t addr, uint64_t now_ms);
	/** Answers take as long as the NAT in front takes. The client then waits for an answer that comes after
	 * its retransmission, too. */
	bool is_slow;
};

/** The table of leases. Its context is the struct cgn_lessor. */
extern const struct cgn_lease_backend cgn_lease_backend_lessor;

#endif /* CGN_LEASE_BACKEND_H */
