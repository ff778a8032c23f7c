/* SPDX-License-Identifier: BSD-3-Clause */
#include "shared/mem.h"

#include <stdint.h>
#include <sys/mman.h>

#define SMALL_PAGE ((size_t)4096)
#define HUGE_PAGE  ((size_t)2 << 20)

/* Length that is mapped and unmapped: never 0, whole pages. */
static size_t
round_up(size_t bytes)
{
	return bytes == 0 ? SMALL_PAGE : (bytes + SMALL_PAGE - 1) & ~(SMALL_PAGE - 1);
}

static void *
reserve(size_t len)
{
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

void *
cgn_mem_map(size_t bytes)
{
	size_t len, head;
	uint8_t *p;

	if (bytes > SIZE_MAX / 2)
		return NULL;
	len = round_up(bytes);
	if (len < HUGE_PAGE)
		return reserve(len);
	/* Kernels before 6.7 do not align: reserve one huge page more and cut both ends off. */
	p = reserve(len + HUGE_PAGE);
	if (p == NULL)
		return NULL;
	head = (HUGE_PAGE - ((uintptr_t)p & (HUGE_PAGE - 1))) & (HUGE_PAGE - 1);
	if (head != 0)
		(void)munmap(p, head);
	if (head != HUGE_PAGE)
		(void)munmap(p + head + len, HUGE_PAGE - head);
	p += head;
	/* Advice only: without huge pages the table works, slower. */
	(void)madvise(p, len, MADV_HUGEPAGE);
	return p;
}

void *
cgn_mem_map_sparse(size_t bytes)
{
	size_t len;
	void *p;

	if (bytes > SIZE_MAX / 2)
		return NULL;
	len = round_up(bytes);
	p = reserve(len);
	if (p != NULL)
		(void)madvise(p, len, MADV_NOHUGEPAGE);
	return p;
}

void
cgn_mem_unmap(void *p, size_t bytes)
{
	if (p != NULL)
		(void)munmap(p, round_up(bytes));
}
