/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/workers/dpclient.h"
#include "shared/log_recent.h"
#include "tests/support/cu.h"
#include "tests/support/eal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define WORKERS   2
#define RING_SIZE 8

static struct cgn_planes planes;
static struct cgn_timerq *timers;
static struct cgn_dpclient *client;
static unsigned int n_done;
static unsigned int n_released;
static unsigned int n_events;
static int last_ret;
static struct cgn_evt last_evt;
static bool has_evt;

static void
done(void *arg, int ret, const struct cgn_evt *evt)
{
	(void)arg;
	n_done++;
	last_ret = ret;
	has_evt = evt != NULL;
	if (evt != NULL)
		last_evt = *evt;
}

static void
release(void *lent)
{
	(void)lent;
	n_released++;
}

static void
event(void *arg, const struct cgn_evt *evt, uint64_t now_ms)
{
	(void)arg;
	(void)now_ms;
	n_events++;
	last_evt = *evt;
}

static const struct cgn_dpclient_call call = {
	.done = done,
	.release = release,
	.timeout_ms = 100,
};

static struct rte_ring *
ring(const char *what, unsigned int w, size_t size, unsigned int n)
{
	char name[32];
	struct rte_ring *r;

	snprintf(name, sizeof(name), "%s%u", what, w);
	r = rte_ring_create_elem(name, (unsigned int)size, n, SOCKET_ID_ANY,
			RING_F_SP_ENQ | RING_F_SC_DEQ | RING_F_EXACT_SZ);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	return r;
}

static void
begin(void)
{
	n_done = n_released = n_events = 0;
	planes.n_workers = WORKERS;
	for (unsigned int w = 0; w < WORKERS; w++) {
		planes.workers[w].cmd = ring("cmd", w, sizeof(struct cgn_cmd), RING_SIZE);
		planes.workers[w].evt = ring("evt", w, sizeof(struct cgn_evt), 1024);
	}
	CU_ASSERT_EQUAL_FATAL(cgn_timerq_create(&timers), 0);
	CU_ASSERT_EQUAL_FATAL(cgn_dpclient_create(&client, &planes, timers), 0);
}

static void
end(void)
{
	cgn_dpclient_destroy(client);
	cgn_timerq_destroy(timers);
	for (unsigned int w = 0; w < WORKERS; w++) {
		rte_ring_free(planes.workers[w].cmd);
		rte_ring_free(planes.workers[w].evt);
	}
}

/* What a worker does: take one command, answer it. */
static void
answer(unsigned int w, int ret)
{
	struct cgn_cmd cmd;
	struct cgn_evt evt = { .op = CGN_EVT_REPLY, .worker = (uint16_t)w, .ret = ret };

	CU_ASSERT_EQUAL_FATAL(rte_ring_dequeue_elem(planes.workers[w].cmd, &cmd, sizeof(cmd)), 0);
	evt.seq = cmd.seq;
	evt.u.read.cursor = cmd.op;
	CU_ASSERT_EQUAL_FATAL(rte_ring_enqueue_elem(planes.workers[w].evt, &evt, sizeof(evt)), 0);
}

static void
replies_find_the_call_that_waits_in_any_order(void)
{
	struct cgn_cmd a = { .op = CGN_CMD_WHO };
	struct cgn_cmd b = { .op = CGN_CMD_READ_SUBSCRIBERS };

	begin();
	CU_ASSERT_EQUAL(cgn_dpclient_send(client, 0, &a, &call, 0), 0);
	CU_ASSERT_EQUAL(cgn_dpclient_send(client, 1, &b, &call, 0), 0);
	CU_ASSERT_NOT_EQUAL(a.seq, b.seq);
	answer(1, -ENOENT);
	CU_ASSERT_FALSE(cgn_dpclient_poll(client, event, NULL, 1));
	CU_ASSERT_EQUAL(n_done, 1);
	CU_ASSERT_EQUAL(last_ret, -ENOENT);
	CU_ASSERT_EQUAL(last_evt.u.read.cursor, CGN_CMD_READ_SUBSCRIBERS);
	answer(0, 0);
	cgn_dpclient_poll(client, event, NULL, 1);
	CU_ASSERT_EQUAL(n_done, 2);
	CU_ASSERT_EQUAL(last_ret, 0);
	CU_ASSERT_EQUAL(n_released, 2);
	CU_ASSERT_EQUAL(cgn_dpclient_open(client), 0);
	CU_ASSERT_EQUAL(cgn_timerq_next(timers), UINT64_MAX);
	end();
}

