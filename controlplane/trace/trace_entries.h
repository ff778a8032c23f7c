/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TRACE_ENTRIES_H
#define CGN_TRACE_ENTRIES_H

/**
 * @file
 * The records of blocks that questions are about, so that those about one port are found fast.
 *
 * Units:   milliseconds since 1970 UTC; ports in host order, addresses in network order.
 * Threads: single owner.
 * Memory:  72 octets a record.
 */

#include "controlplane/trace/trace_line.h"

/** A record of a block. */
struct cgn_trace_entry {
	uint64_t seq;
	int64_t time_ms;
	struct cgn_prefix inside;
	rte_be32_t ext;
	uint16_t first;
	uint16_t last;
	uint32_t run; /* index into the runs */
	uint32_t producer;
	uint32_t pool; /* index into the names of pools */
	bool is_end;
	bool is_restored; /* a begin: the subscriber had the block since the start */
};

/** Records of blocks. All zero: empty. */
struct cgn_trace_entries {
	struct cgn_trace_entry *at;
	size_t n;
	size_t max;
	char (*pools)[64]; /* their names */
	uint32_t n_pools;
	unsigned int widest; /* ports of the largest block */
};

/** A part of the records. */
struct cgn_trace_part {
	const struct cgn_trace_entry *at;
	const struct cgn_trace_entry *end;
};

/** Add a record of a block. @return 0 or -ENOMEM */
int
cgn_trace_entries_add(struct cgn_trace_entries *e, const struct cgn_trace_record *r, uint32_t run);

/**
 * All records were added: put them in order, and drop those that were added twice. The order: by block, then by run and
 * producer, then by subscriber, then by number.
 */
void cgn_trace_entries_sort(struct cgn_trace_entries *e);

/**
 * Find the records of a block with a port, by one producer of a run.
 *
 * @param[in,out] part  those of the next block; both NULL: begin
 * @return false: there is no other block
 */
bool cgn_trace_entries_next(const struct cgn_trace_entries *e, rte_be32_t ext, uint16_t port,
		struct cgn_trace_part *part);

/** The records of a part that one producer of a run has made. */
struct cgn_trace_part
cgn_trace_entries_by(const struct cgn_trace_part *part, uint32_t run, uint32_t producer);

/** Whether two records are of the same block, run, producer and subscriber. */
bool cgn_trace_entries_are_one(const struct cgn_trace_entry *a, const struct cgn_trace_entry *b);

/** Release what they hold. */
void cgn_trace_entries_fini(struct cgn_trace_entries *e);

#endif /* CGN_TRACE_ENTRIES_H */
