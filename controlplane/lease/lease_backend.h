/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_LEASE_BACKEND_H
#define CGN_LEASE_BACKEND_H

/**
 * @file
 * The functions that the lease service calls to make leases. Either the lessor (controlplane/lease/lessor.h) or the
 * relay has them. The relay also asks the NAT in front. Each function does the same as the function of the lessor
 * with that name.
 *
 * Threads: the control thread.
 */

#include "controlplane/lease/lessor.h"

/** A function that gets a request. It calls @p done with the answer, now or later, as cgn_lessor_map() does. */
typedef void (*cgn_lease_backend_fn)(void *ctx, const struct cgn_lessor_request *r,
		cgn_lessor_done done, void *arg, uint64_t now_ms);

/** The functions of the lessor or of the relay. */
struct cgn_lease_backend {
	cgn_lease_backend_fn address; /* the external address; of the lessor: cgn_lessor_bind() */
	cgn_lease_backend_fn map;
	cgn_lease_backend_fn peer; /* NULL: it cannot */
	cgn_lease_backend_fn unmap;
	cgn_lease_backend_fn unmap_all;
	/** Pass a message on (request->pass). It succeeds when the answer of the NAT in front is there. NULL: it cannot */
	cgn_lease_backend_fn pass;
	/** Whether there is a NAT in front now that speaks PCP. NULL: there is none */
	bool (*can_pass)(void *ctx);
	/** Seconds since the start of a client's epoch. */
	uint32_t (*epoch_s)(void *ctx, uint32_t realm, rte_be32_t addr, uint64_t now_ms);
	/** The endpoint that hosts of the internet reach, for an external endpoint of the local NAT. @return false: it is
	 * not known. NULL: the local NAT is the outermost one */
	bool (*outermost)(
			void *ctx, const struct cgn_ep4 *wan, struct cgn_ep4 *out, uint64_t now_ms);
	/** An answer may take as long as the NAT in front takes. So it is sent even if it comes after the client has
	 * repeated its request. */
	bool is_slow;
};

/** The functions of the lessor. Their context is the struct cgn_lessor. */
extern const struct cgn_lease_backend cgn_lease_backend_lessor;

#endif /* CGN_LEASE_BACKEND_H */
