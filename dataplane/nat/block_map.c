/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Memory of the blocks, and how the ports of an address are cut.
 */
#include "dataplane/nat/block_map.h"

#include "shared/local_service.h"
#include "shared/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_bitops.h> /* rte_align32pow2() of DPDK 23.11 and newer */
#include <rte_common.h>

#define PORTS       ((size_t)1 << 16)
#define CELLS       (PORTS / 64)
#define PER_ADDRESS 8192 /* numbers of blocks that are reserved for each address */

/* Cut ports into whole blocks. @param first  first port; it is rounded up to a word of the bitmap */
static struct cgn_block_grid
block_cut(uint32_t first, uint32_t last, uint16_t size)
{
	/* Port 0 is no port. With port_min 0 the whole first word is left out. */
	uint32_t base = first == 0 ? 64 : (first + 63) / 64 * 64;

	return (struct cgn_block_grid){
		.base = base,
		.size = size,
		.count = (uint16_t)(last >= base ? (last + 1 - base) / size : 0),
		.inverse = (uint32_t)(((UINT64_C(1) << 32) + size - 1) / size),
	};
}

struct cgn_block_grid
cgn_block_map_plan(const struct cgn_conf_pool *pool, uint16_t size)
{
	return block_cut(pool->port_min, pool->port_max, size);
}

void
cgn_block_map_keep(struct cgn_block_map *m, const struct cgn_conf *conf, uint32_t ord)
{
	struct cgn_block_grid *g = &m->grids[ord];

	g->kept[0] = CGN_BLOCK_NATPMP;
	g->kept[1] = CGN_BLOCK_NATPMP + 1;
	g->n_kept = (uint16_t)(2 +
			cgn_local_service_kept(conf, m->ext->owned_addr[ord], &g->kept[2]));
}

void
cgn_block_map_keep_again(
		struct cgn_block_map *m, const struct cgn_conf *conf, const struct cgn_conf *ports)
{
	for (size_t i = 0; i < ports->n_ports && conf->host.is_on; i++) {
		const struct cgn_conf_port *p = &ports->ports[i];

		for (unsigned int j = 0; p->side == CGN_SIDE_OUTSIDE && j < p->n_addresses; j++) {
			const struct cgn_ext_addr *h = p->addresses[j].is_ip6
					? NULL
					: cgn_ext_find_owned(m->ext, p->addresses[j].ip4);

			if (h != NULL)
				cgn_block_map_keep(m, conf, h->ord);
		}
	}
}

/* --- numbers of blocks --------------------------------------------------------------------- */

uint32_t
cgn_block_map_take(struct cgn_block_map *m, uint32_t n)
{
	/* Rows have powers of two, so that a row fits the next cut, too, whatever its size is. */
	uint32_t row = rte_align32pow2(RTE_MAX(n, 1u));
	uint32_t *list = &m->free_rows[rte_log2_u32(row)], first = *list;

	if (first != CGN_BLOCK_NONE) {
		*list = m->blocks[first].next;
		memset(&m->blocks[first], 0, n * sizeof(*m->blocks));
		return first;
	}
	if (row > m->blocks_room - m->n_blocks)
		return CGN_BLOCK_NONE;
	first = m->n_blocks;
	m->n_blocks += row;
	return first;
}

void
cgn_block_map_put(struct cgn_block_map *m, uint32_t first, uint32_t n)
{
	uint32_t row = rte_align32pow2(n), *list;

	/* The rows of the start have as many numbers as they need. */
	if (first < m->n_exact)
		row = rte_align32prevpow2(n);
	list = &m->free_rows[rte_log2_u32(RTE_MAX(row, 1u))];
	m->blocks[first].next = *list;
	*list = first;
}

/* --- the map ------------------------------------------------------------------------------- */

/* What struct cgn_block_map.own has for the addresses of a deterministic group. @param det  NULL: of no such group */
static uint16_t
block_group(const struct cgn_det_set *dets, const struct cgn_det *det)
{
	for (size_t g = 0; det != NULL && g < dets->n_groups; g++) {
		if (dets->by_group[g] == det)
			return (uint16_t)(g + 1);
	}
	return 0;
}

