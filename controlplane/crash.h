/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CRASH_H
#define CGN_CRASH_H

/**
 * @file
 * Notes each second how much cgnd has, and tells the next start after a crash what was lost (restart/restart_mark.h).
 *
 * Threads: the control thread.
 * Units:   milliseconds of the loop's clock.
 */

#include "controlplane/control.h"
#include "controlplane/restart/restart_mark.h"

/** Milliseconds between two notes. */
#define CGN_CRASH_NOTE_MS 1000

struct cgn_crash;

/**
 * Look whether the run before has crashed, and lock runtime_dir against another cgnd.
 *
 * @return 0; -ENOMEM; -EBUSY: another cgnd uses it, which was logged
 */
int cgn_crash_open(struct cgn_crash **out, const char *runtime_dir);

/**
 * If the run before has crashed, say in the log what it had.
 *
 * @param has_state  it had saved its state before it crashed, and the state can be used: nothing is lost
 */
void cgn_crash_tell(struct cgn_crash *k, bool has_state);

/** What the run before has lost by a crash. NULL: nothing, or nobody knows. After cgn_crash_tell() */
const struct cgn_restart_numbers *cgn_crash_lost(const struct cgn_crash *k);

/** Packets are let in: note what @p control has from now on. @param control  outlives cgn_crash_unwatch() */
void cgn_crash_watch(struct cgn_crash *k, struct cgn_control *control, uint64_t now_ms);

/** A stop that keeps no state tells what it ends, if there is anything. Before cgn_crash_unwatch(). */
void cgn_crash_tell_stop(const struct cgn_crash *k, bool has_store);

/** Make no more notes. The one that was made last stays until cgn_crash_close(). */
void cgn_crash_unwatch(struct cgn_crash *k);

/** This is no crash: remove the note. After a start that has failed, that of the crash before stays. NULL is allowed. */
void cgn_crash_close(struct cgn_crash *k);

#endif /* CGN_CRASH_H */
