/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Reads records of saved state, one by one. First it is looked at whether the record is of this worker, so that only its
 * owner drops it. Then each field is compared with what it may be. The functions of nat/restore.h check what is left:
 * whether there is room for it among what is there.
 */
#include "dataplane/state/state_read.h"

#include "dataplane/nat/restore.h"
#include "dataplane/state/state_warm.h"
#include "shared/softwire_addr.h"
#include "shared/state_scan.h"

#include <errno.h>

/* No time in a record may be longer, in ticks: two years. Ticks wrap after eight. */
#define TIME_MAX (UINT32_C(1) << 30)

/* Reading a chunk. */
struct reader {
	const struct cgn_state_tables *t;
	struct cgn_state_info info;
	cgn_tick now;
	cgn_tick elapsed;              /* since the chunk was written */
	uint8_t outside;               /* a port from which no packet of a subscriber comes */
	uint32_t names[CGN_PORTS_MAX]; /* checksums of the names of ports */
	struct cgn_state_warm warm;
	uint32_t known_sub; /* of the record in hand; CGN_SUB_NONE: not looked up yet */
};

/* An inside endpoint that was found. */
struct inside {
	struct cgn_client c;
	uint32_t sub;
};

/* --- fields -------------------------------------------------------------------------------- */

/* The time of an age. @return false: it is not possible */
static bool
then(const struct reader *r, rte_le32_t age, cgn_tick *out)
{
	uint32_t ticks = rte_le_to_cpu_32(age);

	*out = r->now - r->elapsed - ticks;
	return ticks <= TIME_MAX;
}

/* The end of a time that was left. One that is over ends now. @return false: it is not possible */
static bool
end_of(const struct reader *r, rte_le32_t left, cgn_tick *out)
{
	uint32_t ticks = rte_le_to_cpu_32(left);

	*out = r->now + (ticks > r->elapsed ? ticks - r->elapsed : 0);
	return ticks <= TIME_MAX;
}

/* What is of no worker is dropped by the first one, so that it is counted once. */
static enum cgn_state_drop
of_nobody(const struct reader *r, enum cgn_state_drop why)
{
	return r->t->worker == 0 ? why : CGN_STATE_FOREIGN;
}

/* The ordinal of an external address. */
static enum cgn_state_drop
find_ext(const struct reader *r, rte_be32_t addr, uint32_t *ord)
{
	const struct cgn_ext_addr *h = cgn_ext_find(&r->t->nat->ext, addr);

	if (h == NULL)
		return of_nobody(r, CGN_STATE_DROP_ADDRESS);
	if (h->worker != r->t->worker)
		return CGN_STATE_FOREIGN;
	*ord = h->ord;
	return CGN_STATE_TAKEN;
}

/* @return false: it is no prefix */
static bool
read_who(const struct cgn_state_who *who, struct cgn_ip *prefix)
{
	static const uint8_t zero[12];

	*prefix = (struct cgn_ip){ .is_ip6 = who->is_ip6 != 0 };
	if (who->is_ip6 > 1 || who->len > (who->is_ip6 != 0 ? 128 : 32))
		return false;
	if (!prefix->is_ip6 && memcmp(&who->addr[4], zero, sizeof(zero)) != 0)
		return false;
	memcpy(&prefix->ip6, who->addr, prefix->is_ip6 ? 16 : 4);
	return true;
}

/* The subscriber with a prefix. The group of today may give it another prefix. */
static enum cgn_state_drop
find_who(const struct reader *r, const struct cgn_state_who *who, uint32_t *sub)
{
	const struct cgn_subscriber *pub;
	struct cgn_ip prefix;

	if (!read_who(who, &prefix))
		return CGN_STATE_DROP_MALFORMED;
	*sub = prefix.is_ip6 ? cgn_subscribers_find6(r->t->nat->subs, &prefix.ip6)
			     : cgn_subscribers_find4(r->t->nat->subs, prefix.ip4);
	if (*sub == CGN_SUB_NONE)
		return CGN_STATE_DROP_SUBSCRIBER;
	pub = cgn_subscribers_at(r->t->nat->subs, *sub);
	return pub->prefix_len == who->len &&
					memcmp(&pub->addr.ip6, who->addr, prefix.is_ip6 ? 16 : 4) ==
							0
			? CGN_STATE_TAKEN
			: CGN_STATE_DROP_SUBSCRIBER;
}

