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
 * A reload can move the server to another address, begin to serve and stop to serve. The new server is there before the old
 * one ends, so a server that cannot be made refuses the reload.
 *
 * Threads: the control thread.
 */

#include "controlplane/control.h"

struct cgn_metrics;

/** What start() needs. */
struct cgn_metrics_cfg {
	struct cgn_conf_listen listen; /* port 0: serve nobody */
	struct cgn_control *control;   /* must outlive the metrics */
	const char *version;           /* of cgnd; must outlive the metrics */
};

/** Start to serve. @return 0 or -errno; the reason was logged */
int cgn_metrics_start(struct cgn_metrics **out, const struct cgn_metrics_cfg *cfg);

/**
 * Prepare to serve at another address, or at none. The server of before goes on.
 *
 * @return 0; -errno of the new address, which is not logged: nothing is prepared
 */
int cgn_metrics_prepare(struct cgn_metrics *m, const struct cgn_conf_listen *listen);

/** Release what was prepared. */
void cgn_metrics_abandon(struct cgn_metrics *m);

/** Serve only at the address that was prepared. Waits until a text that is made now is ready. */
void cgn_metrics_commit(struct cgn_metrics *m, const struct cgn_conf_listen *listen);

/** Stop. NULL is allowed. */
void cgn_metrics_stop(struct cgn_metrics *m);

#endif /* CGN_METRICS_H */
