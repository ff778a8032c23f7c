/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_METRICS_CONTROL_H
#define CGN_METRICS_CONTROL_H

/**
 * @file
 * Writes what the control thread knows as metrics: its own counters and gauges, port mapping, pools, groups, ports and
 * next hops.
 *
 * Pools and groups are sums over the workers. Like telemetry, it reads them in the memory of the workers, and asks no
 * worker. Nothing here grows with the number of subscribers.
 *
 * Threads: the control thread.
 */

#include "controlplane/control.h"
#include "controlplane/metrics/openmetrics.h"

/** Write all families that are not about workers. */
void cgn_metrics_control_write(struct cgn_openmetrics *om, struct cgn_control *control);

#endif /* CGN_METRICS_CONTROL_H */