/* The realm of a home. @return 0: it has no softwire */
static uint32_t
find_home(const struct reader *r, const struct cgn_ip6 *prefix)
{
	const struct cgn_conf_group *g = cgn_subscribers_group6(r->t->nat->subs, prefix);

	if (r->t->wires == NULL || g == NULL)
		return 0;
	return cgn_softwires_find_prefix(r->t->wires, prefix, g->subscriber_prefix6_len);
}

/* Find the subscriber of an inside endpoint. */
static enum cgn_state_drop
find_inside(const struct reader *r, const struct cgn_state_in *in, struct inside *out)
{
	bool has_home = !cgn_ip6_is_zero(&in->home);

	out->c = (struct cgn_client){ .addr = in->addr, .port = in->port, .proto = in->proto };
	if (in->proto >= CGN_PROTO_COUNT || (in->port == 0 && in->proto != CGN_PROTO_ICMP) ||
			(has_home && !cgn_softwire_is_inner(in->addr)))
		return CGN_STATE_DROP_MALFORMED;
	if (has_home) {
		out->c.realm = find_home(r, &in->home);
		if (out->c.realm == 0)
			return CGN_STATE_DROP_SOFTWIRE;
		out->sub = cgn_subscribers_find6(r->t->nat->subs, &in->home);
	} else if (r->known_sub != CGN_SUB_NONE) {
		out->sub = r->known_sub;
	} else {
		out->sub = cgn_subscribers_find4(r->t->nat->subs, in->addr);
	}
	return out->sub == CGN_SUB_NONE ? CGN_STATE_DROP_SUBSCRIBER : CGN_STATE_TAKEN;
}

/* The port with a name. One that is gone becomes one from which no packet of a subscriber comes, so that the next packet
 * is checked. */
static uint8_t
find_port(const struct reader *r, rte_le32_t name)
{
	for (size_t i = 0; i < r->t->nat->conf->n_ports; i++) {
		if (r->names[i] == rte_le_to_cpu_32(name))
			return (uint8_t)i;
	}
	return r->outside;
}

/* --- one function for each type ------------------------------------------------------------ */

static enum cgn_state_drop
read_idents(const struct reader *r, const uint8_t *p)
{
	struct cgn_state_idents s;
	uint32_t first;

	/* The counters are shared by several endpoints, so those of other workers cannot be merged. */
	if (r->info.worker != r->t->worker || r->info.n_workers != r->t->n_workers)
		return CGN_STATE_FOREIGN;
	memcpy(&s, p, sizeof(s));
	first = rte_le_to_cpu_16(s.first);
	if (first % CGN_STATE_IDENTS_N != 0 || first >= CGN_NAT_IDENTS)
		return CGN_STATE_DROP_MALFORMED;
	for (uint32_t i = 0; i < CGN_STATE_IDENTS_N; i++)
		r->t->nat->ident[first + i] = rte_le_to_cpu_16(s.next[i]);
	return CGN_STATE_TAKEN;
}

static enum cgn_state_drop
read_home(const struct reader *r, const uint8_t *p)
{
	struct cgn_softwires *wires = r->t->wires;
	const struct cgn_conf_group *g;
	struct cgn_softwire was = { 0 };
	struct cgn_state_home s;
	struct cgn_ip prefix = { .is_ip6 = true };
	struct cgn_ip6 mask;
	uint32_t i;

	memcpy(&s, p, sizeof(s));
	prefix.ip6 = s.prefix;
	if (!r->t->is_owner(r->t->engine, &prefix))
		return CGN_STATE_FOREIGN;
	if (!then(r, s.seen_age, &was.last_seen) || !then(r, s.moved_age, &was.moved_at) ||
			!then(r, s.mtu_age, &was.mtu_at) || s.prefix_len > 128 ||
			(s.path_mtu != 0 && rte_le_to_cpu_16(s.path_mtu) < CGN_IP6_MTU_MIN))
		return CGN_STATE_DROP_MALFORMED;
	if (wires == NULL)
		return CGN_STATE_DROP_SOFTWIRE;
	g = cgn_subscribers_group6(r->t->nat->subs, &s.b4);
	mask = cgn_ip6_prefix(&s.b4, s.prefix_len);
	if (g == NULL || g->subscriber_prefix6_len != s.prefix_len ||
			memcmp(&mask, &s.prefix, sizeof(mask)) != 0)
		return CGN_STATE_DROP_GROUP;
	if (cgn_softwires_find_prefix(wires, &s.prefix, s.prefix_len) != 0)
		return CGN_STATE_DROP_TAKEN;
	i = r->t->add_home(r->t->engine, &s.b4);
	if (i == 0)
		return CGN_STATE_DROP_FULL;
	wires->at[i].last_seen = was.last_seen;
	wires->at[i].moved_at = was.moved_at;
	wires->at[i].mtu_at = was.mtu_at;
	wires->at[i].path_mtu = rte_le_to_cpu_16(s.path_mtu);
	wires->at[i].is_seen = (s.flags & CGN_STATE_HOME_SEEN) != 0;
	wires->at[i].has_moved = (s.flags & CGN_STATE_HOME_MOVED) != 0;
	return CGN_STATE_TAKEN;
}

