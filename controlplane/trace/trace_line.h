/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TRACE_LINE_H
#define CGN_TRACE_LINE_H

/**
 * @file
 * Reads one line of a file of records (config/RECORDS.md): RFC 5424 with structured data.
 *
 * The line may come from anywhere, so nothing in it is believed. Other lines, other structured data and unknown fields
 * are skipped.
 *
 * Units: times in milliseconds since 1970 UTC; addresses in network order; ports in host order.
 */

#include "shared/addr.h"

#include <stddef.h>

/** What a line tells. */
enum cgn_trace_event {
	CGN_TRACE_OTHER, /* a record that a trace does not need; it has a number */
	CGN_TRACE_ALLOCATED,
	CGN_TRACE_RELEASED,
	CGN_TRACE_GAP,
	CGN_TRACE_START,
	CGN_TRACE_STOP,
	CGN_TRACE_CLOCK_STEP,
	CGN_TRACE_CHECKPOINT,
};

/** Numbers of the producers that are no workers. */
#define CGN_TRACE_EXPORT  0u
#define CGN_TRACE_CONTROL 1u

/** Number of the producer "worker0"; other workers follow. */
#define CGN_TRACE_WORKER0 2u

/** A text inside the line. It may have escapes (RFC 5424 section 6.3.3). */
struct cgn_trace_text {
	const char *at;
	size_t len;
};

/** A record. Fields that the line does not have are 0. */
struct cgn_trace_record {
	int64_t time_ms;
	uint64_t boot; /* number of the run */
	uint64_t seq;
	uint64_t gap_first;  /* GAP: the numbers of the lost records */
	uint64_t gap_last;   /* CHECKPOINT: the last number of the producer */
	uint64_t gap_blocks; /* GAP: how many of them were about blocks */
	uint64_t previous;   /* START: number of the run before */
	int64_t step_ms;     /* CLOCK_STEP */
	enum cgn_trace_event event;
	uint32_t producer;        /* a number for each producer of a run */
	struct cgn_prefix inside; /* ALLOCATED, RELEASED: the subscriber */
	rte_be32_t ext;           /* ALLOCATED, RELEASED */
	uint16_t first;           /* ALLOCATED, RELEASED: the ports, inclusive */
	uint16_t last;
	bool has_last;         /* the line has gap_last */
	bool is_after_unknown; /* START: cgnd does not know how the run before has ended */
	bool is_late; /* START: ports were in use before, because a reload has begun this run */
	bool has_no_blocks;         /* START: this run makes no records of blocks */
	bool has_deterministic;     /* START: this run has ranges of ports without records */
	bool is_kept;               /* START: what subscribers had in the run before goes on */
	bool is_restored;           /* ALLOCATED: the subscriber had it in the run before, too */
	struct cgn_trace_text host; /* these point into the line */
	struct cgn_trace_text instance;
	struct cgn_trace_text pool;
};

/**
 * Read a line.
 *
 * @param text  without the newline; need not end with a zero
 * @return false: it is no record of cgnd, or it is damaged
 */
bool cgn_trace_line_read(const char *text, size_t len, struct cgn_trace_record *out);

/** Copy a text with its NUL. What does not fit is cut, and what is no printable ASCII becomes '?'. */
void cgn_trace_line_copy(char *out, size_t size, const struct cgn_trace_text *text);

/**
 * Read a time of RFC 3339, such as 2026-11-28T03:15:07.120Z. It needs a zone: Z or an offset.
 *
 * @param[out] ms  a fraction finer than milliseconds is cut
 * @return octets that were read; 0: it is no such time
 */
size_t cgn_trace_line_time(const char *text, size_t len, int64_t *ms);

#endif /* CGN_TRACE_LINE_H */
