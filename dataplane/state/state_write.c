/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Writes the tables of a worker as records, table after table.
 *
 * The cursor is a phase, an element of its table, and an element of a list of that element. So a call goes on within a
 * long list, such as the sessions of a static mapping.
 */
#include "dataplane/state/state_write.h"

#include "dataplane/nat/life.h"
#include "dataplane/nat/mark.h"
#include "dataplane/nat/subscriber_walk.h"
#include "shared/state_scan.h"

/* Entries that one call looks at, whether there is something to write or not. */
#define LOOK_MAX 1024u

/* What is written, in this order. A cursor of 0 is the beginning of the first one. */
enum phase {
	PHASE_IDENTS,
	PHASE_HOMES,
	PHASE_IDLE, /* subscribers, in the order in which they became idle */
	PHASE_BUSY,
	PHASE_GUARDS,
	PHASE_CLOSED_GUARDS, /* those of closed addresses */
	PHASE_MAPPINGS,
	PHASE_SESSIONS,
	PHASE_HOLDS,
	PHASE_COUNT,
};

/* Parts of a cursor. */
#define CURSOR_PHASE 60
#define CURSOR_AT    32
#define AT_MASK      UINT32_C(0x0fffffff)

/* A chunk in the making. */
struct writer {
	const struct cgn_state_tables *t;
	uint8_t *out;
	uint32_t len;
	uint32_t n_records;
	uint32_t looks; /* that are left */
	cgn_tick now;
	uint32_t at;   /* element of the table */
	uint32_t item; /* element of its list, + 1 where 0 is an element; 0: the list has not begun */
	uint32_t names[CGN_PORTS_MAX]; /* checksums of the names of ports */
};

/* Room for a record, with its header. @return NULL: the chunk is full */
static void *
reserve(struct writer *w, enum cgn_state_type type, uint32_t size)
{
	struct cgn_state_record *r;

	if (CGN_STATE_CHUNK_MAX - w->len < size)
		return NULL;
	r = (struct cgn_state_record *)(void *)(w->out + w->len);
	memset(r, 0, size);
	r->type = rte_cpu_to_le_16((uint16_t)type);
	r->length = rte_cpu_to_le_16((uint16_t)size);
	w->len += size;
	w->n_records++;
	return r;
}

static rte_le32_t
age_of(const struct writer *w, cgn_tick then)
{
	return rte_cpu_to_le_32(w->now - then);
}

/* Ticks from now to an end that may be over. */
static rte_le32_t
left_until(const struct writer *w, cgn_tick end)
{
	return rte_cpu_to_le_32(cgn_tick_reached(w->now, end) ? 0 : end - w->now);
}

/* --- one function for each phase: it writes from w->at on. @return true: there is no more ---------- */

static bool
write_idents(struct writer *w)
{
	for (; w->at < CGN_NAT_IDENTS; w->at += CGN_STATE_IDENTS_N) {
		struct cgn_state_idents *r = reserve(w, CGN_STATE_IDENTS, sizeof(*r));

		if (r == NULL)
			return false;
		r->first = rte_cpu_to_le_16((uint16_t)w->at);
		for (uint32_t i = 0; i < CGN_STATE_IDENTS_N; i++)
			r->next[i] = rte_cpu_to_le_16(w->t->nat->ident[w->at + i]);
	}
	return true;
}

static bool
write_homes(struct writer *w)
{
	const struct cgn_softwires *wires = w->t->wires;

	if (wires == NULL)
		return true;
	for (w->at = RTE_MAX(w->at, 1u); w->at < wires->end; w->at++) {
		const struct cgn_softwire *s = &wires->at[w->at];
		struct cgn_state_home *r;

		if (w->looks-- == 0)
			return false;
		if (!s->is_live)
			continue;
		r = reserve(w, CGN_STATE_HOME, sizeof(*r));
		if (r == NULL)
			return false;
		r->prefix_len = s->prefix_len;
		r->flags = (uint8_t)((s->is_seen ? CGN_STATE_HOME_SEEN : 0) |
				(s->has_moved ? CGN_STATE_HOME_MOVED : 0));
		r->path_mtu = rte_cpu_to_le_16(s->path_mtu);
		r->b4 = s->b4;
		r->prefix = s->prefix;
		r->seen_age = age_of(w, s->last_seen);
		if (s->has_moved)
			r->moved_age = age_of(w, s->moved_at);
		if (s->path_mtu != 0)
			r->mtu_age = age_of(w, s->mtu_at);
	}
	return true;
}

static void
fill_who(struct cgn_state_who *who, const struct cgn_subscriber *pub)
{
	memcpy(who->addr, &pub->addr.ip6, pub->addr.is_ip6 ? 16 : 4);
	who->len = pub->prefix_len;
	who->is_ip6 = pub->addr.is_ip6;
}

