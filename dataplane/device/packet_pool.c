/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Pools of packet buffers, in huge pages if the kernel has them, and laid out so that AF_XDP can use all buffers.
 */
#include "dataplane/device/packet_pool.h"

#include "shared/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_mbuf.h>
#include <rte_mbuf_pool_ops.h>

static void
pool_unmap(struct rte_mempool_memhdr *mem, void *opaque)
{
	(void)opaque;
	cgn_mem_unmap(mem->addr, mem->len);
}

/* Whether the buffers of a pool are in anonymous memory of our own. */
static bool
is_own(const struct rte_mempool *mp)
{
	const struct rte_mempool_memhdr *first = STAILQ_FIRST(&mp->mem_list);

	return first != NULL && first->free_cb == pool_unmap;
}

/* Take memory from the kernel, not from EAL. Without hugepages EAL has a file in memory, and there the kernel
 * gives no transparent huge pages unless it is told so. @return buffers, -errno */
static int
populate_own(struct rte_mempool *mp)
{
	size_t size = rte_mempool_calc_obj_size(mp->elt_size, mp->flags, NULL);
	size_t len = RTE_ALIGN_CEIL(mp->size * size, CGN_MEM_HUGE_PAGE);
	size_t left = cgn_mem_available();
	/* All of it is written at once: what the machine does not have would end a process. */
	void *p = left != 0 && len > left ? NULL : cgn_mem_map_buffers(len);
	int ret;

	if (p == NULL)
		return -ENOMEM;
	ret = rte_mempool_populate_iova(mp, p, RTE_BAD_IOVA, len, pool_unmap, NULL);
	if (ret <= 0)
		cgn_mem_unmap(p, len);
	return ret == 0 ? -ENOMEM : ret;
}

/* Create a pool as rte_pktmbuf_pool_create() does, but with a flag that this function does not take. The
 * flag lets buffers lie side by side across pages. */
static struct rte_mempool *
create_side_by_side(const struct cgn_packet_pool_cfg *cfg, uint16_t data_size,
		int (*populate_fn)(struct rte_mempool *mp))
{
	struct rte_pktmbuf_pool_private priv = { .mbuf_data_room_size = data_size };
	struct rte_mempool *mp = rte_mempool_create_empty(cfg->name, cfg->n,
			(unsigned int)sizeof(struct rte_mbuf) + data_size, cfg->cache, sizeof(priv),
			cfg->socket, RTE_MEMPOOL_F_NO_IOVA_CONTIG);
	int ret;

	if (mp == NULL)
		return NULL;
	ret = rte_mempool_set_ops_byname(mp, rte_mbuf_best_mempool_ops(), NULL);
	if (ret == 0) {
		rte_pktmbuf_pool_init(mp, &priv);
		ret = populate_fn(mp);
	}
	if (ret < 0) {
		rte_mempool_free(mp);
		rte_errno = -ret;
		return NULL;
	}
	rte_mempool_obj_iter(mp, rte_pktmbuf_init, NULL);
	return mp;
}

/* Whether the kernel accepts a buffer: the whole of it is within the UMEM that net_af_xdp registers. */
static bool
is_in_umem(struct rte_mempool *mp, const void *obj)
{
	const struct rte_mempool_memhdr *first = STAILQ_FIRST(&mp->mem_list);
	size_t size = rte_mempool_calc_obj_size(mp->elt_size, mp->flags, NULL);
	uintptr_t begin = (uintptr_t)first->addr;
	uintptr_t at = (uintptr_t)obj - mp->header_size;

	return at >= begin && at + size <= begin + mp->populated_size * size;
}

/* Take the buffers that the kernel would refuse out of the pool. @return how many, -ENOMEM */
static int
take_out_useless(struct rte_mempool *mp)
{
	unsigned int n = rte_mempool_avail_count(mp), n_useless = 0;
	void **objs = malloc(n * sizeof(*objs));

	if (objs == NULL || rte_mempool_get_bulk(mp, objs, n) != 0) {
		free(objs);
		return -ENOMEM;
	}
	for (unsigned int i = 0; i < n; i++) {
		if (is_in_umem(mp, objs[i]))
			rte_mempool_put(mp, objs[i]);
		else
			n_useless++;
	}
	free(objs);
	return (int)n_useless;
}

struct rte_mempool *
cgn_packet_pool_create(const struct cgn_packet_pool_cfg *cfg, unsigned int *n_useless)
{
	uint16_t data_size = (uint16_t)(RTE_PKTMBUF_HEADROOM + cfg->room);
	struct rte_mempool *mp;
	int ret = 0;

	if (!cfg->has_dma && rte_eal_has_hugepages() == 0)
		mp = create_side_by_side(cfg, data_size, populate_own);
	else if (cfg->is_umem && !cfg->has_dma)
		mp = create_side_by_side(cfg, data_size, rte_mempool_populate_default);
	else
		mp = rte_pktmbuf_pool_create(
				cfg->name, cfg->n, cfg->cache, 0, data_size, cfg->socket);
	if (mp != NULL && cfg->is_umem)
		ret = take_out_useless(mp);
	if (ret < 0) {
		rte_mempool_free(mp);
		rte_errno = -ret;
		return NULL;
	}
	if (n_useless != NULL)
		*n_useless = (unsigned int)ret;
	return mp;
}

void
cgn_packet_pool_count(const struct rte_mempool *mp, struct cgn_packet_pool_pages *pages)
{
	const struct rte_mempool_memhdr *mem;
	size_t bytes = 0;

	STAILQ_FOREACH(mem, &mp->mem_list, next)
		bytes += mem->len;
	pages->bytes += bytes;
	if (rte_eal_has_hugepages() != 0)
		pages->huge += bytes;
	else if (is_own(mp))
		pages->huge += cgn_mem_huge(STAILQ_FIRST(&mp->mem_list)->addr, bytes);
}
