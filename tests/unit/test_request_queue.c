/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/loop/request_queue.h"
#include "tests/support/cu.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>

#define ASKERS 8

static struct cgn_request_queue *ask;
static struct cgn_request_queue_req *held;
static unsigned int n_begun;

struct asker {
	pthread_t thread;
	int number;
	int ret;
	uint32_t timeout_ms;
	cgn_request_queue_fn fn;
};

static void
answer(void *arg, struct cgn_request_queue_req *req, uint64_t now_ms)
{
	struct asker *a = arg;

	(void)now_ms;
	n_begun++;
	cgn_request_queue_done(req, a->number);
}

static void
hold(void *arg, struct cgn_request_queue_req *req, uint64_t now_ms)
{
	(void)arg;
	(void)now_ms;
	n_begun++;
	held = req;
}

static void *
ask_once(void *arg)
{
	struct asker *a = arg;

	a->ret = cgn_request_queue_call(ask, a->fn, a, a->timeout_ms);
	return NULL;
}

static void
spawn(struct asker *a, int number, cgn_request_queue_fn fn, uint32_t timeout_ms)
{
	a->number = number;
	a->fn = fn;
	a->timeout_ms = timeout_ms;
	CU_ASSERT_EQUAL_FATAL(pthread_create(&a->thread, NULL, ask_once, a), 0);
}

/* What the control loop does: wait for the descriptor, answer. */
static void
serve(unsigned int n)
{
	struct pollfd p = { .fd = cgn_request_queue_fd(ask), .events = POLLIN };

	while (n_begun < n) {
		CU_ASSERT_EQUAL_FATAL(poll(&p, 1, 10000), 1);
		cgn_request_queue_run(ask, 0);
	}
}

static void
begin(void)
{
	n_begun = 0;
	held = NULL;
	CU_ASSERT_EQUAL_FATAL(cgn_request_queue_create(&ask), 0);
}

static void
every_thread_gets_its_own_answer(void)
{
	struct asker a[ASKERS];

	begin();
	for (int i = 0; i < ASKERS; i++)
		spawn(&a[i], i + 1, answer, 60000);
	serve(ASKERS);
	for (int i = 0; i < ASKERS; i++) {
		pthread_join(a[i].thread, NULL);
		CU_ASSERT_EQUAL(a[i].ret, i + 1);
	}
	cgn_request_queue_destroy(ask);
}

static void
a_question_that_nobody_looks_at_is_withdrawn(void)
{
	struct asker a;

	begin();
	spawn(&a, 1, answer, 20);
	pthread_join(a.thread, NULL);
	CU_ASSERT_EQUAL(a.ret, -ETIMEDOUT);
	cgn_request_queue_run(ask, 0);
	CU_ASSERT_EQUAL(n_begun, 0);
	cgn_request_queue_destroy(ask);
}

static void
an_answer_that_was_begun_is_waited_for_beyond_the_deadline(void)
{
	struct asker a;
	struct pollfd none = { .fd = -1 };

	begin();
	spawn(&a, 1, hold, 1000);
	serve(1);
	poll(&none, 1, 5);
	cgn_request_queue_done(held, 42);
	pthread_join(a.thread, NULL);
	CU_ASSERT_EQUAL(a.ret, 42);
	cgn_request_queue_destroy(ask);
}

static void
closing_refuses_what_is_queued_and_what_comes_later(void)
{
	struct asker a;
	struct pollfd p;

	begin();
	spawn(&a, 1, answer, 60000);
	p = (struct pollfd){ .fd = cgn_request_queue_fd(ask), .events = POLLIN };
	CU_ASSERT_EQUAL(poll(&p, 1, 10000), 1);
	cgn_request_queue_close(ask);
	pthread_join(a.thread, NULL);
	CU_ASSERT_EQUAL(a.ret, -ESHUTDOWN);
	CU_ASSERT_EQUAL(cgn_request_queue_call(ask, answer, &a, 60000), -ESHUTDOWN);
	CU_ASSERT_EQUAL(n_begun, 0);
	cgn_request_queue_destroy(ask);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(every_thread_gets_its_own_answer),
	CU_TEST_ROW(a_question_that_nobody_looks_at_is_withdrawn),
	CU_TEST_ROW(an_answer_that_was_begun_is_waited_for_beyond_the_deadline),
	CU_TEST_ROW(closing_refuses_what_is_queued_and_what_comes_later),
};

CU_MAIN("request_queue", tests)