static void
lent_memory_is_released_only_by_the_late_reply(void)
{
	struct cgn_cmd cmd = { .op = CGN_CMD_READ_MAPPINGS };

	begin();
	CU_ASSERT_EQUAL(cgn_dpclient_send(client, 0, &cmd, &call, 1000), 0);
	cgn_timerq_run(timers, 1099, 10);
	CU_ASSERT_EQUAL(n_done, 0);
	cgn_timerq_run(timers, 1100, 10);
	CU_ASSERT_EQUAL(n_done, 1);
	CU_ASSERT_EQUAL(last_ret, -ETIMEDOUT);
	CU_ASSERT_FALSE(has_evt);
	CU_ASSERT_EQUAL(n_released, 0);
	CU_ASSERT_EQUAL(cgn_dpclient_open(client), 1);
	answer(0, 0);
	cgn_dpclient_poll(client, event, NULL, 2000);
	CU_ASSERT_EQUAL(n_done, 1);
	CU_ASSERT_EQUAL(n_released, 1);
	CU_ASSERT_EQUAL(cgn_dpclient_stats(client)->late, 1);
	CU_ASSERT_EQUAL(cgn_dpclient_stats(client)->timeouts, 1);
	end();
}

/* Whether the last warning is about a worker that does not reply, and lasts. */
static bool
is_told_to_be_silent(void)
{
	static struct cgn_log_recent_line lines[CGN_LOG_RECENT_MAX];

	return cgn_log_recent_read(lines) > 0 && lines[0].event == CGN_EVENT_WORKER_SILENT &&
			lines[0].state == CGN_LOG_RECENT_OPEN;
}

