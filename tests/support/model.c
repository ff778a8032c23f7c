/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/model.h"

#include <string.h>

#define BIT(e) (1u << (e))

static bool
same(struct mo_ep a, struct mo_ep b)
{
	return a.addr == b.addr && a.port == b.port;
}

uint32_t
mo_sub(const struct mo *m, uint32_t addr)
{
	return addr & cgn_mask4(m->conf->groups[0].subscriber_prefix_len);
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
mo_make(struct mo *m, uint8_t proto, struct mo_ep in, struct mo_ep ext)
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
		map->sub = mo_sub(m, in.addr);
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
		.sure = was_closed ? 0 : when + hold,
		.maybe = when + hold + 3,
	};
}

void
mo_end(struct mo *m, struct mo_mapping *map)
{
	end_at(m, map, m->now, false);
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

/* --- ports --------------------------------------------------------------------------------- */

static const struct cgn_conf_group *
group(const struct mo *m)
{
	return &m->conf->groups[0];
}

/* The block that a port lies in, counted over its address. */
static uint32_t
block_of(const struct mo *m, uint16_t port)
{
	return (uint32_t)(port - m->conf->pools[0].port_min) / group(m)->block_size;
}

static uint32_t
blocks_of_address(const struct mo *m)
{
	const struct cgn_conf_pool *p = &m->conf->pools[0];

	return (uint32_t)(p->port_max - p->port_min + 1) / group(m)->block_size;
}

struct use {
	uint32_t sub;
	uint32_t client;
	uint8_t proto;
	struct mo_ep in;
	struct mo_ep ext;
	bool is_held;
	bool is_sure; /* not a port that may or may not be held */
};

/* The k-th use of a port: mappings first, held ones then. @return false: no more of them */
static bool
use_at(const struct mo *m, unsigned int k, struct use *u)
{
	if (k < MO_MAPPINGS) {
		const struct mo_mapping *map = &m->maps[k];

		*u = (struct use){ map->sub, map->in.addr, map->proto, map->in, map->ext, false,
			map->is_live };
		return true;
	}
	k -= MO_MAPPINGS;
	if (k >= m->n_held)
		return false;
	*u = (struct use){ m->held[k].sub, m->held[k].in.addr, m->held[k].proto, m->held[k].in,
		m->held[k].ext, true, m->now < m->held[k].sure };
	return true;
}

/* Whether a use is none: a place in the array that is empty. */
static bool
is_nothing(const struct use *u)
{
	return !u->is_held && !u->is_sure;
}

/* The address that a subscriber is paired with by what it surely has, 0: none. */
static uint32_t
paired(const struct mo *m, uint32_t sub)
{
	struct use u;

	for (unsigned int k = 0; use_at(m, k, &u); k++) {
		if (u.is_sure && u.sub == sub)
			return u.ext.addr;
	}
	return 0;
}

/* Count the blocks of an address that are somebody's, and those of one subscriber. */
static void
count_blocks(const struct mo *m, uint32_t addr, uint32_t sub, uint32_t *taken, uint32_t *own)
{
	bool seen[1024] = { false };
	struct use u;

	*taken = *own = 0;
	for (unsigned int k = 0; use_at(m, k, &u); k++) {
		if (is_nothing(&u) || u.ext.addr != addr || seen[block_of(m, u.ext.port)])
			continue;
		seen[block_of(m, u.ext.port)] = true;
		++*taken;
		*own += u.sub == sub;
	}
}

/* Numbers in the blocks of a subscriber that nobody uses or holds in any protocol. */
static uint32_t
fresh_numbers(const struct mo *m, uint32_t addr, uint32_t sub)
{
	uint32_t taken, own, n = 0;
	bool seen[65536] = { false };
	struct use u;

	count_blocks(m, addr, sub, &taken, &own);
	for (unsigned int k = 0; use_at(m, k, &u); k++) {
		if (is_nothing(&u) || u.ext.addr != addr || u.sub != sub || seen[u.ext.port])
			continue;
		seen[u.ext.port] = true;
		n++;
	}
	/* Two may be those of NAT-PMP. */
	return own * group(m)->block_size > n + 2 ? own * group(m)->block_size - n - 2 : 0;
}

static uint32_t
count_mappings(const struct mo *m, uint32_t sub)
{
	uint32_t n = 0;

	for (unsigned int i = 0; i < MO_MAPPINGS; i++)
		n += m->maps[i].is_live && m->maps[i].sub == sub;
	return n;
}

/* Whether an address of a worker has a block that is surely free. */
static bool
has_free_block(const struct mo *m, uint32_t addr)
{
	uint32_t taken, own;

	count_blocks(m, addr, 0, &taken, &own);
	return taken < blocks_of_address(m);
}

enum mo_verdict
mo_may_make(const struct mo *m, uint8_t proto, struct mo_ep in, unsigned int worker, bool is_lease)
{
	uint32_t sub = mo_sub(m, in.addr), addr = paired(m, sub), taken, own;
	const struct cgn_range4 *range = &m->conf->pools[0].ranges[0];

	(void)proto;
	if (!is_lease && group(m)->mappings_max != 0 &&
			count_mappings(m, sub) >= group(m)->mappings_max)
		return MO_MUST_NOT;
	if (addr != 0) {
		count_blocks(m, addr, sub, &taken, &own);
		if (fresh_numbers(m, addr, sub) > 0 ||
				(own < group(m)->blocks_max && has_free_block(m, addr)))
			return MO_MUST;
		return MO_MAY;
	}
	/* Not paired, or idle: then the old address may be kept for a while. */
	for (addr = range->first; addr <= range->last; addr++) {
		if ((addr - range->first) % m->n_workers == worker && !has_free_block(m, addr))
			return MO_MAY;
	}
	return MO_MUST;
}

const char *
mo_judge(const struct mo *m, uint8_t proto, struct mo_ep in, struct mo_ep ext, unsigned int worker)
{
	const struct cgn_conf_pool *pool = &m->conf->pools[0];
	uint32_t sub = mo_sub(m, in.addr), addr = paired(m, sub), n_owned = 0;
	bool own[1024] = { false };
	struct use u;

	if (ext.addr < pool->ranges[0].first || ext.addr > pool->ranges[0].last)
		return "address is not in the pool";
	if ((ext.addr - pool->ranges[0].first) % m->n_workers != worker)
		return "address is another worker's";
	if (ext.port < pool->port_min || ext.port > pool->port_max)
		return "port is outside of the range";
	if (ext.port == 5350 || ext.port == 5351)
		return "port is NAT-PMP's";
	if (addr != 0 && addr != ext.addr)
		return "address is not the paired one";
	own[block_of(m, ext.port)] = true;
	for (unsigned int k = 0; use_at(m, k, &u); k++) {
		if (!u.is_sure || u.ext.addr != ext.addr)
			continue;
		if (u.sub == sub)
			own[block_of(m, u.ext.port)] = true;
		else if (block_of(m, u.ext.port) == block_of(m, ext.port))
			return "block is another subscriber's";
		if (u.ext.port != ext.port)
			continue;
		if (u.client != in.addr)
			return "number is another client's";
		if (u.proto == proto && !u.is_held)
			return "port is in use";
		if (u.proto == proto && !same(u.in, in))
			return "port is held for another endpoint";
	}
	for (uint32_t b = 0; b < RTE_DIM(own); b++)
		n_owned += own[b];
	return n_owned > group(m)->blocks_max ? "more blocks than blocks_max" : NULL;
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
			return;
		}
		if (!f->is_used)
			free = f;
	}
	if (free != NULL)
		*free = (struct mo_filter){ remote, m->now, true };
}