static enum cgn_state_drop
read_subscriber(const struct reader *r, const uint8_t *p)
{
	struct cgn_subscriber_restored was = { 0 };
	struct cgn_state_subscriber s;
	enum cgn_state_drop drop;
	uint32_t sub;

	memcpy(&s, p, sizeof(s));
	drop = find_ext(r, s.ext_addr, &was.ord);
	if (drop != CGN_STATE_TAKEN)
		return drop;
	if (!read_who(&s.who, &was.prefix) || !then(r, s.tokens_age, &was.tokens_at) ||
			!then(r, s.idle_age, &was.idle_since))
		return CGN_STATE_DROP_MALFORMED;
	if (was.prefix.is_ip6 && r->t->wires == NULL)
		return CGN_STATE_DROP_SOFTWIRE;
	if (!r->t->is_owner(r->t->engine, &was.prefix))
		return CGN_STATE_DROP_OWNER;
	was.len = s.who.len;
	was.reached = s.reached;
	was.blocks_peak = rte_le_to_cpu_16(s.blocks_peak);
	was.tokens = rte_le_to_cpu_32(s.tokens);
	was.mappings_total = rte_le_to_cpu_64(s.mappings_total);
	was.refused_total = rte_le_to_cpu_64(s.refused_total);
	was.mappings_peak = rte_le_to_cpu_32(s.mappings_peak);
	was.sessions_peak = rte_le_to_cpu_32(s.sessions_peak);
	return cgn_subscriber_restore(r->t->nat->subs, &was, r->now, &sub);
}

static enum cgn_state_drop
read_block(const struct reader *r, const uint8_t *p)
{
	struct cgn_state_block s;
	enum cgn_state_drop drop;
	uint32_t ord, sub;

	memcpy(&s, p, sizeof(s));
	drop = find_ext(r, s.ext_addr, &ord);
	if (drop == CGN_STATE_TAKEN)
		drop = find_who(r, &s.who, &sub);
	if (drop != CGN_STATE_TAKEN)
		return drop;
	return cgn_subscriber_restore_block(r->t->nat->subs, sub, ord, rte_le_to_cpu_16(s.first),
			rte_le_to_cpu_16(s.last));
}

static enum cgn_state_drop
read_guard(const struct reader *r, const uint8_t *p)
{
	struct cgn_state_guard s;
	enum cgn_state_drop drop;
	cgn_tick since;
	uint32_t ord;

	memcpy(&s, p, sizeof(s));
	drop = find_ext(r, s.ext_addr, &ord);
	if (drop != CGN_STATE_TAKEN)
		return drop;
	if (!then(r, s.age, &since))
		return CGN_STATE_DROP_MALFORMED;
	return cgn_subscriber_restore_guard(r->t->nat->subs, ord, rte_le_to_cpu_16(s.first),
			rte_le_to_cpu_16(s.last), since, r->now);
}

/* Whether flags of a mapping and its number of filters go together. */
static bool
are_flags(uint8_t flags, uint8_t n_filters)
{
	bool is_lease = (flags & CGN_MAPPING_LEASE) != 0;
	const uint8_t all = CGN_MAPPING_STATIC | CGN_MAPPING_LEASE | CGN_MAPPING_AGES;

	if ((flags & ~all) != 0 ||
			((flags & CGN_MAPPING_STATIC) != 0 && flags != CGN_MAPPING_STATIC))
		return false;
	return is_lease ? n_filters <= CGN_FILTERS_MAX
			: n_filters == 0 && (flags & CGN_MAPPING_AGES) == 0;
}

/* Whether the first connection of a mapping is possible. A mapping of TCP that traffic has made lives by its connection. */
static bool
is_first(const struct cgn_state_mapping *s)
{
	if (s->in.proto != CGN_PROTO_TCP)
		return s->tcp_state == CGN_TCP_NONE;
	if (s->tcp_state == CGN_TCP_NONE)
		return s->rem_addr == 0 && s->rem_port == 0 && s->flags != CGN_MAPPING_IMPLICIT;
	return s->tcp_state < CGN_TCP_FILTER && s->rem_addr != 0;
}

