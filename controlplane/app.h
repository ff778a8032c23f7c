/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_APP_H
#define CGN_APP_H

/**
 * @file
 * Starts cgnd with a checked configuration, serves, and stops it.
 */

#include "controlplane/opts.h"
#include "shared/conf.h"
#include "shared/planes.h"
#include "shared/state_scan.h"

/** The functions of the data plane, set by main.c. See dataplane/dataplane.h and dataplane/eal.h. */
struct cgn_app_dataplane {
	int (*eal_start)(const struct cgn_conf *conf, int n_user, char *const *user);
	void (*eal_stop)(void);
	int (*create)(void **dp, const struct cgn_conf *conf, const struct cgn_state_await *await);
	int (*start)(void *dp);
	void (*no_new_privileges)(void); /* called before the first thread: threads inherit it */
	int (*drop_privileges)(void);    /* called after all devices and threads have started */
	void (*open)(void *dp);
	int (*stop)(void *dp);
	void (*destroy)(void *dp);
	const struct cgn_planes *(*planes)(void *dp);
};

/**
 * Start everything, serve until a signal asks cgnd to end, and stop everything in reverse order.
 *
 * @param opts  the command line
 * @param conf  the configuration; this function frees it
 * @return 0 after a clean stop, -errno otherwise (the reason was logged)
 */
int cgn_app_run(const struct cgn_opts *opts, struct cgn_conf *conf,
		const struct cgn_app_dataplane *dataplane);

#endif /* CGN_APP_H */
