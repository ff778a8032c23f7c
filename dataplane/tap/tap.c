/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Gives the engine packets one by one and watches what it does with each.
 */
#include "dataplane/tap/tap.h"

#include "dataplane/engine/context.h"
#include "dataplane/tap/tap_build.h"
#include "dataplane/tap/tap_held.h"
#include "dataplane/tap/tap_look.h"
#include "shared/tap_filter.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

/* No fragment is given up sooner than this, so a younger one was not the one that was. */
#define FRAGMENT_MIN cgn_ticks(1)

struct cgn_tap {
	struct cgn_engine *e;
	struct cgn_tap_door *door;        /* NULL: nothing is watched */
	const struct cgn_engine_ops *ops; /* of the engine, while the tap stands in between */
	void *ctx;
	bool is_stepping; /* the engine has one packet, whose record is being built */
	bool is_passed;   /* it was handed over as received: the other worker tells of it */
	uint32_t number;
	uint64_t before[CGN_V_COUNT]; /* the counters of the verdicts */
	struct cgn_tap_build build;
	struct cgn_tap_held held;
	uint8_t copy[CGN_TAP_COPY_MAX];
};

/* --- what is wanted -------------------------------------------------------------------------- */

/* Whether a frame is of the port and meets the filter. */
static bool
wants_frame(struct cgn_tap *t, uint16_t port, const struct rte_mbuf *m)
{
	const struct cgn_tap_ask *ask = t->door->ask;

	if (ask->port != CGN_PORTS_MAX && ask->port != port)
		return false;
	return ask->filter == NULL || m->pkt_len > sizeof(t->copy) ||
			cgn_tap_filter_takes(ask->filter,
					rte_pktmbuf_read(m, 0, m->pkt_len, t->copy), m->pkt_len);
}

/* Whether packets are asked for by their subscriber or external endpoint, which a frame that leaves does not show. */
static bool
names_packets(const struct cgn_tap_ask *ask)
{
	return ask->subscriber.len != 0 || ask->subscriber.is_ip6 || ask->ext_addr != 0;
}

static bool
is_in4(const struct cgn_prefix *p, rte_be32_t addr)
{
	return addr != 0 && cgn_prefix_has4(p, addr);
}

/* Whether a packet is of the subscriber that is asked for. It may be before its mapping is made. */
static bool
is_of_subscriber(const struct cgn_tap_ask *ask, const struct cgn_tap_record *r)
{
	const struct cgn_prefix *p = &ask->subscriber;
	struct cgn_ip6 net;

	if (p->len == 0 && !p->is_ip6)
		return true;
	if (p->is_ip6) {
		net = cgn_ip6_prefix(&r->b4, p->len);
		if (memcmp(&net, &p->ip6, sizeof(net)) == 0)
			return true;
		net = cgn_ip6_prefix(&r->hop.to.ip6, p->len);
		return r->hop.to.is_ip6 && memcmp(&net, &p->ip6, sizeof(net)) == 0;
	}
	return is_in4(p, r->from.in.addr) || is_in4(p, r->to.in.addr) ||
			(r->side == CGN_SIDE_INSIDE && is_in4(p, r->src));
}

static bool
is_ext(const struct cgn_tap_ask *ask, const struct cgn_ep4 *ext)
{
	return ext->addr == ask->ext_addr && (ask->ext_port == 0 || ext->port == ask->ext_port);
}

/* Whether a packet is of the external endpoint that is asked for. @param may_be  it has no mapping yet */
static bool
is_of_external(const struct cgn_tap_ask *ask, const struct cgn_tap_record *r, bool may_be)
{
	if (ask->ext_addr == 0 || is_ext(ask, &r->to.ext) || is_ext(ask, &r->from.ext))
		return true;
	if (ask->ext_port == 0 && (r->dst == ask->ext_addr || r->src == ask->ext_addr))
		return true;
	return may_be && r->side == CGN_SIDE_INSIDE &&
			(r->from.found == CGN_TAP_NONE || r->is_fragment);
}

