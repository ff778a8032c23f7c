/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Requests to the NAT in front. It sends and repeats them, finds the request of each answer, and notices when the
 * NAT in front is silent.
 */
#include "controlplane/relay/relay_upstream.h"

#include "shared/log.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#define NEVER (UINT64_MAX / 2) /* time of the timer while nothing is under way */

CGN_LOG_TYPE("relay");

struct cgn_relay_upstream {
	struct cgn_relay_upstream_cfg cfg;
	struct cgn_relay_queue queue;
	struct cgn_relay_ask *open; /* under way, oldest first */
	struct cgn_relay_ask
			*fresh; /* one of these, sent only once so far; the queue waits for it */
	uint32_t n_open;
	struct cgn_timer timer; /* always set, so that setting it cannot fail */
	bool is_down;
	bool has_ext; /* upstream has said ext */
	rte_be32_t ext;
	struct cgn_relay_epoch epoch;
	struct cgn_relay_upstream_stats stats;
};

static void
upstream_count(struct cgn_relay_upstream *u, enum cgn_relay_upstream_counter c)
{
	u->stats.counter[c]++;
}

/* --- requests under way -------------------------------------------------------------------- */

/* Send a request and note the time of its repetition. */
static void
upstream_send(struct cgn_relay_ask *a, uint64_t now_ms)
{
	struct cgn_relay_upstream *u = a->owner;
	uint8_t buf[CGN_NATPMP_ASK_MAX];
	size_t len = cgn_natpmp_codec_ask(buf, &a->request);

	upstream_count(u, CGN_RELAY_C_SENT);
	if (a->n_sent > 0)
		upstream_count(u, CGN_RELAY_C_REPEATED);
	a->wait_ms = a->n_sent == 0 ? CGN_RELAY_UPSTREAM_GAP : 2 * a->wait_ms;
	a->n_sent++;
	a->due_ms = now_ms + a->wait_ms;
	u->cfg.ops->send(u->cfg.ctx, buf, len);
}

static void
arm(struct cgn_relay_upstream *u)
{
	uint64_t due = NEVER;

	for (const struct cgn_relay_ask *a = u->open; a != NULL; a = a->next)
		due = a->due_ms < due ? a->due_ms : due;
	(void)cgn_timerq_set(u->cfg.timers, &u->timer, due);
}

static struct cgn_relay_ask *
pop(struct cgn_relay_upstream *u)
{
	static_assert(offsetof(struct cgn_relay_ask, item) == 0, "an item is its request");
	return (void *)cgn_relay_queue_pop(&u->queue);
}

/* Send the next requests of the queue. A new one is sent only after the last one was answered, or had no
 * answer in time. So upstream gets requests no faster than it answers them (RFC 6886 section 3.1). */
static void
pump(struct cgn_relay_upstream *u, uint64_t now_ms)
{
	while (u->fresh == NULL && u->n_open < CGN_RELAY_UPSTREAM_OPEN) {
		struct cgn_relay_ask *a = pop(u);
		struct cgn_relay_ask **end = &u->open;

		if (a == NULL)
			break;
		while (*end != NULL)
			end = &(*end)->next;
		*end = a;
		u->n_open++;
		u->fresh = a;
		a->first_ms = now_ms;
		upstream_send(a, now_ms);
	}
	arm(u);
}

static void
upstream_take_out(struct cgn_relay_ask *a)
{
	struct cgn_relay_upstream *u = a->owner;
	struct cgn_relay_ask **at = &u->open;

	while (*at != a)
		at = &(*at)->next;
	*at = a->next;
	u->n_open--;
	if (u->fresh == a)
		u->fresh = NULL;
}

/* Upstream does not answer: all requests fail. They are taken out first, because a callback may send a new
 * request. */
static void
go_down(struct cgn_relay_upstream *u, uint64_t now_ms)
{
	static const struct cgn_relay_reply reply = { .is_down = true };
	struct cgn_relay_ask *all = NULL;
	struct cgn_relay_ask *a;

	if (!u->is_down) {
		CGN_LOG(WARNING, "upstream does not answer");
		upstream_count(u, CGN_RELAY_C_DOWN);
	}
	u->is_down = true;
	while ((a = pop(u)) != NULL) {
		a->next = all;
		all = a;
	}
	while ((a = u->open) != NULL) {
		upstream_take_out(a);
		a->next = all;
		all = a;
	}
	while ((a = all) != NULL) {
		all = a->next;
		a->done(a->arg, &reply, now_ms);
	}
}

