/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_DOWNTIME_H
#define CGN_DOWNTIME_H

/**
 * @file
 * Finds out how much time has passed since a store was written, and whether its epochs go on.
 *
 * If the machine has not rebooted since, CLOCK_BOOTTIME tells the exact time. Changes of the wall clock do not matter.
 *
 * After a reboot, only the wall clock can tell. It is believed under two conditions. It was set both times: it showed
 * 2020 or later. And the time that has passed by the wall clock is not shorter than the time since the boot (boot_ms).
 *
 * If the wall clock is not believed, the time since the boot is used. It is the least time that can have passed.
 * Leases then live longer than they should, which does no harm. Epochs do not go on (RFC 6886 section 3.6).
 *
 * Units:   milliseconds.
 * Threads: any.
 */

#include "controlplane/lease/store.h"

/** The store is written at least this often while it is in use. */
#define CGN_DOWNTIME_STAMP_MS 10000

/** A stamp that is older than this by CLOCK_BOOTTIME tells the next start that the store may have missed changes. */
#define CGN_DOWNTIME_OLD_MS 3600000

/** The judgement of the time since the stamp of a store. Milliseconds. */
struct cgn_downtime {
	int64_t elapsed_ms;      /* time since the stamp */
	int64_t shift_ms;        /* add it to a time of the store to get a time since this boot */
	const char *lost_reason; /* why epochs do not go on; NULL: they go on */
	bool is_exact;           /* CLOCK_BOOTTIME has told elapsed_ms */
};

/** Judge the time between a stamp and now. */
struct cgn_downtime
cgn_downtime_judge(const struct cgn_store_stamp *stamp, int64_t wall_ms, int64_t boot_ms);

/**
 * Judge the time since a store was written, and begin to use the store with cgn_store_begin().
 *
 * @param s          NULL: there is no store, and no epoch goes on
 * @param[out] down  the judgement; also set after an error
 * @return the result of cgn_store_begin()
 */
int cgn_downtime_begin(
		struct cgn_store *s, int64_t wall_ms, int64_t boot_ms, struct cgn_downtime *down);

#endif /* CGN_DOWNTIME_H */
