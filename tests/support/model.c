/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/model.h"

#include <string.h>

#define BIT(e) (1u << (e))

static bool
same(struct mo_ep a, struct mo_ep b)
{
	return a.addr == b.addr && a.port == b.port;
}

/* --- TCP ----------------------------------------------------------------------------------- */

unsigned int
mo_sensible(enum mo_state s, bool is_out)
{
	static const unsigned int table[MO_STATES][2] = {
		/* in, out */
		[MO_NONE] = { BIT(MO_SYN) | BIT(MO_ACK) | BIT(MO_RST),
				BIT(MO_SYN) | BIT(MO_ACK) | BIT(MO_RST) },
		[MO_SYN_OUT] = { BIT(MO_SYNACK) | BIT(MO_SYN) | BIT(MO_RST),
				BIT(MO_SYN) | BIT(MO_RST) },
		[MO_SYN_IN] = { BIT(MO_SYN) | BIT(MO_RST), BIT(MO_SYNACK) | BIT(MO_RST) },
		[MO_SYN_BOTH] = { BIT(MO_SYNACK), BIT(MO_SYNACK) },
		[MO_WAIT_OUT] = { BIT(MO_SYNACK) | BIT(MO_RST), BIT(MO_ACK) | BIT(MO_RST) },
		[MO_WAIT_IN] = { BIT(MO_ACK) | BIT(MO_RST), BIT(MO_SYNACK) | BIT(MO_RST) },
		[MO_ESTABLISHED] = { BIT(MO_ACK) | BIT(MO_FIN) | BIT(MO_RST),
				BIT(MO_ACK) | BIT(MO_FIN) | BIT(MO_RST) },
		[MO_FIN_OUT] = { BIT(MO_ACK) | BIT(MO_FIN) | BIT(MO_RST),
				BIT(MO_ACK) | BIT(MO_FIN) },
		[MO_FIN_IN] = { BIT(MO_ACK) | BIT(MO_FIN),
				BIT(MO_ACK) | BIT(MO_FIN) | BIT(MO_RST) },
		[MO_CLOSING] = { BIT(MO_ACK) | BIT(MO_FIN) | BIT(MO_RST),
				BIT(MO_ACK) | BIT(MO_FIN) | BIT(MO_SYN) | BIT(MO_RST) },
		[MO_RESET_OPENING] = { BIT(MO_RST), BIT(MO_SYN) | BIT(MO_RST) },
		[MO_RESET] = { BIT(MO_ACK) | BIT(MO_RST), BIT(MO_ACK) | BIT(MO_SYN) | BIT(MO_RST) },
	};

	return table[s][is_out];
}

static bool
was_established(enum mo_state s)
{
	return s == MO_ESTABLISHED || s == MO_FIN_OUT || s == MO_FIN_IN || s == MO_CLOSING ||
			s == MO_RESET;
}

static enum mo_state
next_state(enum mo_state s, bool is_out, enum mo_event ev)
{
	if (ev == MO_RST)
		return was_established(s) ? MO_RESET : MO_RESET_OPENING;
	if (ev == MO_SYN && (s == MO_NONE || s > MO_ESTABLISHED))
		return is_out ? MO_SYN_OUT : MO_SYN_IN;
	if (ev == MO_SYN && s != MO_SYN_OUT)
		return s;
	switch (s) {
	case MO_SYN_OUT:
		if (is_out)
			return s;
		return ev == MO_SYN ? MO_SYN_BOTH : ev == MO_SYNACK ? MO_WAIT_OUT : s;
	case MO_SYN_IN:
		return is_out && ev == MO_SYNACK ? MO_WAIT_IN : s;
	case MO_SYN_BOTH:
		return is_out ? MO_WAIT_IN : MO_WAIT_OUT;
	case MO_WAIT_OUT:
		return is_out ? MO_ESTABLISHED : s;
	case MO_WAIT_IN:
		return is_out ? s : MO_ESTABLISHED;
	case MO_ESTABLISHED:
	case MO_RESET:
		if (ev == MO_FIN)
			return is_out ? MO_FIN_OUT : MO_FIN_IN;
		return MO_ESTABLISHED;
	case MO_FIN_OUT:
		return ev == MO_FIN && !is_out ? MO_CLOSING : s;
	case MO_FIN_IN:
		return ev == MO_FIN && is_out ? MO_CLOSING : s;
	case MO_NONE:
	case MO_CLOSING:
	case MO_RESET_OPENING:
	case MO_STATES:
		break;
	}
	return s;
}

static uint32_t
timer(const struct mo *m, enum mo_state s)
{
	const struct cgn_conf_timeouts *t = &m->conf->nat.timeouts;

	if (s == MO_ESTABLISHED || s == MO_FIN_OUT || s == MO_FIN_IN)
		return t->tcp_established_s;
	if (s == MO_CLOSING || s == MO_RESET || s == MO_RESET_OPENING)
		return t->tcp_closing_s;
	return t->tcp_opening_s;
}