static bool
has_verdict(const struct cgn_tap_ask *ask, uint8_t v)
{
	return !ask->has_verdicts || (v < CGN_V_COUNT && ask->verdicts[v] != 0);
}

/* Whether anything is still wanted. */
static bool
is_open(const struct cgn_tap *t)
{
	return atomic_load_explicit(t->door->left, memory_order_relaxed) > 0;
}

/* --- records --------------------------------------------------------------------------------- */

static uint64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static struct cgn_tap_record *
begin(struct cgn_tap *t, enum cgn_tap_entry entry, uint16_t port)
{
	struct cgn_tap_record *r = cgn_tap_build_begin(&t->build, entry);

	r->time_ns = now_ns();
	r->worker = (uint16_t)t->e->worker;
	r->port = (uint8_t)port;
	r->side = (uint8_t)t->e->conf->ports[port].side;
	return r;
}

static void
note_before(struct cgn_tap *t)
{
	for (unsigned int v = 0; v < CGN_V_COUNT; v++)
		t->before[v] = cgn_counter_get(&t->e->stats.verdict[v]);
}

static uint64_t
rose(const struct cgn_tap *t, enum cgn_verdict v)
{
	return cgn_counter_get(&t->e->stats.verdict[v]) - t->before[v];
}

/* A packet has one verdict. If it completes a datagram, the fragments of before get theirs now, too. */
static void
note_verdict(const struct cgn_tap *t, struct cgn_tap_record *r)
{
	r->n_parts = (uint32_t)rose(t, CGN_V_REASSEMBLED);
	for (unsigned int v = 0; v < CGN_V_COUNT; v++) {
		if (v != CGN_V_REASSEMBLED && rose(t, (enum cgn_verdict)v) != 0) {
			r->verdict = (uint8_t)v;
			return;
		}
	}
}

/* Write the record. A capture has no use for one without a frame that it writes. */
static void
write_record(struct cgn_tap *t)
{
	if (!t->door->ask->is_capture || cgn_tap_build_is_wanted(&t->build))
		cgn_tap_build_write(&t->build, t->door);
}

/* Tell what became of a packet that was held. Its frame may be known, too. */
static void
tell_later(struct cgn_tap *t, struct cgn_tap_held_entry *h, enum cgn_verdict v,
		const struct rte_mbuf *m, uint16_t port)
{
	const struct cgn_tap_ask *ask = t->door->ask;
	struct cgn_tap_record *r = t->build.r;
	struct cgn_tap_frame *f;

	cgn_tap_build_load(&t->build, cgn_tap_held_record(h));
	cgn_tap_held_free(&t->held, h);
	r->entry = CGN_TAP_LATER;
	r->fate = CGN_TAP_DECIDED;
	r->verdict = (uint8_t)v;
	r->time_ns = now_ns();
	if (!has_verdict(ask, r->verdict))
		return;
	/* A capture has the frame that came already, unless it had to wait for the verdict. */
	if (!ask->has_verdicts)
		cgn_tap_build_forgo(&t->build);
	f = m == NULL ? NULL : cgn_tap_build_frame(&t->build, m, port, ask->snap);
	if (f != NULL) {
		f->is_sent = true;
		f->is_wanted = ask->is_capture && wants_frame(t, port, m);
	}
	write_record(t);
}

/* Fragments of a datagram that was completed or dropped. */
static void
tell_siblings(struct cgn_tap *t)
{
	struct cgn_tap_record of = *t->build.r;
	enum cgn_verdict v = of.n_parts != 0 ? CGN_V_REASSEMBLED : (enum cgn_verdict)of.verdict;
	struct cgn_tap_held_entry *h;

	if (v == CGN_V_NONE || (of.n_parts == 0 && rose(t, v) < 2))
		return;
	while ((h = cgn_tap_held_sibling(&t->held, &of)) != NULL)
		tell_later(t, h, v, NULL, 0);
}

/* --- between the engine and the worker ------------------------------------------------------- */

