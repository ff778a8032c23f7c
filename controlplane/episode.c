/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Beginning and end of refusals, for alarms.c.
 */
#include "controlplane/episode.h"

enum cgn_episode_news
cgn_episode_look(struct cgn_episode *e, uint64_t count, uint64_t now_ms, uint64_t quiet_ms)
{
	const bool is_more = count != e->seen;

	if (is_more && !e->is_on) {
		e->is_on = true;
		e->before = e->seen;
		e->begin_ms = e->last_ms = now_ms;
		e->seen = count;
		return CGN_EPISODE_BEGINS;
	}
	if (is_more) {
		e->seen = count;
		e->last_ms = now_ms;
	}
	if (!e->is_on || now_ms - e->last_ms < quiet_ms)
		return CGN_EPISODE_NOTHING;
	e->is_on = false;
	return CGN_EPISODE_IS_OVER;
}

uint64_t
cgn_episode_refused(const struct cgn_episode *e)
{
	return e->seen - e->before;
}

uint64_t
cgn_episode_lasted_s(const struct cgn_episode *e)
{
	return (e->last_ms - e->begin_ms) / 1000;
}
