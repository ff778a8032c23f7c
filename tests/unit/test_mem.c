/* SPDX-License-Identifier: BSD-3-Clause */
#include "shared/mem.h"
#include "tests/support/cu.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/* Pages of [p, p + bytes) that are in memory. */
static size_t
committed(uint8_t *p, size_t bytes)
{
	static unsigned char in[1 << 12];
	size_t pages = bytes / 4096, n = 0;

	CU_ASSERT_FATAL(pages <= sizeof(in));
	CU_ASSERT_EQUAL_FATAL(mincore(p, bytes, in), 0);
	for (size_t i = 0; i < pages; i++)
		n += in[i] & 1;
	return n;
}

static void
area_is_zero_and_writable_to_its_last_octet(void)
{
	const size_t sizes[] = { 0, 1, 4096, 4097, (2 << 20) - 1, 2 << 20, (6 << 20) + 5 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		uint8_t *dense = cgn_mem_map(sizes[i]);
		uint8_t *sparse = cgn_mem_map_sparse(sizes[i]);

		CU_ASSERT_PTR_NOT_NULL_FATAL(dense);
		CU_ASSERT_PTR_NOT_NULL_FATAL(sparse);
		if (sizes[i] != 0) {
			CU_ASSERT_EQUAL(dense[sizes[i] - 1], 0);
			CU_ASSERT_EQUAL(sparse[sizes[i] - 1], 0);
			dense[0] = dense[sizes[i] - 1] = 1;
			sparse[0] = sparse[sizes[i] - 1] = 1;
		}
		cgn_mem_unmap(dense, sizes[i]);
		cgn_mem_unmap(sparse, sizes[i]);
	}
	cgn_mem_unmap(NULL, 4096);
}

static void
large_dense_area_starts_on_a_huge_page(void)
{
	void *p = cgn_mem_map((4 << 20) + 4096);

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_EQUAL((uintptr_t)p % (2 << 20), 0);
	cgn_mem_unmap(p, (4 << 20) + 4096);
}

static void
first_write_into_a_sparse_area_commits_one_small_page(void)
{
	size_t bytes = 8 << 20;
	uint8_t *p = cgn_mem_map_sparse(bytes);

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_EQUAL(committed(p, bytes), 0);
	p[5 << 20] = 1;
	CU_ASSERT_EQUAL(committed(p, bytes), 1);
	cgn_mem_unmap(p, bytes);
}

static void
address_space_is_reserved_beyond_the_memory_of_the_machine(void)
{
	size_t bytes = (size_t)1 << 42; /* 4 TB: the external index of a /10 of pool addresses */
	uint8_t *p;

#if defined(__SANITIZE_ADDRESS__)
	bytes = (size_t)1 << 38;
#endif
	p = cgn_mem_map_sparse(bytes);
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	p[bytes - 1] = 1;
	cgn_mem_unmap(p, bytes);
	CU_ASSERT_PTR_NULL(cgn_mem_map(SIZE_MAX));
	CU_ASSERT_PTR_NULL(cgn_mem_map_sparse(SIZE_MAX));
}

static void
areas_are_counted_while_they_are_mapped(void)
{
	size_t before = cgn_mem_reserved();
	void *p = cgn_mem_map(10000), *q = cgn_mem_map_sparse(4096);

	CU_ASSERT_EQUAL(cgn_mem_reserved(), before + 12288 + 4096);
	cgn_mem_unmap(p, 10000);
	CU_ASSERT_EQUAL(cgn_mem_reserved(), before + 4096);
	cgn_mem_unmap(q, 4096);
	CU_ASSERT_EQUAL(cgn_mem_reserved(), before);
}

static void
areas_of_one_owner_are_committed_and_keep_what_they_hold(void)
{
	size_t bytes = 64 << 10;
	uint8_t *mine, *other;

	cgn_mem_set_owner(7);
	mine = cgn_mem_map_sparse(bytes);
	cgn_mem_set_owner(8);
	other = cgn_mem_map_sparse(bytes);
	cgn_mem_set_owner(0);
	CU_ASSERT_FATAL(mine != NULL && other != NULL);
	mine[5000] = 42;
	CU_ASSERT_EQUAL_FATAL(cgn_mem_commit(7), 0);
	CU_ASSERT_EQUAL(committed(mine, bytes), bytes / 4096);
	CU_ASSERT_EQUAL(committed(other, bytes), 0);
	CU_ASSERT_EQUAL(mine[5000], 42);
	cgn_mem_unmap(mine, bytes);
	cgn_mem_unmap(other, bytes);
}

static void
machine_says_what_memory_is_left(void)
{
	CU_ASSERT_TRUE(cgn_mem_available() > (1 << 20));
}

static void
buffers_are_no_table(void)
{
	size_t before = cgn_mem_reserved(), bytes = 2 * CGN_MEM_HUGE_PAGE;
	uint8_t *p = cgn_mem_map_buffers(bytes);

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_EQUAL((uintptr_t)p % CGN_MEM_HUGE_PAGE, 0);
	CU_ASSERT_EQUAL(cgn_mem_reserved(), before);
	CU_ASSERT_EQUAL_FATAL(cgn_mem_commit(0), 0);
	CU_ASSERT_EQUAL(committed(p, bytes), 0);
	cgn_mem_unmap(p, bytes);
	CU_ASSERT_EQUAL(cgn_mem_reserved(), before);
}

static void
huge_pages_of_an_area_are_counted_when_it_is_used(void)
{
	size_t bytes = 2 * CGN_MEM_HUGE_PAGE;
	uint8_t *dense = cgn_mem_map_buffers(bytes), *sparse = cgn_mem_map_sparse(bytes);
	bool is_huge;

	CU_ASSERT_FATAL(dense != NULL && sparse != NULL);
	CU_ASSERT_EQUAL(cgn_mem_huge(dense, bytes), 0);
	*sparse = *dense = 1;
	CU_ASSERT_EQUAL(cgn_mem_huge(sparse, bytes), 0);
	/* Some kernels have no huge pages to give. */
	is_huge = committed(dense, CGN_MEM_HUGE_PAGE) == CGN_MEM_HUGE_PAGE / 4096;
	CU_ASSERT_EQUAL(cgn_mem_huge(dense, bytes), is_huge ? CGN_MEM_HUGE_PAGE : 0);
	cgn_mem_unmap(dense, bytes);
	cgn_mem_unmap(sparse, bytes);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(area_is_zero_and_writable_to_its_last_octet),
	CU_TEST_ROW(large_dense_area_starts_on_a_huge_page),
	CU_TEST_ROW(first_write_into_a_sparse_area_commits_one_small_page),
	CU_TEST_ROW(address_space_is_reserved_beyond_the_memory_of_the_machine),
	CU_TEST_ROW(areas_are_counted_while_they_are_mapped),
	CU_TEST_ROW(areas_of_one_owner_are_committed_and_keep_what_they_hold),
	CU_TEST_ROW(machine_says_what_memory_is_left),
	CU_TEST_ROW(buffers_are_no_table),
	CU_TEST_ROW(huge_pages_of_an_area_are_counted_when_it_is_used),
};

CU_MAIN("mem", tests)