/* A frame leaves that nobody follows: a capture writes it. */
static void
capture_left(struct cgn_tap *t, uint16_t port, struct rte_mbuf *m, uint8_t v)
{
	const struct cgn_tap_ask *ask = t->door->ask;
	struct cgn_tap_record *r;
	struct cgn_tap_frame *f;

	if (names_packets(ask) || !has_verdict(ask, v) || !is_open(t) || !wants_frame(t, port, m))
		return;
	r = begin(t, CGN_TAP_LEFT, port);
	r->verdict = v;
	cgn_tap_look_left(t->e, m, t->copy, r);
	f = cgn_tap_build_frame(&t->build, m, port, ask->snap);
	f->is_sent = true;
	f->is_wanted = true;
	cgn_tap_build_write(&t->build, t->door);
}

static uint16_t
tap_tx(void *ctx, uint16_t port, struct rte_mbuf **m, uint16_t n)
{
	struct cgn_tap *t = ctx;
	const uint8_t *verdict = t->e->out.buf[port].verdict;
	unsigned int first = t->is_stepping ? t->build.r->n_frames : 0;
	uint16_t sent;

	for (uint16_t i = 0; i < n; i++) {
		struct cgn_tap_held_entry *h = NULL;
		struct cgn_tap_frame *f;

		if (t->is_stepping) {
			f = cgn_tap_build_frame(&t->build, m[i], port, t->door->ask->snap);
			if (f == NULL)
				continue;
			f->is_sent = true;
			f->is_wanted = t->door->ask->is_capture && wants_frame(t, port, m[i]);
			continue;
		}
		if (t->held.n > 0)
			h = cgn_tap_held_find(&t->held, m[i]);
		if (h != NULL)
			tell_later(t, h, (enum cgn_verdict)verdict[i], m[i], port);
		else if (t->door->ask->is_capture)
			capture_left(t, port, m[i], verdict[i]);
	}
	sent = t->ops->tx(t->ctx, port, m, n);
	if (t->is_stepping && sent < n)
		cgn_tap_build_keep(&t->build, first + sent);
	return sent;
}

static unsigned int
tap_handover(void *ctx, unsigned int worker, const struct cgn_pktmsg *msgs, unsigned int n)
{
	struct cgn_tap *t = ctx;

	if (t->is_stepping) {
		t->build.r->fate = CGN_TAP_PASSED;
		t->build.r->to_worker = (uint16_t)worker;
		t->is_passed = msgs[0].op == CGN_PKT_RX;
	}
	return t->ops->handover(t->ctx, worker, msgs, n);
}

static bool
tap_punt(void *ctx, const struct cgn_pktmsg *msg, unsigned int spare)
{
	struct cgn_tap *t = ctx;
	bool is_taken = t->ops->punt(t->ctx, msg, spare);

	if (t->is_stepping)
		t->build.r->is_punted = is_taken;
	return is_taken;
}

static bool
tap_event(void *ctx, const struct cgn_evt *evt)
{
	struct cgn_tap *t = ctx;

	if (t->is_stepping && evt->op == CGN_EVT_NEIGH_WANTED)
		t->build.r->has_asked = true;
	return t->ops->event(t->ctx, evt);
}

static const struct cgn_engine_ops tap_ops = {
	.tx = tap_tx,
	.handover = tap_handover,
	.punt = tap_punt,
	.event = tap_event,
};

/* --- packets --------------------------------------------------------------------------------- */

/* A later fragment has no ports. It has the mapping of the first one. */
static void
look_at_sibling(struct cgn_tap *t, struct cgn_tap_record *r)
{
	const struct cgn_tap_held_entry *h = cgn_tap_held_sibling(&t->held, r);

	if (h == NULL || r->from.found != CGN_TAP_NOT_SOUGHT || r->to.found != CGN_TAP_NOT_SOUGHT)
		return;
	r->from = cgn_tap_held_record(h)->from;
	r->to = cgn_tap_held_record(h)->to;
}

