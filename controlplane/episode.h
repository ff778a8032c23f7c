/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_EPISODE_H
#define CGN_EPISODE_H

/**
 * @file
 * Tells from a counter of refusals when they begin and when they are over, so that the log has one line for each.
 *
 * An episode begins with the first refusal. It is over when nothing was refused for some time. So however many refusals
 * there are, there are at most two lines in that time.
 *
 * Units:   milliseconds of the loop's clock.
 * Threads: single owner.
 */

#include <stdbool.h>
#include <stdint.h>

/** A counter of refusals. The owner zeroes it at first. */
struct cgn_episode {
	uint64_t seen;    /* when last looked at */
	uint64_t refused; /* since the episode began */
	uint64_t begin_ms;
	uint64_t last_ms; /* the last look that found more */
	bool is_on;
};

/** What a look has found. */
enum cgn_episode_news {
	CGN_EPISODE_NOTHING,
	CGN_EPISODE_BEGINS, /* there are refusals again */
	CGN_EPISODE_IS_OVER,
};

/**
 * Look at a counter.
 *
 * @param count     its value now. If it is less than before, it has begun anew, and nothing was refused meanwhile
 * @param quiet_ms  time without refusals after which the episode is over
 */
enum cgn_episode_news
cgn_episode_look(struct cgn_episode *e, uint64_t count, uint64_t now_ms, uint64_t quiet_ms);

/** Whether it has begun and is not over. */
bool cgn_episode_is_on(const struct cgn_episode *e);

/** Refusals since the episode began. */
uint64_t cgn_episode_refused(const struct cgn_episode *e);

/** Seconds from the beginning of the episode to its last refusal. */
uint64_t cgn_episode_lasted_s(const struct cgn_episode *e);

#endif /* CGN_EPISODE_H */
