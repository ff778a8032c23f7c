/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Requests of unknown opcodes on their way through the relay.
 */
#include "controlplane/relay/relay_pass.h"

#include "controlplane/pcp/pcp_codec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NEVER   (UINT64_MAX / 2) /* time of the timer while nothing is under way */
#define OPCODES 128
#define OPCODE  0x7f /* bits of the second octet of a message */

/* A request, from its arrival to its answer. */
struct passed {
	struct passed *next;
	struct cgn_lease_pass *pass;
	uint64_t client;
	uint8_t opcode;
	bool is_sent;
	uint64_t at_ms;  /* when it was sent, or when it came */
	uint64_t due_ms; /* when it ends without an answer */
	cgn_lessor_done done;
	void *arg;
};

/* What is known of an opcode. */
struct opcode {
	struct passed *sent;
	uint64_t client;         /* of the last request that was sent */
	uint64_t quiet_until_ms; /* until then, an answer may come that is for this client */
};

struct cgn_relay_pass {
	struct cgn_relay_pass_cfg cfg;
	struct passed *open; /* in the order in which they came */
	uint32_t n_open;
	struct cgn_timer timer; /* always set, so that setting it cannot fail */
	struct cgn_relay_pass_stats stats;
	struct opcode opcodes[OPCODES];
};

/* Two homes may have hosts with one address. */
static uint64_t
client_of(const struct cgn_lessor_request *r)
{
	return (uint64_t)r->realm << 32 | r->in.addr;
}

static struct opcode *
opcode_of(const struct passed *x, struct cgn_relay_pass *p)
{
	return &p->opcodes[x->opcode];
}

/* The time from which on a request may be sent. UINT64_MAX: another one of its opcode is before it */
static uint64_t
turn_of(const struct passed *x, struct cgn_relay_pass *p)
{
	const struct opcode *o = opcode_of(x, p);

	if (o->sent != NULL)
		return UINT64_MAX;
	for (const struct passed *y = p->open; y != x; y = y->next) {
		if (y->opcode == x->opcode)
			return UINT64_MAX;
	}
	return o->client == x->client ? 0 : o->quiet_until_ms;
}

static void
send_passed(struct cgn_relay_pass *p, struct passed *x, uint64_t now_ms)
{
	const struct cgn_ip source = p->cfg.source(p->cfg.ctx);
	struct opcode *o = opcode_of(x, p);
	struct cgn_pcp_message m;

	o->sent = x;
	o->client = x->client;
	x->is_sent = true;
	x->at_ms = now_ms;
	x->due_ms = now_ms + CGN_RELAY_PASS_WAIT_MS;
	p->stats.sent++;
	cgn_pcp_codec_pass_request(&m, x->pass->octets, x->pass->len, &source);
	p->cfg.send(p->cfg.ctx, m.octets, m.len);
}

/* Send the requests whose turn it is, and set the timer to what is next. */
static void
go_on(struct cgn_relay_pass *p, uint64_t now_ms)
{
	uint64_t next_ms = NEVER;

	for (struct passed *x = p->open; x != NULL; x = x->next) {
		uint64_t turn_ms = x->is_sent ? UINT64_MAX : turn_of(x, p);

		if (turn_ms <= now_ms) {
			send_passed(p, x, now_ms);
			turn_ms = UINT64_MAX;
		}
		next_ms = RTE_MIN(next_ms, RTE_MIN(turn_ms, x->due_ms));
	}
	(void)cgn_timerq_set(p->cfg.timers, &p->timer, next_ms);
}

static void
finish_passed(struct cgn_relay_pass *p, struct passed *x, int ret, uint64_t now_ms)
{
	const struct cgn_lessor_answer a = { .ret = ret };
	struct opcode *o = opcode_of(x, p);
	struct passed **at = &p->open;

	/* The answer may be that to the request before, and the one to this request still comes. */
	if (x->is_sent && (ret != 0 || o->quiet_until_ms > now_ms))
		o->quiet_until_ms = x->at_ms + CGN_RELAY_PASS_QUIET_MS;
	if (x->is_sent)
		o->sent = NULL;
	while (*at != x)
		at = &(*at)->next;
	*at = x->next;
	p->n_open--;
	x->done(x->arg, &a, now_ms);
	free(x);
}

