/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_METRICS_WORKERS_H
#define CGN_METRICS_WORKERS_H

/**
 * @file
 * Writes what the workers count as metrics: verdicts, counters, gauges, and how long loops and bursts took.
 *
 * It reads the counters in the memory of the workers (shared/counter.h). No worker notices it, and it needs no answer
 * of a worker. So a worker that hangs is still shown.
 *
 * Threads: any.
 */

#include "controlplane/metrics/openmetrics.h"
#include "shared/planes.h"

/**
 * Write all families about workers.
 *
 * @param hz  cycles per second of the time stamp counter
 */
void
cgn_metrics_workers_write(struct cgn_openmetrics *om, const struct cgn_planes *planes, uint64_t hz);

#endif /* CGN_METRICS_WORKERS_H */
