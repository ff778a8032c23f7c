/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/loop/timerq.h"
#include "tests/support/cu.h"

#include <string.h>

/* Timers that are set, set anew, cancelled and fire, in no order, against a plain array. */

#define TIMERS 300
#define STEPS  200000

struct model {
	struct cgn_timer timer;
	bool is_set;
	uint64_t due_ms;
	unsigned int n_fired;
};

static struct model all[TIMERS];
static struct cgn_timerq *queue;
static uint64_t now, last_due;
static unsigned int n_set;

static uint32_t
rnd(uint32_t below)
{
	static uint32_t x = 3;

	x = x * 1664525 + 1013904223;
	return (x >> 8) % below;
}

static void
set(struct model *m, uint64_t due)
{
	CU_ASSERT_EQUAL(cgn_timerq_set(queue, &m->timer, due), 0);
	n_set += !m->is_set;
	m->is_set = true;
	m->due_ms = due;
}

static void
cancel(struct model *m)
{
	cgn_timerq_cancel(queue, &m->timer);
	n_set -= m->is_set;
	m->is_set = false;
}

/* Fires at its time, in order; now and then it sets itself or others, or cancels others. */
static void
fire(void *arg, uint64_t now_ms)
{
	struct model *m = arg;

	CU_ASSERT_TRUE(m->is_set);
	CU_ASSERT_EQUAL(now_ms, now);
	CU_ASSERT_TRUE(m->due_ms <= now);
	CU_ASSERT_TRUE(m->due_ms >= last_due);
	last_due = m->due_ms;
	m->is_set = false;
	m->n_fired++;
	n_set--;
	switch (rnd(8)) {
	case 0:
		set(m, now + 1 + rnd(50));
		break;
	case 1:
		set(&all[rnd(TIMERS)], now + 1 + rnd(50));
		break;
	case 2:
		cancel(&all[rnd(TIMERS)]);
		break;
	default:
		break;
	}
}

static uint64_t
earliest(void)
{
	uint64_t due = UINT64_MAX;

	for (unsigned int i = 0; i < TIMERS; i++) {
		CU_ASSERT_EQUAL(all[i].timer.pos != 0, all[i].is_set);
		if (all[i].is_set && all[i].due_ms < due)
			due = all[i].due_ms;
	}
	return due;
}

static void
each_timer_fires_at_its_time_and_only_then(void)
{
	CU_ASSERT_EQUAL_FATAL(cgn_timerq_create(&queue), 0);
	memset(all, 0, sizeof(all));
	for (unsigned int i = 0; i < TIMERS; i++)
		all[i].timer = (struct cgn_timer){ .fire = fire, .arg = &all[i] };
	for (unsigned int step = 0; step < STEPS; step++) {
		struct model *m = &all[rnd(TIMERS)];
		unsigned int max;

		switch (rnd(6)) {
		case 0:
		case 1:
		case 2:
			set(m, now + rnd(60));
			break;
		case 3:
			cancel(m);
			break;
		case 4:
			now += rnd(20);
			last_due = 0;
			max = 1 + rnd(40);
			CU_ASSERT_TRUE(cgn_timerq_run(queue, now, max) <= max);
			break;
		default:
			last_due = 0;
			(void)cgn_timerq_run(queue, now, UINT32_MAX);
			CU_ASSERT_TRUE(cgn_timerq_next(queue) > now);
			break;
		}
		if (step % 64 == 0)
			CU_ASSERT_EQUAL(cgn_timerq_next(queue), earliest());
	}
	for (unsigned int i = 0; i < TIMERS; i++) {
		CU_ASSERT_TRUE(all[i].n_fired > 10);
		cancel(&all[i]);
	}
	CU_ASSERT_EQUAL(n_set, 0);
	CU_ASSERT_EQUAL(cgn_timerq_next(queue), UINT64_MAX);
	cgn_timerq_destroy(queue);
}

/* The edges: due now, due in the past, the end of time, a cancel of what is not set. */
static void
edges_of_time(void)
{
	struct model m[3] = { 0 };

	CU_ASSERT_EQUAL_FATAL(cgn_timerq_create(&queue), 0);
	now = 100;
	last_due = 0;
	for (unsigned int i = 0; i < 3; i++)
		m[i].timer = (struct cgn_timer){ .fire = fire, .arg = &m[i] };
	cgn_timerq_cancel(queue, &m[0].timer);
	set(&m[0], 100);
	set(&m[1], 101);
	set(&m[2], UINT64_MAX / 2);
	CU_ASSERT_EQUAL(cgn_timerq_run(queue, 99, 9), 0);
	CU_ASSERT_EQUAL(cgn_timerq_next(queue), 100);
	cgn_timerq_cancel(queue, &m[0].timer);
	CU_ASSERT_EQUAL(cgn_timerq_run(queue, 100, 9), 0);
	CU_ASSERT_EQUAL(cgn_timerq_next(queue), 101);
	CU_ASSERT_EQUAL(m[0].timer.pos, 0);
	cgn_timerq_destroy(queue);
	CU_ASSERT_EQUAL(m[1].timer.pos, 0);
	CU_ASSERT_EQUAL(m[2].timer.pos, 0);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(each_timer_fires_at_its_time_and_only_then),
	CU_TEST_ROW(edges_of_time),
};

CU_MAIN("timerq_model", tests)
