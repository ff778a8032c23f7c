/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_METRICS_H
#define CGN_METRICS_H

/**
 * @file
 * The counters and gauges of cgnd for Prometheus, by HTTP (metrics.listen).
 *
 * A thread of its own serves HTTP. For each text it asks the control thread once, and reads the counters of the workers
 * itself. If the control thread does not answer in time, the text has only what workers count, and the gauge
 * cgnd_control_answers is 0.
 *
 * Threads: the control thread.
 */

#include "controlplane/control.h"

struct cgn_metrics;

/** What start() needs. */
struct cgn_metrics_cfg {
	struct cgn_conf_listen listen;
	struct cgn_control *control; /* must outlive the metrics */
	const char *version;         /* of cgnd; must outlive the metrics */
};

/** Start to serve. @return 0 or -errno; the reason was logged */
int cgn_metrics_start(struct cgn_metrics **out, const struct cgn_metrics_cfg *cfg);

/** Stop. NULL is allowed. */
void cgn_metrics_stop(struct cgn_metrics *m);

#endif /* CGN_METRICS_H */
