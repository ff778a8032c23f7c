/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Notes how much cgnd has, for the start after a crash.
 */
#include "controlplane/crash.h"

#include "shared/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

CGN_LOG_TYPE("crash");

struct cgn_crash {
	struct cgn_restart_mark mark;
	struct cgn_restart_numbers had;
	bool has_crashed;            /* the run before */
	bool has_lost;               /* the run before has crashed, and left no state */
	struct cgn_control *control; /* NULL: nothing is noted */
	struct cgn_timer timer;
};

static struct cgn_restart_numbers
numbers_of(struct cgn_control *control)
{
	const struct cgn_planes *planes = cgn_control_planes(control);
	struct cgn_portmap *portmap = cgn_control_portmap(control);
	struct cgn_restart_numbers n = { 0 };

	for (unsigned int w = 0; w < planes->n_workers; w++) {
		const cgn_counter *gauge = planes->workers[w].stats->gauge;

		n.subscribers += cgn_counter_get(&gauge[CGN_G_SUBSCRIBERS]);
		n.sessions += cgn_counter_get(&gauge[CGN_G_SESSIONS]);
		n.mappings += cgn_counter_get(&gauge[CGN_G_MAPPINGS_UDP]) +
				cgn_counter_get(&gauge[CGN_G_MAPPINGS_TCP]) +
				cgn_counter_get(&gauge[CGN_G_MAPPINGS_ICMP]);
	}
	if (portmap != NULL)
		n.leases = cgn_lessor_count(cgn_portmap_lessor(portmap));
	return n;
}

static void
note(void *arg, uint64_t now_ms)
{
	struct cgn_crash *k = arg;
	const struct cgn_restart_numbers n = numbers_of(k->control);

	cgn_restart_mark_write(&k->mark, &n);
	(void)cgn_timerq_set(cgn_loop_timers(cgn_control_loop(k->control)), &k->timer,
			now_ms + CGN_CRASH_NOTE_MS);
}

int
cgn_crash_open(struct cgn_crash **out, const char *runtime_dir)
{
	struct cgn_crash *k = calloc(1, sizeof(*k));
	int ret;

	if (k == NULL)
		return -ENOMEM;
	k->timer = (struct cgn_timer){ .fire = note, .arg = k };
	ret = cgn_restart_mark_begin(&k->mark, runtime_dir, &k->had);
	if (ret < 0) {
		free(k);
		return ret;
	}
	k->has_crashed = ret > 0;
	*out = k;
	return 0;
}

void
cgn_crash_tell(struct cgn_crash *k, bool has_state)
{
	k->has_lost = k->has_crashed && !has_state;
	if (!k->has_crashed)
		return;
	CGN_LOG(CRASHED,
			"cgnd has crashed: %s subscribers=%" PRIu64 " mappings=%" PRIu64
			" sessions=%" PRIu64 " leases=%" PRIu64,
			has_state ? "it was after its state was saved, which is loaded now"
				  : "all that it had is lost, but leases and epochs of the store",
			k->had.subscribers, k->had.mappings, k->had.sessions, k->had.leases);
}

const struct cgn_restart_numbers *
cgn_crash_lost(const struct cgn_crash *k)
{
	return k->has_lost ? &k->had : NULL;
}

void
cgn_crash_watch(struct cgn_crash *k, struct cgn_control *control, uint64_t now_ms)
{
	k->control = control;
	note(k, now_ms);
}

void
cgn_crash_tell_stop(const struct cgn_crash *k, bool has_store)
{
	struct cgn_restart_numbers n;

	if (k->control == NULL)
		return;
	n = numbers_of(k->control);
	if (n.mappings != 0 || n.leases != 0)
		CGN_LOG(STOP_LOSES_STATE,
				"connections end with this stop, restart.keep_state is false; leases %s "
				"subscribers=%" PRIu64 " mappings=%" PRIu64 " leases=%" PRIu64,
				has_store ? "stay in the store"
					  : "are lost, too, there is no store",
				n.subscribers, n.mappings, n.leases);
}

void
cgn_crash_unwatch(struct cgn_crash *k)
{
	if (k->control != NULL)
		cgn_timerq_cancel(cgn_loop_timers(cgn_control_loop(k->control)), &k->timer);
	k->control = NULL;
}

void
cgn_crash_close(struct cgn_crash *k)
{
	if (k == NULL)
		return;
	cgn_restart_mark_end(&k->mark);
	free(k);
}
