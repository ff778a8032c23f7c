/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/loop/timerq.h"
#include "tests/support/cu.h"

#include <stdint.h>

#define N 1000

static uint64_t fired[N];
static size_t n_fired;
static struct cgn_timerq *queue;

static void
note(void *arg, uint64_t now_ms)
{
	(void)now_ms;
	fired[n_fired++] = *(uint64_t *)arg;
}

static void
set_again(void *arg, uint64_t now_ms)
{
	n_fired++;
	cgn_timerq_set(queue, arg, now_ms + 10);
}

static void
timers_fire_in_order_of_their_time(void)
{
	static struct cgn_timer t[N];
	static uint64_t due[N];
	struct cgn_timerq *q;
	uint32_t x = 1;

	CU_ASSERT_EQUAL_FATAL(cgn_timerq_create(&q), 0);
	n_fired = 0;
	for (size_t i = 0; i < N; i++) {
		x = x * 1664525 + 1013904223;
		due[i] = x >> 16;
		t[i] = (struct cgn_timer){ .fire = note, .arg = &due[i] };
		CU_ASSERT_EQUAL(cgn_timerq_set(q, &t[i], due[i]), 0);
	}
	/* Every third is cancelled, every third but one set anew. */
	for (size_t i = 0; i < N; i += 3)
		cgn_timerq_cancel(q, &t[i]);
	for (size_t i = 1; i < N; i += 3) {
		due[i] /= 2;
		cgn_timerq_set(q, &t[i], due[i]);
	}
	cgn_timerq_run(q, UINT64_MAX, N);
	CU_ASSERT_EQUAL(n_fired, N - (N + 2) / 3);
	for (size_t i = 1; i < n_fired; i++)
		CU_ASSERT_TRUE(fired[i - 1] <= fired[i]);
	CU_ASSERT_EQUAL(cgn_timerq_next(q), UINT64_MAX);
	cgn_timerq_destroy(q);
}

static void
a_run_fires_only_what_is_due_and_at_most_what_was_asked(void)
{
	struct cgn_timer t[4] = { 0 };
	uint64_t due[4] = { 5, 6, 7, 8 };
	struct cgn_timerq *q;

	CU_ASSERT_EQUAL_FATAL(cgn_timerq_create(&q), 0);
	n_fired = 0;
	for (size_t i = 0; i < 4; i++) {
		t[i] = (struct cgn_timer){ .fire = note, .arg = &due[i] };
		cgn_timerq_set(q, &t[i], due[i]);
	}
	CU_ASSERT_EQUAL(cgn_timerq_next(q), 5);
	CU_ASSERT_EQUAL(cgn_timerq_run(q, 4, 10), 0);
	CU_ASSERT_EQUAL(cgn_timerq_run(q, 7, 2), 2);
	CU_ASSERT_EQUAL(cgn_timerq_run(q, 7, 10), 1);
	CU_ASSERT_EQUAL(cgn_timerq_next(q), 8);
	cgn_timerq_destroy(q);
	CU_ASSERT_EQUAL(t[3].pos, 0);
}

static void
a_timer_may_set_itself_again(void)
{
	struct cgn_timer t = { .fire = set_again, .arg = &t };

	CU_ASSERT_EQUAL_FATAL(cgn_timerq_create(&queue), 0);
	n_fired = 0;
	cgn_timerq_set(queue, &t, 0);
	for (uint64_t now = 0; now < 100; now++)
		cgn_timerq_run(queue, now, 10);
	CU_ASSERT_EQUAL(n_fired, 10);
	cgn_timerq_destroy(queue);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(timers_fire_in_order_of_their_time),
	CU_TEST_ROW(a_run_fires_only_what_is_due_and_at_most_what_was_asked),
	CU_TEST_ROW(a_timer_may_set_itself_again),
};

CU_MAIN("timerq", tests)
