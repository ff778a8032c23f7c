/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/workers/dpclient.h"
#include "tests/support/cu.h"
#include "tests/support/eal.h"

#include <errno.h>

/*
 * Commands, replies in any order, replies that never come or come too late, rings that are full, for so
 * long that every place of the table is used many times. A model says for each call what it has been told;
 * nothing may be told twice, and in the end nothing may be left.
 */

#define WORKERS    3
#define RING_SIZE  64
#define CALLS      300000
#define OPEN_MAX   4096 /* what the client keeps at once */
#define TIMEOUT_MS 100

enum state {
	UNUSED,
	WAITING, /* nothing was said */
	TOLD,    /* that it is late or cancelled; still lent */
	OVER,    /* said and released */
};

struct waiting {
	enum state state;
	uint32_t seq;
	unsigned int worker;
	uint64_t sent_ms;
	int ret; /* that the worker replies */
};

static struct cgn_planes planes;
static struct cgn_timerq *timers;
static struct cgn_dpclient *client;
static struct waiting calls[CALLS];
static unsigned int n_calls;
static uint64_t now;

/* Replies on their way, by worker. */
static struct {
	struct waiting *w[OPEN_MAX];
	unsigned int n;
} owed[WORKERS];

static uint32_t
rnd(uint32_t below)
{
	static uint32_t x = 7;

	x = x * 1664525 + 1013904223;
	return (x >> 8) % below;
}

static void
done(void *arg, int ret, const struct cgn_evt *evt)
{
	struct waiting *w = arg;

	CU_ASSERT_EQUAL(w->state, WAITING);
	w->state = TOLD;
	if (evt == NULL) {
		CU_ASSERT_TRUE(ret == -ECANCELED || ret == -ETIMEDOUT);
		if (ret == -ETIMEDOUT)
			CU_ASSERT_TRUE(now >= w->sent_ms + TIMEOUT_MS);
		return;
	}
	CU_ASSERT_EQUAL(ret, w->ret);
	CU_ASSERT_EQUAL(evt->seq, w->seq);
	CU_ASSERT_EQUAL(evt->worker, w->worker);
}

static void
release(void *lent)
{
	struct waiting *w = lent;

	CU_ASSERT_EQUAL(w->state, TOLD);
	w->state = OVER;
}

static void
event(void *arg, const struct cgn_evt *evt, uint64_t now_ms)
{
	(void)arg;
	(void)evt;
	(void)now_ms;
	CU_FAIL("no events here");
}

static struct rte_ring *
ring(const char *what, size_t size, unsigned int n)
{
	static unsigned int serial;
	char name[32];
	struct rte_ring *r;

	snprintf(name, sizeof(name), "%s%u", what, serial++);
	r = rte_ring_create_elem(name, (unsigned int)size, n, SOCKET_ID_ANY,
			RING_F_SP_ENQ | RING_F_SC_DEQ | RING_F_EXACT_SZ);
	CU_ASSERT_PTR_NOT_NULL_FATAL(r);
	return r;
}

static void
begin(unsigned int ring_size)
{
	planes.n_workers = WORKERS;
	n_calls = 0;
	for (unsigned int w = 0; w < WORKERS; w++) {
		planes.workers[w].cmd = ring("cmd", sizeof(struct cgn_cmd), ring_size);
		planes.workers[w].evt = ring("evt", sizeof(struct cgn_evt), 8192);
		owed[w].n = 0;
	}
	CU_ASSERT_EQUAL_FATAL(cgn_timerq_create(&timers), 0);
	CU_ASSERT_EQUAL_FATAL(cgn_dpclient_create(&client, &planes, timers), 0);
}

static void
end(void)
{
	cgn_dpclient_destroy(client);
	CU_ASSERT_EQUAL(cgn_timerq_next(timers), UINT64_MAX);
	cgn_timerq_destroy(timers);
	for (unsigned int w = 0; w < WORKERS; w++) {
		rte_ring_free(planes.workers[w].cmd);
		rte_ring_free(planes.workers[w].evt);
	}
}

