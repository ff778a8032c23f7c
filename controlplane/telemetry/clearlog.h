/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CLEARLOG_H
#define CGN_CLEARLOG_H

/**
 * @file
 * One log line about mappings or leases that the operator has ended. cgnctl asks page after page for mappings, so the
 * pages are added up here.
 *
 * A page belongs to what has the same filter and ended where the page begins. If no further page comes for
 * CGN_CLEARLOG_WAIT_MS, cgnctl has gone away, and the line says that it is not complete. Of more than CGN_CLEARLOG_MAX at the
 * same time, each page has a line of its own.
 *
 * Units:   milliseconds of the loop's clock.
 * Threads: the control thread.
 */

#include "controlplane/loop/timerq.h"
#include "controlplane/telemetry/telemetry_params.h"
#include "controlplane/workers/table_reader.h"

#define CGN_CLEARLOG_MAX     4
#define CGN_CLEARLOG_WAIT_MS 10000

/** One that is under way. */
struct cgn_clearlog_sum {
	char filter[CGN_TELEMETRY_PARAMS_MAX];
	struct cgn_table_reader_cursor next;
	uint64_t ended, leases, statics;
	uint64_t at_ms; /* its last page */
};

/** Those that are under way. */
struct cgn_clearlog {
	struct cgn_timerq *timers;
	struct cgn_timer timer; /* set while there are some */
	struct cgn_clearlog_sum at[CGN_CLEARLOG_MAX];
	unsigned int n;
};

/** Start with none. @param timers  outlives the log */
void cgn_clearlog_init(struct cgn_clearlog *l, struct cgn_timerq *timers);

/** Stop. What is under way is logged as not complete. */
void cgn_clearlog_fini(struct cgn_clearlog *l);

/**
 * A page has ended.
 *
 * @param params  the parameters of the question. All but cursor= are the filter
 * @param from    where the page began
 * @param page    what became of it, and where the next one begins
 */
void cgn_clearlog_page(struct cgn_clearlog *l, const char *params,
		const struct cgn_table_reader_cursor *from,
		const struct cgn_table_reader_clear *page, uint64_t now_ms);

/**
 * Leases were deleted.
 *
 * @param params     the parameters of the question: what was asked for
 * @param n          how many were
 * @param is_stored  the deletion is in the store
 */
void cgn_clearlog_leases(const char *params, uint32_t n, bool is_stored);

#endif /* CGN_CLEARLOG_H */
