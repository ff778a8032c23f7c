/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_DATAPLANE_H
#define CGN_DATAPLANE_H

/**
 * @file
 * The data plane as main.c sees it: ports, workers, and the queues between them and the control thread.
 *
 * Needs a running EAL (cgn_eal_start()). Worker w runs on the w-th lcore that is not the main one. Failures
 * are logged here.
 *
 * Memory:  one pool of packet buffers, for the descriptors of all queues, what the engines may hold back
 * (fragments, SYNs, unresolved next hops) and the rings; and each engine's tables.
 * Threads: the main lcore.
 */

#include "shared/conf.h"
#include "shared/planes.h"

struct cgn_dataplane;

/**
 * Open the ports, create the engines and the queues. Nothing runs yet.
 *
 * @param conf  lives until every worker has replied to a CGN_CMD_CONF_SWAP, else as long as the data
 *              plane
 * @return
 *   - 0
 *   - -EINVAL: fewer lcores than workers
 *   - -ENOMEM: packet buffers or tables do not fit into the memory given to EAL
 *   - -errno of a port
 */
int cgn_dataplane_create(struct cgn_dataplane **out, const struct cgn_conf *conf);

/**
 * Start the workers, without packets: they carry out commands and receive nothing yet. So leases restored
 * after a restart take their ports before traffic can.
 *
 * @return 0 or -errno
 */
int cgn_dataplane_start(struct cgn_dataplane *dp);

/** Let the workers receive. */
void cgn_dataplane_open(struct cgn_dataplane *dp);

/**
 * Stop the workers and count what they still hold as CGN_V_SHUTDOWN.
 *
 * Counters stay readable; the rings to the control thread may still hold packets, which it drains
 * or leaves to destroy.
 *
 * @return 0; -ETIMEDOUT: a worker did not stop, nothing may be destroyed
 */
int cgn_dataplane_stop(struct cgn_dataplane *dp);

/** Close the ports and release everything. NULL is allowed. */
void cgn_dataplane_destroy(struct cgn_dataplane *dp);

/** What the control plane needs; lives as long as the data plane. */
const struct cgn_planes *cgn_dataplane_planes(const struct cgn_dataplane *dp);

#endif /* CGN_DATAPLANE_H */