/* One line for all commands that a worker does not reply to, until it replies. REQ: G-DAY-70 */
static void
worker_that_is_silent_is_told_once_and_again_when_it_replies(void)
{
	struct cgn_cmd cmd = { .op = CGN_CMD_PING };
	uint64_t before = cgn_log_recent_count();

	rte_log_set_global_level(RTE_LOG_INFO);
	begin();
	for (unsigned int i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(cgn_dpclient_send(client, 0, &cmd, &call, 1000), 0);
	cgn_timerq_run(timers, 1100, 10);
	CU_ASSERT_EQUAL(n_done, 3);
	CU_ASSERT_EQUAL(cgn_log_recent_count(), before + 1);
	CU_ASSERT_TRUE(is_told_to_be_silent());
	/* Another worker replies. */
	CU_ASSERT_EQUAL(cgn_dpclient_send(client, 1, &cmd, &call, 1000), 0);
	answer(1, 0);
	cgn_dpclient_poll(client, event, NULL, 1200);
	CU_ASSERT_TRUE(is_told_to_be_silent());
	answer(0, 0);
	cgn_dpclient_poll(client, event, NULL, 2000);
	CU_ASSERT_FALSE(is_told_to_be_silent());
	answer(0, 0);
	answer(0, 0);
	cgn_dpclient_poll(client, event, NULL, 2000);
	/* It stops again. */
	CU_ASSERT_EQUAL(cgn_dpclient_send(client, 0, &cmd, &call, 3000), 0);
	cgn_timerq_run(timers, 3100, 10);
	CU_ASSERT_EQUAL(cgn_log_recent_count(), before + 2);
	CU_ASSERT_TRUE(is_told_to_be_silent());
	end();
	rte_log_set_global_level(RTE_LOG_ERR);
}

/* The loop runs timers before it takes replies. A whole machine may stand still, too: then the worker needs its time. */
static void
deadline_does_not_count_while_the_control_thread_stands_still(void)
{
	struct cgn_cmd cmd = { .op = CGN_CMD_READ_MAPPINGS };

	begin();
	CU_ASSERT_EQUAL(cgn_dpclient_send(client, 0, &cmd, &call, 1000), 0);
	CU_ASSERT_EQUAL(cgn_dpclient_send(client, 1, &cmd, &call, 1000), 0);
	answer(0, 0);
	cgn_timerq_run(timers, 61000, 10);
	CU_ASSERT_EQUAL(n_done, 0);
	cgn_dpclient_poll(client, event, NULL, 61000);
	CU_ASSERT_EQUAL(n_done, 1);
	CU_ASSERT_EQUAL(last_ret, 0);
	cgn_timerq_run(timers, 61099, 10);
	CU_ASSERT_EQUAL(n_done, 1);
	cgn_timerq_run(timers, 61100, 10);
	CU_ASSERT_EQUAL(n_done, 2);
	CU_ASSERT_EQUAL(last_ret, -ETIMEDOUT);
	CU_ASSERT_EQUAL(cgn_dpclient_stats(client)->timeouts, 1);
	end();
}

static void
a_full_ring_refuses_and_calls_nobody(void)
{
	struct cgn_cmd cmd = { .op = CGN_CMD_WHO };

	begin();
	for (int i = 0; i < RING_SIZE; i++)
		CU_ASSERT_EQUAL(cgn_dpclient_send(client, 0, &cmd, &call, 0), 0);
	CU_ASSERT_EQUAL(cgn_dpclient_send(client, 0, &cmd, &call, 0), -ENOBUFS);
	CU_ASSERT_EQUAL(cgn_dpclient_stats(client)->refused, 1);
	CU_ASSERT_EQUAL(cgn_dpclient_open(client), RING_SIZE);
	for (int i = 0; i < RING_SIZE; i++)
		answer(0, 0);
	cgn_dpclient_poll(client, event, NULL, 1);
	CU_ASSERT_EQUAL(n_done, RING_SIZE);
	CU_ASSERT_EQUAL(n_released, RING_SIZE);
	end();
}

static void
errors_of_commands_without_a_call_are_counted(void)
{
	struct cgn_cmd cmd = { .op = CGN_CMD_NEIGH_SET };

	begin();
	CU_ASSERT_EQUAL(cgn_dpclient_send(client, 1, &cmd, NULL, 0), 0);
	CU_ASSERT_EQUAL(cmd.seq, 0);
	answer(1, -ENOSPC);
	cgn_dpclient_poll(client, event, NULL, 1);
	CU_ASSERT_EQUAL(n_done, 0);
	CU_ASSERT_EQUAL(cgn_dpclient_stats(client)->failed, 1);
	CU_ASSERT_EQUAL(cgn_dpclient_stats(client)->unknown, 0);
	end();
}

static void
a_reply_to_nothing_is_counted_and_dropped(void)
{
	struct cgn_evt evt = { .op = CGN_EVT_REPLY, .seq = 0x12345 };

	begin();
	rte_ring_enqueue_elem(planes.workers[0].evt, &evt, sizeof(evt));
	cgn_dpclient_poll(client, event, NULL, 1);
	CU_ASSERT_EQUAL(cgn_dpclient_stats(client)->unknown, 1);
	CU_ASSERT_EQUAL(n_events, 0);
	end();
}

static void
events_are_handed_on_and_a_poll_is_bounded(void)
{
	struct cgn_evt evt = { .op = CGN_EVT_NEIGH_WANTED };

	begin();
	for (unsigned int i = 0; i < 500; i++) {
		evt.u.neigh.port = (uint16_t)i;
		rte_ring_enqueue_elem(planes.workers[0].evt, &evt, sizeof(evt));
	}
	CU_ASSERT_TRUE(cgn_dpclient_poll(client, event, NULL, 1));
	CU_ASSERT_TRUE(n_events < 500);
	while (cgn_dpclient_poll(client, event, NULL, 1))
		;
	CU_ASSERT_EQUAL(n_events, 500);
	CU_ASSERT_EQUAL(last_evt.u.neigh.port, 499);
	end();
}

static void
calls_still_open_at_the_end_are_cancelled(void)
{
	struct cgn_cmd cmd = { .op = CGN_CMD_WHO };

	begin();
	CU_ASSERT_EQUAL(cgn_dpclient_send(client, 0, &cmd, &call, 0), 0);
	CU_ASSERT_EQUAL(cgn_dpclient_send(client, 1, &cmd, &call, 0), 0);
	end();
	CU_ASSERT_EQUAL(n_done, 2);
	CU_ASSERT_EQUAL(last_ret, -ECANCELED);
	CU_ASSERT_EQUAL(n_released, 2);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(replies_find_the_call_that_waits_in_any_order),
	CU_TEST_ROW(lent_memory_is_released_only_by_the_late_reply),
	CU_TEST_ROW(worker_that_is_silent_is_told_once_and_again_when_it_replies),
	CU_TEST_ROW(deadline_does_not_count_while_the_control_thread_stands_still),
	CU_TEST_ROW(a_full_ring_refuses_and_calls_nobody),
	CU_TEST_ROW(errors_of_commands_without_a_call_are_counted),
	CU_TEST_ROW(a_reply_to_nothing_is_counted_and_dropped),
	CU_TEST_ROW(events_are_handed_on_and_a_poll_is_bounded),
	CU_TEST_ROW(calls_still_open_at_the_end_are_cancelled),
};

int
main(void)
{
	eal_start();
	return cu_main("dpclient", tests, sizeof(tests) / sizeof(tests[0]));
}
