/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_LEASE_WORKERS_H
#define CGN_LEASE_WORKERS_H

/**
 * @file
 * Commands about leases to the workers. A command goes to the worker that owns the client. The address of the client
 * tells which worker that is; for a client behind a softwire, the address of its B4 tells it.
 *
 * Threads: the control thread.
 */

#include "controlplane/lease/asker.h"
#include "controlplane/lease/lessor_cfg.h"
#include "controlplane/workers/dpclient.h"

/** What is needed to send commands. It may be copied. */
struct cgn_lease_workers {
	const struct cgn_planes *planes;
	struct cgn_dpclient *client;
	const struct cgn_realms *realms; /* has the B4 address of each realm */
};

/** Send a command of the lessor: this is send() of struct cgn_lessor_ops. */
int cgn_lease_workers_send(const struct cgn_lease_workers *w, uint16_t op,
		const struct cgn_cmd_map *map, struct cgn_lease_extra *extra,
		struct cgn_lessor_call *call, uint64_t now_ms);

/**
 * Tell the worker of a client to count a request that the control thread has refused. If the ring to the worker is
 * full, the refusal is not counted.
 */
void cgn_lease_workers_refused(const struct cgn_lease_workers *w, const struct cgn_asker *asker,
		enum cgn_refusal why, uint64_t now_ms);

/** Begin the grace time at all workers. During it, they keep ports free for forgotten leases that may come back. */
void cgn_lease_workers_grace(const struct cgn_lease_workers *w, uint32_t seconds, uint64_t now_ms);

#endif /* CGN_LEASE_WORKERS_H */
