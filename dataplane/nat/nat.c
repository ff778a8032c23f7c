/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The NAT of one worker: the slow path of a packet (new mappings, TCP state, filters), expiry, and gauges.
 */
#include "dataplane/nat/nat.h"

#include "dataplane/nat/capacity.h"
#include "dataplane/nat/drain.h"
#include "dataplane/nat/flow_record.h"
#include "dataplane/nat/lease.h"
#include "dataplane/nat/life.h"
#include "dataplane/nat/limit.h"
#include "dataplane/nat/mark.h"
#include "dataplane/nat/notice.h"
#include "dataplane/nat/regroup.h"
#include "dataplane/nat/static_turn.h"
#include "dataplane/nat/subscriber_count.h"
#include "dataplane/nat/subscriber_read.h"
#include "dataplane/nat/track.h"

#include <errno.h>
#include <string.h>

static bool
same_client(const void *ctx, uint32_t mapping, const struct cgn_client *c)
{
	const struct cgn_nat *n = ctx;
	const struct cgn_mapping *m = &n->maps.at[mapping];

	return m->in_addr == c->addr && m->realm == c->realm;
}

/* What the NAT itself keeps of a configuration. */
static void
nat_use_conf(struct cgn_nat *n, const struct cgn_conf *conf)
{
	const struct cgn_conf_timeouts *t = &conf->nat.timeouts;

	cgn_mark_set_conf(n, conf);
	n->conf = conf;
	n->timeout[CGN_PROTO_UDP] = cgn_ticks(t->udp_s);
	n->timeout[CGN_PROTO_TCP] = cgn_ticks(t->tcp_established_s);
	n->timeout[CGN_PROTO_ICMP] = cgn_ticks(t->icmp_s);
	n->tcp_timeout[CGN_TCP_TIMER_OPENING] = cgn_ticks(t->tcp_opening_s);
	n->tcp_timeout[CGN_TCP_TIMER_ESTABLISHED] = cgn_ticks(t->tcp_established_s);
	n->tcp_timeout[CGN_TCP_TIMER_CLOSING] = cgn_ticks(t->tcp_closing_s);
	cgn_notice_set_interval(n->notice_table, conf->nat.notify_interval_s);
	n->filters[CGN_PROTO_UDP] = conf->nat.filtering[CGN_PROTO_UDP] != CGN_FILTERING_EI;
}

/* What was counted for the name that has had a place is not counted for the next one. */
static void
clear_renamed(struct cgn_nat *n, const struct cgn_nat_plan *plan)
{
	for (unsigned int i = 0; i < RTE_DIM(plan->renamed_pools); i++) {
		for (uint64_t left = plan->renamed_pools[i]; left != 0; left &= left - 1)
			cgn_stats_clear_pool(
					n->stats, i * 64 + (unsigned int)__builtin_ctzll(left));
	}
	for (unsigned int i = 0; i < RTE_DIM(plan->renamed_groups); i++) {
		for (uint64_t left = plan->renamed_groups[i]; left != 0; left &= left - 1)
			cgn_stats_clear_group(
					n->stats, i * 64 + (unsigned int)__builtin_ctzll(left));
	}
}

void
cgn_nat_set_plan(struct cgn_nat *n, const struct cgn_nat_plan *plan)
{
	nat_use_conf(n, plan->conf);
	cgn_ext_set_book(&n->ext, plan->book);
	cgn_subscribers_set_plan(n->subs, plan);
	cgn_drain_set_conf(n);
	clear_renamed(n, plan);
	cgn_regroup_begin(n);
	cgn_static_turn_begin(n, &plan->statics);
	/* Who sees the reply to the swap must see this, too. */
	cgn_counter_set(&n->stats->gauge[CGN_G_FOLLOWING], 1);
}

/* Capacity for mappings: all ports of the addresses that this worker owns, and room for more addresses. */
static uint32_t
mappings_capacity(const struct cgn_nat *n)
{
	uint64_t ports = 0;

	for (uint32_t ord = 0; ord < n->ext.n_owned; ord++) {
		const struct cgn_conf_pool *p = &n->conf->pools[n->ext.owned_pool[ord]];

		ports += (uint64_t)(p->port_max - p->port_min + 1) * CGN_PROTO_COUNT;
	}
	return cgn_capacity_mappings(n->conf, ports);
}

static void
draw_keys(struct cgn_nat *n, uint64_t keys[2])
{
	for (unsigned int i = 0; i < 2; i++)
		keys[i] = cgn_rand_u64(&n->rnd);
}

