/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_QUEUES_H
#define CGN_QUEUES_H

/**
 * @file
 * All rings of a data plane, each with one producer and one consumer.
 *
 * The rings are in EAL memory, but they have no names. Each named ring needs a memory zone of EAL, and one
 * ring for each ordered pair of workers would use up all memory zones.
 */

#include "shared/limits.h"

#include <stdbool.h>

#include <rte_ring_elem.h>

/** All rings. The elements are values of the type in the comment. */
struct cgn_queues {
	struct rte_ring *cmd[CGN_WORKERS_MAX];                       /* struct cgn_cmd */
	struct rte_ring *evt[CGN_WORKERS_MAX];                       /* struct cgn_evt */
	struct rte_ring *punt[CGN_WORKERS_MAX];                      /* struct cgn_pktmsg */
	struct rte_ring *records[CGN_WORKERS_MAX];                   /* struct cgn_record */
	struct rte_ring *inject;                                     /* struct cgn_pktmsg */
	struct rte_ring *handover[CGN_WORKERS_MAX][CGN_WORKERS_MAX]; /* [from][to] cgn_pktmsg */
	struct rte_ring *tx_ring[CGN_PORTS_MAX]
				[CGN_WORKERS_MAX]; /* [port][from] struct rte_mbuf * */
};

/**
 * Create the rings between control thread and workers and between workers.
 *
 * @return 0, -ENOMEM: the caller releases the rings that were made with cgn_queues_fini()
 */
int cgn_queues_init(struct cgn_queues *q, unsigned int n_workers, int socket);

/** Create the tx ring of a worker that has no tx queue on a port. @return 0, -ENOMEM */
int
cgn_queues_add_tx_ring(struct cgn_queues *q, unsigned int port, unsigned int worker, int socket);

/** Create the ring for the records of each worker. @param n  records that it holds @return 0, -ENOMEM */
int cgn_queues_add_records(struct cgn_queues *q, unsigned int n_workers, uint32_t n, int socket);

/** Elements of the ring from the control thread to worker 0. */
#define CGN_QUEUES_INJECT 1024

/** Elements of a ring from one worker to another; 0: there is one worker only. */
static inline unsigned int
cgn_queues_handover(unsigned int n_workers)
{
	if (n_workers == 1)
		return 0;
	/* 16 bursts of two ports. With many workers fewer, to save memory: 64 workers have 4032 rings. */
	return n_workers <= 8 ? 2048 : 512;
}

/** Packet buffers that the rings of each worker but `inject` and its tx rings should be able to hold. */
static inline unsigned int
cgn_queues_mbufs_of_workers(unsigned int n_workers)
{
	return n_workers * (CGN_PUNT_QUEUE + cgn_queues_handover(n_workers));
}

/** Packet buffers that all rings except `inject` should be able to hold at the same time. */
unsigned int cgn_queues_mbufs(const struct cgn_queues *q, unsigned int n_workers);

/** Free the packets in the rings and the rings. */
void cgn_queues_fini(struct cgn_queues *q);

#endif /* CGN_QUEUES_H */