/* @return false: one is not possible */
static bool
read_filters(const uint8_t *p, unsigned int n, struct cgn_filter *out)
{
	for (unsigned int i = 0; i < n; i++) {
		struct cgn_state_filter s;

		memcpy(&s, p + i * sizeof(s), sizeof(s));
		if (s.len > 32)
			return false;
		out[i] = (struct cgn_filter){ .addr = s.addr, .port = s.port, .len = s.len };
	}
	return true;
}

static enum cgn_state_drop
read_mapping(const struct reader *r, const uint8_t *p)
{
	struct cgn_filter filters[CGN_FILTERS_MAX];
	struct cgn_restore_mapping was;
	struct cgn_state_mapping s;
	enum cgn_state_drop drop;
	struct inside in;

	memcpy(&s, p, sizeof(s));
	drop = find_ext(r, s.ext_addr, &was.ord);
	if (drop != CGN_STATE_TAKEN)
		return drop;
	if (!are_flags(s.flags, s.n_filters) || !is_first(&s) || !then(r, s.age, &was.last_use) ||
			!end_of(r, s.lease_left, &was.lease_end) ||
			!read_filters(p + sizeof(s), s.n_filters, filters))
		return CGN_STATE_DROP_MALFORMED;
	drop = find_inside(r, &s.in, &in);
	if (drop != CGN_STATE_TAKEN)
		return drop;
	was.in = in.c;
	was.sub = in.sub;
	was.port = rte_be_to_cpu_16(s.ext_port);
	was.flags = s.flags;
	was.tcp_state = s.tcp_state;
	was.in_if = find_port(r, s.in_if);
	was.rem_addr = s.rem_addr;
	was.rem_port = s.rem_port;
	was.n_filters = s.n_filters;
	was.filters = filters;
	return cgn_restore_mapping(r->t->nat, &was, r->now);
}

/* Whether a further session of a protocol is possible. */
static bool
is_session(const struct cgn_state_session *s)
{
	bool is_filter = s->state == CGN_TCP_FILTER;
	bool from_outside = (s->marks & CGN_STATE_FROM_OUTSIDE) != 0;

	if (s->in.proto == CGN_PROTO_ICMP || (s->in.proto == CGN_PROTO_UDP && !is_filter))
		return false;
	if (s->state == CGN_TCP_NONE || s->state >= CGN_TCP_STATE_COUNT || s->rem_addr == 0)
		return false;
	if (is_filter)
		return s->marks == 0;
	return s->rem_port != 0 && (from_outside || (s->marks & CGN_STATE_UNPROVEN) == 0);
}

static enum cgn_state_drop
read_session(const struct reader *r, const uint8_t *p)
{
	struct cgn_mappings *maps = &r->t->nat->maps;
	struct cgn_restore_session was;
	struct cgn_state_session s;
	enum cgn_state_drop drop;
	struct cgn_mapping *m;
	struct inside in;
	uint32_t ord;

	memcpy(&s, p, sizeof(s));
	drop = find_ext(r, s.ext_addr, &ord);
	if (drop != CGN_STATE_TAKEN)
		return drop;
	if (!is_session(&s) || !then(r, s.age, &was.last_use))
		return CGN_STATE_DROP_MALFORMED;
	drop = find_inside(r, &s.in, &in);
	if (drop != CGN_STATE_TAKEN)
		return drop;
	m = cgn_mappings_find_in(maps, in.c.realm, in.c.addr, in.c.port, in.c.proto);
	if (m == NULL || m->ext_addr != s.ext_addr)
		return CGN_STATE_DROP_MAPPING;
	was.rem_addr = s.rem_addr;
	was.rem_port = s.rem_port;
	was.state = s.state;
	was.from_outside = (s.marks & CGN_STATE_FROM_OUTSIDE) != 0;
	was.is_unproven = (s.marks & CGN_STATE_UNPROVEN) != 0;
	was.is_answered = (s.marks & CGN_STATE_ANSWERED) != 0;
	was.ack_in = s.ack_in;
	was.ack_out = s.ack_out;
	was.sent_end = rte_le_to_cpu_32(s.sent_end);
	return cgn_restore_session(r->t->nat, (uint32_t)(m - maps->at), &was, r->now);
}

