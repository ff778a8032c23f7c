/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RECORDS_H
#define CGN_RECORDS_H

/**
 * @file
 * The export of records over reloads: switches it on and off, and tells the workers where their records go.
 *
 * A reload changes the sinks, the size of the queues and the kinds of records of a run of the export. If it switches the
 * export or the records of blocks on or off, another run begins, or the present one ends. So a reader of records knows
 * from when on it has all blocks (config/RECORDS.md).
 *
 * A reload has two steps: cgn_records_prepare() can fail, and cgn_records_commit() cannot. After the second step the
 * workers are told, one after another. They know only doors that stay valid until they have replied.
 *
 * Threads: the control thread. The end of a run waits for its sinks, so it is in a thread of its own.
 */

#include "controlplane/export/export.h"
#include "controlplane/loop/timerq.h"
#include "controlplane/workers/dpclient.h"

struct cgn_records;

/** Start the export if the configuration has one. @return 0 or -errno */
int cgn_records_create(struct cgn_records **out, const struct cgn_export_cfg *cfg);

/**
 * Whether the end of the export need not be waited for any longer, before packets wait for it: its sinks have taken what
 * there is, or take nothing.
 *
 * @param waited_ms  how long the caller has waited already. After some seconds nothing comes any more
 */
bool cgn_records_may_end(const struct cgn_records *r, uint64_t waited_ms);

/** cgn_records_destroy() follows soon, and packets wait until it is over. */
void cgn_records_hurry(struct cgn_records *r);

/** End the export. All producers have ended. NULL is allowed. */
void cgn_records_destroy(struct cgn_records *r);

/** From now on there is a way to the workers. Both outlive it, or until cgn_records_detach(). */
void
cgn_records_attach(struct cgn_records *r, struct cgn_dpclient *client, struct cgn_timerq *timers);

/** There is no way to the workers any more. They stop, or have stopped. */
void cgn_records_detach(struct cgn_records *r);

/** The export in use. NULL: it is off */
struct cgn_export *cgn_records_export(const struct cgn_records *r);

/** Whether the last reload still goes on here, so that the first step of the next one must wait. It ends by itself. */
bool cgn_records_must_wait(const struct cgn_records *r, const struct cgn_conf *from,
		const struct cgn_conf *to);

/**
 * First step of a reload. cgn_records_commit() or cgn_records_abort() follows.
 *
 * @param from  the configuration in use
 * @return 0; -EBUSY: the last reload still goes on here; -ENOMEM; another -errno of a new sink
 */
int
cgn_records_prepare(struct cgn_records *r, const struct cgn_conf *from, const struct cgn_conf *to);

/** Instead of the second step. Nothing is prepared: nothing happens. */
void cgn_records_abort(struct cgn_records *r);

/** Second step. @param from  as at the first one */
void cgn_records_commit(struct cgn_records *r, const struct cgn_conf *from,
		const struct cgn_conf *to, uint64_t now_ms);

/** Give the gap of the control thread to the exporter, and release what has ended. In each turn of the loop. */
void cgn_records_settle(struct cgn_records *r);

/** The counters of all runs. @param r  NULL: all are 0 */
struct cgn_export_stats cgn_records_stats(const struct cgn_records *r);

#endif /* CGN_RECORDS_H */