static void
step(struct mo *m, struct mo_session *s, bool is_out, enum mo_event ev)
{
	enum mo_state next = next_state(s->state, is_out, ev);

	/* A reset starts the last timer once; an unanswered SYN from outside keeps nothing. */
	if (ev == MO_RST ? next != s->state : next != MO_SYN_IN || s->state != MO_SYN_IN)
		s->last = m->now;
	s->state = next;
	s->is_unproven = (next == MO_SYN_IN || s->is_unproven) && !(is_out && ev == MO_SYN) &&
			(next == MO_SYN_IN || next == MO_WAIT_IN || next == MO_RESET_OPENING);
}

struct mo_session *
mo_session(struct mo_mapping *map, struct mo_ep remote)
{
	for (unsigned int i = 0; i < MO_SESSIONS; i++) {
		if (map->sessions[i].state != MO_NONE && same(map->sessions[i].remote, remote))
			return &map->sessions[i];
	}
	return NULL;
}

static bool
open_session(struct mo *m, struct mo_mapping *map, struct mo_ep remote, enum mo_state state)
{
	for (unsigned int i = 0; i < MO_SESSIONS; i++) {
		if (map->sessions[i].state == MO_NONE) {
			map->sessions[i] = (struct mo_session){ remote, state, m->now,
				state == MO_SYN_IN };
			return true;
		}
	}
	return false;
}

/* --- mappings ------------------------------------------------------------------------------ */

struct mo_mapping *
mo_find_in(struct mo *m, uint8_t proto, struct mo_ep in)
{
	for (unsigned int i = 0; i < MO_MAPPINGS; i++) {
		if (m->maps[i].is_live && m->maps[i].proto == proto && same(m->maps[i].in, in))
			return &m->maps[i];
	}
	return NULL;
}

struct mo_mapping *
mo_find_ext(struct mo *m, uint8_t proto, struct mo_ep ext)
{
	for (unsigned int i = 0; i < MO_MAPPINGS; i++) {
		if (m->maps[i].is_live && m->maps[i].proto == proto && same(m->maps[i].ext, ext))
			return &m->maps[i];
	}
	return NULL;
}

struct mo_mapping *
mo_make(struct mo *m, uint8_t proto, mo_sub_t sub, struct mo_ep in, struct mo_ep ext)
{
	/* Its own held port, if it was one, is in use again. */
	for (unsigned int i = 0; i < m->n_held; i++) {
		if (m->held[i].proto == proto && same(m->held[i].ext, ext))
			m->held[i--] = m->held[--m->n_held];
	}
	for (unsigned int i = 0; i < MO_MAPPINGS; i++) {
		struct mo_mapping *map = &m->maps[i];

		if (map->is_live)
			continue;
		memset(map, 0, sizeof(*map));
		map->is_live = true;
		map->proto = proto;
		map->sub = sub;
		map->in = in;
		map->ext = ext;
		map->last = m->now;
		return map;
	}
	return NULL;
}

/* It ended at a time; a connection that was closed leaves no hold-down (RFC 6888 REQ-8). */
static void
end_at(struct mo *m, struct mo_mapping *map, uint32_t when, bool was_closed)
{
	uint32_t hold = m->conf->nat.hold_down_s;

	map->is_live = false;
	if (hold == 0 || m->n_held == MO_HELD)
		return;
	m->held[m->n_held++] = (struct mo_held){
		.proto = map->proto,
		.sub = map->sub,
		.in = map->in,
		.ext = map->ext,
		.sure = was_closed || map->is_unsure ? 0 : when + hold,
		.maybe = (when > m->start ? when : m->start) + hold + 3,
	};
}

void
mo_end(struct mo *m, struct mo_mapping *map)
{
	end_at(m, map, m->now, false);
}

void
mo_cut(struct mo *m, struct mo_mapping *map)
{
	map->is_live = false;
	m->reset_end = m->now + 60;
}

/* Expire the sessions of a TCP mapping, and the mapping with the last one that holds it. */
static void
expire_tcp(struct mo *m, struct mo_mapping *map)
{
	uint32_t last_end = 0;
	bool holds = false, was_closed = false;

	for (unsigned int i = 0; i < MO_SESSIONS; i++) {
		struct mo_session *s = &map->sessions[i];
		uint32_t end = s->last + timer(m, s->state);

		if (s->state == MO_NONE)
			continue;
		if (m->now < end) {
			holds |= !s->is_unproven;
			continue;
		}
		if (!s->is_unproven) {
			was_closed |= s->state == MO_CLOSING || s->state == MO_RESET;
			last_end = end > last_end ? end : last_end;
		}
		s->state = MO_NONE;
	}
	if (!holds)
		end_at(m, map, last_end, was_closed);
}

