/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Chains of filters: lines of an array, with a free list.
 */
#include "dataplane/nat/filters.h"

#include "shared/mem.h"

#include <errno.h>
#include <string.h>

#include <rte_common.h>

int
cgn_filters_init(struct cgn_filters *f, uint32_t capacity)
{
	memset(f, 0, sizeof(*f));
	f->capacity = capacity;
	f->fresh = 1;
	if (capacity == 0)
		return 0;
	f->at = cgn_mem_map(((size_t)capacity + 1) * sizeof(*f->at));
	return f->at == NULL ? -ENOMEM : 0;
}

void
cgn_filters_fini(struct cgn_filters *f)
{
	cgn_mem_unmap(f->at, ((size_t)f->capacity + 1) * sizeof(*f->at));
	memset(f, 0, sizeof(*f));
}

static uint32_t
lines_of(unsigned int n)
{
	return (n + CGN_FILTERS_PER_LINE - 1) / CGN_FILTERS_PER_LINE;
}

bool
cgn_filters_has_room(const struct cgn_filters *f, uint32_t line, unsigned int n)
{
	uint32_t room = f->capacity - f->n_used;

	for (; line != 0; line = f->at[line].next)
		room++;
	return lines_of(n) <= room;
}

static uint32_t
take_line(struct cgn_filters *f)
{
	uint32_t line = f->free;

	if (line != 0)
		f->free = f->at[line].next;
	else
		line = f->fresh++;
	f->n_used++;
	return line;
}

uint32_t
cgn_filters_make(struct cgn_filters *f, uint32_t mapping, const struct cgn_filter *filters,
		unsigned int n)
{
	uint32_t first = 0;

	/* From the last line to the first, because each one has the number of the next. */
	for (uint32_t i = lines_of(n); i-- > 0;) {
		uint32_t line = take_line(f);
		unsigned int from = i * CGN_FILTERS_PER_LINE;

		f->at[line] = (struct cgn_filters_line){ .mapping = mapping, .next = first };
		for (unsigned int k = from; k < RTE_MIN(from + CGN_FILTERS_PER_LINE, n); k++)
			f->at[line].at[k - from] = (struct cgn_filters_entry){
				.addr = rte_be_to_cpu_32(filters[k].addr),
				.port = filters[k].port,
				.shift = (uint8_t)(32 - filters[k].len),
				.is_used = true,
			};
		first = line;
	}
	return first;
}

void
cgn_filters_drop(struct cgn_filters *f, uint32_t line)
{
	while (line != 0) {
		uint32_t next = f->at[line].next;

		f->at[line].next = f->free;
		f->free = line;
		f->n_used--;
		line = next;
	}
}

bool
cgn_filters_admit(const struct cgn_filters *f, uint32_t line, rte_be32_t addr, rte_be16_t port)
{
	uint32_t host = rte_be_to_cpu_32(addr);

	for (; line != 0; line = f->at[line].next) {
		const struct cgn_filters_line *l = &f->at[line];

		for (unsigned int i = 0; i < CGN_FILTERS_PER_LINE && l->at[i].is_used; i++) {
			const struct cgn_filters_entry *e = &l->at[i];

			/* 64 bits, because a shift by 32 bits needs more than 32. */
			if ((uint64_t)(host ^ e->addr) >> e->shift == 0 &&
					(e->port == 0 || e->port == port))
				return true;
		}
	}
	return false;
}
