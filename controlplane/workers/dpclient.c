/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Sends commands to the workers and finds the call that waits for each reply, for the whole control
 * plane.
 */
#include "controlplane/workers/dpclient.h"

#include "shared/log.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#define CALLS_MAX  4096 /* open at once; a power of two: the low bits of a seq are the slot */
#define SEQ_STEP   CALLS_MAX
#define EVT_BURST  32
#define EVT_ROUNDS 4 /* bursts of a worker in one poll, so that packets do not wait long */

/* A deadline that is noticed so much later tells of this thread and not of the worker. */
#define LATE_MS 100

CGN_LOG_TYPE("dpclient");

struct pending {
	struct cgn_dpclient_call call;
	struct cgn_timer timer;
	struct cgn_dpclient *client;
	uint32_t seq; /* 0: free */
	uint32_t next_free;
	uint16_t worker;
	bool is_late;
};

struct cgn_dpclient {
	const struct cgn_planes *planes;
	struct cgn_timerq *timers;
	uint32_t first_free; /* CALLS_MAX: none */
	uint32_t generation;
	unsigned int n_open;
	bool is_silent[CGN_WORKERS_MAX]; /* it was logged that the worker does not reply */
	struct cgn_dpclient_stats stats;
	struct pending calls[CALLS_MAX];
};

/* Log it once, however many commands the worker does not reply to. */
static void
say_silent(struct cgn_dpclient *c, unsigned int worker, uint32_t timeout_ms)
{
	char about[16];

	if (c->is_silent[worker])
		return;
	c->is_silent[worker] = true;
	snprintf(about, sizeof(about), "%u", worker);
	CGN_LOG_ABOUT(WORKER_SILENT, about, "worker does not reply worker=%u timeout_ms=%u", worker,
			timeout_ms);
}

static void
say_replies(struct cgn_dpclient *c, unsigned int worker)
{
	char about[16];

	c->is_silent[worker] = false;
	snprintf(about, sizeof(about), "%u", worker);
	CGN_LOG_ABOUT(WORKER_REPLIES, about, "worker replies again worker=%u", worker);
}

static void
dpclient_expire(void *arg, uint64_t now_ms)
{
	struct pending *p = arg;

	/* This thread has stood still: it waited for the kernel, or the whole machine was suspended. The reply may be in the
	 * ring, or the worker stood still as well. So the worker gets its time again. */
	if (now_ms - p->timer.due_ms >= LATE_MS &&
			cgn_timerq_set(p->client->timers, &p->timer, now_ms + p->call.timeout_ms) ==
					0)
		return;
	/* The slot stays in use. The worker may still reply, and may still write to memory that was lent to
	 * it. */
	p->is_late = true;
	p->client->stats.timeouts++;
	say_silent(p->client, p->worker, p->call.timeout_ms);
	p->call.done(p->call.arg, -ETIMEDOUT, NULL);
}

int
cgn_dpclient_create(struct cgn_dpclient **out, const struct cgn_planes *planes,
		struct cgn_timerq *timers)
{
	struct cgn_dpclient *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return -ENOMEM;
	c->planes = planes;
	c->timers = timers;
	for (uint32_t i = 0; i < CALLS_MAX; i++) {
		c->calls[i].next_free = i + 1;
		c->calls[i].client = c;
		c->calls[i].timer.fire = dpclient_expire;
		c->calls[i].timer.arg = &c->calls[i];
	}
	*out = c;
	return 0;
}

/* Take a call out of the table, and tell who waits. done() may make a new call, so the slot is free
 * before. */
static void
dpclient_finish(struct cgn_dpclient *c, struct pending *p, int ret, const struct cgn_evt *evt)
{
	struct cgn_dpclient_call call = p->call;
	bool is_late = p->is_late;

	cgn_timerq_cancel(c->timers, &p->timer);
	p->seq = 0;
	p->next_free = c->first_free;
	c->first_free = (uint32_t)(p - c->calls);
	c->n_open--;
	if (!is_late)
		call.done(call.arg, ret, evt);
	if (call.release != NULL)
		call.release(call.lent);
}

void
cgn_dpclient_destroy(struct cgn_dpclient *c)
{
	if (c == NULL)
		return;
	for (uint32_t i = 0; i < CALLS_MAX; i++) {
		if (c->calls[i].seq != 0)
			dpclient_finish(c, &c->calls[i], -ECANCELED, NULL);
	}
	free(c);
}