static int
create_notices(struct cgn_nat *n, cgn_tick now)
{
	const struct cgn_notice_cfg cfg = {
		.suppressed = &n->stats->counter[CGN_C_NOTICES_SUPPRESSED],
		.salt = (uint32_t)cgn_index_hash(&n->maps.index, UINT32_MAX, 0, 2, 0),
		.interval_s = n->conf->nat.notify_interval_s,
		.now = now,
	};

	return cgn_notice_create(&n->notice_table, &cfg);
}

void
cgn_nat_set_records(struct cgn_nat *n, struct cgn_record_door *records)
{
	n->records = records;
	cgn_subscribers_set_records(n->subs, records);
	n->notices = cgn_notice_set_door(n->notice_table, records) ? n->notice_table : NULL;
}

int
cgn_nat_init(struct cgn_nat *n, const struct cgn_nat_plan *plan, unsigned int worker,
		const uint8_t seed[32], struct cgn_stats *stats, struct cgn_record_door *records,
		_Atomic(uint32_t) *n_subscribers, cgn_tick now)
{
	const struct cgn_conf *conf = plan->conf;
	uint32_t now_s = now / CGN_TICK_HZ;
	uint64_t keys[2];
	int ret;

	memset(n, 0, sizeof(*n));
	n->stats = stats;
	n->known_sub = CGN_SUB_NONE;
	nat_use_conf(n, conf);
	cgn_rand_init(&n->rnd, seed);
	draw_keys(n, keys);
	for (unsigned int i = 0; i < CGN_NAT_IDENTS; i++)
		n->ident[i] = (uint16_t)cgn_rand_u32(&n->rnd);
	ret = cgn_ext_init(&n->ext, plan->book, worker);
	if (ret < 0)
		return ret;
	ret = cgn_drain_init(&n->drain, n->ext.n_owned, n->ext.room);
	if (ret < 0)
		goto fini;
	ret = cgn_mappings_init(&n->maps, mappings_capacity(n), keys, now_s);
	if (ret < 0)
		goto fini;
	ret = cgn_filters_init(&n->ext.filters, cgn_capacity_filters(n->maps.capacity));
	if (ret < 0)
		goto fini;
	ret = cgn_sessions_init(&n->sessions, RTE_MAX(conf->nat.sessions_max, 1u), worker, now_s);
	if (ret < 0)
		goto fini;
	ret = cgn_remotes_init(&n->remotes, n->sessions.capacity,
			cgn_index_hash(&n->maps.index, UINT32_MAX, 0, 1, 0));
	if (ret < 0)
		goto fini;
	draw_keys(n, keys);
	ret = cgn_synhold_create(&n->syns, conf->nat.syn_hold_max, keys);
	if (ret < 0)
		goto fini;
	ret = cgn_subscribers_create(
			&n->subs, plan, worker, &n->ext, &n->rnd, same_client, n, stats);
	if (ret < 0)
		goto fini;
	cgn_subscribers_set_total(n->subs, n_subscribers);
	ret = create_notices(n, now);
	if (ret < 0)
		goto fini;
	cgn_nat_set_records(n, records);
	cgn_drain_begin(n, now);
	return 0;

fini:
	cgn_nat_fini(n);
	return ret;
}

void
cgn_nat_fini(struct cgn_nat *n)
{
	cgn_notice_destroy(n->notice_table);
	cgn_subscribers_destroy(n->subs);
	cgn_synhold_destroy(n->syns);
	cgn_remotes_fini(&n->remotes);
	cgn_sessions_fini(&n->sessions);
	cgn_filters_fini(&n->ext.filters);
	cgn_mappings_fini(&n->maps);
	cgn_drain_fini(&n->drain);
	cgn_ext_fini(&n->ext);
	n->subs = NULL;
	n->syns = NULL;
	n->notices = n->notice_table = NULL;
}

struct cgn_mapping *
cgn_nat_find_in(struct cgn_nat *n, uint32_t realm, rte_be32_t addr, rte_be16_t port, uint8_t proto)
{
	return cgn_mappings_find_in(&n->maps, realm, addr, port, proto);
}

struct cgn_mapping *
cgn_nat_find_ext(struct cgn_nat *n, rte_be32_t addr, rte_be16_t port, uint8_t proto)
{
	const uint32_t *slot = cgn_life_slot(n, addr, port, proto);
	uint32_t ref = slot == NULL ? 0 : cgn_ext_mapping(&n->ext, *slot);

	return ref == 0 ? NULL : &n->maps.at[ref];
}