static void
repeat(void *arg, uint64_t now_ms)
{
	struct cgn_relay_upstream *u = arg;
	unsigned int tries = u->is_down ? CGN_RELAY_UPSTREAM_DOWN : CGN_RELAY_UPSTREAM_TRIES;

	/* The timer is always set, so that setting it needs no memory. */
	(void)cgn_timerq_set(u->cfg.timers, &u->timer, NEVER);
	for (struct cgn_relay_ask *a = u->open; a != NULL; a = a->next) {
		if (a->due_ms > now_ms)
			continue;
		if (a->n_sent >= tries) {
			go_down(u, now_ms);
			break;
		}
		if (u->fresh == a)
			u->fresh = NULL;
		upstream_send(a, now_ms);
	}
	pump(u, now_ms);
}

bool
cgn_relay_upstream_ask(struct cgn_relay_upstream *u, struct cgn_relay_ask *a, uint64_t now_ms)
{
	a->owner = u;
	a->next = NULL;
	a->n_sent = 0;
	if (!cgn_relay_queue_push(&u->queue, &a->item)) {
		upstream_count(u, CGN_RELAY_C_DROPPED);
		return false;
	}
	pump(u, now_ms);
	return true;
}

/* --- what the server says ------------------------------------------------------------------ */

/* Upstream has lost its state. The requests under way begin anew (RFC 6886 section 3.7). */
static void
restart(struct cgn_relay_upstream *u, const struct cgn_relay_ask *but, uint64_t now_ms)
{
	for (struct cgn_relay_ask *a = u->open; a != NULL; a = a->next) {
		if (a == but)
			continue;
		a->n_sent = 0;
		a->first_ms = now_ms;
		upstream_send(a, now_ms);
	}
}

/* Whether an answer belongs to a request. */
static bool
fits(const struct cgn_relay_ask *a, const struct cgn_natpmp_answer *x)
{
	/* The opcode of this answer may be 0, whatever was asked. */
	if (x->result == CGN_NATPMP_BAD_VERSION)
		return x->opcode == 0 || a->request.opcode == x->opcode;
	if (a->request.opcode != x->opcode)
		return false;
	if (!x->has_ports)
		return true;
	if (a->request.in_port != x->in_port)
		return false;
	if (x->result != CGN_NATPMP_OK)
		return true;
	/* A late second answer to a deletion must not be taken for the answer to a mapping that was asked
	 * for after it. Only the answer to a mapping has a port and a lifetime. */
	return a->request.lifetime_s == 0 ? x->lifetime_s == 0
					  : x->lifetime_s != 0 && x->ext_port != 0;
}

/* Take the news from an answer or announcement: that upstream is there, its epoch and its address. @param a
 * the request that it answers, or NULL @return whether clients have to be told */
static bool
learn(struct cgn_relay_upstream *u, const struct cgn_natpmp_answer *x,
		const struct cgn_relay_ask *a, uint64_t now_ms)
{
	bool is_news = u->is_down;

	if (u->is_down)
		CGN_LOG(NOTICE, "upstream answers again");
	u->is_down = false;
	if (cgn_relay_epoch_take(&u->epoch, x->epoch_s, now_ms)) {
		CGN_LOG(NOTICE, "upstream has lost its state epoch_s=%u", x->epoch_s);
		upstream_count(u, CGN_RELAY_C_LOST);
		restart(u, a, now_ms);
		is_news = true;
	}
	if (x->has_ext) {
		is_news |= u->has_ext && u->ext != x->ext;
		u->has_ext = true;
		u->ext = x->ext;
	}
	return is_news;
}

void
cgn_relay_upstream_input(
		struct cgn_relay_upstream *u, const uint8_t *data, size_t len, uint64_t now_ms)
{
	struct cgn_natpmp_answer x;
	struct cgn_relay_reply r;
	struct cgn_relay_ask *a = u->open;
	bool is_news;

