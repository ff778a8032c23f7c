/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_DOWNTIME_H
#define CGN_DOWNTIME_H

/**
 * @file
 * How much time has passed since a store was written, and whether its epochs go on.
 *
 * In the same run of the machine CLOCK_BOOTTIME says it exactly, whatever was done to the wall clock. After
 * a reboot there is the wall clock only. It is believed if it had been set both times (it is later than the
 * year 2020) and if the machine, which has run for boot_ms, fits into the time that it says has passed.
 * Otherwise the least is taken: the time since the machine started. Leases then live longer than they
 * should, which does no harm; epochs cannot go on (RFC 6886 section 3.6).
 *
 * Units:   milliseconds.
 * Threads: any.
 */

#include "controlplane/lease/store.h"

/** The store is written at least this often while it is in use. */
#define CGN_DOWNTIME_STAMP_MS 10000

/** A stamp that is so old says that the store may have missed changes. */
#define CGN_DOWNTIME_OLD_MS 3600000

/** What the stamp of a store says about the time since then. Milliseconds. */
struct cgn_downtime {
	int64_t elapsed_ms;      /* since the stamp */
	int64_t shift_ms;        /* what makes the store's times those of this run of the machine */
	const char *lost_reason; /* why epochs do not go on; NULL: they do */
	bool is_exact;           /* by CLOCK_BOOTTIME */
};

/** Judge the time between a stamp and now. */
struct cgn_downtime
cgn_downtime_judge(const struct cgn_store_stamp *stamp, int64_t wall_ms, int64_t boot_ms);

/**
 * Judge the time since a store was written and begin to use it: cgn_store_begin().
 *
 * @param s          NULL: there is no store, and no epoch goes on
 * @param[out] down  filled after an error too
 * @return as cgn_store_begin()
 */
int cgn_downtime_begin(
		struct cgn_store *s, int64_t wall_ms, int64_t boot_ms, struct cgn_downtime *down);

#endif /* CGN_DOWNTIME_H */
