/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Timers of the control thread in a binary heap. A timer knows its place, so that it can be cancelled
 * without a search.
 */
#include "controlplane/loop/timerq.h"

#include <errno.h>
#include <stdlib.h>

struct cgn_timerq {
	struct cgn_timer **heap;
	size_t n;
	size_t room;
};

int
cgn_timerq_create(struct cgn_timerq **out)
{
	struct cgn_timerq *q = calloc(1, sizeof(*q));

	if (q == NULL)
		return -ENOMEM;
	*out = q;
	return 0;
}

void
cgn_timerq_destroy(struct cgn_timerq *q)
{
	if (q == NULL)
		return;
	for (size_t i = 0; i < q->n; i++)
		q->heap[i]->pos = 0;
	free(q->heap);
	free(q);
}

static void
timerq_place(struct cgn_timerq *q, size_t i, struct cgn_timer *t)
{
	q->heap[i] = t;
	t->pos = i + 1;
}

static void
sift_up(struct cgn_timerq *q, size_t i, struct cgn_timer *t)
{
	while (i > 0 && q->heap[(i - 1) / 2]->due_ms > t->due_ms) {
		timerq_place(q, i, q->heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	timerq_place(q, i, t);
}

static void
sift_down(struct cgn_timerq *q, size_t i, struct cgn_timer *t)
{
	for (;;) {
		size_t child = 2 * i + 1;

		if (child >= q->n)
			break;
		if (child + 1 < q->n && q->heap[child + 1]->due_ms < q->heap[child]->due_ms)
			child++;
		if (q->heap[child]->due_ms >= t->due_ms)
			break;
		timerq_place(q, i, q->heap[child]);
		i = child;
	}
	timerq_place(q, i, t);
}

int
cgn_timerq_reserve(struct cgn_timerq *q, size_t n)
{
	struct cgn_timer **heap;

	if (n <= q->room)
		return 0;
	heap = realloc(q->heap, n * sizeof(struct cgn_timer *));
	if (heap == NULL)
		return -ENOMEM;
	q->heap = heap;
	q->room = n;
	return 0;
}

int
cgn_timerq_set(struct cgn_timerq *q, struct cgn_timer *t, uint64_t due_ms)
{
	int ret;

	if (t->pos != 0)
		cgn_timerq_cancel(q, t);
	if (q->n == q->room) {
		ret = cgn_timerq_reserve(q, q->room == 0 ? 16 : 2 * q->room);
		if (ret < 0)
			return ret;
	}
	t->due_ms = due_ms;
	q->n++;
	sift_up(q, q->n - 1, t);
	return 0;
}

void
cgn_timerq_cancel(struct cgn_timerq *q, struct cgn_timer *t)
{
	struct cgn_timer *last;
	size_t i;

	if (t->pos == 0)
		return;
	i = t->pos - 1;
	t->pos = 0;
	last = q->heap[--q->n];
	if (last == t)
		return;
	/* The last timer takes the free place. It may belong above or below it. */
	if (i > 0 && q->heap[(i - 1) / 2]->due_ms > last->due_ms)
		sift_up(q, i, last);
	else
		sift_down(q, i, last);
}

uint64_t
cgn_timerq_next(const struct cgn_timerq *q)
{
	return q->n == 0 ? UINT64_MAX : q->heap[0]->due_ms;
}

unsigned int
cgn_timerq_run(struct cgn_timerq *q, uint64_t now_ms, unsigned int max)
{
	unsigned int fired = 0;

	while (fired < max && q->n > 0 && q->heap[0]->due_ms <= now_ms) {
		struct cgn_timer *t = q->heap[0];

		/* The timer is removed first: its callback may set it again, or free it. */
		cgn_timerq_cancel(q, t);
		t->fire(t->arg, now_ms);
		fired++;
	}
	return fired;
}
