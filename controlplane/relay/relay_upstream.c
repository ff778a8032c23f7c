/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Requests to the NAT in front. It sends and repeats them, finds the request of each answer, and notices when the
 * NAT in front is silent.
 */
#include "controlplane/relay/relay_upstream.h"

#include "controlplane/natpmp/natpmp_codec.h"
#include "controlplane/pcp/pcp_codes.h"
#include "controlplane/pcp/pcp_pass.h"
#include "shared/log.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/random.h>

#define FRESH_MS \
	250 /* the queue waits so long for an answer (RFC 6886 section 3.1), also if PCP repeats later */
#define NEVER (UINT64_MAX / 2) /* time of the timer while nothing is under way */

CGN_LOG_TYPE("relay");

struct cgn_relay_upstream {
	struct cgn_relay_upstream_cfg cfg;
	struct cgn_relay_queue queue;
	struct cgn_relay_ask *open; /* under way, oldest first */
	struct cgn_relay_ask
			*fresh;  /* one of these, sent only once so far; the queue waits for it */
	uint64_t fresh_until_ms; /* the queue waits no longer */
	uint32_t n_open;
	const struct cgn_relay_wire *wire; /* the protocol of requests */
	unsigned int at;                   /* the address in use */
	unsigned int n_failed;             /* addresses that have failed in a row */
	bool is_sure;           /* the server speaks this protocol. false: it is only tried */
	struct cgn_timer timer; /* always set, so that setting it cannot fail */
	bool is_down;
	uint64_t heard_ms; /* the last message of the server */
	bool has_ext;      /* upstream has said ext */
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

static const struct cgn_relay_wire *
first_wire(const struct cgn_relay_upstream *u)
{
	bool is_natpmp = u->cfg.protocol == CGN_UPSTREAM_NATPMP ||
			(u->cfg.protocol == CGN_UPSTREAM_AUTO && u->cfg.prefers_natpmp);

	return is_natpmp ? &cgn_relay_wire_natpmp : &cgn_relay_wire_pcp;
}

static const struct cgn_relay_wire *
other_wire(const struct cgn_relay_wire *wire)
{
	return wire == &cgn_relay_wire_pcp ? &cgn_relay_wire_natpmp : &cgn_relay_wire_pcp;
}

/* The protocol of the next packet of a request. */
static const struct cgn_relay_wire *
wire_for(const struct cgn_relay_ask *a)
{
	const struct cgn_relay_upstream *u = a->owner;
	unsigned int other = u->is_down ? 1 : CGN_RELAY_UPSTREAM_OTHER;

	if (u->is_sure || a->n_sent < other || (a->n_sent - other) % 2 != 0)
		return u->wire;
	return other_wire(u->wire);
}

/* While it is not known which protocol the server speaks, the schedule is the one of NAT-PMP: it is faster at first. */
static const struct cgn_relay_wire *
schedule(const struct cgn_relay_upstream *u)
{
	return u->is_sure ? u->wire : &cgn_relay_wire_natpmp;
}

static unsigned int
tries_of(const struct cgn_relay_upstream *u)
{
	if (u->cfg.n_servers > 1)
		return CGN_RELAY_UPSTREAM_EACH;
	return u->is_down ? CGN_RELAY_UPSTREAM_DOWN : schedule(u)->tries;
}

static uint32_t
kernel_random(void)
{
	uint32_t x = 0;

	(void)getrandom(&x, sizeof(x), GRND_NONBLOCK); /* if it fails, the wait is the shortest */
	return x;
}

/* The wait for an answer, made longer or shorter by up to a tenth (RFC 6887 section 8.1.1). The next wait is twice this
 * one. */
static uint64_t
with_rand(const struct cgn_relay_upstream *u, uint64_t ms)
{
	return ms * (9000 + u->cfg.random() % 2001) / 10000;
}

/* Send a request and note the time of its repetition. */
static void
upstream_send(struct cgn_relay_ask *a, uint64_t now_ms)
{
	struct cgn_relay_upstream *u = a->owner;
	const struct cgn_ip source = u->cfg.ops->source(u->cfg.ctx);
	uint8_t buf[CGN_RELAY_WIRE_MAX];
	size_t len = wire_for(a)->write(buf, &a->question, &source, u->has_ext);

	upstream_count(u, CGN_RELAY_C_SENT);
	if (a->n_sent > 0)
		upstream_count(u, CGN_RELAY_C_REPEATED);
	a->wait_ms = a->n_sent == 0 ? schedule(u)->gap_ms : 2 * a->wait_ms;
	if (schedule(u)->has_rand)
		a->wait_ms = with_rand(u, a->wait_ms);
	a->n_sent++;
	a->due_ms = now_ms + a->wait_ms;
	u->cfg.ops->send(u->cfg.ctx, buf, len);
}

static void
arm(struct cgn_relay_upstream *u)
{
	uint64_t due = u->fresh != NULL ? u->fresh_until_ms : NEVER;

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
		u->fresh_until_ms = now_ms + FRESH_MS;
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

/* Nothing says any more which protocol upstream speaks: it is silent, or another address is used. */
static void
be_unsure(struct cgn_relay_upstream *u)
{
	u->is_sure = u->cfg.protocol != CGN_UPSTREAM_AUTO;
}

static const struct cgn_relay_reply no_answer = { .is_down = true,
	.result = CGN_NATPMP_NETWORK,
	.ret = -EADDRNOTAVAIL };

/* All requests fail. They are taken out first, because a callback may send a new request. */
static void
fail_all(struct cgn_relay_upstream *u, const struct cgn_relay_reply *reply, uint64_t now_ms)
{
	struct cgn_relay_ask *all = NULL;
	struct cgn_relay_ask *a;

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
		a->done(a->arg, reply, now_ms);
	}
}

static void
go_down(struct cgn_relay_upstream *u, uint64_t now_ms)
{
	if (!u->is_down) {
		CGN_LOG(UPSTREAM_DOWN, "upstream does not answer");
		upstream_count(u, CGN_RELAY_C_DOWN);
	}
	u->is_down = true;
	be_unsure(u);
	fail_all(u, &no_answer, now_ms);
}

/* The requests under way begin anew: upstream has lost its state (RFC 6886 section 3.7), or another address is used. */
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

/* The address in use has failed. Take the next one. If all have failed, upstream is down. */
static void
fail_server(struct cgn_relay_upstream *u, uint64_t now_ms)
{
	u->n_failed++;
	if (u->n_failed >= u->cfg.n_servers) {
		u->n_failed = 0;
		u->at = 0;
		go_down(u, now_ms);
		return;
	}
	u->at = (u->at + 1) % u->cfg.n_servers;
	CGN_LOG(UPSTREAM_NEXT, "upstream does not answer; taking its next address, number=%u",
			u->at);
	u->fresh = NULL;
	be_unsure(u);
	restart(u, NULL, now_ms);
}

static struct cgn_relay_ask *
find_due(const struct cgn_relay_upstream *u, uint64_t now_ms)
{
	struct cgn_relay_ask *a = u->open;

	while (a != NULL && a->due_ms > now_ms)
		a = a->next;
	return a;
}

/* A request has had all its packets. If upstream answers others meanwhile, it ignores only this one. */
static void
fail_ask(struct cgn_relay_ask *a, uint64_t now_ms)
{
	struct cgn_relay_upstream *u = a->owner;

	if (u->heard_ms <= a->first_ms) {
		fail_server(u, now_ms);
		return;
	}
	upstream_count(u, CGN_RELAY_C_UNANSWERED);
	upstream_take_out(a);
	a->done(a->arg, &no_answer, now_ms);
}

static void
repeat(void *arg, uint64_t now_ms)
{
	struct cgn_relay_upstream *u = arg;
	struct cgn_relay_ask *a;

	/* The timer is always set, so that setting it needs no memory. */
	(void)cgn_timerq_set(u->cfg.timers, &u->timer, NEVER);
	/* A callback may change the list, so each search begins at its start. */
	while ((a = find_due(u, now_ms)) != NULL) {
		if (a->n_sent >= tries_of(u))
			fail_ask(a, now_ms);
		else
			upstream_send(a, now_ms);
	}
	if (u->fresh != NULL && u->fresh_until_ms <= now_ms)
		u->fresh = NULL;
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

/* --- which protocol the server speaks ------------------------------------------------------ */

/* Now it is known which protocol the server speaks. What is under way is sent again at once. It begins anew if the
 * protocol was only tried: the server may not have understood the packets, and their schedule was another one. But if
 * two protocols were found one after the other, a request has no more packets than before. So two servers that
 * disagree cannot make the relay send without end. @param but  a request that is answered, or NULL */
static void
use_wire(struct cgn_relay_upstream *u, const struct cgn_relay_wire *wire,
		const struct cgn_relay_ask *but, uint64_t now_ms)
{
	bool is_other = u->wire != wire;
	bool was_sure = u->is_sure;

	u->wire = wire;
	u->is_sure = true;
	CGN_LOG(UPSTREAM_SPEAKS, "upstream speaks %s", wire->name);
	if (is_other)
		cgn_relay_epoch_forget(&u->epoch);
	for (struct cgn_relay_ask *a = u->open; a != NULL; a = a->next) {
		if (a == but || (was_sure && a->n_sent >= tries_of(u)))
			continue;
		a->wait_ms = wire->gap_ms / 2;
		if (!was_sure)
			a->n_sent = 0;
		upstream_send(a, now_ms);
	}
	arm(u);
}

/* Upstream has changed, so it may speak another protocol now (RFC 6886 section 1.1). */
static void
doubt_wire(struct cgn_relay_upstream *u)
{
	if (u->cfg.protocol != CGN_UPSTREAM_AUTO || u->wire == first_wire(u))
		return;
	u->wire = first_wire(u);
	u->is_sure = false;
	cgn_relay_epoch_forget(&u->epoch);
}

static struct cgn_relay_ask *
find_open(struct cgn_relay_upstream *u, const struct cgn_relay_wire *wire,
		const struct cgn_relay_said *x)
{
	struct cgn_relay_ask *a = u->open;

	while (a != NULL && !wire->fits(&a->question, x))
		a = a->next;
	return a;
}

/* Whether a message answers the question for the address. ANNOUNCE does so only while the address is known. */
static bool
is_enough(const struct cgn_relay_upstream *u, const struct cgn_relay_said *x)
{
	return x->kind != CGN_RELAY_SAYS_ALIVE || u->has_ext;
}

/* A version error: the server speaks the protocol of this message only. */
static void
take_version(struct cgn_relay_upstream *u, const struct cgn_relay_said *x, uint64_t now_ms)
{
	const struct cgn_relay_wire *spoken = x->version == CGN_PCP_VERSION
			? &cgn_relay_wire_pcp
			: &cgn_relay_wire_natpmp;

	/* It may also be a late answer to a packet that only tried the other protocol. */
	if (u->open == NULL || (u->is_sure && u->wire == spoken))
		upstream_count(u, CGN_RELAY_C_STRAY);
	else
		use_wire(u, spoken, NULL, now_ms);
}

/* Find out from a message which protocol the server speaks. @return false: the message means nothing else */
static bool
settle_wire(struct cgn_relay_upstream *u, const struct cgn_relay_wire *wire,
		const struct cgn_relay_said *x, uint64_t now_ms)
{
	const struct cgn_relay_ask *a = find_open(u, wire, x);

	if (u->cfg.protocol == CGN_UPSTREAM_AUTO && x->kind == CGN_RELAY_SAYS_VERSION) {
		take_version(u, x, now_ms);
		return false;
	}
	/* A server of both protocols announces with both. So an announcement of NAT-PMP does not say enough. */
	if (!u->is_sure && (wire == &cgn_relay_wire_pcp || a != NULL))
		use_wire(u, wire, is_enough(u, x) ? a : NULL, now_ms);
	/* The other protocol refuses the version of all requests. */
	if (wire == u->wire || x->kind == CGN_RELAY_SAYS_VERSION)
		return true;
	upstream_count(u, CGN_RELAY_C_ANNOUNCED);
	be_unsure(u);
	if (wire == first_wire(u))
		doubt_wire(u);
	return false;
}

/* --- another server ------------------------------------------------------------------------ */

static void
forget_server(struct cgn_relay_upstream *u)
{
	if (u->is_down)
		CGN_LOG(UPSTREAM_CHANGED, "upstream has other addresses, which were not asked yet");
	u->at = 0;
	u->is_down = false;
	u->has_ext = false;
	u->ext = 0;
	cgn_relay_epoch_forget(&u->epoch);
}

/* Whether the protocol that is spoken or tried now is right for what was configured. */
static bool
fits_protocol(const struct cgn_relay_upstream *u)
{
	return u->cfg.protocol == CGN_UPSTREAM_AUTO || (u->is_sure && u->wire == first_wire(u));
}

void
cgn_relay_upstream_change(struct cgn_relay_upstream *u,
		const struct cgn_relay_upstream_servers *servers, uint64_t now_ms)
{
	bool is_other = servers->at >= servers->n;

	u->cfg.protocol = servers->protocol;
	u->cfg.n_servers = servers->n;
	u->n_failed = 0;
	if (is_other)
		forget_server(u);
	else
		u->at = servers->at;
	if (!is_other && fits_protocol(u))
		return;
	if (u->wire != first_wire(u))
		cgn_relay_epoch_forget(&u->epoch);
	u->wire = first_wire(u);
	be_unsure(u);
	u->fresh = NULL;
	restart(u, NULL, now_ms);
	pump(u, now_ms);
}

void
cgn_relay_upstream_cancel(struct cgn_relay_upstream *u, uint64_t now_ms)
{
	static const struct cgn_relay_reply canceled = { .is_down = true, .ret = -ECANCELED };

	fail_all(u, &canceled, now_ms);
	arm(u);
}

/* --- what the server says ------------------------------------------------------------------ */

/* Take the external address. PCP also says one with each mapping. They may differ if the server has several, so they are
 * no news. */
static bool
learn_ext(struct cgn_relay_upstream *u, const struct cgn_relay_said *x)
{
	bool is_news = u->has_ext && u->ext != x->ext && x->kind == CGN_RELAY_SAYS_ADDRESS;

	if (!x->has_ext || (u->has_ext && x->kind != CGN_RELAY_SAYS_ADDRESS))
		return false;
	u->has_ext = true;
	u->ext = x->ext;
	return is_news;
}

static bool
learn_epoch(struct cgn_relay_upstream *u, const struct cgn_relay_said *x, uint64_t now_ms)
{
	if (!u->wire->take_epoch(&u->epoch, x->epoch_s, now_ms))
		return false;
	CGN_LOG(UPSTREAM_RESTARTED, "upstream has lost its state epoch_s=%u", x->epoch_s);
	upstream_count(u, CGN_RELAY_C_LOST);
	/* PCP says a loss also when the address has changed (RFC 6887 section 8.5). So it is asked for anew. */
	if (u->wire == &cgn_relay_wire_pcp)
		u->has_ext = false;
	return true;
}

/* Take the news from an answer or announcement: that upstream is there, its epoch and its address. @param a
 * the request that it answers, or NULL @return whether clients have to be told */
static bool
learn(struct cgn_relay_upstream *u, const struct cgn_relay_said *x, const struct cgn_relay_ask *a,
		uint64_t now_ms)
{
	bool was_down = u->is_down;
	bool is_lost = learn_epoch(u, x, now_ms);
	bool is_moved;

	if (was_down)
		CGN_LOG(UPSTREAM_UP, "upstream answers again");
	u->is_down = false;
	u->heard_ms = now_ms;
	u->n_failed = 0;
	if (was_down || is_lost)
		doubt_wire(u);
	if (is_lost)
		restart(u, is_enough(u, x) ? a : NULL, now_ms);
	is_moved = learn_ext(u, x);
	/* The mappings have another address now, so the clients must renew them (RFC 6887 section 8.5). */
	if (is_moved && !is_lost)
		cgn_relay_epoch_begin(&u->epoch, now_ms);
	return is_moved || was_down || is_lost;
}

static void
finish_ask(struct cgn_relay_upstream *u, struct cgn_relay_ask *a, const struct cgn_relay_wire *wire,
		const struct cgn_relay_said *x, uint64_t now_ms)
{
	/* A NAT-PMP server was only asked for its address. It has no options. */
	static const struct cgn_relay_reply not_understood = {
		.by = CGN_LEASE_BY_PCP,
		.result = CGN_PCP_UNSUPP_OPTION,
		.ret = -EREMOTEIO,
		.lifetime_s = CGN_PCP_LONG_LIFE_S,
	};
	/* Also a refused ANNOUNCE shows that the server is there. Its address is known, or the request would go on. */
	uint16_t result = x->kind == CGN_RELAY_SAYS_ALIVE ? 0 : x->result;
	struct cgn_relay_reply r = {
		.by = wire->by,
		.result = result,
		.ret = wire->to_errno(result),
		.ext = x->kind == CGN_RELAY_SAYS_MAP ? x->ext : u->ext,
		.ext_port = x->ext_port,
		.lifetime_s = x->lifetime_s,
		.said = x,
		.took_s = (uint32_t)((now_ms - a->first_ms) / 1000),
	};

	if (wire->by == CGN_LEASE_BY_NATPMP && cgn_relay_wire_needs_pcp(&a->question))
		r = not_understood;
	else if (wire->by == CGN_LEASE_BY_PCP && a->question.pass != NULL && result == 0)
		cgn_pcp_pass_take(a->question.pass, x->rest);
	upstream_take_out(a);
	upstream_count(u, CGN_RELAY_C_ANSWERED);
	if (r.result != 0)
		upstream_count(u, CGN_RELAY_C_REFUSED);
	a->done(a->arg, &r, now_ms);
}

/* The mapping that told the address has done its work. It is deleted, because it takes one place of those that the
 * server allows. The deletion is sent only once: if it is lost, the mapping ends soon by itself. */
static void
end_probe(struct cgn_relay_upstream *u)
{
	static const struct cgn_relay_question end = { .op = CGN_RELAY_ADDRESS_END };
	const struct cgn_ip source = u->cfg.ops->source(u->cfg.ctx);
	uint8_t buf[CGN_RELAY_WIRE_MAX];
	size_t len = u->wire->write(buf, &end, &source, true);

	upstream_count(u, CGN_RELAY_C_SENT);
	u->cfg.ops->send(u->cfg.ctx, buf, len);
}

/* Whether an answer to the question for the address has made a mapping. */
static bool
has_probe(const struct cgn_relay_said *x)
{
	return x->kind == CGN_RELAY_SAYS_ADDRESS && x->result == 0 && x->lifetime_s != 0;
}

/* Whether a message tells the state of a mapping (RFC 6887 section 14.2). */
static bool
is_update(const struct cgn_relay_said *x)
{
	return x->kind == CGN_RELAY_SAYS_MAP && x->version == CGN_PCP_VERSION && x->result == 0 &&
			x->proto != CGN_PROTO_COUNT;
}

void
cgn_relay_upstream_input(
		struct cgn_relay_upstream *u, const uint8_t *data, size_t len, uint64_t now_ms)
{
	const struct cgn_relay_wire *wire = cgn_relay_wire_of(data, len);
	struct cgn_relay_said x;
	struct cgn_relay_ask *a;
	bool is_news;

	if (!wire->read(&x, data, len)) {
		upstream_count(u, CGN_RELAY_C_STRAY);
		return;
	}
	if (!settle_wire(u, wire, &x, now_ms))
		return;
	a = find_open(u, u->wire, &x);
	if (a == NULL && x.kind != CGN_RELAY_SAYS_OTHER && x.kind != CGN_RELAY_SAYS_ENDED)
		upstream_count(u,
				x.kind == CGN_RELAY_SAYS_ADDRESS || x.kind == CGN_RELAY_SAYS_ALIVE
						? CGN_RELAY_C_ANNOUNCED
						: CGN_RELAY_C_STRAY);
	wire = u->wire;
	if (a == NULL && is_update(&x))
		u->cfg.ops->updated(u->cfg.ctx, &x, now_ms);
	is_news = learn(u, &x, a, now_ms);
	/* Without a question under way, nothing is sent. So a server that keeps the mapping does not get deletions without
	 * end. */
	if (a != NULL && has_probe(&x))
		end_probe(u);
	if (a != NULL && is_enough(u, &x))
		finish_ask(u, a, wire, &x, now_ms);
	/* The client is told an epoch that knows of a loss. */
	if (a == NULL && x.kind == CGN_RELAY_SAYS_OTHER &&
			!u->cfg.ops->passed(u->cfg.ctx, data, len, now_ms))
		upstream_count(u, CGN_RELAY_C_STRAY);
	if (is_news)
		u->cfg.ops->changed(u->cfg.ctx, now_ms);
	pump(u, now_ms);
}

void
cgn_relay_upstream_overhear(
		struct cgn_relay_upstream *u, const uint8_t *data, size_t len, uint64_t now_ms)
{
	const struct cgn_relay_wire *wire = cgn_relay_wire_of(data, len);
	struct cgn_relay_said x;

	if (wire != u->wire || !wire->read(&x, data, len) || x.kind == CGN_RELAY_SAYS_VERSION)
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
		fail_server(u, now_ms);
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

bool
cgn_relay_upstream_is_down(const struct cgn_relay_upstream *u)
{
	return u->is_down;
}

const struct cgn_relay_wire *
cgn_relay_upstream_wire(const struct cgn_relay_upstream *u)
{
	return u->wire;
}

unsigned int
cgn_relay_upstream_at(const struct cgn_relay_upstream *u)
{
	return u->at;
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
	if (u->cfg.random == NULL)
		u->cfg.random = kernel_random;
	u->wire = first_wire(u);
	u->is_sure = cfg->protocol != CGN_UPSTREAM_AUTO;
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
