/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_LOG_HEAD_H
#define CGN_LOG_HEAD_H

/**
 * @file
 * The beginning of a log line: when, who, how bad, and which event.
 *
 * At a terminal and in files: `2026-11-30T13:05:00.123Z cgnd: warning link-down: `. In the journal of systemd, which has
 * its own time, the priority of syslog(3) stands in front, and journald takes it away: `<4>cgnd: warning link-down: `.
 *
 * Threads: any. cgn_log_head_begin() before other threads start.
 */

#include "shared/log_event.h"

#include <stddef.h>

/** Octets that are enough for the text of cgn_log_head_format(). */
#define CGN_LOG_HEAD_MAX 128

/**
 * From now on, lines have the time, or if @p fd is the journal, the priority. Before, they have neither.
 *
 * JOURNAL_STREAM tells which file the journal is (systemd.exec(5)).
 */
void cgn_log_head_begin(int fd);

/** Write the beginning of a line. @return @p buf */
const char *cgn_log_head_format(enum cgn_log_event event, char buf[static CGN_LOG_HEAD_MAX]);

#endif /* CGN_LOG_HEAD_H */