static int
send(unsigned int w)
{
	struct waiting *x = &calls[n_calls];
	const struct cgn_dpclient_call call = {
		.done = done, .arg = x, .release = release, .lent = x, .timeout_ms = TIMEOUT_MS
	};
	struct cgn_cmd cmd = { .op = CGN_CMD_WHO };
	int ret;

	*x = (struct waiting){ .state = WAITING, .worker = w, .sent_ms = now };
	ret = cgn_dpclient_send(client, w, &cmd, &call, now);
	if (ret < 0) {
		CU_ASSERT_EQUAL(ret, -ENOBUFS);
		x->state = UNUSED;
		return ret;
	}
	x->seq = cmd.seq;
	CU_ASSERT_NOT_EQUAL(cmd.seq, 0);
	n_calls++;
	return 0;
}

/* A worker takes some of its commands; it owes replies from then on. */
static void
take(unsigned int w, unsigned int max)
{
	struct cgn_cmd cmd;

	while (max-- > 0 && owed[w].n < OPEN_MAX &&
			rte_ring_dequeue_elem(planes.workers[w].cmd, &cmd, sizeof(cmd)) == 0) {
		unsigned int i = n_calls;

		/* The latest call with this number: it came back only after many others. */
		while (i > 0 && calls[i - 1].seq != cmd.seq)
			i--;
		CU_ASSERT_TRUE_FATAL(i > 0);
		owed[w].w[owed[w].n++] = &calls[i - 1];
	}
}

/* A worker replies to some of what it owes, in no order. */
static void
reply(unsigned int w, unsigned int max)
{
	while (max-- > 0 && owed[w].n > 0) {
		unsigned int i = rnd(owed[w].n);
		struct waiting *x = owed[w].w[i];
		struct cgn_evt evt = { .op = CGN_EVT_REPLY, .worker = (uint16_t)w, .seq = x->seq };

		x->ret = rnd(3) == 0 ? -ENOENT : 0;
		evt.ret = x->ret;
		owed[w].w[i] = owed[w].w[--owed[w].n];
		CU_ASSERT_EQUAL_FATAL(
				rte_ring_enqueue_elem(planes.workers[w].evt, &evt, sizeof(evt)), 0);
	}
}

static unsigned int
still_lent(void)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < n_calls; i++)
		n += calls[i].state == WAITING || calls[i].state == TOLD;
	return n;
}

static void
everybody_is_told_once_and_gets_back_what_he_lent(void)
{
	uint64_t refused = 0;

	begin(RING_SIZE);
	while (n_calls + 200 < CALLS / 4) {
		unsigned int w = rnd(WORKERS);

		for (unsigned int i = rnd(100); i > 0; i--)
			refused += send(w) < 0;
		take(rnd(WORKERS), rnd(120));
		reply(rnd(WORKERS), rnd(90));
		while (cgn_dpclient_poll(client, event, NULL, now))
			;
		now += rnd(4) == 0 ? rnd(80) : 1;
		cgn_timerq_run(timers, now, UINT32_MAX);
		if (rnd(500) == 0)
			cgn_dpclient_cancel(client);
	}
	CU_ASSERT_EQUAL(cgn_dpclient_open(client), still_lent());
	/* All are answered in the end. */
	for (int i = 0; i < 200; i++) {
		for (unsigned int w = 0; w < WORKERS; w++) {
			take(w, OPEN_MAX);
			reply(w, OPEN_MAX);
		}
		cgn_dpclient_poll(client, event, NULL, now);
	}
	CU_ASSERT_EQUAL(still_lent(), 0);
	CU_ASSERT_EQUAL(cgn_dpclient_open(client), 0);
	CU_ASSERT_EQUAL(cgn_timerq_next(timers), UINT64_MAX);
	CU_ASSERT_EQUAL(cgn_dpclient_stats(client)->unknown, 0);
	CU_ASSERT_EQUAL(cgn_dpclient_stats(client)->refused, refused);
	CU_ASSERT_EQUAL(cgn_dpclient_stats(client)->sent, n_calls);
	CU_ASSERT_TRUE(cgn_dpclient_stats(client)->late > 100);
	end();
}

