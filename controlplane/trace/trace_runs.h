/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TRACE_RUNS_H
#define CGN_TRACE_RUNS_H

/**
 * @file
 * What files of records tell about the runs of cgnd: when each one began and ended, which numbers of each producer are
 * there, and which are missing. Records may come in any order, and more than once.
 *
 * Units:   milliseconds since 1970 UTC.
 * Threads: single owner.
 */

#include "controlplane/trace/trace_line.h"

/**
 * Numbers of a producer that follow each other. last may be first - 1: no record, but up to first_ms there was none from
 * first on.
 */
struct cgn_trace_span {
	uint64_t first;
	uint64_t last;
	int64_t first_ms; /* all records from first on have this time or a later one */
	int64_t last_ms;  /* up to this time there is no record behind last */
	bool is_lost; /* a gap that has lost records which matter: of blocks, or of the exporter */
};

/**
 * A producer of a run. After cgn_trace_runs_sort(), its spans are in order and do not overlap. Spans that are not lost have
 * a hole or a lost one between them.
 */
struct cgn_trace_producer {
	uint32_t id;
	struct cgn_trace_span *spans;
	size_t n_spans;
};

/** A step of the clock. */
struct cgn_trace_step {
	int64_t time_ms;
	int64_t step_ms;
};

/** A run of cgnd, from its start to its end. */
struct cgn_trace_run {
	uint64_t boot;
	uint64_t previous; /* the run before; 0: unknown */
	char host[64];
	char instance[64];
	int64_t first_ms; /* of all its records */
	int64_t last_ms;
	int64_t start_ms;
	int64_t stop_ms;
	bool has_start; /* it has begun with its first record. Not so if a reload has begun it */
	bool is_after_unknown;  /* it does not know how the run before has ended */
	bool has_no_blocks;     /* it makes no records of blocks */
	bool has_deterministic; /* it has ranges of ports without records */
	bool is_kept;           /* what subscribers had in the run before goes on */
	bool has_stop;
	bool goes_on;     /* what subscribers had at its stop goes on in the next run */
	bool has_crashed; /* it has no stop, and a later run */
	bool is_followed; /* the next run is there, too */
	int64_t end_ms; /* set by cgn_trace_runs_sort(); INT64_MAX: these records do not have its end */
	struct cgn_trace_producer *producers;
	size_t n_producers;
	struct cgn_trace_step *steps;
	size_t n_steps;
};

/** All runs. All zero: empty. */
struct cgn_trace_runs {
	struct cgn_trace_run *at;
	size_t n;
	size_t latest; /* the run of the record before: most likely that of the next one */
};

/**
 * Note a record.
 *
 * @param[out] run  its run
 * @return 0 or -ENOMEM
 */
int cgn_trace_runs_add(struct cgn_trace_runs *runs, const struct cgn_trace_record *r, size_t *run);

/** All records were added: put the spans in order, and find out how each run has ended. @return 0 or -ENOMEM */
int cgn_trace_runs_sort(struct cgn_trace_runs *runs);

/** Whether a record may be missing that tells of a step of the clock around a time. @param[out] when  of the loss */
bool cgn_trace_runs_misses_step(const struct cgn_trace_run *run, int64_t at_ms, int64_t *when);

/** Whether two runs are of the same cgnd. */
bool cgn_trace_runs_are_one_cgnd(const struct cgn_trace_run *a, const struct cgn_trace_run *b);

/** Release what the runs hold. */
void cgn_trace_runs_fini(struct cgn_trace_runs *runs);

#endif /* CGN_TRACE_RUNS_H */
