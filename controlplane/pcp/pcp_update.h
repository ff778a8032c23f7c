/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_PCP_UPDATE_H
#define CGN_PCP_UPDATE_H

/**
 * @file
 * Updates of mappings: answers to MAP that no client has asked for. When the operator ends a lease, its client gets such an
 * answer with a lifetime of 0, from the address and port that have answered it before. If another host has asked for the
 * client, this host gets it, with the option THIRD_PARTY. It is sent three times: at once,
 * after 250 ms and after another 500 ms, each time with the epoch of that time. It is not sent again once the client has
 * asked for this mapping.
 *
 * When a lease has got another external endpoint, its client gets such an answer with this endpoint, the time that is left,
 * and the filters of the lease. Its epoch goes on.
 *
 * For this, the last way to each client is remembered, for the CGN_PCP_UPDATE_WAYS leases that were asked for last. All
 * clients also hear the announcement of the new epoch.
 *
 * Source:  RFC 6887 sections 8.3 and 14.2.
 * Units:   milliseconds of the loop's clock; addresses and ports in network order.
 * Threads: the control thread.
 * Memory:  3.5 MB. The kernel gives it when it is used.
 */

#include "controlplane/lease/lease_service.h"
#include "controlplane/lease/lessor_cfg.h"
#include "controlplane/loop/timerq.h"

struct cgn_pcp_update;

#define CGN_PCP_UPDATE_WAYS  16384
#define CGN_PCP_UPDATE_COUNT 3 /* how often an update is sent */

/** What cgn_pcp_update_create() needs. All pointers outlive the updates. */
struct cgn_pcp_update_cfg {
	const struct cgn_lease_service *leases; /* for the epochs */
	struct cgn_timerq *timers;
	/** Send an update to the address that a request came from. */
	void (*send)(void *ctx, const struct cgn_return_addr *to, const void *data, size_t len);
	void *ctx;
	uint32_t seed; /* random; for the hash */
};

/** Create it. @return 0 or -ENOMEM */
int cgn_pcp_update_create(struct cgn_pcp_update **out, const struct cgn_pcp_update_cfg *cfg);

/** Release it. NULL is allowed. */
void cgn_pcp_update_destroy(struct cgn_pcp_update *u);

/** Note where the answer to a request about a mapping goes. An update of this mapping under way ends. */
void cgn_pcp_update_answered(
		struct cgn_pcp_update *u, const struct cgn_lease_result *x, uint64_t now_ms);

/** The operator has ended a lease. Does nothing if NAT-PMP has made it, or if the way to its client is not known. */
void cgn_pcp_update_revoked(
		struct cgn_pcp_update *u, const struct cgn_lessor_info *lease, uint64_t now_ms);

/**
 * A lease has got another external endpoint.
 *
 * @return false: NAT-PMP has made it, or the way to its client is not known, so that nothing is sent
 */
bool cgn_pcp_update_moved(
		struct cgn_pcp_update *u, const struct cgn_lessor_info *lease, uint64_t now_ms);

#endif /* CGN_PCP_UPDATE_H */