static bool
write_subscriber(struct writer *w, uint32_t sub)
{
	const struct cgn_subscriber *pub = cgn_subscribers_at(w->t->nat->subs, sub);
	struct cgn_state_subscriber *r = reserve(w, CGN_STATE_SUBSCRIBER, sizeof(*r));

	if (r == NULL)
		return false;
	fill_who(&r->who, pub);
	r->ext_addr = w->t->nat->ext.owned_addr[pub->ext_ord];
	r->tokens = rte_cpu_to_le_32(pub->tokens);
	r->tokens_age = age_of(w, pub->tokens_at);
	if (!cgn_subscriber_walk_is_busy(w->t->nat->subs, sub))
		r->idle_age = age_of(w, pub->idle_since);
	r->mappings_total = rte_cpu_to_le_64(pub->mappings_total);
	r->refused_total = rte_cpu_to_le_64(pub->refused_total);
	r->mappings_peak = rte_cpu_to_le_32(pub->mappings_peak);
	r->sessions_peak = rte_cpu_to_le_32(pub->sessions_peak);
	r->blocks_peak = rte_cpu_to_le_16(pub->blocks_peak);
	r->reached = pub->reached & ((1u << CGN_MARK_BITS) - 1);
	return true;
}

/* Write a subscriber and its blocks. @return false: the chunk is full, w->item tells where to go on */
static bool
write_with_blocks(struct writer *w, uint32_t sub)
{
	struct cgn_subscribers *subs = w->t->nat->subs;
	struct cgn_subscriber_walk_block b;
	uint32_t block;

	/* 1 is the place in front of the first block. */
	if (w->item == 0) {
		if (!write_subscriber(w, sub))
			return false;
		w->item = 1;
	}
	while ((block = cgn_subscriber_walk_block(
				subs, sub, w->item == 1 ? CGN_BLOCK_NONE : w->item - 2, &b)) !=
			CGN_BLOCK_NONE) {
		struct cgn_state_block *r = reserve(w, CGN_STATE_BLOCK, sizeof(*r));

		if (r == NULL)
			return false;
		fill_who(&r->who, cgn_subscribers_at(subs, sub));
		r->ext_addr = w->t->nat->ext.owned_addr[b.ord];
		r->first = rte_cpu_to_le_16(b.first);
		r->last = rte_cpu_to_le_16(b.last);
		w->item = block + 2;
	}
	w->item = 0;
	return true;
}

/* w->at is the number of the subscriber + 1; none is CGN_SUB_NONE, and so 0. */
static bool
write_idle(struct writer *w)
{
	struct cgn_subscribers *subs = w->t->nat->subs;

	if (w->at == 0)
		w->at = cgn_subscriber_walk_idle(subs, CGN_SUB_NONE) + 1;
	for (; w->at != 0; w->at = cgn_subscriber_walk_idle(subs, w->at - 1) + 1) {
		if (w->looks-- == 0 || !write_with_blocks(w, w->at - 1))
			return false;
	}
	return true;
}

static bool
write_busy(struct writer *w)
{
	struct cgn_subscribers *subs = w->t->nat->subs;

	for (; w->at < cgn_subscribers_end(subs); w->at++) {
		if (w->looks-- == 0)
			return false;
		if (cgn_subscriber_walk_is_busy(subs, w->at) && !write_with_blocks(w, w->at))
			return false;
	}
	return true;
}

/* @return false: the chunk is full */
static bool
write_guard(struct writer *w, const struct cgn_subscriber_walk_block *b)
{
	struct cgn_state_guard *r = reserve(w, CGN_STATE_GUARD, sizeof(*r));

	if (r == NULL)
		return false;
	r->ext_addr = w->t->nat->ext.owned_addr[b->ord];
	r->first = rte_cpu_to_le_16(b->first);
	r->last = rte_cpu_to_le_16(b->last);
	r->age = age_of(w, b->since);
	return true;
}

/* w->at is the pool. */
static bool
write_guards(struct writer *w)
{
	const struct cgn_nat *n = w->t->nat;
	struct cgn_subscriber_walk_block b;
	uint32_t block;

	for (; w->at < n->conf->n_pools; w->at++) {
		while ((block = cgn_subscriber_walk_guard(n->subs, w->at,
					w->item == 0 ? CGN_BLOCK_NONE : w->item - 1, &b)) !=
				CGN_BLOCK_NONE) {
			if (!write_guard(w, &b))
				return false;
			w->item = block + 1;
		}
		w->item = 0;
	}
	return true;
}