/* Begin the record of a packet. @return false: it is not wanted */
static bool
prepare(struct cgn_tap *t, enum cgn_tap_entry entry, uint16_t port, struct rte_mbuf *m)
{
	const struct cgn_tap_ask *ask = t->door->ask;
	bool is_wanted = wants_frame(t, port, m);
	struct cgn_tap_record *r;
	struct cgn_tap_frame *f;

	/* A frame that leaves is captured without looking at what came, unless that decides. */
	if (!is_wanted && !(ask->is_capture && names_packets(ask)))
		return false;
	r = begin(t, entry, port);
	if (entry == CGN_TAP_HAIRPIN)
		r->side = CGN_SIDE_OUTSIDE;
	cgn_tap_look_before(t->e, m, t->copy, r);
	look_at_sibling(t, r);
	if (!is_of_subscriber(ask, r) || !is_of_external(ask, r, true))
		return false;
	f = cgn_tap_build_frame(&t->build, m, port, ask->snap);
	f->is_wanted = is_wanted && ask->is_capture && entry != CGN_TAP_HAIRPIN;
	return true;
}

/* The engine has returned. Write the record if it is wanted. */
static void
finish(struct cgn_tap *t, struct rte_mbuf *m, bool is_own)
{
	const struct cgn_tap_ask *ask = t->door->ask;
	struct cgn_tap_record *r = t->build.r;

	cgn_tap_look_after(t->e, r);
	note_verdict(t, r);
	if (r->verdict != CGN_V_NONE)
		r->fate = CGN_TAP_DECIDED;
	else if (r->fate != CGN_TAP_PASSED && !is_own)
		r->fate = CGN_TAP_HELD;
	if ((r->fate == CGN_TAP_PASSED && t->is_passed) || !is_of_external(ask, r, false))
		return;
	if (r->fate == CGN_TAP_HELD && !r->is_punted)
		cgn_tap_held_keep(&t->held, m, r, t->e->now);
	if (has_verdict(ask, r->verdict))
		write_record(t);
	tell_siblings(t);
}

/* Give the engine one packet. @param msg  NULL: it was received by the port */
static void
step(struct cgn_tap *t, uint16_t port, struct rte_mbuf *m, const struct cgn_pktmsg *msg,
		cgn_tick now)
{
	t->build.r->number = ++t->number;
	t->is_passed = false;
	note_before(t);
	t->is_stepping = true;
	if (msg == NULL)
		cgn_engine_rx(t->e, port, &m, 1, now);
	else
		cgn_engine_pktmsgs(t->e, msg, 1, now);
	t->is_stepping = false;
	finish(t, m, msg != NULL && msg->op == CGN_PKT_HAIRPIN && msg->verdict == CGN_V_NONE);
}

void
cgn_tap_rx(struct cgn_tap *t, uint16_t port, struct rte_mbuf **m, uint16_t n, cgn_tick now)
{
	uint16_t first = 0; /* packets from here on are not wanted, and stay in a burst */

	cgn_context_set_now(t->e, now);
	for (uint16_t i = 0; i < n && is_open(t); i++) {
		cgn_tap_held_forget(&t->held, m[i]);
		if (!prepare(t, CGN_TAP_RECEIVED, port, m[i]))
			continue;
		if (i > first) {
			cgn_engine_rx(t->e, port, m + first, (uint16_t)(i - first), now);
			first = i;
			/* The burst may have made or ended the mapping, and has used the record. */
			if (!prepare(t, CGN_TAP_RECEIVED, port, m[i]))
				continue;
		}
		step(t, port, m[i], NULL, now);
		first = (uint16_t)(i + 1);
	}
	if (first < n)
		cgn_engine_rx(t->e, port, m + first, (uint16_t)(n - first), now);
}

