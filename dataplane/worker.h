/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_WORKER_H
#define CGN_WORKER_H

/**
 * @file
 * A worker: the loop that drives one engine.
 *
 * In each turn of the loop the worker takes packets from its rx queues, packets that other workers hand
 * over, and a few commands. Then the engine does a bounded part of its housekeeping. The loop never blocks
 * and never allocates.
 *
 * Tx:      a worker sends by its tx queue. If a device has fewer queues than there are workers, some
 * workers have no queue on it. The frames of such a worker go through a tx ring to a worker that has a
 * queue. That worker sends them as soon as the device takes them. If the device is busy, the ring fills up,
 * and the engine counts CGN_V_TX_FULL.
 * Threads: cgn_worker_run() runs on the worker's lcore. Any thread may call cgn_worker_stop() and
 * cgn_worker_open() at any time. All other functions are called before cgn_worker_run() or after it has
 * returned.
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
 * The arguments for a new worker. Lists that are marked "copied" may be released afterwards. Everything
 * else must stay valid as long as the worker.
 */
struct cgn_worker_cfg {
	unsigned int id;
	unsigned int n_workers;
	int socket;
	bool shares_core; /* shares its core with another lcore: sleep a little when idle */

	/* of the engine */
	struct cgn_snapshot *snapshot;
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
	struct rte_ring *inject;          /* NULL: another worker sends for the control thread */
	struct cgn_record_door *records;  /* NULL: nothing is exported */
	_Atomic(uint32_t) *n_subscribers; /* of all workers */
	bool awaits_state; /* CGN_CMD_STATE_LOAD and _LOADED will come before packets */
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

/**
 * Let the worker receive from its ports. Before that, it only processes commands and packets from other
 * workers.
 */
void cgn_worker_open(struct cgn_worker *w);

/** Ask the worker to return from run(). */
void cgn_worker_stop(struct cgn_worker *w);

/**
 * After all workers have returned: process the packets that are left, kept ones and those in the rings from other
 * workers.
 *
 * @return whether there was a packet; the rings to other workers may then contain packets again
 */
bool cgn_worker_drain(struct cgn_worker *w);

/** After cgn_worker_drain(): count the packets that the engine still holds as CGN_V_SHUTDOWN. */
void cgn_worker_flush(struct cgn_worker *w);

/** The counters of the worker. Any thread may read them. */
const struct cgn_stats *cgn_worker_stats(const struct cgn_worker *w);

#endif /* CGN_WORKER_H */