/* w->at is the ordinal of the address. */
static bool
write_closed_guards(struct writer *w)
{
	const struct cgn_nat *n = w->t->nat;
	struct cgn_subscriber_walk_block b;

	for (; w->at < n->ext.n_owned; w->at++) {
		uint32_t at = w->item;

		if (w->looks-- == 0)
			return false;
		while (cgn_subscriber_walk_closed_guard(n->subs, w->at, &at, &b) !=
				CGN_BLOCK_NONE) {
			if (!write_guard(w, &b))
				return false;
			w->item = at;
		}
		w->item = 0;
	}
	return true;
}

static void
fill_in(const struct writer *w, struct cgn_state_in *in, const struct cgn_client *c)
{
	if (c->realm != 0)
		in->home = w->t->wires->at[c->realm].prefix;
	in->addr = c->addr;
	in->port = c->port;
	in->proto = c->proto;
}

static struct cgn_client
client_of_mapping(const struct cgn_mapping *m)
{
	return (struct cgn_client){
		.realm = m->realm, .addr = m->in_addr, .port = m->in_port, .proto = m->proto
	};
}

/* Copy the filters of a mapping. @return how many there are @param out  NULL: only count them */
static unsigned int
copy_filters(const struct cgn_nat *n, const struct cgn_mapping *m, struct cgn_state_filter *out)
{
	const uint32_t *slot = cgn_life_slot(n, m->ext_addr, m->ext_port, m->proto);
	unsigned int k = 0;

	for (uint32_t line = cgn_ext_filters(*slot); line != 0;
			line = n->ext.filters.at[line].next) {
		const struct cgn_filters_line *l = &n->ext.filters.at[line];

		for (unsigned int i = 0; i < CGN_FILTERS_PER_LINE && l->at[i].is_used; i++, k++) {
			if (out == NULL)
				continue;
			out[k].addr = rte_cpu_to_be_32(l->at[i].addr);
			out[k].port = l->at[i].port;
			out[k].len = (uint8_t)(32 - l->at[i].shift);
		}
	}
	return k;
}

static bool
write_mapping(struct writer *w, const struct cgn_mapping *m)
{
	const struct cgn_nat *n = w->t->nat;
	unsigned int k = likely((m->flags & CGN_MAPPING_FILTERED) == 0) ? 0
									: copy_filters(n, m, NULL);
	const struct cgn_client c = client_of_mapping(m);
	struct cgn_state_mapping *r = reserve(w, CGN_STATE_MAPPING,
			(uint32_t)(sizeof(*r) + k * sizeof(struct cgn_state_filter)));

	if (r == NULL)
		return false;
	r->flags = m->flags & (uint8_t)~CGN_MAPPING_FILTERED;
	r->tcp_state = m->tcp_state;
	r->n_filters = (uint8_t)k;
	fill_in(w, &r->in, &c);
	r->ext_addr = m->ext_addr;
	r->ext_port = m->ext_port;
	r->rem_port = m->rem_port;
	r->rem_addr = m->rem_addr;
	r->in_if = rte_cpu_to_le_32(w->names[m->in_if]);
	r->age = age_of(w, m->last_use);
	if ((m->flags & CGN_MAPPING_LEASE) != 0)
		r->lease_left = left_until(w, m->lease_end);
	if (k != 0)
		(void)copy_filters(n, m, (struct cgn_state_filter *)(r + 1));
	return true;
}

static bool
write_mappings(struct writer *w)
{
	const struct cgn_nat *n = w->t->nat;

	for (w->at = RTE_MAX(w->at, 1u); w->at < n->maps.fresh; w->at++) {
		if (w->looks-- == 0 ||
				(cgn_life_is_there(n, w->at) &&
						!write_mapping(w, &n->maps.at[w->at])))
			return false;
	}
	return true;
}

static bool
write_session(struct writer *w, const struct cgn_mapping *m, const struct cgn_session *s)
{
	const struct cgn_client c = client_of_mapping(m);
	struct cgn_state_session *r = reserve(w, CGN_STATE_SESSION, sizeof(*r));

	if (r == NULL)
		return false;
	r->state = s->state;
	r->marks = (uint8_t)((s->from_outside ? CGN_STATE_FROM_OUTSIDE : 0) |
			(s->is_unproven ? CGN_STATE_UNPROVEN : 0) |
			(s->is_answered ? CGN_STATE_ANSWERED : 0));
	r->rem_port = s->rem_port;
	fill_in(w, &r->in, &c);
	r->rem_addr = s->rem_addr;
	r->age = age_of(w, s->last_use);
	r->ack_in = s->ack_in;
	r->ack_out = s->ack_out;
	r->sent_end = rte_cpu_to_le_32(s->sent_end);
	r->ext_addr = m->ext_addr;
	return true;
}