static enum cgn_state_drop
read_hold(const struct reader *r, const uint8_t *p)
{
	struct cgn_state_hold s;
	enum cgn_state_drop drop;
	struct inside in;
	cgn_tick end;
	uint32_t ord;

	memcpy(&s, p, sizeof(s));
	drop = find_ext(r, s.ext_addr, &ord);
	if (drop != CGN_STATE_TAKEN)
		return drop;
	if (!end_of(r, s.left, &end))
		return CGN_STATE_DROP_MALFORMED;
	drop = find_inside(r, &s.in, &in);
	if (drop != CGN_STATE_TAKEN)
		return drop;
	return cgn_subscriber_restore_hold(r->t->nat->subs, in.sub, &in.c, ord,
			rte_be_to_cpu_16(s.ext_port), end, r->now);
}

/* --- records ------------------------------------------------------------------------------- */

/* How records of a type are read. */
struct row {
	uint32_t size;
	enum cgn_state_drop (*read)(const struct reader *r, const uint8_t *p);
};

static const struct row rows[CGN_STATE_TYPE_COUNT] = {
	[CGN_STATE_IDENTS] = { sizeof(struct cgn_state_idents), read_idents },
	[CGN_STATE_HOME] = { sizeof(struct cgn_state_home), read_home },
	[CGN_STATE_SUBSCRIBER] = { sizeof(struct cgn_state_subscriber), read_subscriber },
	[CGN_STATE_BLOCK] = { sizeof(struct cgn_state_block), read_block },
	[CGN_STATE_GUARD] = { sizeof(struct cgn_state_guard), read_guard },
	[CGN_STATE_MAPPING] = { sizeof(struct cgn_state_mapping), read_mapping },
	[CGN_STATE_SESSION] = { sizeof(struct cgn_state_session), read_session },
	[CGN_STATE_HOLD] = { sizeof(struct cgn_state_hold), read_hold },
};

/* Whether the length of a record is that of its type. Behind a mapping are its filters. */
static bool
has_length(const uint8_t *p, unsigned int type, unsigned int length)
{
	if (type != CGN_STATE_MAPPING || length < sizeof(struct cgn_state_mapping))
		return length == rows[type].size;
	return length ==
			sizeof(struct cgn_state_mapping) +
			p[offsetof(struct cgn_state_mapping, n_filters)] *
					sizeof(struct cgn_state_filter);
}

static void
read_record(const struct reader *r, const uint8_t *p, unsigned int type, unsigned int length,
		struct cgn_state_counts *counts)
{
	enum cgn_state_drop drop;

	if (type >= CGN_STATE_TYPE_COUNT)
		type = 0;
	if (type == 0)
		drop = of_nobody(r, CGN_STATE_DROP_UNKNOWN);
	else if (!has_length(p, type, length))
		drop = of_nobody(r, CGN_STATE_DROP_MALFORMED);
	else
		drop = rows[type].read(r, p);
	if (drop == CGN_STATE_TAKEN)
		counts->taken[type]++;
	else if (drop == CGN_STATE_FOREIGN)
		counts->foreign[type]++;
	else
		counts->dropped[type][drop]++;
}

/* Note the ports. */
static void
name_ports(struct reader *r)
{
	const struct cgn_conf *conf = r->t->nat->conf;

	for (size_t i = 0; i < conf->n_ports; i++) {
		r->names[i] = cgn_state_scan_crc(conf->ports[i].name, strlen(conf->ports[i].name));
		if (conf->ports[i].side == CGN_SIDE_OUTSIDE)
			r->outside = (uint8_t)i;
	}
}

int
cgn_state_read_chunk(const struct cgn_state_tables *t, const struct cgn_state_read *c, cgn_tick now)
{
	struct reader r = { .t = t, .now = now };
	int ret = cgn_state_scan_check(c->chunk, c->len, &r.info);
	unsigned int type, length;
	const uint8_t *p;
	uint32_t at = 0;

	if (ret < 0)
		return ret;
	if (r.info.time_ms > c->time_ms ||
			c->time_ms - r.info.time_ms > (uint64_t)TIME_MAX * 1000 / CGN_TICK_HZ)
		return -ETIME;
	r.elapsed = (cgn_tick)((c->time_ms - r.info.time_ms) * CGN_TICK_HZ / 1000);
	name_ports(&r);
	while ((p = cgn_state_scan_next(c->chunk, &at, &type, &length)) != NULL) {
		r.known_sub = type == CGN_STATE_MAPPING || type == CGN_STATE_HOLD
				? cgn_state_warm_next(&r.warm, t, c->chunk, p)
				: CGN_SUB_NONE;
		read_record(&r, p, type, length, c->counts);
	}
	return 0;
}
