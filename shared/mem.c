/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Reserved address space for tables, with a list of all areas so that they can be counted and committed. Packet
 * buffers are in no list.
 */
#include "shared/mem.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#define SMALL_PAGE ((size_t)4096)

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14 */
#endif

/* A mapped area. */
struct area {
	struct area *next;
	uint8_t *p;
	size_t len;
	unsigned int owner;
};

static struct {
	pthread_mutex_t lock;
	struct area *first;
	unsigned int owner; /* of areas that are mapped next */
	size_t reserved;
} areas = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* Add an area to the list. @return false: no memory */
static bool
note(void *p, size_t len)
{
	struct area *a = malloc(sizeof(*a));

	if (a == NULL)
		return false;
	pthread_mutex_lock(&areas.lock);
	*a = (struct area){ .next = areas.first, .p = p, .len = len, .owner = areas.owner };
	areas.first = a;
	areas.reserved += len;
	pthread_mutex_unlock(&areas.lock);
	return true;
}

static void
mem_forget(const void *p)
{
	struct area **link = &areas.first, *a;

	pthread_mutex_lock(&areas.lock);
	while (*link != NULL && (*link)->p != p)
		link = &(*link)->next;
	a = *link;
	if (a != NULL) {
		*link = a->next;
		areas.reserved -= a->len;
	}
	pthread_mutex_unlock(&areas.lock);
	free(a);
}

/* Round a length up to whole pages, at least one. */
static size_t
round_up(size_t bytes)
{
	return bytes == 0 ? SMALL_PAGE : (bytes + SMALL_PAGE - 1) & ~(SMALL_PAGE - 1);
}

static void *
reserve_pages(size_t len)
{
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

/* Reserve address space aligned to huge pages, and ask for huge pages in the first @p used octets. */
static void *
reserve_huge(size_t len, size_t used)
{
	size_t head;
	uint8_t *p;

	if (len < CGN_MEM_HUGE_PAGE)
		return reserve_pages(len);
	/* Kernels before 6.7 do not align: reserve one huge page more and unmap both ends. */
	p = reserve_pages(len + CGN_MEM_HUGE_PAGE);
	if (p == NULL)
		return NULL;
	head = (CGN_MEM_HUGE_PAGE - ((uintptr_t)p & (CGN_MEM_HUGE_PAGE - 1))) &
			(CGN_MEM_HUGE_PAGE - 1);
	if (head != 0)
		(void)munmap(p, head);
	if (head != CGN_MEM_HUGE_PAGE)
		(void)munmap(p + head + len, CGN_MEM_HUGE_PAGE - head);
	p += head;
	/* Advice only: without huge pages the table works, but slower. */
	(void)madvise(p, used, MADV_HUGEPAGE);
	if (len > used)
		(void)madvise(p + used, len - used, MADV_NOHUGEPAGE);
	return p;
}

static void *
reserve_small(size_t len, size_t used)
{
	void *p = reserve_pages(len);

	(void)used;
	if (p != NULL)
		/* A huge page would commit 2 MB for the first entry used in it. */
		(void)madvise(p, len, MADV_NOHUGEPAGE);
	return p;
}

static void *
map_pages(size_t bytes, size_t room, void *(*reserve_fn)(size_t len, size_t used))
{
	size_t len = round_up(room), used = round_up(bytes);
	void *p = room > SIZE_MAX / 2 ? NULL : reserve_fn(len, used);

	if (p != NULL && !note(p, used)) {
		(void)munmap(p, len);
		return NULL;
	}
	return p;
}

void *
cgn_mem_map(size_t bytes)
{
	return map_pages(bytes, bytes, reserve_huge);
}

void *
cgn_mem_map_sparse(size_t bytes)
{
	return map_pages(bytes, bytes, reserve_small);
}

void *
cgn_mem_map_room(size_t bytes, size_t room)
{
	return map_pages(bytes, room, reserve_huge);
}

void *
cgn_mem_map_sparse_room(size_t bytes, size_t room)
{
	return map_pages(bytes, room, reserve_small);
}

void *
cgn_mem_map_buffers(size_t bytes)
{
	size_t len = round_up(bytes);

	return reserve_huge(len, len);
}

void
cgn_mem_unmap(void *p, size_t bytes)
{
	if (p == NULL)
		return;
	mem_forget(p);
	(void)munmap(p, round_up(bytes));
}

void
cgn_mem_set_owner(unsigned int owner)
{
	pthread_mutex_lock(&areas.lock);
	areas.owner = owner;
	pthread_mutex_unlock(&areas.lock);
}

size_t
cgn_mem_reserved(void)
{
	size_t n;

	pthread_mutex_lock(&areas.lock);
	n = areas.reserved;
	pthread_mutex_unlock(&areas.lock);
	return n;
}

int
cgn_mem_commit(unsigned int owner)
{
	int ret = 0;

	for (const struct area *a = areas.first; ret == 0 && a != NULL; a = a->next) {
		if (a->owner == owner && madvise(a->p, a->len, MADV_POPULATE_WRITE) < 0)
			ret = -errno;
	}
	return ret;
}

size_t
cgn_mem_huge(const void *p, size_t bytes)
{
	uintptr_t begin = (uintptr_t)p, end = begin + bytes, first, last;
	FILE *f = fopen("/proc/self/smaps", "r");
	bool is_inside = false;
	size_t kib, huge = 0;
	char line[512];

	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " ", &first, &last) == 2)
			is_inside = first < end && last > begin;
		else if (is_inside && sscanf(line, "AnonHugePages: %zu kB", &kib) == 1)
			huge += kib * 1024;
	}
	if (f != NULL)
		fclose(f);
	return huge < bytes ? huge : bytes;
}

size_t
cgn_mem_available(void)
{
	unsigned long long kib = 0;
	char line[128];
	FILE *f = fopen("/proc/meminfo", "r");

	while (f != NULL && kib == 0 && fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "MemAvailable: %llu kB", &kib) != 1)
			kib = 0;
	}
	if (f != NULL)
		fclose(f);
	return (size_t)kib * 1024;
}
