/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_SNAPSHOT_H
#define CGN_SNAPSHOT_H

/**
 * @file
 * A configuration with everything that is derived from it and takes long to make: routes, local addresses, the groups
 * of subscribers, the owners.
 *
 * A snapshot is made outside of the workers. CGN_CMD_CONF_SWAP gives it to a worker, which copies some pointers. That
 * takes a few microseconds, however large the configuration is. The old snapshot is freed after all workers have
 * replied.
 *
 * Threads: any thread makes and frees a snapshot. After that it is read only, but for the routes of a worker: the
 *          worker notes in their next hops the neighbours that it has found.
 */

#include "dataplane/device/steer.h"
#include "dataplane/engine/address.h"
#include "dataplane/engine/owner.h"
#include "dataplane/link/route.h"
#include "dataplane/link/route6.h"
#include "dataplane/nat/nat_plan.h"

/** The part of a snapshot that one worker writes. */
struct cgn_snapshot_worker {
	struct cgn_routes routes[CGN_SIDE_COUNT];
	struct cgn_routes6 routes6[CGN_SIDE_COUNT];
};

/** A configuration and what is derived from it. */
struct cgn_snapshot {
	const struct cgn_conf *conf;
	struct cgn_nat_plan nat;
	struct cgn_addresses addrs; /* without routes: each engine has its own */
	struct cgn_owner owner;
	bool has_ip6; /* some port has an IPv6 address */
	unsigned int n_workers;
	struct cgn_snapshot_worker workers[];
};

/**
 * Make a snapshot.
 *
 * @param conf   must stay valid as long as the snapshot
 * @param steer  the same
 * @param moved  subscribers of the process before this one; the same; NULL: none
 * @param before  the snapshot in use; NULL: there is none yet
 * @param[out] why  the reason of an error in words; empty: no memory
 * @return 0 or -errno as cgn_nat_plan_init()
 */
int cgn_snapshot_create(struct cgn_snapshot **out, const struct cgn_conf *conf,
		const struct cgn_steer *steer, const struct cgn_moved *moved,
		const struct cgn_snapshot *before, char why[static CGN_BOOK_WHY_MAX]);

/** Free a snapshot, but not its configuration. NULL is allowed. */
void cgn_snapshot_free(struct cgn_snapshot *s);

#endif /* CGN_SNAPSHOT_H */
