/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The relay's announcements by multicast, with their growing gaps.
 */
#include "controlplane/relay/relay_announce.h"

/* Send a packet and set the time of the next: 0, 250, 750, 1750 ms ... from the first. */
static void
relay_announce_go_on(void *arg, uint64_t now_ms)
{
	struct cgn_relay_announce *a = arg;

	a->n_sent++;
	a->sent++;
	a->send(a->ctx, now_ms);
	if (a->n_sent == CGN_RELAY_ANNOUNCE_COUNT)
		return;
	/* Without memory for a timer the series is shorter than it should be. */
	(void)cgn_timerq_set(a->timers, &a->timer,
			a->first_ms + CGN_RELAY_ANNOUNCE_GAP * ((UINT64_C(1) << a->n_sent) - 1));
}

void
cgn_relay_announce_begin(struct cgn_relay_announce *a, uint64_t now_ms)
{
	cgn_timerq_cancel(a->timers, &a->timer);
	a->timer.fire = relay_announce_go_on;
	a->timer.arg = a;
	a->first_ms = now_ms;
	a->n_sent = 0;
	a->series++;
	relay_announce_go_on(a, now_ms);
}

void
cgn_relay_announce_end(struct cgn_relay_announce *a)
{
	cgn_timerq_cancel(a->timers, &a->timer);
}