static void
pass_expire(void *arg, uint64_t now_ms)
{
	struct cgn_relay_pass *p = arg;
	struct passed *next;

	(void)cgn_timerq_set(p->cfg.timers, &p->timer, NEVER);
	for (struct passed *x = p->open; x != NULL; x = next) {
		next = x->next;
		if (x->due_ms > now_ms)
			continue;
		p->stats.unanswered++;
		finish_passed(p, x, -ETIMEDOUT, now_ms);
	}
	go_on(p, now_ms);
}

/* Whether there is no room for a request of a client. */
static bool
pass_is_full(const struct cgn_relay_pass *p, uint64_t client, uint8_t opcode)
{
	unsigned int n = 0;

	for (const struct passed *x = p->open; x != NULL; x = x->next) {
		if (x->client == client && x->opcode == opcode)
			return true;
		n += x->client == client;
	}
	return n >= CGN_RELAY_PASS_CLIENT || p->n_open >= CGN_RELAY_PASS_MAX;
}

void
cgn_relay_pass_ask(struct cgn_relay_pass *p, const struct cgn_lessor_request *r,
		cgn_lessor_done done, void *arg, uint64_t now_ms)
{
	const struct cgn_lessor_answer dropped = { .ret = -ENOBUFS };
	uint8_t opcode = r->pass->octets[1] & OPCODE;
	struct passed **end = &p->open;
	struct passed *x = pass_is_full(p, client_of(r), opcode) ? NULL : malloc(sizeof(*x));

	if (x == NULL) {
		p->stats.dropped++;
		done(arg, &dropped, now_ms);
		return;
	}
	*x = (struct passed){
		.pass = r->pass,
		.client = client_of(r),
		.opcode = opcode,
		.at_ms = now_ms,
		.due_ms = now_ms + CGN_RELAY_PASS_TURN_MS,
		.done = done,
		.arg = arg,
	};
	while (*end != NULL)
		end = &(*end)->next;
	*end = x;
	p->n_open++;
	go_on(p, now_ms);
}

bool
cgn_relay_pass_input(struct cgn_relay_pass *p, const uint8_t *data, size_t len, uint64_t now_ms)
{
	struct passed *x = p->opcodes[data[1] & OPCODE].sent;

	if (x == NULL)
		return false;
	p->stats.answered++;
	memcpy(x->pass->answer, data, len);
	x->pass->answer_len = len;
	x->pass->is_processed = true;
	finish_passed(p, x, 0, now_ms);
	go_on(p, now_ms);
	return true;
}

void
cgn_relay_pass_cancel(struct cgn_relay_pass *p, uint64_t now_ms)
{
	while (p->open != NULL)
		finish_passed(p, p->open, -ECANCELED, now_ms);
	(void)cgn_timerq_set(p->cfg.timers, &p->timer, NEVER);
}

uint32_t
cgn_relay_pass_open(const struct cgn_relay_pass *p)
{
	return p->n_open;
}

const struct cgn_relay_pass_stats *
cgn_relay_pass_stats(const struct cgn_relay_pass *p)
{
	return &p->stats;
}

int
cgn_relay_pass_create(struct cgn_relay_pass **out, const struct cgn_relay_pass_cfg *cfg)
{
	struct cgn_relay_pass *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return -ENOMEM;
	p->cfg = *cfg;
	p->timer = (struct cgn_timer){ .fire = pass_expire, .arg = p };
	if (cgn_timerq_set(cfg->timers, &p->timer, NEVER) < 0) {
		free(p);
		return -ENOMEM;
	}
	*out = p;
	return 0;
}

void
cgn_relay_pass_destroy(struct cgn_relay_pass *p)
{
	if (p == NULL)
		return;
	cgn_timerq_cancel(p->cfg.timers, &p->timer);
	while (p->open != NULL) {
		struct passed *next = p->open->next;

		free(p->open);
		p->open = next;
	}
	free(p);
}