	if (!cgn_natpmp_codec_parse_answer(&x, data, len)) {
		upstream_count(u, CGN_RELAY_C_STRAY);
		return;
	}
	while (a != NULL && !fits(a, &x))
		a = a->next;
	if (a == NULL)
		upstream_count(u, x.has_ext ? CGN_RELAY_C_ANNOUNCED : CGN_RELAY_C_STRAY);
	is_news = learn(u, &x, a, now_ms);
	if (a != NULL) {
		upstream_take_out(a);
		upstream_count(u, CGN_RELAY_C_ANSWERED);
		if (x.result != CGN_NATPMP_OK)
			upstream_count(u, CGN_RELAY_C_REFUSED);
		r = (struct cgn_relay_reply){
			.result = x.result,
			.ext = x.ext,
			.ext_port = x.ext_port,
			.lifetime_s = x.lifetime_s,
			.took_s = (uint32_t)((now_ms - a->first_ms) / 1000),
		};
		a->done(a->arg, &r, now_ms);
	}
	if (is_news)
		u->cfg.ops->changed(u->cfg.ctx, now_ms);
	pump(u, now_ms);
}

void
cgn_relay_upstream_overhear(
		struct cgn_relay_upstream *u, const uint8_t *data, size_t len, uint64_t now_ms)
{
	struct cgn_natpmp_answer x;

	if (!cgn_natpmp_codec_parse_answer(&x, data, len))
		return;
	if (learn(u, &x, NULL, now_ms))
		u->cfg.ops->changed(u->cfg.ctx, now_ms);
	pump(u, now_ms);
}

void
cgn_relay_upstream_forged(struct cgn_relay_upstream *u)
{
	upstream_count(u, CGN_RELAY_C_FORGED);
}

void
cgn_relay_upstream_refused(struct cgn_relay_upstream *u, uint64_t now_ms)
{
	if (u->n_open > 0)
		go_down(u, now_ms);
	pump(u, now_ms);
}

uint32_t
cgn_relay_upstream_epoch_s(const struct cgn_relay_upstream *u, uint64_t now_ms)
{
	return cgn_relay_epoch_s(&u->epoch, now_ms);
}

uint32_t
cgn_relay_upstream_age_s(const struct cgn_relay_upstream *u, uint64_t now_ms)
{
	return cgn_relay_epoch_age_s(&u->epoch, now_ms);
}

rte_be32_t
cgn_relay_upstream_ext(const struct cgn_relay_upstream *u)
{
	return u->ext;
}

int
cgn_relay_upstream_errno(uint16_t result)
{
	switch (result) {
	case CGN_NATPMP_OK:
		return 0;
	case CGN_NATPMP_REFUSED:
		return -EACCES;
	case CGN_NATPMP_NETWORK:
		return -EADDRNOTAVAIL;
	case CGN_NATPMP_RESOURCES:
		return -ENOSPC;
	case CGN_NATPMP_SUBSCRIBER_LIMIT:
		return -EDQUOT;
	default:
		return -EREMOTEIO;
	}
}

uint32_t
cgn_relay_upstream_open(const struct cgn_relay_upstream *u)
{
	return u->n_open + u->queue.n;
}

const struct cgn_relay_upstream_stats *
cgn_relay_upstream_stats(const struct cgn_relay_upstream *u)
{
	return &u->stats;
}

/* --- life ---------------------------------------------------------------------------------- */

int
cgn_relay_upstream_create(struct cgn_relay_upstream **out, const struct cgn_relay_upstream_cfg *cfg)
{
	struct cgn_relay_upstream *u = calloc(1, sizeof(*u));

	if (u == NULL)
		return -ENOMEM;
	u->cfg = *cfg;
	u->timer = (struct cgn_timer){ .fire = repeat, .arg = u };
	if (cgn_timerq_set(cfg->timers, &u->timer, NEVER) < 0) {
		free(u);
		return -ENOMEM;
	}
	*out = u;
	return 0;
}

void
cgn_relay_upstream_destroy(struct cgn_relay_upstream *u)
{
	if (u == NULL)
		return;
	cgn_timerq_cancel(u->cfg.timers, &u->timer);
	free(u);
}
