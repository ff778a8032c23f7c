/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_PACKET_POOL_H
#define CGN_PACKET_POOL_H

/**
 * @file
 * Pools of packet buffers. Every driver can use all buffers of such a pool.
 *
 * net_af_xdp gives the kernel one piece of memory (the UMEM). The UMEM starts at the pool's first piece of
 * memory and has the size of all buffers side by side. If no buffer may cross a page, there are gaps
 * between the buffers, and the pool is longer than the UMEM. The kernel refuses the buffers behind the end
 * of the UMEM, and neither the kernel nor the driver returns a refused buffer. The port would lose its
 * buffers one by one until it receives nothing.
 *
 * If EAL has no hugepages, its memory consists of small pages. Then the buffers are in anonymous memory, side by side,
 * and the kernel is asked for transparent huge pages. That memory is outside of EAL's, so a device that reads and writes
 * buffers itself cannot find them: its pool is in the memory of EAL.
 *
 * Threads: one, before the workers run.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rte_mempool;

/** The properties of a new pool. */
struct cgn_packet_pool_cfg {
	const char *name;
	unsigned int n;     /* buffers */
	unsigned int cache; /* buffers per lcore */
	uint32_t room; /* octets of a buffer behind the headroom, at most 65535 - RTE_PKTMBUF_HEADROOM */
	int socket;   /* NUMA node */
	bool is_umem; /* a port's driver registers the pool with the kernel as a UMEM */
	bool has_dma; /* a port's device, or the process at its other end, reads and writes the memory itself */
};

/**
 * Create a pool.
 *
 * With is_umem, the buffers are placed side by side, unless a device needs each buffer in one physical
 * piece. Buffers that are outside of the UMEM nevertheless are taken out of the pool for ever.
 *
 * @param[out] n_useless  number of buffers taken out; NULL: not wanted
 * @return the pool, which the caller frees with rte_mempool_free(); NULL: see rte_errno
 */
struct rte_mempool *
cgn_packet_pool_create(const struct cgn_packet_pool_cfg *cfg, unsigned int *n_useless);

/** Octets of packet buffers. */
struct cgn_packet_pool_pages {
	size_t bytes;
	size_t huge; /* of them in huge pages, reserved or transparent ones */
};

/** Add the octets of a pool to @p pages. Its own size is rounded up to whole pages. */
void cgn_packet_pool_count(const struct rte_mempool *mp, struct cgn_packet_pool_pages *pages);

#endif /* CGN_PACKET_POOL_H */