void
cgn_tap_pktmsgs(struct cgn_tap *t, const struct cgn_pktmsg *msgs, unsigned int n, cgn_tick now)
{
	unsigned int first = 0;

	cgn_context_set_now(t->e, now);
	for (unsigned int i = 0; i < n && is_open(t); i++) {
		const struct cgn_pktmsg *msg = &msgs[i];
		enum cgn_tap_entry entry = msg->op == CGN_PKT_RX ? CGN_TAP_HANDED : CGN_TAP_HAIRPIN;

		cgn_tap_held_forget(&t->held, msg->m);
		if ((msg->op != CGN_PKT_RX && msg->op != CGN_PKT_HAIRPIN) ||
				!prepare(t, entry, msg->port, msg->m))
			continue;
		if (i > first) {
			cgn_engine_pktmsgs(t->e, &msgs[first], i - first, now);
			first = i;
			if (!prepare(t, entry, msg->port, msg->m))
				continue;
		}
		step(t, msg->port, msg->m, msg, now);
		first = i + 1;
	}
	if (first < n)
		cgn_engine_pktmsgs(t->e, &msgs[first], n - first, now);
}

/* --- the rest of a turn ---------------------------------------------------------------------- */

/* The records of packets that the engine holds for a neighbour now. Their buffers are in use. */
static unsigned int
list_waiting(struct cgn_tap *t, const struct cgn_cmd_neigh *cmd,
		struct cgn_tap_held_entry *waits[CGN_NEIGH_HOLD])
{
	const struct cgn_neighs *neighs = &t->e->out.neighs;
	const struct cgn_neigh *n = &neighs->at[cgn_neighs_find(neighs, cmd->port, &cmd->addr)];
	unsigned int found = 0;

	for (unsigned int i = 0; i < n->n_held; i++) {
		waits[found] = cgn_tap_held_find(&t->held, n->held[i]);
		found += waits[found] != NULL;
	}
	return found;
}

void
cgn_tap_cmd(struct cgn_tap *t, const struct cgn_cmd *cmd, struct cgn_evt *reply, cgn_tick now)
{
	struct cgn_tap_held_entry *waits[CGN_NEIGH_HOLD];
	unsigned int n = 0;

	if (cmd->op == CGN_CMD_NEIGH_DEL)
		n = list_waiting(t, &cmd->u.neigh, waits);
	cgn_engine_cmd(t->e, cmd, reply, now);
	for (unsigned int i = 0; i < n; i++)
		tell_later(t, waits[i], CGN_V_NEIGH_FAILED, NULL, 0);
}

bool
cgn_tap_poll(struct cgn_tap *t, cgn_tick now)
{
	struct cgn_tap_held_entry *h;
	bool more;

	if (t->held.n == 0)
		return cgn_engine_poll(t->e, now);
	note_before(t);
	more = cgn_engine_poll(t->e, now);
	for (uint64_t n = rose(t, CGN_V_FRAG_TIMEOUT); n > 0; n--) {
		h = cgn_tap_held_oldest(&t->held, now - FRAGMENT_MIN);
		if (h == NULL)
			break;
		tell_later(t, h, CGN_V_FRAG_TIMEOUT, NULL, 0);
	}
	return more;
}

/* --- begin and end --------------------------------------------------------------------------- */

int
cgn_tap_create(struct cgn_tap **out, struct cgn_engine *e)
{
	/* The kernel commits the memory when something is traced for the first time. */
	struct cgn_tap *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return -ENOMEM;
	t->e = e;
	if (cgn_tap_build_init(&t->build) < 0) {
		free(t);
		return -ENOMEM;
	}
	*out = t;
	return 0;
}

void
cgn_tap_destroy(struct cgn_tap *t)
{
	if (t == NULL)
		return;
	cgn_tap_build_fini(&t->build);
	free(t);
}

void
cgn_tap_set(struct cgn_tap *t, struct cgn_tap_door *door)
{
	struct cgn_out *o = &t->e->out;

	if (t->door == NULL && door != NULL) {
		t->ops = o->ops;
		t->ctx = o->ctx;
		o->ops = &tap_ops;
		o->ctx = t;
	} else if (t->door != NULL && door == NULL) {
		o->ops = t->ops;
		o->ctx = t->ctx;
	}
	t->door = door;
	t->number = 0;
	t->held.n = 0;
	for (unsigned int i = 0; i < CGN_TAP_HELD_MAX; i++)
		t->held.at[i].m = NULL;
}
