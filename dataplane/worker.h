/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_WORKER_H
#define CGN_WORKER_H

/**
 * @file
 * A worker: the loop around one engine.
 *
 * Each turn it takes the packets of its own rx queues and those that others hand to it, a few
 * commands, and a bounded slice of the engine's housekeeping. It never blocks and never allocates.
 *
 * Tx:      a worker sends by a tx queue of its own; on a device with fewer queues than workers its
 *          frames go through a ring (a relay) to a worker that has one. What a relay has taken is
 *          sent unless the device never takes it: a full device fills the ring, and a full ring is
 *          the engine's CGN_V_TX_FULL.
 * Threads: run() on the worker's lcore; everything else before run() or after it has returned,
 *          but cgn_worker_stop() and cgn_worker_open(): any thread.
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
	struct rte_ring *relay; /* mbufs to the worker that has a queue; NULL: `queue` is our own */
};

/** Frames of a worker without a queue, sent by this one. */
struct cgn_worker_relay {
	struct rte_ring *ring;
	uint16_t port;
};

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
	unsigned int n_relays;
	const struct cgn_worker_relay *relays;

	/* rings; each with one producer and one consumer, see shared/planes.h */
	struct rte_ring *const *from; /* hand-over from each worker; NULL at our own place */
	struct rte_ring *const *to;   /* and to each */
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

/** Let it receive from its ports; before, it only takes commands and what others send it. */
void cgn_worker_open(struct cgn_worker *w);

/** Ask it to return from run(). */
void cgn_worker_stop(struct cgn_worker *w);

/**
 * After all workers have returned: take what is left in the rings from other workers.
 *
 * @return whether there was anything: other workers may have got something by it
 */
bool cgn_worker_drain(struct cgn_worker *w);

/** After that: count what the engine holds as CGN_V_SHUTDOWN. */
void cgn_worker_flush(struct cgn_worker *w);

/** Its counters; readable by any thread. */
const struct cgn_stats *cgn_worker_stats(const struct cgn_worker *w);

#endif /* CGN_WORKER_H */
