/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_COUNTERS_H
#define CGN_COUNTERS_H

/**
 * @file
 * The values of the counters and gauges of the control thread and of the process, one after the other. Telemetry and
 * metrics both read them here.
 *
 * Names and help texts are those of shared/control_counters.h. The counters of workers can be read without this: see
 * shared/stats.h.
 *
 * Threads: the control thread.
 */

#include "controlplane/control.h"

/** The value of a counter or gauge. */
struct cgn_counters_value {
	const char *name; /* unique in its group (shared/counter_help.h) */
	const char *help;
	bool is_gauge; /* false: it counts from the start of cgnd on, and never falls */
	uint64_t value;
};

/** Gets one value. @param v  valid during the call */
typedef void (*cgn_counters_fn)(void *arg, const struct cgn_counters_value *v);

/** Visit the group "control". */
void cgn_counters_control(struct cgn_control *control, cgn_counters_fn fn, void *arg);

/** Whether cgnd has something to do with port mapping, so that the group "portmap" has values. */
bool cgn_counters_has_portmap(struct cgn_control *control);

/** Visit the group "portmap". */
void cgn_counters_portmap(struct cgn_control *control, cgn_counters_fn fn, void *arg);

/** Visit the gauges of the whole process, which are in the group "gauges". */
void cgn_counters_process(cgn_counters_fn fn, void *arg);

#endif /* CGN_COUNTERS_H */
