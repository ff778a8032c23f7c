/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * A bounded queue of records between two threads, with a gap for each producer.
 */
#include "controlplane/export/export_queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include <rte_common.h>

struct cgn_export_queue {
	pthread_mutex_t lock; /* held only while records are copied */
	pthread_cond_t changed;
	uint32_t size;
	uint32_t first; /* index of the oldest record */
	uint32_t n;
	bool is_woken;
	unsigned int n_producers;
	unsigned int n_gaps;     /* producers with a gap */
	struct cgn_record *gaps; /* by producer, all zero: none; of the thread that puts */
	cgn_counter lost[CGN_RECORD_KIND_COUNT];
	struct cgn_record at[];
};

int
cgn_export_queue_create(struct cgn_export_queue **out, uint32_t size, unsigned int n_producers)
{
	struct cgn_export_queue *q = calloc(1, sizeof(*q) + (size_t)size * sizeof(q->at[0]));
	pthread_condattr_t attr;

	if (q == NULL)
		return -ENOMEM;
	q->gaps = calloc(n_producers, sizeof(q->gaps[0]));
	if (q->gaps == NULL) {
		free(q);
		return -ENOMEM;
	}
	q->size = size;
	q->n_producers = n_producers;
	pthread_mutex_init(&q->lock, NULL);
	pthread_condattr_init(&attr);
	/* Steps of the wall clock must not prolong a wait. */
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&q->changed, &attr);
	pthread_condattr_destroy(&attr);
	*out = q;
	return 0;
}

void
cgn_export_queue_destroy(struct cgn_export_queue *q)
{
	if (q == NULL)
		return;
	for (uint32_t i = 0; i < q->n; i++)
		cgn_record_release(&q->at[(q->first + i) % q->size]);
	pthread_cond_destroy(&q->changed);
	pthread_mutex_destroy(&q->lock);
	free(q->gaps);
	free(q);
}

static bool
queue_append(struct cgn_export_queue *q, const struct cgn_record *r)
{
	if (q->n == q->size)
		return false;
	cgn_record_hold(r);
	q->at[(q->first + q->n) % q->size] = *r;
	q->n++;
	return true;
}

/* Put the gap of a producer in. With little room, each gap would be followed by few records and the next gap.
 * @return false: there is one, and no room */
static bool
settle_one(struct cgn_export_queue *q, unsigned int producer)
{
	struct cgn_record *gap = &q->gaps[producer];

	if (gap->seq == 0)
		return true;
	if ((uint64_t)(q->size - q->n) * 4 < q->size || !queue_append(q, gap))
		return false;
	*gap = (struct cgn_record){ 0 };
	q->n_gaps--;
	return true;
}

static void
queue_lose(struct cgn_export_queue *q, const struct cgn_record *r)
{
	struct cgn_record *gap = &q->gaps[r->producer];

	/* The next one tells the same. */
	if (r->event == CGN_RECORD_CHECKPOINT)
		return;
	q->n_gaps += gap->seq == 0 ? 1 : 0;
	cgn_record_gap_add(gap, r);
	/* What a gap stands for was lost before, and counted then. */
	if (cgn_record_is_numbered(r))
		cgn_counter_add(&q->lost[cgn_record_kind_of(r->event)], 1);
}

void
cgn_export_queue_put(struct cgn_export_queue *q, const struct cgn_record *r, uint32_t n)
{
	pthread_mutex_lock(&q->lock);
	for (uint32_t i = 0; i < n; i++) {
		if (!settle_one(q, r[i].producer) || !queue_append(q, &r[i]))
			queue_lose(q, &r[i]);
	}
	pthread_cond_signal(&q->changed);
	pthread_mutex_unlock(&q->lock);
}

bool
cgn_export_queue_settle(struct cgn_export_queue *q)
{
	bool is_settled;

	pthread_mutex_lock(&q->lock);
	for (unsigned int p = 0; q->n_gaps > 0 && p < q->n_producers; p++)
		(void)settle_one(q, p);
	is_settled = q->n_gaps == 0;
	pthread_cond_signal(&q->changed);
	pthread_mutex_unlock(&q->lock);
	return is_settled;
}

static struct timespec
queue_after(uint32_t ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += (long)(ms % 1000) * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000;
	}
	return t;
}

uint32_t
cgn_export_queue_take(
		struct cgn_export_queue *q, struct cgn_record *out, uint32_t max, uint32_t wait_ms)
{
	const struct timespec end = queue_after(wait_ms);
	uint32_t n;
	int ret = 0;

	pthread_mutex_lock(&q->lock);
	while (q->n == 0 && !q->is_woken && wait_ms > 0 && ret == 0)
		ret = pthread_cond_timedwait(&q->changed, &q->lock, &end);
	q->is_woken = false;
	n = RTE_MIN(q->n, max);
	for (uint32_t i = 0; i < n; i++)
		out[i] = q->at[(q->first + i) % q->size];
	q->first = (q->first + n) % q->size;
	q->n -= n;
	pthread_mutex_unlock(&q->lock);
	return n;
}

void
cgn_export_queue_wait(struct cgn_export_queue *q, uint32_t wait_ms)
{
	const struct timespec end = queue_after(wait_ms);
	int ret = 0;

	pthread_mutex_lock(&q->lock);
	while (!q->is_woken && ret == 0)
		ret = pthread_cond_timedwait(&q->changed, &q->lock, &end);
	q->is_woken = false;
	pthread_mutex_unlock(&q->lock);
}

void
cgn_export_queue_wake(struct cgn_export_queue *q)
{
	pthread_mutex_lock(&q->lock);
	q->is_woken = true;
	pthread_cond_signal(&q->changed);
	pthread_mutex_unlock(&q->lock);
}

uint64_t
cgn_export_queue_lost(const struct cgn_export_queue *q, enum cgn_record_kind kind)
{
	return cgn_counter_get(&q->lost[kind]);
}

uint32_t
cgn_export_queue_count(struct cgn_export_queue *q)
{
	uint32_t n;

	pthread_mutex_lock(&q->lock);
	n = q->n;
	pthread_mutex_unlock(&q->lock);
	return n;
}
