/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RELOAD_H
#define CGN_RELOAD_H

/**
 * @file
 * Changes the configuration while cgnd runs: on SIGHUP, for `cgnctl config reload`, and back again if nobody confirms
 * a change in time. Each of them goes the same way, and ends with the whole new configuration in force or with the old
 * one:
 *
 * 1. A thread reads the file, checks it, and compares it with the configuration in use (confload.h). The control thread
 *    goes on serving. If the file has errors, or if a key that differs needs a restart, nothing changes.
 *    A part may still work on the change before. Then this one waits for it, for at most CGN_RELOAD_WAIT_MS.
 * 2. All parts of the control thread prepare (change.h). If one refuses, nothing changes.
 * 3. All workers show that they work, and then all are told the new configuration at once (workers/conf_swap.h). If one does
 *    not reply, nothing changes.
 * 4. All parts commit. The old configuration is freed after the last worker has replied.
 *
 * There is one change at a time. Requests wait in a queue; SIGHUPs that come meanwhile lead to one reload after it.
 *
 * A reload may ask for a confirmation, as `commit confirmed` of Junos: without it, cgnd falls back to the configuration
 * of before, which is kept in memory. A further reload confirms, if it is not refused. If it asks for a confirmation
 * itself, only the time starts again. A SIGHUP confirms only if the file has changed since, because logrotate
 * sends SIGHUP, too. After a fall-back, a SIGHUP does not take the same file again. A fall-back that is refused is tried
 * again until it is not, or until a confirmation comes.
 *
 * Threads: the control thread.
 */

#include "controlplane/control.h"
#include "shared/ctl.h"

struct cgn_reload;

/** What reloads count. */
struct cgn_reload_stats {
	CGN_RELOAD_COUNTERS(CGN_STATS_FIELD)
};

/** The state of the configuration. */
struct cgn_reload_status {
	const char *file;
	/** Whether the file is what cgnd uses, as of the last reload: "in_use", "refused" or "not_confirmed". */
	const char *file_state;
	const char *by; /* how the configuration in use came: "start", "signal", "command" or "fall_back" */
	int64_t at_ms;           /* when, in milliseconds since 1970 */
	uint32_t confirm_left_s; /* seconds until cgnd falls back; 0: nothing has to be confirmed */
	bool is_busy;            /* a change is under way */
};

/** Somebody who asks for a reload and waits for its end. */
struct cgn_reload_request {
	uint32_t confirm_s; /* seconds to confirm it; 0: it needs no confirmation */
	/** Called once. @param report  JSON text (reload_report.h), valid during the call; NULL: cgnd stops or has no memory */
	void (*done)(void *arg, const char *report);
	void *arg;
	struct cgn_reload_request *next; /* of the queue */
};

/** Longest wait for the parts that work on the change before. Only one that hangs needs so long. */
#define CGN_RELOAD_WAIT_MS 15000

/** Longest time for a confirmation, in seconds. */
#define CGN_RELOAD_CONFIRM_MAX_S CGN_CTL_CONFIRM_MAX_S

/**
 * Create it. From now on it owns the configuration @p conf.
 *
 * @param path  path of the file; outlives the struct cgn_reload
 * @return 0 or -ENOMEM
 */
int cgn_reload_create(struct cgn_reload **out, const char *path, struct cgn_conf *conf);

/**
 * Free it and all its configurations. No worker and no control thread may use them any more, and
 * cgn_reload_free_snapshots() was called if it was ever attached. NULL is allowed.
 */
void cgn_reload_destroy(struct cgn_reload *r);

/**
 * The data plane has ended, and EAL ends after this: free the snapshots that the data plane does not own, and wait for
 * threads that free others.
 */
void cgn_reload_free_snapshots(struct cgn_reload *r);

/** The configuration in use. */
const struct cgn_conf *cgn_reload_conf(const struct cgn_reload *r);

/**
 * Reload on each SIGHUP that the loop of the control thread gets, and when somebody asks for it.
 *
 * @param control  NULL: the control thread is about to be destroyed. From now on no configuration is freed before
 *                 cgn_reload_destroy(), because workers that were stopped may still point to one
 * @return 0 or -errno; with NULL 0
 */
int cgn_reload_attach(struct cgn_reload *r, struct cgn_control *control);

/** Ask for a reload. It begins at once, or after those that wait already. @param q  must stay valid until done() */
void cgn_reload_ask(struct cgn_reload *r, struct cgn_reload_request *q, uint64_t now_ms);

/**
 * cgnd stops: call done() of all requests, and take no more of them. A change under way is given up if no worker was told
 * anything. Otherwise it goes on. NULL is allowed.
 */
void cgn_reload_close(struct cgn_reload *r);

/** Confirm a change. @return 0; -ENODATA: no change waits for it */
int cgn_reload_confirm(struct cgn_reload *r);

/** The state of the configuration. @param r  NULL: all fields are 0 */
struct cgn_reload_status cgn_reload_status(const struct cgn_reload *r);

/** The counters. @param r  NULL: all are 0 */
const struct cgn_reload_stats *cgn_reload_stats(const struct cgn_reload *r);

/**
 * Reload now. Waits until the file was read, and not for what follows.
 *
 * @return
 *   - 0: nothing has changed, or the change is under way.
 *   - -EINVAL: the file has errors, or a part refuses; the reasons were printed.
 *   - -EPERM: keys that differ need a restart; they were logged.
 *   - -EBUSY: the last change has not ended yet; this one begins after it.
 *   - -ENOMEM
 */
int cgn_reload_now(struct cgn_reload *r, uint64_t now_ms);

#endif /* CGN_RELOAD_H */
