/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_PACKET_POOL_H
#define CGN_PACKET_POOL_H

/**
 * @file
 * Pools of packet buffers that every driver can use completely.
 *
 * net_af_xdp gives the kernel one piece of memory (the UMEM). It starts with the pool's first piece and has
 * the size of all buffers side by side. A pool whose buffers are spaced, because none may cross a page, is
 * longer. The kernel refuses the buffers at its end, and neither the kernel nor the driver returns a
 * refused buffer: the port would lose its buffers one by one until it receives nothing.
 *
 * Threads: one, before the workers run.
 */

#include <stdbool.h>
#include <stdint.h>

struct rte_mempool;

/** What a pool has to be like. */
struct cgn_packet_pool_cfg {
	const char *name;
	unsigned int n;     /* buffers */
	unsigned int cache; /* buffers per lcore */
	uint32_t room;      /* octets behind the headroom, at most 65535 - RTE_PKTMBUF_HEADROOM */
	int socket;         /* NUMA node */
	bool is_umem;       /* a port's driver registers the pool with the kernel as a UMEM */
	bool has_dma;       /* a port's device reads and writes the memory itself */
};

/**
 * Create a pool.
 *
 * With is_umem, the buffers are side by side if no device needs each of them in one physical piece. Buffers
 * that are still outside of the UMEM are taken out of the pool for good.
 *
 * @param[out] n_useless  buffers taken out; NULL: not wanted
 * @return the pool, to be freed by rte_mempool_free(); NULL: see rte_errno
 */
struct rte_mempool *
cgn_packet_pool_create(const struct cgn_packet_pool_cfg *cfg, unsigned int *n_useless);

#endif /* CGN_PACKET_POOL_H */
