/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/device/packet_pool.h"
#include "shared/mem.h"
#include "tests/support/cu.h"
#include "tests/support/eal.h"

#include <errno.h>
#include <stdlib.h>

#include <rte_errno.h>
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

/* Whether the kernel gives transparent huge pages to those who ask. */
static bool
has_huge_pages(void)
{
	char *p = cgn_mem_map_buffers(CGN_MEM_HUGE_PAGE);
	bool has;

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	*p = 1;
	has = cgn_mem_huge(p, CGN_MEM_HUGE_PAGE) != 0;
	cgn_mem_unmap(p, CGN_MEM_HUGE_PAGE);
	return has;
}

static void
buffers_are_in_huge_pages_although_none_are_reserved(void)
{
	struct cgn_packet_pool_cfg cfg = config("transparent");
	struct cgn_packet_pool_pages pages = { 0 };
	struct rte_mempool *mp;

	if (!has_huge_pages()) {
		puts("skipped: the kernel gives no transparent huge pages");
		return;
	}
	mp = cgn_packet_pool_create(&cfg, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(mp);
	cgn_packet_pool_count(mp, &pages);
	CU_ASSERT_TRUE(pages.bytes >= N * cfg.room);
	CU_ASSERT_EQUAL(pages.bytes % CGN_MEM_HUGE_PAGE, 0);
	/* Memory may be too fragmented for some of them. */
	CU_ASSERT_TRUE(pages.huge >= CGN_MEM_HUGE_PAGE);
	CU_ASSERT_EQUAL((uintptr_t)STAILQ_FIRST(&mp->mem_list)->addr % CGN_MEM_HUGE_PAGE, 0);
	rte_mempool_free(mp);
}

static void
buffers_of_a_device_with_dma_are_in_the_memory_of_eal(void)
{
	struct cgn_packet_pool_cfg cfg = config("dma");
	struct cgn_packet_pool_pages pages = { 0 };
	const struct rte_mempool_memhdr *mem;
	struct rte_mempool *mp;

	cfg.has_dma = true;
	mp = cgn_packet_pool_create(&cfg, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(mp);
	STAILQ_FOREACH(mem, &mp->mem_list, next)
		CU_ASSERT_PTR_NOT_NULL(rte_mem_virt2memseg(mem->addr, NULL));
	cgn_packet_pool_count(mp, &pages);
	CU_ASSERT_TRUE(pages.bytes >= N * cfg.room);
	CU_ASSERT_EQUAL(pages.huge, 0);
	rte_mempool_free(mp);
}

/* Octets of address space in mappings. */
static size_t
mapped(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	size_t pages = 0;

	CU_ASSERT_FATAL(f != NULL && fscanf(f, "%zu", &pages) == 1);
	fclose(f);
	return pages * 4096;
}

static void
memory_of_a_pool_goes_back_with_it(void)
{
	struct cgn_packet_pool_cfg cfg = config("back");
	size_t reserved = cgn_mem_reserved(), before = mapped();
	struct rte_mempool *mp = cgn_packet_pool_create(&cfg, NULL);

	CU_ASSERT_PTR_NOT_NULL_FATAL(mp);
	CU_ASSERT_TRUE(mapped() >= before + N * cfg.room);
	/* It is no table. */
	CU_ASSERT_EQUAL(cgn_mem_reserved(), reserved);
	rte_mempool_free(mp);
	CU_ASSERT_TRUE(mapped() < before + N * cfg.room);
}

static void
a_pool_beyond_the_memory_of_the_machine_is_refused(void)
{
	struct cgn_packet_pool_cfg cfg = config("beyond");

	cfg.room = 60000;
	cfg.n = (unsigned int)(cgn_mem_available() / cfg.room + 1);
	CU_ASSERT_PTR_NULL(cgn_packet_pool_create(&cfg, NULL));
	CU_ASSERT_EQUAL(rte_errno, ENOMEM);
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
	CU_TEST_ROW(buffers_are_in_huge_pages_although_none_are_reserved),
	CU_TEST_ROW(buffers_of_a_device_with_dma_are_in_the_memory_of_eal),
	CU_TEST_ROW(memory_of_a_pool_goes_back_with_it),
	CU_TEST_ROW(a_pool_beyond_the_memory_of_the_machine_is_refused),
	CU_TEST_ROW(a_pool_that_does_not_fit_is_refused),
};
CU_MAIN("packet_pool", tests)
