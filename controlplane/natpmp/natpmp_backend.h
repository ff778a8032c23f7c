/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_NATPMP_BACKEND_H
#define CGN_NATPMP_BACKEND_H

/**
 * @file
 * What the NAT-PMP server asks: the own table of leases, or a relay that asks the NAT in front of it,
 * too. The calls are those of controlplane/lease/lessor.h, with one more kind of answer: a positive
 * ret is the result code of the NAT in front, to be passed on as it is.
 *
 * Threads: the control thread.
 */

#include "controlplane/lease/lessor.h"

/** A call with its answer later, as cgn_lessor_map() and the others. */
typedef void (*cgn_natpmp_backend_fn)(void *ctx, const struct cgn_lessor_request *r,
		cgn_lessor_done done, void *arg, uint64_t now_ms);

struct cgn_natpmp_backend {
	cgn_natpmp_backend_fn address; /* external address */
	cgn_natpmp_backend_fn map;
	cgn_natpmp_backend_fn unmap;
	cgn_natpmp_backend_fn unmap_all;
	/** Seconds since the start of a client's epoch. */
	uint32_t (*epoch_s)(void *ctx, uint32_t realm, rte_be32_t addr, uint64_t now_ms);
	/** Answers take as long as the NAT in front: one that comes after the client's retransmission is
	 * the one that the client waits for. */
	bool is_slow;
};

/** The own table; its context is the struct cgn_lessor. */
extern const struct cgn_natpmp_backend cgn_natpmp_backend_lessor;

#endif /* CGN_NATPMP_BACKEND_H */
