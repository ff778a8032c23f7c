/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The thread of a sink: takes records from the queue and delivers them, as often as it takes.
 */
#include "controlplane/export/export_sink.h"

#include "shared/clock_ms.h"
#include "shared/limits.h"
#include "shared/log.h"
#include "shared/thread.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH   64   /* records taken at once */
#define IDLE_MS 1000 /* between two looks of a thread without records */
#define LAST_MS 50   /* between two attempts while cgnd stops */
#define HANG_N  5 /* a thread that takes so many times longer to end hangs in a call of the kernel */

CGN_LOG_TYPE("export");

/* "archive 3": a reload may replace a sink by one with the same name, and the old one ends later. */
#define ABOUT_MAX (CGN_NAME_MAX + 24)

struct cgn_export_sink {
	char name[CGN_NAME_MAX];
	char about[ABOUT_MAX]; /* for the log: which one of all since the start */
	const struct cgn_export_sink_ops *ops;
	void *ctx;
	struct cgn_export_queue *queue;
	pthread_t thread;
	_Atomic(bool) must_reopen;
	_Atomic(bool) is_ending;
	_Atomic(int64_t) end_ms;  /* if is_ending: when the thread gives up */
	_Atomic(int64_t) hang_ms; /* if is_ending: when nobody waits for the thread any more */
	_Atomic(bool) is_done;    /* the thread has ended */
	_Atomic(bool) is_failing;
	_Atomic(bool) is_new; /* as cgn_export_sink_was_opened() */
	bool is_open;
	uint64_t buffered[CGN_RECORD_KIND_COUNT]; /* given to write() since the last flush() */
	cgn_counter written[CGN_RECORD_KIND_COUNT];
	cgn_counter dropped[CGN_RECORD_KIND_COUNT]; /* given up at the stop */
	cgn_counter resent;
	cgn_counter failures;
};

/* --- one attempt ------------------------------------------------------------------------------- */

static void
sink_close(struct cgn_export_sink *s)
{
	if (s->is_open)
		s->ops->close(s->ctx);
	s->is_open = false;
}

/* Open it if it is not open, and deliver what is in the buffer. */
static int
attempt(struct cgn_export_sink *s)
{
	int ret;

	if (atomic_exchange(&s->must_reopen, false))
		sink_close(s);
	if (!s->is_open) {
		ret = s->ops->open(s->ctx);
		if (ret < 0)
			return ret;
		cgn_counter_add(&s->resent, (uint64_t)ret);
		s->is_open = true;
		/* A collector that is down may be reached each second. */
		if (!atomic_load(&s->is_failing))
			atomic_store(&s->is_new, true);
	}
	ret = s->ops->flush(s->ctx);
	if (ret < 0 && ret != -EINPROGRESS)
		sink_close(s);
	return ret;
}

/* The receiver has the buffer. */
static void
note_delivery(struct cgn_export_sink *s)
{
	for (unsigned int k = 0; k < CGN_RECORD_KIND_COUNT; k++) {
		cgn_counter_add(&s->written[k], s->buffered[k]);
		s->buffered[k] = 0;
	}
	if (atomic_exchange(&s->is_failing, false))
		CGN_LOG_ABOUT(SINK_WORKS, s->about, "sink works again name=%s", s->name);
}

static void
note_failure(struct cgn_export_sink *s, int ret)
{
	if (atomic_exchange(&s->is_failing, true))
		return;
	cgn_counter_add(&s->failures, 1);
	CGN_LOG_ABOUT(SINK_FAILS, s->about,
			"sink does not take records, they wait; tried again until it does name=%s reason=\"%s\"",
			s->name, strerror(-ret));
}

/* @return false: cgnd stops, and there is no time left */
static bool
may_wait(const struct cgn_export_sink *s)
{
	return !atomic_load(&s->is_ending) ||
			cgn_clock_ms(CLOCK_MONOTONIC) < atomic_load(&s->end_ms);
}

/* Try until the receiver has the buffer. @return false: given up */
static bool
deliver(struct cgn_export_sink *s)
{
	int ret;

	while ((ret = attempt(s)) < 0) {
		if (ret != -EINPROGRESS)
			note_failure(s, ret);
		if (!may_wait(s))
			return false;
		if (ret != -EINPROGRESS)
			cgn_export_queue_wait(s->queue,
					atomic_load(&s->is_ending) ? LAST_MS
								   : CGN_EXPORT_SINK_RETRY_MS);
	}
	note_delivery(s);
	return true;
}

/* --- the thread -------------------------------------------------------------------------------- */

/* Add a record to the buffer. @return false: given up */
static bool
put(struct cgn_export_sink *s, const struct cgn_record *r)
{
	while (!s->is_open || s->ops->write(s->ctx, r) < 0) {
		if (!deliver(s))
			return false;
	}
	/* Records that a gap stands for are no records that were written. */
	if (cgn_record_is_numbered(r))
		s->buffered[cgn_record_kind_of(r->event)]++;
	cgn_record_release(r);
	return true;
}

static void
drop(struct cgn_export_sink *s, const struct cgn_record *r)
{
	if (cgn_record_is_numbered(r))
		cgn_counter_add(&s->dropped[cgn_record_kind_of(r->event)], 1);
	cgn_record_release(r);
}

