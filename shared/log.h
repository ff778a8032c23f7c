/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_LOG_H
#define CGN_LOG_H

/**
 * @file
 * Log lines. A line has the time, the severity, the name of its event, a fixed message, and key=value pairs.
 *
 * Every file that logs has its own type, so that `--log-level=cgn.port:debug` works. ERR: something that
 * was asked for did not happen. WARNING: cgnd goes on, but something is missing or limited. NOTICE: start,
 * stop and reload. INFO: details of these. DEBUG: off by default. Nothing is logged per packet, because
 * verdicts count the packets.
 */

#include "shared/log_event.h"

#include <stdint.h>
#include <stdio.h>

#include <rte_common.h>
#include <rte_log.h>

/** Registers the log type "cgn.<name>". Use it once per file, before the first CGN_LOG(). */
#define CGN_LOG_TYPE(name)                                                                  \
	static int log_type;                                                                \
	RTE_INIT(log_type_register)                                                         \
	{                                                                                   \
		log_type = rte_log_register_type_and_pick_level("cgn." name, RTE_LOG_INFO); \
	}                                                                                   \
	struct rte_log_semicolon

/**
 * Log a line of an event: CGN_LOG(PORT_FAILED, "port does not start port=%s", name). The beginning (log_head.h) and the end
 * of the line are added. The event (log_event.h) tells how severe it is.
 */
#define CGN_LOG(event, ...) CGN_LOG_ABOUT(event, "", __VA_ARGS__)

/**
 * The same for an event that begins or ends something that lasts, of which there may be several (unless the table of events
 * says `is_one`): CGN_LOG_ABOUT(LINK_DOWN, port, ...). An end is the end of what began with the same text @p about.
 * scripts/check-events fails on a line that has the wrong form.
 */
#define CGN_LOG_ABOUT(event, about, ...) \
	cgn_log_line((uint32_t)log_type, CGN_EVENT_##event, about, __VA_ARGS__)

/** Print a line, and keep it if it is a warning or worse (log_recent.h). For CGN_LOG() and CGN_LOG_ABOUT(). */
void cgn_log_line(uint32_t type, enum cgn_log_event event, const char *about, const char *format,
		...) __attribute__((format(printf, 4, 5)));

/**
 * Send logs to stderr and show more with each -v: 0 NOTICE, 1 INFO, 2 DEBUG. Call it before the EAL starts.
 *
 * From now on, no thread that logs or prints to stderr waits for the reader (shared/sink.h).
 */
void cgn_log_init(unsigned int verbose);

/**
 * Let the thread that writes the log run on the cores of the calling thread, so that it does not run on the
 * cores of workers.
 */
void cgn_log_settle(void);

/** Lines that were lost because the reader was too slow. Any thread. */
uint64_t cgn_log_lost(void);

/**
 * Write the lines that are left, but wait at most one second. Afterwards stderr works as before
 * cgn_log_init().
 */
void cgn_log_fini(void);

/** Call @p print with a stream to @p fd, and wait at most one second for the reader. */
void cgn_log_print(void (*print)(const void *arg, FILE *out), const void *arg, int fd);

#endif /* CGN_LOG_H */
