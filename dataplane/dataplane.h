/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_DATAPLANE_H
#define CGN_DATAPLANE_H

/**
 * @file
 * The interface of the data plane for main.c: ports, workers, and the queues between workers and control
 * thread.
 *
 * Needs a running EAL (cgn_eal_start()). Worker w runs on the w-th lcore that is not the main one. Failures
 * are logged here.
 *
 * Memory:  one pool of packet buffers, and the tables of each engine. The pool is large enough for the
 * descriptors of all queues, for the packets that the engines may hold (fragments, SYNs, packets to
 * unresolved next hops), and for the rings.
 * Threads: the main lcore.
 */

#include "shared/conf.h"
#include "shared/planes.h"
#include "shared/state_scan.h"

struct cgn_dataplane;

/**
 * Open the ports, and create the engines and the queues. No worker runs yet.
 *
 * @param conf  must stay valid as long as the data plane, or until every worker has replied to a
 *   CGN_CMD_CONF_SWAP
 * @param await  the state that will be loaded after the start of the workers, before packets; used only in this call.
 *   NULL: none
 * @return
 *   - 0
 *   - -EINVAL: fewer lcores than workers
 *   - -ENOMEM: packet buffers or tables do not fit into the memory given to EAL
 *   - -errno: a port failed
 */
int cgn_dataplane_create(struct cgn_dataplane **out, const struct cgn_conf *conf,
		const struct cgn_state_await *await);

/**
 * Start the workers. They carry out commands but do not receive packets yet. Leases that are restored after
 * a restart can therefore take their ports before traffic takes them.
 *
 * @return 0 or -errno
 */
int cgn_dataplane_start(struct cgn_dataplane *dp);

/** Let the workers receive packets. */
void cgn_dataplane_open(struct cgn_dataplane *dp);

/**
 * Stop the workers and count the packets that they still hold as CGN_V_SHUTDOWN.
 *
 * Counters stay readable. The rings to the control thread may still contain packets. The control thread
 * takes them out, or cgn_dataplane_destroy() frees them.
 *
 * @return 0; -ETIMEDOUT: a worker did not stop, so nothing may be destroyed
 */
int cgn_dataplane_stop(struct cgn_dataplane *dp);

/** Close the ports and release everything. NULL is allowed. */
void cgn_dataplane_destroy(struct cgn_dataplane *dp);

/** The queues and counters that the control plane needs. Valid as long as the data plane. */
const struct cgn_planes *cgn_dataplane_planes(const struct cgn_dataplane *dp);

#endif /* CGN_DATAPLANE_H */
