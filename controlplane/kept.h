/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_KEPT_H
#define CGN_KEPT_H

/**
 * @file
 * A restart that keeps state (restart.keep_state): the stop saves what the workers and the control thread know, and the
 * next start loads it before it lets packets in.
 *
 * The file is that of restart/restart_file.h. It has the state of the workers (shared/state_format.h), the leases
 * (lease/lessor_keep.h), which count if no store has them, and the known neighbours (link/resolver_keep.h).
 *
 * Threads: the control thread.
 */

#include "controlplane/control.h"
#include "shared/state_scan.h"

struct cgn_kept;

/**
 * Stop taking packets, and save everything in runtime_dir. Nothing is changed after that. The result is logged.
 *
 * @param build  a short text without spaces, for the log of the next start
 * @return 0; -errno: nothing was saved. The workers may take no packets any more
 */
int cgn_kept_save(struct cgn_control *c, const char *build);

/**
 * Look for the state of the run before, and check all of it. A state that is not wanted or cannot be used is removed,
 * and the log says why.
 *
 * @param[out] out  NULL: there is none that can be used, this is a cold start
 * @return false: there was one that cannot be used
 */
bool cgn_kept_open(struct cgn_kept **out, const struct cgn_conf *conf);

/** What the data plane has to know when it is created. @return NULL: no state will be loaded */
const struct cgn_state_await *cgn_kept_await(const struct cgn_kept *k);

/**
 * Let the workers and the control thread take the state. The workers run, but receive no packets yet. What was taken and
 * dropped is logged, and counted in cgn_control_kept(). Other errors than -ETIMEDOUT are logged only: what came before
 * them is back.
 *
 * @param k  NULL: does nothing
 * @return 0; -ETIMEDOUT: a worker does not answer. This was logged. cgnd cannot serve with it, and must not save what the
 *         workers have now
 */
int cgn_kept_load(struct cgn_kept *k, struct cgn_control *c);

/** Packets are let in: what was saved is no longer true, so remove it. @param k  NULL: does nothing */
void cgn_kept_use_up(struct cgn_kept *k);

/** The start ends before cgn_kept_use_up(): leave the state to the next one. @param k  NULL: does nothing */
void cgn_kept_put_back(struct cgn_kept *k, const struct cgn_conf *conf);

/**
 * Release it. A file that was not put back is removed. Call it when the workers have stopped, or after cgn_kept_load()
 * has returned 0. NULL is allowed.
 */
void cgn_kept_close(struct cgn_kept *k);

#endif /* CGN_KEPT_H */
