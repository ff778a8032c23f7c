/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_EXPORT_SINKS_H
#define CGN_EXPORT_SINKS_H

/**
 * @file
 * The sinks of one run of the export: those that get records now, and those that a reload has removed and that deliver
 * what they have.
 *
 * A reload has two steps. The first one makes the new sinks, and can fail. The second one cannot. A sink whose keys have
 * changed is a new sink, and the old one is removed. A removed sink has CGN_EXPORT_SINK_END_MS for what is in its queue.
 *
 * Threads: the control thread. The exporter only reads a struct cgn_export_view.
 */

#include "controlplane/export/export_origin.h"
#include "controlplane/export/export_sink.h"
#include "shared/control_counters.h"

/** Most sinks that get records. */
#define CGN_EXPORT_SINKS_MAX 8

/** Most sinks that are about to end. */
#define CGN_EXPORT_LEAVING_MAX 32

/** What the export counts. */
struct cgn_export_stats {
	CGN_EXPORT_COUNTERS(CGN_STATS_FIELD)
	uint64_t failing; /* sinks that do not take records now */
};

/** Sinks in the order of the configuration. */
struct cgn_export_view {
	size_t n;
	struct cgn_export_sink *at[CGN_EXPORT_SINKS_MAX];
};

/** The sinks. All zero but for origin: there are none. */
struct cgn_export_sinks {
	const struct cgn_export_origin *origin; /* outlives all threads of sinks */
	struct cgn_export_view now;
	struct cgn_export_view next; /* between the two steps of a reload */
	struct cgn_export_sink *leaving[CGN_EXPORT_LEAVING_MAX];
	size_t n_leaving;
	bool has_hung;                /* the thread of a sink hangs, and may still use the origin */
	struct cgn_export_stats gone; /* counters of sinks that are no more */
};

/** Whether two configurations have the same sinks in the same order. */
bool cgn_export_sinks_are_same(const struct cgn_conf_export *a, const struct cgn_conf_export *b);

/** Whether so many sinks are about to end that the first step must wait. */
bool cgn_export_sinks_must_wait(const struct cgn_export_sinks *s);

/**
 * First step: make the sinks that are new.
 *
 * @param from  the configuration of the present sinks; NULL: there are none
 * @return 0; -EBUSY: too many sinks are about to end; -errno of a new sink. After an error nothing has changed
 */
int cgn_export_sinks_prepare(struct cgn_export_sinks *s, const struct cgn_conf_export *from,
		const struct cgn_conf_export *to);

/** Whether the second step would change anything. */
bool cgn_export_sinks_has_changed(const struct cgn_export_sinks *s);

/** Second step: the sinks of the first one are those that get records. Nobody else puts records into the others. */
void cgn_export_sinks_commit(struct cgn_export_sinks *s);

/** Instead of the second step: end the sinks that were made. */
void cgn_export_sinks_abort(struct cgn_export_sinks *s);

/** Release removed sinks that have ended. Does not wait. */
void cgn_export_sinks_reap(struct cgn_export_sinks *s);

/** End all sinks, and wait for their threads as cgn_export_sink_destroy(). @param wait_ms  as at cgn_export_sink_end() */
void cgn_export_sinks_close(struct cgn_export_sinks *s, uint32_t wait_ms);

/** Whether each sink that works has taken what is in its queue. Any thread, as long as the sinks are there. */
bool cgn_export_sinks_is_taken(const struct cgn_export_view *v);

/** The counters of all sinks since the start. The losses in rings are not in them. */
struct cgn_export_stats cgn_export_sinks_stats(const struct cgn_export_sinks *s);

#endif /* CGN_EXPORT_SINKS_H */