/* Cut the ports of an address at the start. An address of a deterministic pool has only its dynamic part cut. */
static int
cut_first(struct cgn_block_map *m, const struct cgn_conf_pool *pool, const struct cgn_det *det,
		uint16_t size, uint32_t ord)
{
	struct cgn_block_grid *g = &m->grids[ord];

	if (size < CGN_BLOCK_MIN || size > CGN_BLOCK_MAX || size % 64 != 0)
		return -EINVAL;
	*g = cgn_block_map_plan(pool, size);
	if (det != NULL) {
		*g = block_cut(det->dynamic_first, pool->port_max, size);
		if (det->dynamic == 0)
			g->count = 0;
		m->own[ord] = block_group(m->dets, det);
	}
	g->first = m->n_blocks;
	/* As in cgn_block_map_take(): where there are no blocks yet, their first number is nobody else's. */
	m->n_blocks += det == NULL ? RTE_MAX(g->count, 1u) : g->count + det->slots;
	return 0;
}

/* Cut the ports of all addresses. */
static int
block_cut_all(struct cgn_block_map *m, const struct cgn_conf *conf, const uint16_t *sizes)
{
	for (uint32_t ord = 0; ord < m->ext->n_owned; ord++) {
		uint16_t pool = m->ext->owned_pool[ord];
		int ret = cut_first(m, &conf->pools[pool], cgn_det_of_pool(m->dets, conf, pool),
				sizes[pool], ord);

		if (ret < 0)
			return ret;
		cgn_block_map_keep(m, conf, ord);
	}
	return 0;
}

/* Reserve the tables by address and by block. */
static bool
block_reserve(struct cgn_block_map *m)
{
	size_t n = m->ext->n_owned, room = m->room;

	m->cells = cgn_mem_map_room(
			n * CELLS * sizeof(*m->cells), room * CELLS * sizeof(*m->cells));
	/* Only a few ports are claimed, so small pages cost less memory here than huge ones. */
	m->claimant = cgn_mem_map_sparse_room(
			n * PORTS * sizeof(*m->claimant), room * PORTS * sizeof(*m->claimant));
	m->blocks = cgn_mem_map_room(
			m->n_blocks * sizeof(*m->blocks), m->blocks_room * sizeof(*m->blocks));
	m->mixed = cgn_mem_map_sparse_room(0, room * sizeof(*m->mixed));
	return m->cells != NULL && m->claimant != NULL && m->blocks != NULL && m->mixed != NULL;
}

int
cgn_block_map_init(struct cgn_block_map *m, const struct cgn_ext *ext, const struct cgn_conf *conf,
		const uint16_t *sizes, const struct cgn_det_set *dets)
{
	int ret = -ENOMEM;

	*m = (struct cgn_block_map){ .ext = ext, .dets = dets, .room = ext->room };
	m->blocks_room = (uint32_t)RTE_MIN((uint64_t)m->room * PER_ADDRESS, (uint64_t)INT32_MAX);
	for (size_t n = 0; n < RTE_DIM(m->free_rows); n++)
		m->free_rows[n] = CGN_BLOCK_NONE;
	m->grids = cgn_mem_map_room(ext->n_owned * sizeof(*m->grids), m->room * sizeof(*m->grids));
	if (dets->n > 0)
		m->own = calloc((size_t)m->room + 1, sizeof(*m->own));
	if (m->grids == NULL || (dets->n > 0 && m->own == NULL))
		goto fini;
	ret = block_cut_all(m, conf, sizes);
	if (ret < 0)
		goto fini;
	m->n_exact = m->n_blocks;
	if (block_reserve(m))
		return 0;
	ret = -ENOMEM;

fini:
	cgn_block_map_fini(m);
	return ret;
}

void
cgn_block_map_fini(struct cgn_block_map *m)
{
	size_t room = m->room;

	cgn_mem_unmap(m->cells, room * CELLS * sizeof(*m->cells));
	cgn_mem_unmap(m->claimant, room * PORTS * sizeof(*m->claimant));
	cgn_mem_unmap(m->blocks, m->blocks_room * sizeof(*m->blocks));
	cgn_mem_unmap(m->mixed, room * sizeof(*m->mixed));
	cgn_mem_unmap(m->grids, room * sizeof(*m->grids));
	free(m->own);
	*m = (struct cgn_block_map){ 0 };
}

bool
cgn_block_map_add(struct cgn_block_map *m, const struct cgn_conf *conf, uint32_t ord, uint16_t size)
{
	struct cgn_block_grid g = cgn_block_map_plan(&conf->pools[m->ext->owned_pool[ord]], size);

	g.first = cgn_block_map_take(m, g.count);
	if (g.first == CGN_BLOCK_NONE)
		return false;
	m->grids[ord] = g;
	cgn_block_map_keep(m, conf, ord);
	return true;
}

void
cgn_block_map_remove(struct cgn_block_map *m, uint32_t ord)
{
	assert(!m->grids[ord].is_mixed);
	cgn_block_map_put(m, m->grids[ord].first, m->grids[ord].count);
	m->grids[ord].count = 0;
}