/* The table is as large as it says, again and again; what was refused has cost no place of it. */
static void
full_table_and_full_rings_cost_no_place(void)
{
	begin(8192);
	for (unsigned int round = 0; round < 3; round++) {
		unsigned int n = 0;

		while (send(n % WORKERS) == 0)
			n++;
		CU_ASSERT_EQUAL(n, OPEN_MAX);
		CU_ASSERT_EQUAL(cgn_dpclient_open(client), OPEN_MAX);
		for (int i = 0; i < 10000; i++)
			CU_ASSERT_EQUAL(send(0), -ENOBUFS);
		for (unsigned int w = 0; w < WORKERS; w++) {
			take(w, OPEN_MAX);
			reply(w, OPEN_MAX);
		}
		while (cgn_dpclient_poll(client, event, NULL, now))
			;
		CU_ASSERT_EQUAL(cgn_dpclient_open(client), 0);
	}
	end();
	begin(RING_SIZE);
	for (unsigned int i = 0; i < RING_SIZE; i++)
		CU_ASSERT_EQUAL(send(0), 0);
	for (unsigned int i = 0; i < 3 * OPEN_MAX; i++)
		CU_ASSERT_EQUAL(send(0), -ENOBUFS);
	CU_ASSERT_EQUAL(cgn_dpclient_open(client), RING_SIZE);
	/* Nobody who was refused is told anything later. */
	now += 10 * TIMEOUT_MS;
	CU_ASSERT_EQUAL(cgn_timerq_run(timers, now, UINT32_MAX), RING_SIZE);
	for (unsigned int i = 0; i < RING_SIZE; i++)
		CU_ASSERT_EQUAL(send(1), 0);
	end();
}

/* A reply is for its call only: not from another worker, not once more, not with an old number. */
static void
replies_that_fit_no_call_are_counted_and_told_to_nobody(void)
{
	struct cgn_evt evt = { .op = CGN_EVT_REPLY, .worker = 1 };
	uint32_t old = 0;

	begin(RING_SIZE);
	for (unsigned int i = 0; i < 50; i++) {
		struct waiting *x = &calls[n_calls];

		CU_ASSERT_EQUAL(send(0), 0);
		take(0, 1);
		evt.seq = x->seq;
		rte_ring_enqueue_elem(planes.workers[1].evt, &evt, sizeof(evt));
		if (old != 0) {
			evt.seq = old;
			evt.worker = 0;
			rte_ring_enqueue_elem(planes.workers[0].evt, &evt, sizeof(evt));
			evt.worker = 1;
		}
		cgn_dpclient_poll(client, event, NULL, now);
		CU_ASSERT_EQUAL(x->state, WAITING);
		CU_ASSERT_EQUAL(cgn_dpclient_stats(client)->unknown, 2 * i + 1);
		reply(0, 1);
		cgn_dpclient_poll(client, event, NULL, now);
		CU_ASSERT_EQUAL(x->state, OVER);
		old = x->seq;
	}
	end();
}

/* A ring that has more than a poll takes is said to have more, whichever worker's it is. */
static void
poll_says_whether_any_worker_has_more(void)
{
	begin(RING_SIZE);
	for (unsigned int w = 0; w < WORKERS; w++) {
		struct cgn_evt evt = { .op = CGN_EVT_REPLY, .worker = (uint16_t)w };

		for (unsigned int i = 0; i < 500; i++)
			rte_ring_enqueue_elem(planes.workers[w].evt, &evt, sizeof(evt));
		CU_ASSERT_TRUE(cgn_dpclient_poll(client, event, NULL, now));
		CU_ASSERT_TRUE(rte_ring_count(planes.workers[w].evt) > 0);
		while (cgn_dpclient_poll(client, event, NULL, now))
			;
		CU_ASSERT_EQUAL(rte_ring_count(planes.workers[w].evt), 0);
	}
	end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(everybody_is_told_once_and_gets_back_what_he_lent),
	CU_TEST_ROW(full_table_and_full_rings_cost_no_place),
	CU_TEST_ROW(replies_that_fit_no_call_are_counted_and_told_to_nobody),
	CU_TEST_ROW(poll_says_whether_any_worker_has_more),
};

int
main(void)
{
	eal_start();
	return cu_main("dpclient_model", tests, RTE_DIM(tests));
}