/* Whether a packet may make a mapping. */
static enum cgn_verdict
may_make(const struct cgn_nat *n, const struct cgn_pkt *p)
{
	/* A segment without SYN or an ICMP reply belongs to something that ended or never was here. */
	if (p->proto == CGN_PROTO_TCP && cgn_tcpfsm_event(p->tcp_flags) != CGN_TCP_EV_SYN)
		return CGN_V_NO_SESSION;
	if (p->proto == CGN_PROTO_ICMP && (p->flags & CGN_PF_REQUEST) == 0)
		return CGN_V_NO_MAPPING;
	return n->quiesced ? CGN_V_QUIESCED : CGN_V_NONE;
}

/* Make a mapping for the first packet of a flow from inside. */
static enum cgn_verdict
make_for(struct cgn_nat *n, const struct cgn_pkt *p, cgn_tick now, uint32_t *ref)
{
	struct cgn_client c = {
		.realm = p->realm, .addr = p->src, .port = p->sport, .proto = p->proto
	};
	enum cgn_verdict v = may_make(n, p);
	uint32_t sub = n->known_sub;
	struct cgn_mapping *m;
	uint16_t port;

	if (v == CGN_V_NONE)
		v = n->check_source(n->engine, p);
	if (v == CGN_V_NONE && sub != CGN_SUB_NONE)
		v = cgn_subscribers_wake(n->subs, sub, now);
	else if (v == CGN_V_NONE)
		v = cgn_life_subscriber(n, p->realm, p->src, now, &sub);
	if (v != CGN_V_NONE)
		return v;
	v = cgn_subscribers_take(n->subs, sub, &c, n->foreseen, now, &port);
	if (v != CGN_V_NONE) {
		cgn_limit_tell_sub(n, sub, c.proto, v, now);
		return v;
	}
	*ref = cgn_life_make(n, &c, sub, cgn_subscribers_ord(n->subs, sub), port,
			CGN_MAPPING_IMPLICIT, now);
	if (*ref == 0) {
		cgn_subscriber_count_refusal(n->subs, sub, CGN_REFUSAL_MAPPINGS_FULL, now);
		cgn_limit_tell_sub(n, sub, c.proto, CGN_V_MAPPINGS_FULL, now);
		return CGN_V_MAPPINGS_FULL;
	}
	m = &n->maps.at[*ref];
	m->in_if = p->port;
	/* UDP and ICMP have no first session. Their remote endpoint is shown to the operator. */
	if (p->proto != CGN_PROTO_TCP) {
		m->rem_addr = p->dst;
		m->rem_port = p->dport;
	}
	cgn_flow_record_made(n, m);
	return CGN_V_NONE;
}

/* Update a mapping and its session by an outbound packet. */
static enum cgn_verdict
follow_out(struct cgn_nat *n, const struct cgn_pkt *p, uint32_t ref, cgn_tick now)
{
	struct cgn_mapping *m = &n->maps.at[ref];
	enum cgn_verdict v;

	/* The check of the source is valid for one device port. A packet that comes in by another port is
	 * checked again. */
	if (m->in_if != p->port) {
		v = n->check_source(n->engine, p);
		if (v != CGN_V_NONE)
			return v;
		m->in_if = p->port;
	}
	if (p->proto == CGN_PROTO_TCP)
		return cgn_track_tcp(n, m, ref, p, CGN_TCP_DIR_OUT, now);
	v = p->proto == CGN_PROTO_UDP ? cgn_track_udp(n, m, ref, p, CGN_TCP_DIR_OUT, now)
				      : CGN_V_NONE;
	if (v == CGN_V_NONE)
		m->last_use = now;
	return v;
}

enum cgn_verdict
cgn_nat_out_slow(struct cgn_nat *n, const struct cgn_pkt *p, cgn_tick now, struct cgn_mapping **map)
{
	uint32_t ref = p->ref;
	enum cgn_verdict v;

	/* The look-up was done for the whole burst. An earlier packet of the burst may have made or ended
	 * the mapping since. */
	if (!cgn_mapping_is(&n->maps.at[ref], p->realm, p->src, p->sport, p->proto))
		ref = cgn_mappings_find(&n->maps, p->hash, p->realm, p->src, p->sport, p->proto);
	if (ref != 0) {
		*map = &n->maps.at[ref];
		return follow_out(n, p, ref, now);
	}
	v = make_for(n, p, now, &ref);
	if (v != CGN_V_NONE)
		return v;
	/* The filter or the limit of sessions may refuse the packet. Then it leaves no mapping behind. */
	v = follow_out(n, p, ref, now);
	if (v != CGN_V_NONE) {
		cgn_life_end(n, ref, now);
		return v;
	}
	*map = &n->maps.at[ref];
	/* TCP has armed it for its first session. */
	if (p->proto != CGN_PROTO_TCP)
		cgn_life_arm(n, ref);
	return CGN_V_NONE;
}

