/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_WORKER_H
#define CGN_WORKER_H

/**
 * @file
 * A worker: the loop around one engine.
 *
 * Each turn it takes the packets of its rx queues and those that others hand over, a few commands, and a
 * bounded slice of the engine's housekeeping. It never blocks and never allocates.
 *
 * Tx:      a worker sends by its tx queue. On a device with fewer queues than workers, its frames go
 * through a tx ring to a worker that has a queue. That worker sends them as soon as the device takes them.
 * A busy device fills the ring, and for the engine a full ring is CGN_V_TX_FULL.
 * Threads: run() on the worker's lcore; everything else before run() or after it has returned, except
 * cgn_worker_stop() and cgn_worker_open(): any thread.
 */

#include "dataplane/device/tsc.h"
#include "dataplane/engine/engine.h"

struct cgn_worker;

/** An rx queue that the worker polls. */
struct cgn_worker_rx {
	uint16_t port; /* index into conf ports */
	uint16_t ethdev;
	uint16_t queue;
};

/** How the worker sends by a port. */
struct cgn_worker_tx {
	uint16_t ethdev;
	uint16_t queue;
	struct rte_ring *tx_ring; /* mbufs to the worker that has a queue; NULL: send by `queue` */
};

/** The frames of a worker without a queue, which this worker sends. */
struct cgn_worker_tx_ring {
	struct rte_ring *ring;
	uint16_t port;
};

/**
 * What a worker is created with. Lists marked "copied" may go afterwards; everything else lives as long as
 * the worker.
 */
struct cgn_worker_cfg {
	unsigned int id;
	unsigned int n_workers;
	int socket;
	bool shares_core; /* with another lcore: sleep a little when idle */

	/* of the engine */
	const struct cgn_conf *conf;
	const struct cgn_steer *steer;
	const struct cgn_pkt_port *pkt_ports;
	uint64_t tx_multi_seg;
	struct rte_mempool *mp;
	uint8_t seed[32];

	/* devices; copied */
	unsigned int n_rx;
	const struct cgn_worker_rx *rx;
	const struct cgn_worker_tx *tx; /* one per conf port */
	unsigned int n_tx_rings;
	const struct cgn_worker_tx_ring *tx_rings;

	/* rings; each with one producer and one consumer, see shared/planes.h */
	struct rte_ring *const *from; /* hand-over from each worker; NULL at this worker's place */
	struct rte_ring *const *to;   /* hand-over to each worker */
	struct rte_ring *cmd;
	struct rte_ring *evt;
	struct rte_ring *punt;
	struct rte_ring *inject; /* NULL: another worker sends for the control thread */
	int wake_fd;

	struct cgn_tsc tsc; /* the same for all workers */
};

/** Create the worker and its engine. @return 0, -ENOMEM, -EINVAL */
int cgn_worker_create(struct cgn_worker **out, const struct cgn_worker_cfg *cfg);

/** Release it. NULL is allowed. */
void cgn_worker_destroy(struct cgn_worker *w);

/** The lcore's function: loop until cgn_worker_stop(). @param worker a struct cgn_worker. @return 0 */
int cgn_worker_run(void *worker);

/** One turn of the loop. @return whether there was anything to do */
bool cgn_worker_turn(struct cgn_worker *w);

/** Let the worker receive from its ports. Before, it only processes commands and what others send it. */
void cgn_worker_open(struct cgn_worker *w);

/** Ask the worker to return from run(). */
void cgn_worker_stop(struct cgn_worker *w);

/**
 * After all workers have returned: process what is left in the rings from other workers.
 *
 * @return whether there was anything: it may have filled the rings of other workers
 */
bool cgn_worker_drain(struct cgn_worker *w);

/** After that: count everything that the engine still holds as CGN_V_SHUTDOWN. */
void cgn_worker_flush(struct cgn_worker *w);

/** Its counters; readable by any thread. */
const struct cgn_stats *cgn_worker_stats(const struct cgn_worker *w);

#endif /* CGN_WORKER_H */
