/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TELEMETRY_COUNTERS_H
#define CGN_TELEMETRY_COUNTERS_H

/**
 * @file
 * Counters, gauges and their help texts as telemetry data of DPDK.
 *
 * Names and help texts come from the lists in shared/verdict.h, shared/stats.h and
 * shared/control_counters.h.
 *
 * Threads: the control thread.
 * Errors:  functions return 0 or -ENOMEM, unless their comment tells otherwise.
 */

#include "controlplane/control.h"

struct rte_tel_data;

/** Verdicts by class, summed over the workers first..end-1. */
int cgn_telemetry_counters_verdicts(struct rte_tel_data *out, const struct cgn_planes *planes,
		unsigned int first, unsigned int end);

/** Other counters and gauges, of the workers first..end-1 and of the control thread. */
int cgn_telemetry_counters_all(struct rte_tel_data *out, struct cgn_control *control,
		unsigned int first, unsigned int end);

/**
 * The help text of each counter of a group, by its name.
 *
 * @param group  a group of shared/counter_help.h; "": show all groups with the number of their counters
 * @return 0; -ENOENT: there is no such group
 */
int cgn_telemetry_counters_help(struct rte_tel_data *out, const char *group);

#endif /* CGN_TELEMETRY_COUNTERS_H */