enum cgn_verdict
cgn_nat_in_slow(struct cgn_nat *n, const struct cgn_pkt *p, uint32_t ref, cgn_tick now,
		struct cgn_mapping **map)
{
	uint32_t line = cgn_ext_filters(ref);
	enum cgn_verdict v = CGN_V_NONE;
	struct cgn_mapping *m;

	ref = cgn_ext_mapping(&n->ext, ref);
	if (ref == 0)
		return CGN_V_NO_MAPPING;
	/* This holds for all packets, also for those of a connection that the inside has opened. */
	if (line != 0 && !cgn_filters_admit(&n->ext.filters, line, p->src, p->sport))
		return CGN_V_FILTERED;
	m = &n->maps.at[ref];
	switch ((enum cgn_proto)p->proto) {
	case CGN_PROTO_TCP:
		v = cgn_track_tcp(n, m, ref, p, CGN_TCP_DIR_IN, now);
		break;
	case CGN_PROTO_UDP:
		v = cgn_track_udp(n, m, ref, p, CGN_TCP_DIR_IN, now);
		if (v == CGN_V_NONE && n->conf->nat.inbound_refresh)
			m->last_use = now;
		break;
	case CGN_PROTO_ICMP:
		/* A mapping of ICMP queries admits replies only. The engine may answer an echo request
		 * itself. */
		if ((p->flags & CGN_PF_REQUEST) != 0)
			return CGN_V_NO_MAPPING;
		break;
	case CGN_PROTO_COUNT:
		return CGN_V_NO_MAPPING;
	}
	*map = m;
	return v;
}

struct due {
	struct cgn_nat *nat;
	cgn_tick now;
};

/* The wheel has reached a mapping: end it, or arm it again if traffic has refreshed it since. */
static void
mapping_due(void *ctx, uint32_t ref)
{
	const struct due *due = ctx;
	struct cgn_nat *n = due->nat;
	struct cgn_mapping *m = &n->maps.at[ref];
	uint8_t last_state = m->tcp_state;

	if ((m->flags & CGN_MAPPING_LEASE) != 0 && cgn_tick_reached(due->now, m->lease_end)) {
		cgn_lease_over(n, ref, due->now);
		return;
	}
	if (m->proto == CGN_PROTO_TCP && m->tcp_state != CGN_TCP_NONE &&
			cgn_tick_reached(due->now, cgn_track_first_deadline(n, m)))
		cgn_track_first_ended(n, m);
	if (!cgn_life_is_over(n, m, due->now)) {
		cgn_life_arm(n, ref);
		return;
	}
	m->tcp_state = last_state; /* cgn_life_end() must see whether the connection was closed */
	cgn_life_end(n, ref, due->now);
}

/* Prefetch what mapping_due() will read of the next mapping. */
static void
mapping_fetch(void *ctx, uint32_t ref)
{
	const struct due *due = ctx;
	const struct cgn_nat *n = due->nat;
	const struct cgn_mapping *m = &n->maps.at[ref];
	const struct cgn_ext_addr *h = cgn_ext_find_owned(&n->ext, m->ext_addr);

	rte_prefetch0(cgn_index_bucket(&n->maps.index, cgn_mapping_hash(&n->maps, m)));
	if (h != NULL)
		cgn_subscribers_fetch_port(
				n->subs, m->sub, h->ord, m->proto, rte_be_to_cpu_16(m->ext_port));
}

/* --- work that is due, one function for each kind. @return true: more is due ---------------------- */

static bool
expire_mappings(struct cgn_nat *n, cgn_tick now, unsigned int *budget)
{
	struct due due = { .nat = n, .now = now };

	return cgn_wheel_poll(&n->maps.wheel, now / CGN_TICK_HZ, budget, mapping_due, mapping_fetch,
			&due);
}

