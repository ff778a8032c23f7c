/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_LEASE_WORKERS_H
#define CGN_LEASE_WORKERS_H

/**
 * @file
 * What leases tell the workers. A command goes to the worker that owns the client: by its address, or by the
 * address of its B4.
 *
 * Threads: the control thread.
 */

#include "controlplane/lease/asker.h"
#include "controlplane/lease/lessor_cfg.h"
#include "controlplane/workers/dpclient.h"

/** The way to the workers. A plain value. */
struct cgn_lease_workers {
	const struct cgn_planes *planes;
	struct cgn_dpclient *client;
	const struct cgn_realms *realms; /* says which B4 a realm is */
};

/** Send a command of the lessor, as send() of struct cgn_lessor_ops. */
int cgn_lease_workers_send(const struct cgn_lease_workers *w, uint16_t op,
		const struct cgn_cmd_map *map, struct cgn_lessor_call *call, uint64_t now_ms);

/** Have a refusal counted that no worker has made. If the ring is full, one is missing from a counter. */
void cgn_lease_workers_refused(
		const struct cgn_lease_workers *w, const struct cgn_asker *asker, uint64_t now_ms);

/** Begin the grace time at all workers: they keep ports for leases that are forgotten and may come back. */
void cgn_lease_workers_grace(const struct cgn_lease_workers *w, uint32_t seconds, uint64_t now_ms);

#endif /* CGN_LEASE_WORKERS_H */
