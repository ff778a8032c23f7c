/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Asks all workers and then tells all of them, for reload.c.
 */
#include "controlplane/workers/conf_swap.h"

#include "shared/limits.h"

#include <errno.h>
#include <stdlib.h>

#define AGAIN_MS 20 /* until a worker whose ring is full is tried again */

enum phase {
	IDLE,
	ASKING,    /* nothing has changed yet */
	TELLING,   /* the first worker may have the new configuration: there is no way back */
	RELEASING, /* decided; some workers may use the old one still */
};

/* What a worker has to do with the command that was sent last. */
struct swap_call {
	struct cgn_conf_swap *swap;
	uint32_t worker;
};

struct cgn_conf_swap {
	struct cgn_conf_swap_cfg cfg;
	struct cgn_cmd cmd;
	struct cgn_timer timer;
	enum phase phase;
	uint64_t deadline_ms; /* of the question */
	uint64_t settle_ms; /* until then the workers are not told if something outside is waited for */
	unsigned int sent;     /* workers that were sent the question, or later the command */
	unsigned int ended;    /* of these, workers that have replied or are too late */
	unsigned int released; /* of these, workers that no longer use the old one */
	bool is_telling;       /* one worker is told already, or could not be told just then */
	int ret;               /* of the first worker that has not replied */
	uint32_t silent;       /* that worker; UINT32_MAX: none */
	struct swap_call calls[CGN_WORKERS_MAX];
};

static void swap_try(void *arg, uint64_t now_ms);

int
cgn_conf_swap_create(struct cgn_conf_swap **out, const struct cgn_conf_swap_cfg *cfg)
{
	struct cgn_conf_swap *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return -ENOMEM;
	s->cfg = *cfg;
	s->timer = (struct cgn_timer){ .fire = swap_try, .arg = s };
	for (uint32_t w = 0; w < CGN_WORKERS_MAX; w++)
		s->calls[w] = (struct swap_call){ .swap = s, .worker = w };
	*out = s;
	return 0;
}

void
cgn_conf_swap_destroy(struct cgn_conf_swap *s)
{
	free(s);
}

static void
swap_decide(struct cgn_conf_swap *s, enum phase next)
{
	s->phase = next;
	s->cfg.decided(s->cfg.arg, next == IDLE ? s->ret : 0, s->silent);
}

static void
swap_note(struct cgn_conf_swap *s, uint32_t worker, int ret)
{
	if (ret >= 0 || s->silent != UINT32_MAX)
		return;
	s->ret = ret;
	s->silent = worker;
}

/* A worker has replied to the question or to the command, or is too late. */
static void
swap_ended(void *arg, int ret, const struct cgn_evt *evt)
{
	struct swap_call *call = arg;
	struct cgn_conf_swap *s = call->swap;

	(void)evt;
	/* It was given up. */
	if (s->phase == IDLE)
		return;
	s->ended++;
	swap_note(s, call->worker, ret);
	if (s->sent < s->cfg.planes->n_workers || s->ended < s->sent)
		return;
	if (s->phase == TELLING) {
		swap_decide(s, RELEASING);
	} else if (s->ret < 0) {
		swap_decide(s, IDLE);
	} else {
		s->phase = TELLING;
		s->sent = s->ended = s->released = 0;
		/* This comes out of the client, so the command is sent in the next turn. */
		(void)cgn_timerq_set(s->cfg.timers, &s->timer, 0);
	}
}

static void
swap_released(void *arg)
{
	struct cgn_conf_swap *s = arg;

	if (++s->released < s->cfg.planes->n_workers)
		return;
	s->phase = IDLE;
	s->cfg.released(s->cfg.arg);
}

/* The first worker whose ring is full; their number: none. */
static unsigned int
first_full(const struct cgn_conf_swap *s)
{
	unsigned int w = 0;

	while (w < s->cfg.planes->n_workers && !rte_ring_full(s->cfg.planes->workers[w].cmd))
		w++;
	return w;
}