static bool
expire_sessions(struct cgn_nat *n, cgn_tick now, unsigned int *budget)
{
	struct cgn_track_due due = { .nat = n, .now = now };

	return cgn_wheel_poll(&n->sessions.wheel, now / CGN_TICK_HZ, budget, cgn_track_session_due,
			NULL, &due);
}

static bool
bury(struct cgn_nat *n, cgn_tick now, unsigned int *budget)
{
	(void)now;
	return cgn_life_bury(n, budget);
}

static bool
expire_subscribers(struct cgn_nat *n, cgn_tick now, unsigned int *budget)
{
	*budget -= cgn_subscribers_expire(n->subs, now, *budget);
	return *budget == 0;
}

bool
cgn_nat_expire(struct cgn_nat *n, cgn_tick now, unsigned int *budget)
{
	static bool (*const works[])(struct cgn_nat * n, cgn_tick now, unsigned int *budget) = {
		expire_mappings,
		expire_sessions,
		bury,
		cgn_regroup_poll,
		cgn_drain_poll,
		cgn_static_turn_poll,
		expire_subscribers,
	};
	unsigned int first = n->work_first;
	bool more = cgn_notice_expire(n->notices, now);

	for (unsigned int i = 0; i < RTE_DIM(works); i++) {
		unsigned int k = (first + i) % RTE_DIM(works);
		bool has_more = *budget == 0 || works[k](n, now, budget);

		/* The next one that has more, or may have, is the first one in the next call. */
		if (has_more && i > 0 && n->work_first == first)
			n->work_first = (uint8_t)k;
		more |= has_more;
	}
	/* Addresses may have been opened for static mappings that waited. */
	return more || cgn_static_turn_is_on(n);
}

uint32_t
cgn_nat_left_s(const struct cgn_nat *n, const struct cgn_mapping *m, cgn_tick now)
{
	cgn_tick deadline;

	if (!cgn_life_deadline(n, m, &deadline))
		return UINT32_MAX;
	/* The wheel may look at a lease earlier, when its first session is due. The mapping still lives
	 * until the end of the lease. */
	if ((m->flags & CGN_MAPPING_LEASE) != 0)
		deadline = m->lease_end;
	return cgn_tick_reached(now, deadline) ? 0 : cgn_track_due_s(deadline - now);
}

void
cgn_nat_mapping_info(const struct cgn_nat *n, const struct cgn_mapping *m, cgn_tick now,
		struct cgn_mapping_info *out)
{
	*out = (struct cgn_mapping_info){
		.in = { .addr = m->in_addr, .port = m->in_port, .proto = m->proto },
		.ext = { .addr = m->ext_addr, .port = m->ext_port, .proto = m->proto },
		.rem_addr = m->rem_addr,
		.rem_port = m->rem_port,
		.flags = m->flags,
		.tcp_state = m->tcp_state,
		.realm = m->realm,
		.expires_s = cgn_nat_left_s(n, m, now),
	};
	/* Bounded: a static mapping may have very many sessions, and packets wait meanwhile. */
	for (uint32_t s = m->sessions; s != 0 && out->sessions < CGN_READ_SLICE;
			s = n->sessions.at[s].next)
		out->sessions++;
}

void
cgn_nat_gauges(struct cgn_nat *n)
{
	const struct {
		enum cgn_gauge_id id;
		uint64_t v;
	} rows[] = {
		{ CGN_G_MAPPINGS_UDP, n->maps.count[CGN_PROTO_UDP] },
		{ CGN_G_MAPPINGS_TCP, n->maps.count[CGN_PROTO_TCP] },
		{ CGN_G_MAPPINGS_ICMP, n->maps.count[CGN_PROTO_ICMP] },
		{ CGN_G_SESSIONS, n->sessions.count },
		{ CGN_G_HELD_SYNS, cgn_synhold_count(n->syns) },
		{ CGN_G_SUBSCRIBERS, cgn_subscriber_read_known(n->subs) },
		{ CGN_G_PORTS_HELD, cgn_subscriber_read_held(n->subs) },
		{ CGN_G_FOLLOWING,
				n->regroup.is_on || cgn_drain_is_following(n) ||
						cgn_static_turn_is_on(n) },
	};

	for (unsigned int i = 0; i < RTE_DIM(rows); i++)
		cgn_counter_set(&n->stats->gauge[rows[i].id], rows[i].v);
	cgn_counter_set(&n->stats->counter[CGN_C_HOLD_DOWN_OVERFLOW],
			cgn_subscriber_read_held_short(n->subs));
}
