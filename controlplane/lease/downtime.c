/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Judges the clocks of a store at the start, for the lessor and the keeper.
 */
#include "controlplane/lease/downtime.h"

#define WALL_MIN  INT64_C(1577836800000) /* 2020-01-01: a clock that shows less was never set */
#define SLACK_MS  2000 /* the clocks are read in turn, and do not run equally fast */
#define MISSED_MS (3 * CGN_DOWNTIME_STAMP_MS) /* three stamps were due in it */

/* Judge a store that this run of the machine has used. The boot clock tells exactly how much time has
 * passed. */
static struct cgn_downtime
same_boot(const struct cgn_store_stamp *stamp, int64_t boot_ms)
{
	struct cgn_downtime d = { .elapsed_ms = boot_ms - stamp->boot_ms, .is_exact = true };

	if (d.elapsed_ms < 0) {
		d.elapsed_ms = 0;
		d.shift_ms = boot_ms - stamp->boot_ms;
		d.is_exact = false;
		d.lost_reason = "the store is of a later time";
	} else if (stamp->was_open && d.elapsed_ms > MISSED_MS) {
		/* A process that was killed has written a stamp shortly before. If the stamp is old, the
		 * process could not write any more, for example on a full disk. It has answered requests
		 * since. */
		d.lost_reason = "cgnd was killed, and the store may have missed changes";
	}
	return d;
}

struct cgn_downtime
cgn_downtime_judge(const struct cgn_store_stamp *stamp, int64_t wall_ms, int64_t boot_ms)
{
	struct cgn_downtime d = { .elapsed_ms = wall_ms - stamp->wall_ms };
	bool is_believed = false;

	if (stamp->is_this_boot)
		return same_boot(stamp, boot_ms);
	/* The machine went down after the stamp. So at least the time since the boot has passed, if the wall
	 * clock is right. */
	if (wall_ms < WALL_MIN || stamp->wall_ms < WALL_MIN)
		d.lost_reason = "the wall clock was not set";
	else if (d.elapsed_ms + SLACK_MS < boot_ms)
		d.lost_reason = "the wall clock was set back";
	else
		is_believed = true;
	if (is_believed && stamp->was_open)
		d.lost_reason = "the machine went down with an open store";
	/* Without a good wall clock, only the time since the boot is known to have passed. */
	if (!is_believed)
		d.elapsed_ms = boot_ms;
	d.shift_ms = boot_ms - d.elapsed_ms - stamp->boot_ms;
	return d;
}

int
cgn_downtime_begin(struct cgn_store *s, int64_t wall_ms, int64_t boot_ms, struct cgn_downtime *down)
{
	const struct cgn_store_stamp stamp = cgn_store_stamp(s);

	*down = (struct cgn_downtime){ .lost_reason = "there is no store from before" };
	if (s != NULL && !stamp.is_new)
		*down = cgn_downtime_judge(&stamp, wall_ms, boot_ms);
	return cgn_store_begin(s, down->shift_ms, down->lost_reason == NULL, wall_ms, boot_ms);
}
