/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_COUNTER_HELP_H
#define CGN_COUNTER_HELP_H

/**
 * @file
 * The meaning of each counter: one table of all verdicts, all statistics of workers, and all counters of
 * the control thread.
 *
 * The table is made from the rows of shared/verdict.h, shared/stats.h and shared/control_counters.h. cgnctl
 * and telemetry use it.
 *
 * A name is unique in its group. The groups are the same as in the answers of telemetry: the classes of
 * verdicts ("forwarded", "local", "absorbed", "dropped"), "counters" and "gauges" of the workers, "control"
 * and "portmap" of the control thread.
 */

#include <stddef.h>

/** A counter or gauge. */
struct cgn_counter_help {
	const char *group;
	const char *name;
	const char *help;
};

/** The table, ordered by group. @param[out] n  number of rows */
const struct cgn_counter_help *cgn_counter_help_rows(size_t *n);

/** The help text of a counter. @return NULL: there is no such counter in this group */
const char *cgn_counter_help_find(const char *group, const char *name);

#endif /* CGN_COUNTER_HELP_H */
