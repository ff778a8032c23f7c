/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The last warnings and errors of the log, in a ring.
 */
#include "shared/log_recent.h"

#include "shared/clock_ms.h"
#include "shared/utf8.h"

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

/* Whether the place of a line is to be had before that of another one. */
static bool
gives_way_first(const struct cgn_log_recent_line *a, const struct cgn_log_recent_line *b)
{
	const bool is_open = a->state == CGN_LOG_RECENT_OPEN;

	/* A place without a line has the number 0. */
	return is_open == (b->state == CGN_LOG_RECENT_OPEN) ? a->number < b->number : !is_open;
}

/* Lines of an event. CGN_EVENT_NONE: free places */
static unsigned int
count_of(enum cgn_log_event event)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < CGN_LOG_RECENT_MAX; i++)
		n += recent.at[i].event == event;
	return n;
}

/* The event that has most lines, if it has more than its share. CGN_EVENT_NONE: none has */
static enum cgn_log_event
greediest(void)
{
	enum cgn_log_event best = CGN_EVENT_NONE;
	unsigned int most = CGN_LOG_RECENT_SHARE;

	for (unsigned int i = 0; i < CGN_LOG_RECENT_MAX; i++) {
		unsigned int n = count_of(recent.at[i].event);

		if (recent.at[i].event != CGN_EVENT_NONE && n > most) {
			most = n;
			best = recent.at[i].event;
		}
	}
	return best;
}

/* The place for a new line. Strangers can cause as many warnings of one kind as they like, so an event that has its share
 * takes no place of others. */
static struct cgn_log_recent_line *
place(enum cgn_log_event event)
{
	struct cgn_log_recent_line *best = NULL;
	enum cgn_log_event of = CGN_EVENT_NONE; /* whose lines may give way; none: those of all */

	if (count_of(CGN_EVENT_NONE) == 0)
		of = count_of(event) >= CGN_LOG_RECENT_SHARE ? event : greediest();
	for (unsigned int i = 0; i < CGN_LOG_RECENT_MAX; i++) {
		struct cgn_log_recent_line *l = &recent.at[i];

		if (of != CGN_EVENT_NONE && l->event != of)
			continue;
		if (best == NULL || gives_way_first(l, best))
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

/* The line that says of something that it lasts. NULL: there is none */
static struct cgn_log_recent_line *
find_open(enum cgn_log_event event, const char *about)
{
	for (unsigned int i = 0; i < CGN_LOG_RECENT_MAX; i++) {
		if (recent.at[i].event == event && is_open_about(&recent.at[i], about))
			return &recent.at[i];
	}
	return NULL;
}

void
cgn_log_recent_note(enum cgn_log_event event, const char *about, const char *text)
{
	const struct cgn_log_event_row *row = cgn_log_event_row(event);
	struct cgn_log_recent_line *l;

	if (row->level > RTE_LOG_WARNING)
		return;
	pthread_mutex_lock(&recent.lock);
	recent.n++;
	/* If it lasts already, it has not begun anew. */
	l = find_open(event, about);
	if (l == NULL) {
		l = place(event);
		*l = (struct cgn_log_recent_line){
			.number = recent.n,
			.wall_ms = cgn_clock_ms(CLOCK_REALTIME),
			.state = row->lasts ? CGN_LOG_RECENT_OPEN : CGN_LOG_RECENT_ONCE,
			.event = event,
		};
		snprintf(l->about, sizeof(l->about), "%s", about);
	}
	snprintf(l->text, sizeof(l->text), "%.*s", (int)cgn_utf8_cut(text, sizeof(l->text) - 1),
			text);
	pthread_mutex_unlock(&recent.lock);
}

void
cgn_log_recent_end(enum cgn_log_event event, const char *about)
{
	int64_t now_ms;

	/* Most lines end nothing, and lines of details may be many. */
	if (!cgn_log_event_is_end(event))
		return;
	now_ms = cgn_clock_ms(CLOCK_REALTIME);
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
