/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RELOAD_H
#define CGN_RELOAD_H

/**
 * @file
 * SIGHUP: read the file again and use it, if every difference can change while cgnd runs.
 *
 * All or nothing: one key that needs a restart, or one error, and the running configuration stays. The
 * new snapshot goes to every worker; the old one is freed after the last of them has replied.
 *
 * On SIGHUP a thread of its own reads the file (confload.h), so that the control thread goes on
 * serving. A SIGHUP that comes meanwhile is obeyed afterwards.
 *
 * Threads: the control thread.
 */

#include "controlplane/control.h"

struct cgn_reload;

/**
 * Create it; it owns the configuration from here on.
 *
 * @param path  the file; outlives this
 * @return 0 or -ENOMEM
 */
int cgn_reload_create(struct cgn_reload **out, const char *path, struct cgn_conf *conf);

/** Free it and every configuration; no worker and no control thread uses one. NULL is allowed. */
void cgn_reload_destroy(struct cgn_reload *r);

/** The configuration in use, for those who start. */
const struct cgn_conf *cgn_reload_conf(const struct cgn_reload *r);

/**
 * Take SIGHUP of the control thread's loop.
 *
 * @param control  NULL: it is about to be destroyed; from now on no configuration is freed before
 *                 cgn_reload_destroy(), since workers that were stopped may still point to one
 */
void cgn_reload_attach(struct cgn_reload *r, struct cgn_control *control);

/**
 * Reload now; waits for the file.
 *
 * @return
 *   - 0: nothing changed, or the workers are being told.
 *   - -EINVAL: the file is wrong; the errors were printed.
 *   - -EPERM: a change needs a restart; its keys were logged.
 *   - -EBUSY: the one before is not finished; this one follows it.
 *   - -ENOMEM
 */
int cgn_reload_now(struct cgn_reload *r, uint64_t now_ms);

#endif /* CGN_RELOAD_H */
