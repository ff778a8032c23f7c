/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Packet buffers that are in no cache.
 */
#include "tests/bench/bench_cold.h"

#include "shared/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <rte_mbuf_pool_ops.h>
#include <rte_vect.h>

#define ROOM    (2048 + RTE_PKTMBUF_HEADROOM)
#define FLUSHED 128u /* octets of a frame; the longest has fewer */

static void
unmap(struct rte_mempool_memhdr *mem, void *opaque)
{
	(void)opaque;
	cgn_mem_unmap(mem->addr, mem->len);
}

/* Memory in pages of one kind. */
static int
populate(struct rte_mempool *mp, uint32_t n, bool is_huge)
{
	size_t size = rte_mempool_calc_obj_size(mp->elt_size, mp->flags, NULL);
	size_t len = RTE_ALIGN_CEIL(n * size, CGN_MEM_HUGE_PAGE);
	void *p = cgn_mem_map_buffers(len);

	if (p == NULL)
		return -ENOMEM;
	if (!is_huge)
		(void)madvise(p, len, MADV_NOHUGEPAGE);
	return rte_mempool_populate_iova(mp, p, RTE_BAD_IOVA, len, unmap, NULL);
}

/* Take all buffers out of the pool, in random order. */
static int
take_all(struct bench_cold *c, struct world *w)
{
	c->m = calloc(c->n, sizeof(c->m[0]));
	if (c->m == NULL || rte_pktmbuf_alloc_bulk(c->mp, c->m, c->n) < 0)
		return -ENOMEM;
	for (uint32_t i = c->n - 1; i > 0; i--) {
		struct rte_mbuf *m = c->m[i];
		uint32_t k = world_below(w, i + 1);

		c->m[i] = c->m[k];
		c->m[k] = m;
	}
	return 0;
}

int
bench_cold_create(struct bench_cold *c, struct world *w, uint32_t n, bool is_huge)
{
	static unsigned int serial;
	struct rte_pktmbuf_pool_private priv = { .mbuf_data_room_size = ROOM };
	char name[RTE_MEMPOOL_NAMESIZE];
	int ret = -ENOMEM;

	*c = (struct bench_cold){ .n = n };
	snprintf(name, sizeof(name), "cold%u", serial++);
	c->mp = rte_mempool_create_empty(name, n, (unsigned int)sizeof(struct rte_mbuf) + ROOM, 0,
			sizeof(priv), SOCKET_ID_ANY, RTE_MEMPOOL_F_NO_IOVA_CONTIG);
	if (c->mp != NULL)
		ret = rte_mempool_set_ops_byname(c->mp, rte_mbuf_best_mempool_ops(), NULL);
	if (ret == 0) {
		rte_pktmbuf_pool_init(c->mp, &priv);
		ret = populate(c->mp, n, is_huge) < (int)n ? -ENOMEM : 0;
	}
	if (ret == 0) {
		rte_mempool_obj_iter(c->mp, rte_pktmbuf_init, NULL);
		ret = take_all(c, w);
	}
	if (ret < 0)
		bench_cold_free(c);
	return ret;
}

void
bench_cold_free(struct bench_cold *c)
{
	free(c->m);
	rte_mempool_free(c->mp);
}

static void
flush(const struct rte_mbuf *m)
{
#ifdef __SSE2__
	for (unsigned int at = 0; at < FLUSHED; at += RTE_CACHE_LINE_SIZE)
		_mm_clflush(rte_pktmbuf_mtod_offset(m, const void *, at));
#else
	(void)m;
#endif
}

/* Write a frame into each buffer and flush it. */
static void
fill(struct bench_cold *c, struct world *w, const enum world_kind kinds[2])
{
	for (uint32_t i = 0; i < c->n; i++)
		world_write(w, c->m[i], world_below(w, w->n_flows), kinds[i / WORLD_BURST % 2], 0);
	for (uint32_t i = 0; i < c->n; i++)
		flush(c->m[i]);
	rte_mb();
}

struct bench_sample
bench_cold_run(struct bench_cold *c, struct world *w, const enum world_kind kinds[2],
		uint32_t packets)
{
	uint32_t rounds = packets / c->n + 1, sent;
	uint64_t cycles, first = 0;
	double *burst = malloc((size_t)rounds * c->n / WORLD_BURST * sizeof(*burst));
	struct bench_sample sample = { 0 };
	size_t n = 0;

	if (burst == NULL)
		return sample;
	for (uint32_t r = 0; r < rounds; r++) {
		fill(c, w, kinds);
		sent = 0;
		for (uint32_t at = 0; at < c->n; at += WORLD_BURST) {
			cycles = world_give(w, &c->m[at], WORLD_BURST, kinds[at / WORLD_BURST % 2]);
			if (at == 0)
				first = cycles;
			else if (world_is_whole(cycles))
				burst[n++] = (double)cycles / WORLD_BURST;
			sent += w->n_sent;
		}
		/* A worker keeps each burst for one turn. So the first turn only receives, and the last one only
		 * processes: together they are one burst. */
		w->n_sent = 0;
		cycles = first + world_settle(w);
		if (world_is_whole(cycles))
			burst[n++] = (double)cycles / WORLD_BURST;
		sent += w->n_sent;
		if (sent != c->n) {
			fprintf(stderr, "cgn-bench: packets of established flows are not forwarded\n");
			exit(EXIT_FAILURE);
		}
	}
	sample = bench_rows_sample(burst, n);
	free(burst);
	return sample;
}