static void
expire(struct mo *m, struct mo_mapping *map)
{
	uint32_t udp_s = m->conf->nat.timeouts.udp_s, icmp_s = m->conf->nat.timeouts.icmp_s, end;

	for (unsigned int i = 0; i < MO_SESSIONS; i++) {
		if (map->proto == CGN_PROTO_UDP && m->now >= map->filters[i].last + udp_s)
			map->filters[i].is_used = false;
	}
	if (map->proto == CGN_PROTO_TCP) {
		expire_tcp(m, map);
		return;
	}
	end = map->is_lease ? map->lease_end
			    : map->last + (map->proto == CGN_PROTO_UDP ? udp_s : icmp_s);
	if (m->now >= end)
		end_at(m, map, end, false);
}

void
mo_advance(struct mo *m, uint32_t now)
{
	m->now = now;
	for (unsigned int i = 0; i < MO_MAPPINGS; i++) {
		if (m->maps[i].is_live)
			expire(m, &m->maps[i]);
	}
	for (unsigned int i = 0; i < m->n_held; i++) {
		if (now >= m->held[i].maybe)
			m->held[i--] = m->held[--m->n_held];
	}
}

/* --- packets ------------------------------------------------------------------------------- */

static enum cgn_filtering
filtering(const struct mo *m, const struct mo_mapping *map)
{
	return map->is_lease ? CGN_FILTERING_EI : m->conf->nat.filtering[map->proto];
}

static void
note(struct mo *m, struct mo_mapping *map, struct mo_ep remote)
{
	struct mo_filter *free = NULL;

	for (unsigned int i = 0; i < MO_SESSIONS; i++) {
		struct mo_filter *f = &map->filters[i];

		if (f->is_used && same(f->remote, remote)) {
			f->last = m->now;
			/* A SYN of a session that is there need not be noted anew. */
			if (map->proto != CGN_PROTO_TCP)
				f->kind = filtering(m, map);
			return;
		}
		if (!f->is_used)
			free = f;
	}
	if (free != NULL)
		*free = (struct mo_filter){ remote, m->now, true, filtering(m, map) };
}

bool
mo_out(struct mo *m, struct mo_mapping *map, struct mo_ep remote, enum mo_event ev)
{
	struct mo_session *s;

	if (map->proto != CGN_PROTO_TCP) {
		map->last = m->now;
		note(m, map, remote);
		return true;
	}
	s = mo_session(map, remote);
	if (s == NULL && ev != MO_SYN)
		return false;
	if (ev == MO_SYN)
		note(m, map, remote);
	if (s == NULL)
		return open_session(m, map, remote, MO_SYN_OUT);
	step(m, s, true, ev);
	return true;
}

/* What was sent while another filtering was in force may be forgotten. */
static enum mo_verdict
filter_of(const struct mo_mapping *map, struct mo_ep remote, enum cgn_filtering kind)
{
	enum mo_verdict v = MO_MUST_NOT;

	if (kind == CGN_FILTERING_EI)
		return MO_MUST;
	for (unsigned int i = 0; i < MO_SESSIONS; i++) {
		const struct mo_filter *f = &map->filters[i];

		if (!f->is_used || f->remote.addr != remote.addr ||
				(kind == CGN_FILTERING_APD && f->remote.port != remote.port))
			continue;
		if (f->kind == kind)
			return MO_MUST;
		v = MO_MAY;
	}
	return v;
}

static bool
has_session_with(const struct mo_mapping *map, uint32_t addr)
{
	for (unsigned int i = 0; i < MO_SESSIONS; i++) {
		const struct mo_session *s = &map->sessions[i];

		if (s->state != MO_NONE && s->state != MO_SYN_IN && s->remote.addr == addr)
			return true;
	}
	return false;
}

static enum mo_verdict
may_open_in(const struct mo *m, const struct mo_mapping *map, struct mo_ep remote)
{
	enum mo_verdict v;

	switch (filtering(m, map)) {
	case CGN_FILTERING_EI:
		return MO_MUST;
	case CGN_FILTERING_APD:
		return MO_MUST_NOT;
	case CGN_FILTERING_AD:
		break;
	}
	v = filter_of(map, remote, CGN_FILTERING_AD);
	/* The requirements do not say for how long an address stays known. */
	return v == MO_MUST && !has_session_with(map, remote.addr) ? MO_MAY : v;
}

enum mo_verdict
mo_in(struct mo *m, struct mo_mapping *map, struct mo_ep remote, enum mo_event ev)
{
	enum cgn_filtering f = filtering(m, map);

	if (map->proto == CGN_PROTO_ICMP)
		return MO_MUST;
	if (map->proto == CGN_PROTO_UDP)
		return filter_of(map, remote, f);
	if (mo_session(map, remote) != NULL)
		return MO_MUST;
	return ev == MO_SYN ? may_open_in(m, map, remote) : MO_MUST_NOT;
}

void
mo_in_passed(struct mo *m, struct mo_mapping *map, struct mo_ep remote, enum mo_event ev)
{
	struct mo_session *s = mo_session(map, remote);

	if (map->proto == CGN_PROTO_UDP && m->conf->nat.inbound_refresh)
		map->last = m->now;
	if (map->proto != CGN_PROTO_TCP)
		return;
	if (s != NULL)
		step(m, s, false, ev);
	else
		(void)open_session(m, map, remote, MO_SYN_IN);
}
