/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_LOG_RECENT_H
#define CGN_LOG_RECENT_H

/**
 * @file
 * The last warnings and errors of the log, for `cgnctl status`. log.c notes each such line that it prints.
 *
 * Threads: any.
 * Memory:  fixed, 4 KB.
 */

#include <stdint.h>

/** Lines that are kept. A newer line replaces the oldest one. */
#define CGN_LOG_RECENT_MAX 16

/** Octets of a line with its NUL. What does not fit is left out. */
#define CGN_LOG_RECENT_TEXT 240

/** A line of the log. */
struct cgn_log_recent_line {
	int64_t wall_ms; /* when, in milliseconds since 1970 */
	uint32_t level;  /* RTE_LOG_WARNING, or a lower number: worse */
	char text[CGN_LOG_RECENT_TEXT];
};

/** Keep a line, if it is a warning or worse. @param text  without the end of the line */
void cgn_log_recent_note(uint32_t level, const char *text);

/** Copy the lines that are kept, the newest one first. @return how many */
unsigned int cgn_log_recent_read(struct cgn_log_recent_line out[static CGN_LOG_RECENT_MAX]);

/** Number of warnings and errors since the start. */
uint64_t cgn_log_recent_count(void);

#endif /* CGN_LOG_RECENT_H */
