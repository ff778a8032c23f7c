/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Creation of all rings, and their sizes.
 */
#include "dataplane/queues.h"

#include "shared/msg.h"
#include "shared/record.h"

#include <errno.h>

#include <rte_malloc.h>
#include <rte_mbuf.h>

/* Elements of a ring. */
#define N_MSGS    1024 /* commands, events */
#define N_TX_RING 1024

/* @param n  a power of two, or with RING_F_EXACT_SZ the number of elements that the ring holds */
static struct rte_ring *
make_ring_as(unsigned int elem_bytes, unsigned int n, unsigned int flags, int socket)
{
	unsigned int slots = (flags & RING_F_EXACT_SZ) != 0 ? rte_align32pow2(n + 1) : n;
	ssize_t bytes = rte_ring_get_memsize_elem(elem_bytes, slots);
	struct rte_ring *r;

	if (bytes < 0)
		return NULL;
	r = rte_zmalloc_socket("cgn_ring", (size_t)bytes, RTE_CACHE_LINE_SIZE, socket);
	if (r == NULL)
		return NULL;
	/* One producer and one consumer each, so no atomic exchange is needed. */
	if (rte_ring_init(r, "cgn", n, RING_F_SP_ENQ | RING_F_SC_DEQ | flags) != 0) {
		rte_free(r);
		return NULL;
	}
	return r;
}

static struct rte_ring *
make_ring(unsigned int elem_bytes, unsigned int n, int socket)
{
	return make_ring_as(elem_bytes, n, 0, socket);
}

static struct rte_ring *
make_exact_ring(unsigned int elem_bytes, unsigned int n, int socket)
{
	return make_ring_as(elem_bytes, n, RING_F_EXACT_SZ, socket);
}

static int
make_worker_rings(struct cgn_queues *q, unsigned int w, unsigned int n_workers, int socket)
{
	unsigned int n = cgn_queues_handover(n_workers);

	q->cmd[w] = make_ring(sizeof(struct cgn_cmd), N_MSGS, socket);
	q->evt[w] = make_ring(sizeof(struct cgn_evt), N_MSGS, socket);
	q->punt[w] = make_ring(sizeof(struct cgn_pktmsg), CGN_PUNT_QUEUE, socket);
	if (q->cmd[w] == NULL || q->evt[w] == NULL || q->punt[w] == NULL)
		return -ENOMEM;
	for (unsigned int to = 0; to < n_workers; to++) {
		if (to == w)
			continue;
		q->handover[w][to] = make_ring(sizeof(struct cgn_pktmsg), n, socket);
		if (q->handover[w][to] == NULL)
			return -ENOMEM;
	}
	return 0;
}

int
cgn_queues_init(struct cgn_queues *q, unsigned int n_workers, int socket)
{
	*q = (struct cgn_queues){ 0 };
	q->inject = make_ring(sizeof(struct cgn_pktmsg), CGN_QUEUES_INJECT, socket);
	if (q->inject == NULL)
		return -ENOMEM;
	for (unsigned int w = 0; w < n_workers; w++) {
		int ret = make_worker_rings(q, w, n_workers, socket);

		if (ret < 0)
			return ret;
	}
	return 0;
}

int
cgn_queues_add_tx_ring(struct cgn_queues *q, unsigned int port, unsigned int worker, int socket)
{
	q->tx_ring[port][worker] = make_ring(sizeof(struct rte_mbuf *), N_TX_RING, socket);
	return q->tx_ring[port][worker] == NULL ? -ENOMEM : 0;
}

int
cgn_queues_add_records(struct cgn_queues *q, unsigned int n_workers, uint32_t n, int socket)
{
	for (unsigned int w = 0; w < n_workers; w++) {
		q->records[w] = make_exact_ring(sizeof(struct cgn_record), n, socket);
		if (q->records[w] == NULL)
			return -ENOMEM;
	}
	return 0;
}

/* Count one full hand-over ring per worker. If all were full at once, packet buffers would be short
 * (counted as CGN_V_NO_MBUF) until the rings drain. */
unsigned int
cgn_queues_mbufs(const struct cgn_queues *q, unsigned int n_workers)
{
	unsigned int n = cgn_queues_mbufs_of_workers(n_workers);

	for (unsigned int p = 0; p < CGN_PORTS_MAX; p++) {
		for (unsigned int w = 0; w < n_workers; w++)
			n += q->tx_ring[p][w] != NULL ? N_TX_RING : 0;
	}
	return n;
}

static void
free_packets(struct rte_ring *r)
{
	struct cgn_pktmsg msg;

	if (r == NULL)
		return;
	while (rte_ring_sc_dequeue_elem(r, &msg, sizeof(msg)) == 0)
		rte_pktmbuf_free(msg.m);
	rte_free(r);
}

static void
free_frames(struct rte_ring *r)
{
	struct rte_mbuf *m;

	if (r == NULL)
		return;
	while (rte_ring_sc_dequeue(r, (void **)&m) == 0)
		rte_pktmbuf_free(m);
	rte_free(r);
}

void
cgn_queues_fini(struct cgn_queues *q)
{
	for (unsigned int w = 0; w < CGN_WORKERS_MAX; w++) {
		rte_free(q->cmd[w]);
		rte_free(q->evt[w]);
		rte_free(q->records[w]);
		free_packets(q->punt[w]);
		for (unsigned int to = 0; to < CGN_WORKERS_MAX; to++)
			free_packets(q->handover[w][to]);
		for (unsigned int p = 0; p < CGN_PORTS_MAX; p++)
			free_frames(q->tx_ring[p][w]);
	}
	free_packets(q->inject);
	*q = (struct cgn_queues){ 0 };
}
