/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_EXPORT_H
#define CGN_EXPORT_H

/**
 * @file
 * The export of records: takes the records of all producers, and gives them to all sinks.
 *
 * The exporter is a thread of its own. It looks at the rings of the producers each CGN_EXPORT_POLL_MS, or at once again
 * while a ring has many records. It sets the time of each record to UTC, and puts it into the queue of each sink. It never
 * waits for a sink.
 *
 * Its own records: CGN_RECORD_START is the first record of a run, CGN_RECORD_STOP the last one of a run that has ended
 * cleanly. CGN_RECORD_CLOCK_STEP tells that the wall clock was set. It makes CGN_RECORD_CHECKPOINT for each producer after
 * a sink was opened (cgn_export_sink_was_opened()), then each CGN_EXPORT_CHECKPOINT_MS, and before CGN_RECORD_STOP.
 *
 * Threads: the control thread calls these functions. The producers put records into their doors meanwhile.
 */

#include "controlplane/export/export_origin.h"
#include "controlplane/export/export_sinks.h"
#include "shared/conf.h"
#include "shared/planes.h"

/** Time between two looks at the rings. */
#define CGN_EXPORT_POLL_MS 20

/** Time between two checkpoints of a producer. A crash leaves doubts about this time at most. */
#define CGN_EXPORT_CHECKPOINT_MS 60000

struct cgn_export;

/** A sink as it is now. */
struct cgn_export_sink_state {
	bool is_failing;   /* its receiver does not take records now */
	uint32_t queued;   /* records that wait */
	uint64_t written;  /* records that were delivered */
	uint64_t lost;     /* records that were lost in its queue, or when cgnd stopped */
	uint64_t failures; /* how often it has begun to fail */
};

/** What cgn_export_create() needs. */
struct cgn_export_cfg {
	const struct cgn_conf *conf;     /* read at create() only; has the section export */
	const struct cgn_planes *planes; /* outlive the export */
	bool is_kept;                    /* the state of the run before goes on */
	const struct cgn_export_had *
			had; /* what a crashed cgnd had; NULL: nobody knows, or it has not crashed */
	uint64_t tsc_hz;     /* cycles of the time stamp counter in a second */
	/** A reload begins this run. It makes doors for the workers, and does nothing before cgn_export_begin(). false: the
	 *  workers have doors, and it begins at once. */
	bool is_reload;
};

/**
 * Start the exporter and the sinks. Each sink opens its receiver later, in a thread of its own.
 *
 * @param[out] out  after an error, too: what was made of it, to be given to cgn_export_destroy(), which may wait for its
 *   sinks; or NULL
 * @return 0 or -errno
 */
int cgn_export_create(struct cgn_export **out, const struct cgn_export_cfg *cfg);

/**
 * The start was successful, and packets are let in. Without this call, cgn_export_destroy() keeps for the next start how
 * the run before this one has ended. NULL is allowed.
 */
void cgn_export_serve(struct cgn_export *e);

/**
 * Export what the producers have left, write CGN_RECORD_STOP, and release everything. All producers have ended. It takes
 * at most a few seconds if receivers take no records, and up to 14 s if one hangs in a call of the kernel. That one keeps
 * its memory. After cgn_export_hurry(), it takes half a second, or one second. NULL is allowed.
 */
void cgn_export_destroy(struct cgn_export *e);

/** cgn_export_destroy() follows soon, and packets wait until it is over. NULL is allowed. */
void cgn_export_hurry(struct cgn_export *e);

/** Whether each sink that works has taken what is in its queue. NULL: yes */
bool cgn_export_is_taken(const struct cgn_export *e);

/**
 * A part of cgn_export_destroy() that may wait, and that any thread may call: all but the memory. Afterwards only
 * cgn_export_stats() and cgn_export_free() may be called.
 *
 * @param goes_on  cgnd goes on without this run, see cgn_export_boot_end()
 */
void cgn_export_end(struct cgn_export *e, bool goes_on);

/** The rest of cgn_export_destroy(). NULL is allowed. */
void cgn_export_free(struct cgn_export *e);

/** Begin a run that a reload has made: write CGN_RECORD_START, and take records. @param conf  as at create() */
void cgn_export_begin(struct cgn_export *e, const struct cgn_conf *conf);

/**
 * Let another run have the boot file. This one ends soon.
 */
void cgn_export_leave_boot(struct cgn_export *e);

/** Whether what the last reload has removed must end before cgn_export_prepare(). */
bool cgn_export_must_wait(const struct cgn_export *e, const struct cgn_conf_export *from,
		const struct cgn_conf_export *to);

/**
 * First step of a reload that this run goes on after: make what is new. cgn_export_commit() or cgn_export_abort() follows.
 *
 * @param from  the configuration in use
 * @return 0; -EBUSY: what the last reload has removed has not ended yet; -errno of a new sink, -ENOMEM. After an error
 *   nothing has changed
 */
int cgn_export_prepare(struct cgn_export *e, const struct cgn_conf_export *from,
		const struct cgn_conf_export *to);

/** Instead of the second step: release what was made. */
void cgn_export_abort(struct cgn_export *e);

/**
 * Second step: use the new sinks and kinds. Removed sinks deliver what they have and end. A new sink begins with
 * checkpoints. If cgn_export_worker_door() of a worker is another one now, the worker must be told, and then
 * cgn_export_follow() must be called. It waits until the exporter has looked, a millisecond.
 */
void
cgn_export_commit(struct cgn_export *e, const struct cgn_conf *from, const struct cgn_conf *to);

/** The worker uses its door of cgn_export_worker_door() from now on: take what is left in the one before, then follow. */
void cgn_export_follow(struct cgn_export *e, unsigned int worker);

/** Release what the last reload has removed, as far as it has ended. Does not wait. */
void cgn_export_tend(struct cgn_export *e);

/** Learn the names of the pools of a reload, before there are records of them. @return 0 or -ENOMEM */
int cgn_export_add_pools(struct cgn_export *e, const struct cgn_conf *conf);

/** Where a worker puts its records. */
struct cgn_record_door *cgn_export_worker_door(const struct cgn_export *e, unsigned int worker);

/** Where the control thread puts records of a kind. NULL: they are not exported. @param e  NULL is allowed */
struct cgn_record_door *cgn_export_door(struct cgn_export *e, enum cgn_record_kind kind);

/**
 * Give the gap of the control thread's ring to the exporter, if there is one and the ring has room. The control thread
 * calls it in each turn of its loop, so that a loss is told without another record. @param e  NULL is allowed
 */
void cgn_export_settle(struct cgn_export *e);

/** Let all sinks leave their receivers and reach them again, because of SIGHUP. NULL is allowed. */
void cgn_export_reopen(struct cgn_export *e);

/** The counters. @param e  NULL: all are 0 */
struct cgn_export_stats cgn_export_stats(const struct cgn_export *e);

/**
 * Read the sink at a place of the configuration.
 *
 * @param e  NULL: there are no sinks
 * @return false: there is no such sink
 */
bool cgn_export_read_sink(const struct cgn_export *e, size_t i, struct cgn_export_sink_state *out);

#endif /* CGN_EXPORT_H */
