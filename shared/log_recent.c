/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The last warnings and errors of the log, in a ring.
 */
#include "shared/log_recent.h"

#include "shared/clock_ms.h"

#include <pthread.h>
#include <stdio.h>

#include <rte_log.h>

static struct {
	pthread_mutex_t lock; /* held while a line is copied: threads that log wait for nothing longer */
	uint64_t n; /* lines since the start; the next one has place n % CGN_LOG_RECENT_MAX */
	struct cgn_log_recent_line at[CGN_LOG_RECENT_MAX];
} recent = { .lock = PTHREAD_MUTEX_INITIALIZER };

void
cgn_log_recent_note(uint32_t level, const char *text)
{
	struct cgn_log_recent_line *l;

	if (level > RTE_LOG_WARNING)
		return;
	pthread_mutex_lock(&recent.lock);
	l = &recent.at[recent.n++ % CGN_LOG_RECENT_MAX];
	l->wall_ms = cgn_clock_ms(CLOCK_REALTIME);
	l->level = level;
	snprintf(l->text, sizeof(l->text), "%s", text);
	pthread_mutex_unlock(&recent.lock);
}

unsigned int
cgn_log_recent_read(struct cgn_log_recent_line out[static CGN_LOG_RECENT_MAX])
{
	unsigned int n = 0;

	pthread_mutex_lock(&recent.lock);
	for (; n < CGN_LOG_RECENT_MAX && n < recent.n; n++)
		out[n] = recent.at[(recent.n - 1 - n) % CGN_LOG_RECENT_MAX];
	pthread_mutex_unlock(&recent.lock);
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