/* Whether something outside of cgnd is waited for. */
static bool
must_wait(const struct cgn_conf_swap *s, uint64_t now_ms)
{
	return s->cfg.is_settled != NULL && now_ms < s->settle_ms && !s->cfg.is_settled(s->cfg.arg);
}

/* Whether all workers can be told now, so that none has to wait for another. */
static bool
have_room(const struct cgn_conf_swap *s)
{
	return first_full(s) == s->cfg.planes->n_workers &&
			cgn_dpclient_room(s->cfg.client) >= s->cfg.planes->n_workers;
}

/* Send a command to all workers that have not got it. @return false: one of them has no room */
static bool
send_rest(struct cgn_conf_swap *s, struct cgn_cmd *cmd, const struct cgn_dpclient_call *call,
		uint64_t now_ms)
{
	for (; s->sent < s->cfg.planes->n_workers; s->sent++) {
		struct cgn_dpclient_call c = *call;

		c.arg = &s->calls[s->sent];
		if (cgn_dpclient_send(s->cfg.client, s->sent, cmd, &c, now_ms) < 0)
			return false;
	}
	return true;
}

/* @return false: no room */
static bool
swap_ask(struct cgn_conf_swap *s, uint64_t now_ms)
{
	const struct cgn_dpclient_call call = {
		.done = swap_ended,
		.timeout_ms = (uint32_t)(s->deadline_ms - now_ms),
	};
	struct cgn_cmd cmd = { .op = CGN_CMD_PING };

	return send_rest(s, &cmd, &call, now_ms);
}

static bool
swap_tell(struct cgn_conf_swap *s, uint64_t now_ms)
{
	const struct cgn_dpclient_call call = {
		.done = swap_ended,
		.release = swap_released,
		.lent = s,
		.timeout_ms = CGN_CONF_SWAP_REPLY_MS,
	};

	if (!s->is_telling) {
		if (must_wait(s, now_ms) || !have_room(s))
			return false;
		s->is_telling = true;
		s->cfg.telling(s->cfg.arg);
	}
	return send_rest(s, &s->cmd, &call, now_ms);
}

/* A worker's ring is still full at the deadline, and no worker was told anything. */
static void
swap_give_up(struct cgn_conf_swap *s)
{
	swap_note(s, s->phase == ASKING ? s->sent : first_full(s), -ETIMEDOUT);
	/* Those that were asked end by themselves at the same time. */
	if (s->ended == s->sent)
		swap_decide(s, IDLE);
	else
		(void)cgn_timerq_set(s->cfg.timers, &s->timer, s->deadline_ms + AGAIN_MS);
}

static void
swap_try(void *arg, uint64_t now_ms)
{
	struct cgn_conf_swap *s = arg;
	bool is_late = now_ms >= s->deadline_ms;

	if (s->phase == ASKING && is_late) {
		swap_give_up(s);
		return;
	}
	if (s->phase == ASKING ? swap_ask(s, now_ms) : swap_tell(s, now_ms))
		return;
	if (s->phase == TELLING && !s->is_telling && is_late)
		swap_give_up(s);
	else
		(void)cgn_timerq_set(s->cfg.timers, &s->timer, now_ms + AGAIN_MS);
}

void
cgn_conf_swap_start(struct cgn_conf_swap *s, const struct cgn_cmd *cmd, uint64_t now_ms)
{
	s->cmd = *cmd;
	s->phase = ASKING;
	s->deadline_ms = now_ms + CGN_CONF_SWAP_PING_MS;
	s->settle_ms = now_ms + CGN_CONF_SWAP_SETTLE_MS;
	s->sent = s->ended = s->released = 0;
	s->is_telling = false;
	s->ret = 0;
	s->silent = UINT32_MAX;
	swap_try(s, now_ms);
}

void
cgn_conf_swap_cancel(struct cgn_conf_swap *s)
{
	if (s->phase != ASKING && (s->phase != TELLING || s->is_telling))
		return;
	cgn_timerq_cancel(s->cfg.timers, &s->timer);
	s->ret = -ECANCELED;
	s->silent = UINT32_MAX;
	swap_decide(s, IDLE);
}