bool
mo_out(struct mo *m, struct mo_mapping *map, struct mo_ep remote, enum mo_event ev)
{
	struct mo_session *s;

	if (map->proto != CGN_PROTO_TCP) {
		map->last = m->now;
		if (filtering(m, map) != CGN_FILTERING_EI)
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

static bool
is_noted(const struct mo_mapping *map, struct mo_ep remote, bool by_port)
{
	for (unsigned int i = 0; i < MO_SESSIONS; i++) {
		const struct mo_filter *f = &map->filters[i];

		if (f->is_used && f->remote.addr == remote.addr &&
				(!by_port || f->remote.port == remote.port))
			return true;
	}
	return false;
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
	switch (filtering(m, map)) {
	case CGN_FILTERING_EI:
		return MO_MUST;
	case CGN_FILTERING_APD:
		return MO_MUST_NOT;
	case CGN_FILTERING_AD:
		break;
	}
	if (!is_noted(map, remote, false))
		return MO_MUST_NOT;
	/* The requirements do not say for how long an address stays known. */
	return has_session_with(map, remote.addr) ? MO_MUST : MO_MAY;
}

enum mo_verdict
mo_in(struct mo *m, struct mo_mapping *map, struct mo_ep remote, enum mo_event ev)
{
	enum cgn_filtering f = filtering(m, map);

	if (map->proto == CGN_PROTO_ICMP)
		return MO_MUST;
	if (map->proto == CGN_PROTO_UDP)
		return f == CGN_FILTERING_EI || is_noted(map, remote, f == CGN_FILTERING_APD)
				? MO_MUST
				: MO_MUST_NOT;
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