/* cgnd stops, and the receiver does not work. Count what is lost. */
static void
give_up(struct cgn_export_sink *s)
{
	struct cgn_record r[BATCH];
	uint64_t sum = 0;
	uint32_t n;

	while ((n = cgn_export_queue_take(s->queue, r, BATCH, 0)) > 0) {
		for (uint32_t i = 0; i < n; i++)
			drop(s, &r[i]);
	}
	for (unsigned int k = 0; k < CGN_RECORD_KIND_COUNT; k++) {
		cgn_counter_add(&s->dropped[k], s->buffered[k]);
		s->buffered[k] = 0;
		sum += cgn_counter_get(&s->dropped[k]);
	}
	/* A new sink whose reload is refused may have none. */
	if (sum != 0)
		CGN_LOG_ABOUT(SINK_LOST, s->about,
				"sink did not take its last records, they are lost name=%s n=%llu",
				s->name, (unsigned long long)sum);
	else if (atomic_load(&s->is_failing))
		CGN_LOG_ABOUT(SINK_CLOSED, s->about, "sink is closed name=%s", s->name);
}

/* Deliver records until cgnd stops and none is left. @return false: given up */
static bool
serve(struct cgn_export_sink *s)
{
	struct cgn_record r[BATCH];
	bool is_ending, is_good = true;
	uint32_t n, i;

	do {
		/* What comes before the end was asked for is in the queue by now. */
		is_ending = atomic_load(&s->is_ending);
		n = cgn_export_queue_take(s->queue, r, BATCH, is_ending ? 0 : IDLE_MS);
		for (i = 0; i < n && is_good; i++)
			is_good = put(s, &r[i]);
		if (is_good)
			is_good = deliver(s);
		else
			for (i--; i < n; i++)
				drop(s, &r[i]);
	} while (is_good && (n > 0 || !is_ending));
	return is_good;
}

static void *
export_sink_work(void *arg)
{
	struct cgn_export_sink *s = arg;

	if (!serve(s))
		give_up(s);
	sink_close(s);
	atomic_store(&s->is_done, true);
	return NULL;
}

/* --- life -------------------------------------------------------------------------------------- */

static void
export_sink_release(struct cgn_export_sink *s)
{
	s->ops->destroy(s->ctx);
	cgn_export_queue_destroy(s->queue);
	free(s);
}

int
cgn_export_sink_create(struct cgn_export_sink **out, const char *name,
		const struct cgn_export_sink_ops *ops, void *ctx, uint32_t queue_max,
		unsigned int n_producers)
{
	static atomic_uint_fast64_t n_sinks;
	struct cgn_export_sink *s = calloc(1, sizeof(*s));
	int ret;

	if (s == NULL) {
		ops->destroy(ctx);
		return -ENOMEM;
	}
	snprintf(s->name, sizeof(s->name), "%s", name);
	snprintf(s->about, sizeof(s->about), "%s %" PRIu64, s->name,
			(uint64_t)atomic_fetch_add(&n_sinks, 1));
	s->ops = ops;
	s->ctx = ctx;
	ret = cgn_export_queue_create(&s->queue, queue_max, n_producers);
	if (ret == 0)
		ret = cgn_thread_start(&s->thread, export_sink_work, s);
	if (ret < 0) {
		export_sink_release(s);
		return ret;
	}
	*out = s;
	return 0;
}

void
cgn_export_sink_end(struct cgn_export_sink *s, uint32_t wait_ms)
{
	int64_t end_ms = cgn_clock_ms(CLOCK_MONOTONIC) + wait_ms;

	if (atomic_load(&s->is_ending) && atomic_load(&s->end_ms) <= end_ms)
		return;
	atomic_store(&s->hang_ms, end_ms + HANG_N * (int64_t)wait_ms);
	atomic_store(&s->end_ms, end_ms);
	atomic_store(&s->is_ending, true);
	cgn_export_queue_wake(s->queue);
}

bool
cgn_export_sink_is_over(const struct cgn_export_sink *s)
{
	return atomic_load(&s->is_done) ||
			cgn_clock_ms(CLOCK_MONOTONIC) >= atomic_load(&s->hang_ms);
}

void
cgn_export_sink_wait(const struct cgn_export_sink *s)
{
	/* Nothing else goes on meanwhile, so a look every millisecond is good enough. */
	while (!cgn_export_sink_is_over(s))
		(void)poll(NULL, 0, 1);
}

bool
cgn_export_sink_destroy(struct cgn_export_sink *s)
{
	if (s == NULL)
		return true;
	cgn_export_sink_wait(s);
	if (!atomic_load(&s->is_done)) {
		CGN_LOG_ABOUT(SINK_LOST, s->about,
				"sink hangs, its last records are lost name=%s n=%u", s->name,
				cgn_export_queue_count(s->queue));
		pthread_detach(s->thread);
		return false;
	}
	pthread_join(s->thread, NULL);
	export_sink_release(s);
	return true;
}

void
cgn_export_sink_reopen(struct cgn_export_sink *s)
{
	atomic_store(&s->must_reopen, true);
	cgn_export_queue_wake(s->queue);
}

bool
cgn_export_sink_was_opened(struct cgn_export_sink *s)
{
	return atomic_exchange(&s->is_new, false);
}

struct cgn_export_queue *
cgn_export_sink_queue(struct cgn_export_sink *s)
{
	return s->queue;
}

uint64_t
cgn_export_sink_written(const struct cgn_export_sink *s, enum cgn_record_kind kind)
{
	return cgn_counter_get(&s->written[kind]);
}

uint64_t
cgn_export_sink_lost(const struct cgn_export_sink *s, enum cgn_record_kind kind)
{
	return cgn_export_queue_lost(s->queue, kind) + cgn_counter_get(&s->dropped[kind]);
}

uint64_t
cgn_export_sink_resent(const struct cgn_export_sink *s)
{
	return cgn_counter_get(&s->resent);
}

uint64_t
cgn_export_sink_failures(const struct cgn_export_sink *s)
{
	return cgn_counter_get(&s->failures);
}

bool
cgn_export_sink_is_failing(const struct cgn_export_sink *s)
{
	return atomic_load(&s->is_failing);
}