/* The session behind another one in the two lists of a mapping. */
static uint32_t
session_behind(const struct cgn_nat *n, const struct cgn_mapping *m, uint32_t session)
{
	const struct cgn_session *s = &n->sessions.at[session];

	if (s->next != 0 || !cgn_session_holds((enum cgn_tcp_state)s->state) || s->is_unproven)
		return s->next;
	return m->pending;
}

static bool
write_sessions(struct writer *w)
{
	const struct cgn_nat *n = w->t->nat;

	for (w->at = RTE_MAX(w->at, 1u); w->at < n->maps.fresh; w->at++) {
		const struct cgn_mapping *m = &n->maps.at[w->at];

		if (w->looks-- == 0)
			return false;
		if ((m->sessions | m->pending) == 0 || !cgn_life_is_there(n, w->at))
			continue;
		if (w->item == 0)
			w->item = m->sessions != 0 ? m->sessions : m->pending;
		for (; w->item != 0; w->item = session_behind(n, m, w->item)) {
			if (!write_session(w, m, &n->sessions.at[w->item]))
				return false;
		}
	}
	return true;
}

static bool
write_holds(struct writer *w)
{
	const struct cgn_nat *n = w->t->nat;
	const struct cgn_hold_entry *h;
	uint32_t place;

	while ((place = cgn_subscriber_walk_hold(n->subs,
				w->item == 0 ? CGN_HOLD_NONE : w->item - 1, &h)) != CGN_HOLD_NONE) {
		const struct cgn_client c = {
			.realm = h->realm, .addr = h->addr, .port = h->in_port, .proto = h->proto
		};
		struct cgn_state_hold *r = reserve(w, CGN_STATE_HOLD, sizeof(*r));

		if (r == NULL)
			return false;
		fill_in(w, &r->in, &c);
		r->ext_addr = n->ext.owned_addr[h->ord];
		r->ext_port = rte_cpu_to_be_16(h->port);
		r->left = left_until(w, h->end);
		w->item = place + 1;
	}
	return true;
}

static void
finish(const struct writer *w, const struct cgn_state_write *s)
{
	struct cgn_state_chunk h = {
		.version = rte_cpu_to_le_16(CGN_STATE_VERSION),
		.kind = CGN_STATE_OF_WORKER,
		.flags = s->done ? CGN_STATE_LAST : 0,
		.worker = rte_cpu_to_le_16(w->t->worker),
		.n_workers = rte_cpu_to_le_16(w->t->n_workers),
		.length = rte_cpu_to_le_32(w->len),
		.n_records = rte_cpu_to_le_32(w->n_records),
		.serial = rte_cpu_to_le_32(s->serial),
		.time_ms = rte_cpu_to_le_64(s->time_ms),
	};

	memcpy(h.magic, CGN_STATE_MAGIC, sizeof(h.magic));
	memcpy(w->out, &h, sizeof(h));
	h.checksum = rte_cpu_to_le_32(cgn_state_scan_checksum(w->out, w->len));
	memcpy(w->out, &h, sizeof(h));
}

uint32_t
cgn_state_write_chunk(const struct cgn_state_tables *t, struct cgn_state_write *s, void *out,
		cgn_tick now)
{
	static bool (*const phases[PHASE_COUNT])(struct writer * w) = {
		[PHASE_IDENTS] = write_idents,
		[PHASE_HOMES] = write_homes,
		[PHASE_IDLE] = write_idle,
		[PHASE_BUSY] = write_busy,
		[PHASE_GUARDS] = write_guards,
		[PHASE_CLOSED_GUARDS] = write_closed_guards,
		[PHASE_MAPPINGS] = write_mappings,
		[PHASE_SESSIONS] = write_sessions,
		[PHASE_HOLDS] = write_holds,
	};
	struct writer w = {
		.t = t,
		.out = out,
		.len = sizeof(struct cgn_state_chunk),
		.looks = LOOK_MAX,
		.now = now,
		.at = (uint32_t)(s->cursor >> CURSOR_AT) & AT_MASK,
		.item = (uint32_t)s->cursor,
	};
	uint64_t phase = s->cursor >> CURSOR_PHASE;

	for (size_t i = 0; i < t->nat->conf->n_ports; i++) {
		const char *name = t->nat->conf->ports[i].name;

		w.names[i] = cgn_state_scan_crc(name, strlen(name));
	}
	while (phase < PHASE_COUNT && phases[phase](&w)) {
		phase++;
		w.at = 0;
		w.item = 0;
	}
	s->cursor = phase << CURSOR_PHASE | (uint64_t)w.at << CURSOR_AT | w.item;
	s->done = phase == PHASE_COUNT;
	finish(&w, s);
	return w.len;
}
