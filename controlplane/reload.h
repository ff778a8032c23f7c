/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RELOAD_H
#define CGN_RELOAD_H

/**
 * @file
 * Reloads the configuration file on SIGHUP. The new configuration is used if every key that differs can change while
 * cgnd runs.
 *
 * If the file has an error, or if one key needs a restart, nothing changes: the configuration in use stays. Otherwise
 * every worker is told the new configuration. The old one is freed after the last worker has replied.
 *
 * On SIGHUP, a new thread reads the file (confload.h), and the control thread goes on serving. If another SIGHUP comes
 * meanwhile, the file is read once more after that.
 *
 * Threads: the control thread.
 */

#include "controlplane/control.h"

struct cgn_reload;

/**
 * Create it. From now on it owns the configuration @p conf.
 *
 * @param path  path of the file; outlives the struct cgn_reload
 * @return 0 or -ENOMEM
 */
int cgn_reload_create(struct cgn_reload **out, const char *path, struct cgn_conf *conf);

/** Free it and all its configurations. No worker and no control thread may use them any more. NULL is allowed. */
void cgn_reload_destroy(struct cgn_reload *r);

/** The configuration in use. */
const struct cgn_conf *cgn_reload_conf(const struct cgn_reload *r);

/**
 * Reload on each SIGHUP that the loop of the control thread gets.
 *
 * @param control  NULL: the control thread is about to be destroyed. From now on no configuration is freed before
 *                 cgn_reload_destroy(), because workers that were stopped may still point to one
 */
void cgn_reload_attach(struct cgn_reload *r, struct cgn_control *control);

/**
 * Reload now. Waits until the file was read.
 *
 * @return
 *   - 0: nothing has changed, or the workers are told the new configuration now.
 *   - -EINVAL: the file has errors; they were printed.
 *   - -EPERM: keys that differ need a restart; they were logged.
 *   - -EBUSY: the last reload has not ended yet; this one begins after it.
 *   - -ENOMEM
 */
int cgn_reload_now(struct cgn_reload *r, uint64_t now_ms);

#endif /* CGN_RELOAD_H */
