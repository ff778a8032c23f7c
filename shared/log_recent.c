/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The last warnings and errors of the log, in a ring.
 */
#include "shared/log_recent.h"

#include "shared/clock_ms.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_log.h>

static struct {
	pthread_mutex_t lock; /* held while a line is copied: threads that log wait for nothing longer */
	uint64_t n;           /* lines since the start */
	struct cgn_log_recent_line at[CGN_LOG_RECENT_MAX];
} recent = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* The place for a new line: a free one, or that of the oldest line of all whose state is the least important one. */
static struct cgn_log_recent_line *
place(void)
{
	struct cgn_log_recent_line *best = &recent.at[0];

	for (unsigned int i = 1; i < CGN_LOG_RECENT_MAX; i++) {
		struct cgn_log_recent_line *l = &recent.at[i];
		const bool is_open = l->state == CGN_LOG_RECENT_OPEN;
		const bool is_best_open = best->state == CGN_LOG_RECENT_OPEN;

		if (is_open != is_best_open ? is_best_open : l->number < best->number)
			best = l;
	}
	return best;
}

static void
end_line(struct cgn_log_recent_line *l, int64_t now_ms)
{
	l->state = CGN_LOG_RECENT_OVER;
	l->over_ms = now_ms;
}

static bool
is_open_about(const struct cgn_log_recent_line *l, const char *about)
{
	return l->state == CGN_LOG_RECENT_OPEN &&
			strncmp(l->about, about, sizeof(l->about) - 1) == 0;
}

void
cgn_log_recent_note(enum cgn_log_event event, const char *about, const char *text)
{
	const struct cgn_log_event_row *row = cgn_log_event_row(event);
	const int64_t now_ms = cgn_clock_ms(CLOCK_REALTIME);
	struct cgn_log_recent_line *l;

	if (row->level > RTE_LOG_WARNING)
		return;
	pthread_mutex_lock(&recent.lock);
	for (unsigned int i = 0; row->lasts && i < CGN_LOG_RECENT_MAX; i++) {
		if (recent.at[i].event == event && is_open_about(&recent.at[i], about))
			end_line(&recent.at[i], now_ms);
	}
	l = place();
	*l = (struct cgn_log_recent_line){
		.number = ++recent.n,
		.wall_ms = now_ms,
		.state = row->lasts ? CGN_LOG_RECENT_OPEN : CGN_LOG_RECENT_ONCE,
		.event = event,
	};
	snprintf(l->about, sizeof(l->about), "%s", about);
	snprintf(l->text, sizeof(l->text), "%s", text);
	pthread_mutex_unlock(&recent.lock);
}

void
cgn_log_recent_end(enum cgn_log_event event, const char *about)
{
	const int64_t now_ms = cgn_clock_ms(CLOCK_REALTIME);

	pthread_mutex_lock(&recent.lock);
	for (unsigned int i = 0; i < CGN_LOG_RECENT_MAX; i++) {
		if (is_open_about(&recent.at[i], about) &&
				cgn_log_event_ends(event, recent.at[i].event))
			end_line(&recent.at[i], now_ms);
	}
	pthread_mutex_unlock(&recent.lock);
}

/* For qsort(): the newest line first. */
static int
compare_newest(const void *a, const void *b)
{
	const struct cgn_log_recent_line *x = a, *y = b;

	return x->number < y->number ? 1 : -1;
}

unsigned int
cgn_log_recent_read(struct cgn_log_recent_line out[static CGN_LOG_RECENT_MAX])
{
	unsigned int n = 0;

	pthread_mutex_lock(&recent.lock);
	for (unsigned int i = 0; i < CGN_LOG_RECENT_MAX; i++) {
		if (recent.at[i].number != 0)
			out[n++] = recent.at[i];
	}
	pthread_mutex_unlock(&recent.lock);
	qsort(out, n, sizeof(out[0]), compare_newest);
	return n;
}

uint64_t
cgn_log_recent_count(void)
{
	uint64_t n;

	pthread_mutex_lock(&recent.lock);
	n = recent.n;
	pthread_mutex_unlock(&recent.lock);
	return n;
}

const char *
cgn_log_recent_word(enum cgn_log_recent_state state)
{
	static const char *const words[] = {
		[CGN_LOG_RECENT_ONCE] = "once",
		[CGN_LOG_RECENT_OPEN] = "open",
		[CGN_LOG_RECENT_OVER] = "over",
	};

	return words[state];
}