/* A seq has the number of the slot in its low bits, and a generation above them. So the same seq comes back
 * only after 2^20 calls. Seq 0 is for commands that nobody waits for. */
static struct pending *
open_call(struct cgn_dpclient *c, unsigned int worker, const struct cgn_dpclient_call *call)
{
	struct pending *p;

	if (c->first_free == CALLS_MAX)
		return NULL;
	p = &c->calls[c->first_free];
	c->generation += SEQ_STEP;
	if (c->generation == 0)
		c->generation = SEQ_STEP;
	p->seq = c->generation | c->first_free;
	p->call = *call;
	p->worker = (uint16_t)worker;
	p->is_late = false;
	return p;
}

int
cgn_dpclient_send(struct cgn_dpclient *c, unsigned int worker, struct cgn_cmd *cmd,
		const struct cgn_dpclient_call *call, uint64_t now_ms)
{
	struct pending *p = NULL;

	assert(worker < c->planes->n_workers);
	cmd->seq = 0;
	if (call != NULL) {
		p = open_call(c, worker, call);
		if (p == NULL)
			goto refuse;
		if (cgn_timerq_set(c->timers, &p->timer, now_ms + call->timeout_ms) < 0)
			goto close_call;
		cmd->seq = p->seq;
	}
	if (rte_ring_enqueue_elem(c->planes->workers[worker].cmd, cmd, sizeof(*cmd)) != 0)
		goto cancel_timer;
	if (p != NULL) {
		c->first_free = p->next_free;
		c->n_open++;
	}
	c->stats.sent++;
	return 0;

cancel_timer:
	if (p != NULL)
		cgn_timerq_cancel(c->timers, &p->timer);
close_call:
	if (p != NULL)
		p->seq = 0;
refuse:
	c->stats.refused++;
	return -ENOBUFS;
}

static void
take_reply(struct cgn_dpclient *c, const struct cgn_evt *evt)
{
	struct pending *p = &c->calls[evt->seq % CALLS_MAX];

	if (evt->seq == 0) {
		if (evt->ret < 0)
			c->stats.failed++;
		return;
	}
	/* The call has ended, and another one may have its slot. */
	if (p->seq != evt->seq || p->worker != evt->worker) {
		c->stats.unknown++;
		return;
	}
	if (p->is_late)
		c->stats.late++;
	dpclient_finish(c, p, evt->ret, evt);
}

bool
cgn_dpclient_poll(struct cgn_dpclient *c,
		void (*event)(void *arg, const struct cgn_evt *evt, uint64_t now_ms), void *arg,
		uint64_t now_ms)
{
	struct cgn_evt evts[EVT_BURST];
	bool has_more = false;

	for (unsigned int w = 0; w < c->planes->n_workers; w++) {
		unsigned int n = EVT_BURST;

		for (int round = 0; round < EVT_ROUNDS && n == EVT_BURST; round++) {
			n = rte_ring_dequeue_burst_elem(c->planes->workers[w].evt, evts,
					sizeof(evts[0]), EVT_BURST, NULL);
			for (unsigned int i = 0; i < n; i++) {
				if (evts[i].op == CGN_EVT_REPLY && unlikely(c->is_silent[w]))
					say_replies(c, w);
				if (evts[i].op == CGN_EVT_REPLY)
					take_reply(c, &evts[i]);
				else
					event(arg, &evts[i], now_ms);
			}
		}
		/* A full burst: there may be more. */
		has_more |= n == EVT_BURST;
	}
	return has_more;
}

void
cgn_dpclient_cancel(struct cgn_dpclient *c)
{
	for (uint32_t i = 0; i < CALLS_MAX; i++) {
		struct pending *p = &c->calls[i];

		if (p->seq == 0 || p->is_late)
			continue;
		cgn_timerq_cancel(c->timers, &p->timer);
		p->is_late = true;
		p->call.done(p->call.arg, -ECANCELED, NULL);
	}
}

unsigned int
cgn_dpclient_room(const struct cgn_dpclient *c)
{
	return CALLS_MAX - c->n_open;
}

unsigned int
cgn_dpclient_open(const struct cgn_dpclient *c)
{
	return c->n_open;
}

const struct cgn_dpclient_stats *
cgn_dpclient_stats(const struct cgn_dpclient *c)
{
	return &c->stats;
}
