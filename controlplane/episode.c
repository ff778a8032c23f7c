/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Beginning and end of refusals, for alarms.c.
 */
#include "controlplane/episode.h"

enum cgn_episode_news
cgn_episode_look(struct cgn_episode *e, uint64_t count, uint64_t now_ms, uint64_t quiet_ms)
{
	/* The counters of a device fall to 0 when it starts anew. */
	const uint64_t more = count > e->seen ? count - e->seen : 0;

	e->seen = count;
	if (more > 0 && !e->is_on) {
		e->is_on = true;
		e->refused = more;
		e->begin_ms = e->last_ms = now_ms;
		return CGN_EPISODE_BEGINS;
	}
	if (more > 0) {
		e->refused += more;
		e->last_ms = now_ms;
	}
	if (!e->is_on || now_ms - e->last_ms < quiet_ms)
		return CGN_EPISODE_NOTHING;
	e->is_on = false;
	return CGN_EPISODE_IS_OVER;
}

bool
cgn_episode_is_on(const struct cgn_episode *e)
{
	return e->is_on;
}

uint64_t
cgn_episode_refused(const struct cgn_episode *e)
{
	return e->refused;
}

uint64_t
cgn_episode_lasted_s(const struct cgn_episode *e)
{
	return (e->last_ms - e->begin_ms) / 1000;
}
