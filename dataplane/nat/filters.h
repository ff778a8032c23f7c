/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_NAT_FILTERS_H
#define CGN_NAT_FILTERS_H

/**
 * @file
 * The filters of leases (shared/filter.h), as packets read them.
 *
 * The filters of a lease are in a chain of lines. A line is one cache line, with the mapping and up to seven filters. The
 * external index has the first line in place of the mapping (ext.h). So a mapping without filters costs a packet
 * nothing.
 *
 * Threads: single owner, the worker.
 * Memory:  64 octets a line, reserved in init(), committed when first used. Freed lines are used again first.
 * Cost:    a packet compares up to all filters of its mapping.
 */

#include "shared/filter.h"

#include <stdalign.h>

#define CGN_FILTERS_PER_LINE 7u

/** A filter, ready to be compared. */
struct cgn_filters_entry {
	uint32_t addr; /* host order */
	rte_be16_t port;
	uint8_t shift; /* bits of an address that do not matter, 0 to 32 */
	bool is_used;
};

/** Some filters of a mapping. Those in use come first. */
struct cgn_filters_line {
	alignas(64) uint32_t mapping;
	uint32_t next; /* line with further filters, or next free line; 0: none */
	struct cgn_filters_entry at[CGN_FILTERS_PER_LINE];
};
static_assert(sizeof(struct cgn_filters_line) == 64, "one cache line");

/** The filters of all leases of a worker. */
struct cgn_filters {
	struct cgn_filters_line *at; /* element 0 unused */
	uint32_t capacity;           /* lines */
	uint32_t fresh;              /* first line never used */
	uint32_t free;
	uint32_t n_used; /* lines in use */
};

/** Reserve room. @param capacity  lines, may be 0 @return 0, -ENOMEM */
int cgn_filters_init(struct cgn_filters *f, uint32_t capacity);

/** Release the memory. */
void cgn_filters_fini(struct cgn_filters *f);

/** Whether @p n filters have room in place of those of the chain @p line (0: of none). */
bool cgn_filters_has_room(const struct cgn_filters *f, uint32_t line, unsigned int n);

/** Make a chain. cgn_filters_has_room() was true. @param n  more than 0 @return its first line */
uint32_t cgn_filters_make(struct cgn_filters *f, uint32_t mapping, const struct cgn_filter *filters,
		unsigned int n);

/** Free a chain. @param line  its first line; 0: nothing happens */
void cgn_filters_drop(struct cgn_filters *f, uint32_t line);

/** Whether some filter of a chain lets in packets of a remote endpoint. */
bool
cgn_filters_admit(const struct cgn_filters *f, uint32_t line, rte_be32_t addr, rte_be16_t port);

#endif /* CGN_NAT_FILTERS_H */
