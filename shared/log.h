/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_LOG_H
#define CGN_LOG_H

/**
 * @file
 * Log lines: a fixed message, then key=value.
 *
 * Every file that logs has its own type, so that `--log-level=cgn.port:debug` works. ERR: something that
 * was asked for did not happen. WARNING: cgnd goes on with less. NOTICE: life cycle. INFO: details of it.
 * DEBUG: off by default. Nothing is logged per packet: packets have verdicts.
 */

#include <stdint.h>
#include <stdio.h>

#include <rte_common.h>
#include <rte_log.h>

/** Once per file, before the first CGN_LOG(): registers the type "cgn.<name>". */
#define CGN_LOG_TYPE(name)                                                                  \
	static int log_type;                                                                \
	RTE_INIT(log_type_register)                                                         \
	{                                                                                   \
		log_type = rte_log_register_type_and_pick_level("cgn." name, RTE_LOG_INFO); \
	}                                                                                   \
	struct rte_log_semicolon

/** CGN_LOG(ERR, "port does not start port=%s", name); the line's end is added. */
#define CGN_LOG(level, ...)                                                \
	rte_log(RTE_LOG_##level, (uint32_t)log_type,                       \
			RTE_FMT("cgnd: " RTE_FMT_HEAD(__VA_ARGS__, ) "\n", \
					RTE_FMT_TAIL(__VA_ARGS__, )))

/**
 * Send logs to stderr and show more with each -v: 0 NOTICE, 1 INFO, 2 DEBUG. Call it before the EAL starts.
 *
 * From now on, no thread that logs or prints to stderr waits for the reader (shared/sink.h).
 */
void cgn_log_init(unsigned int verbose);

/**
 * Let the thread that writes the log run on the cores of the calling thread: the workers have cores of
 * their own.
 */
void cgn_log_settle(void);

/** Lines that were lost because the reader was too slow. Any thread. */
uint64_t cgn_log_lost(void);

/** Write what is left, but wait at most one second. Afterwards stderr is as before cgn_log_init(). */
void cgn_log_fini(void);

/** Call @p print with a stream to @p fd, and wait at most one second for the reader. */
void cgn_log_print(void (*print)(const void *arg, FILE *out), const void *arg, int fd);

#endif /* CGN_LOG_H */
