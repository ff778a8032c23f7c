/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/device/packet_pool.h"
#include "tests/support/cu.h"
#include "tests/support/eal.h"

#include <stdlib.h>

#include <rte_mbuf.h>

#define N 1000

static struct cgn_packet_pool_cfg
config(const char *name)
{
	eal_start_with("0", 128);
	return (struct cgn_packet_pool_cfg){
		.name = name, .n = N, .cache = 32, .room = 2048, .socket = SOCKET_ID_ANY
	};
}

/* The octets that net_af_xdp registers with the kernel begin with the pool's first piece of memory and are
 * as many as all buffers have together. */
static bool
is_registered(const struct rte_mempool *mp, const struct rte_mbuf *m)
{
	const struct rte_mempool_memhdr *first = STAILQ_FIRST(&mp->mem_list);
	size_t size = rte_mempool_calc_obj_size(mp->elt_size, mp->flags, NULL);
	const char *begin = first->addr, *at = (const char *)m - mp->header_size;

	return at >= begin && at + size <= begin + N * size;
}

/* Take all buffers. @return how many of them the kernel would refuse */
static unsigned int
count_refused(struct rte_mempool *mp, unsigned int *n)
{
	struct rte_mbuf *m;
	unsigned int refused = 0;

	for (*n = 0; (m = rte_pktmbuf_alloc(mp)) != NULL; (*n)++)
		refused += !is_registered(mp, m);
	return refused;
}

/* Without hugepages no buffer may cross a page of 4096 octets, so that two of them never share one. */
static void
buffers_of_a_umem_lie_side_by_side(void)
{
	struct cgn_packet_pool_cfg cfg = config("side_by_side");
	unsigned int n, n_useless = 1;
	struct rte_mempool *mp;

	cfg.is_umem = true;
	mp = cgn_packet_pool_create(&cfg, &n_useless);
	CU_ASSERT_PTR_NOT_NULL_FATAL(mp);
	CU_ASSERT_EQUAL(n_useless, 0);
	CU_ASSERT_EQUAL(count_refused(mp, &n), 0);
	CU_ASSERT_EQUAL(n, N);
	rte_mempool_free(mp);
}

static void
buffers_outside_of_a_umem_are_never_given_out(void)
{
	struct cgn_packet_pool_cfg cfg = config("apart");
	unsigned int n, n_useless = 0;
	struct rte_mempool *mp;

	cfg.is_umem = true;
	cfg.has_dma = true;
	mp = cgn_packet_pool_create(&cfg, &n_useless);
	CU_ASSERT_PTR_NOT_NULL_FATAL(mp);
	CU_ASSERT_EQUAL(count_refused(mp, &n), 0);
	CU_ASSERT_EQUAL(n, N - n_useless);
	CU_ASSERT_TRUE(n > 0);
	rte_mempool_free(mp);
}

static void
other_pools_are_whole(void)
{
	struct cgn_packet_pool_cfg cfg = config("whole");
	struct rte_mempool *mp = cgn_packet_pool_create(&cfg, NULL);
	unsigned int n;

	CU_ASSERT_PTR_NOT_NULL_FATAL(mp);
	count_refused(mp, &n);
	CU_ASSERT_EQUAL(n, N);
	rte_mempool_free(mp);
}

static void
buffers_are_ready_for_packets(void)
{
	struct cgn_packet_pool_cfg cfg = config("ready");
	struct rte_mempool *mp;
	struct rte_mbuf *m;

	cfg.is_umem = true;
	cfg.room = 9000;
	mp = cgn_packet_pool_create(&cfg, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(mp);
	m = rte_pktmbuf_alloc(mp);
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	CU_ASSERT_PTR_EQUAL(m->pool, mp);
	CU_ASSERT_EQUAL(rte_pktmbuf_headroom(m), RTE_PKTMBUF_HEADROOM);
	CU_ASSERT_EQUAL(rte_pktmbuf_tailroom(m), 9000);
	rte_pktmbuf_free(m);
	rte_mempool_free(mp);
}

static void
a_pool_that_does_not_fit_is_refused(void)
{
	struct cgn_packet_pool_cfg cfg = config("huge");

	cfg.is_umem = true;
	cfg.n = 10000000;
	CU_ASSERT_PTR_NULL(cgn_packet_pool_create(&cfg, NULL));
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(buffers_of_a_umem_lie_side_by_side),
	CU_TEST_ROW(buffers_outside_of_a_umem_are_never_given_out),
	CU_TEST_ROW(other_pools_are_whole),
	CU_TEST_ROW(buffers_are_ready_for_packets),
	CU_TEST_ROW(a_pool_that_does_not_fit_is_refused),
};
CU_MAIN("packet_pool", tests)
