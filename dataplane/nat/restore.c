/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Makes mappings and sessions again, by the same functions that make new ones. They are not counted as made.
 */
#include "dataplane/nat/restore.h"

#include "dataplane/nat/flow_record.h"
#include "dataplane/nat/life.h"
#include "dataplane/nat/quota.h"
#include "dataplane/nat/subscriber_count.h"
#include "dataplane/nat/track.h"

/* The time that something lives after its last use. @param state  CGN_TCP_FILTER: a filter entry */
static cgn_tick
idle_time(const struct cgn_nat *n, uint8_t proto, uint8_t state)
{
	if (proto != CGN_PROTO_TCP || state == CGN_TCP_FILTER)
		return n->timeout[proto];
	return n->tcp_timeout[cgn_tcpfsm_timer((enum cgn_tcp_state)state)];
}

/* The last use, but not so long ago that the end is before now: the clock of a new process begins near zero, and wheels
 * need times after that. */
static cgn_tick
last_use_of(cgn_tick last_use, cgn_tick life, cgn_tick now)
{
	return cgn_tick_reached(now, last_use + life) ? now - life : last_use;
}

/* Take over what changes while a mapping lives. */
static void
restore_use(struct cgn_nat *n, uint32_t ref, const struct cgn_restore_mapping *r, cgn_tick now)
{
	struct cgn_mapping *m = &n->maps.at[ref];
	bool idles = m->proto == CGN_PROTO_TCP ? r->tcp_state != CGN_TCP_NONE
					       : m->flags == CGN_MAPPING_IMPLICIT;

	m->in_if = r->in_if;
	m->rem_addr = r->rem_addr;
	m->rem_port = r->rem_port;
	m->tcp_state = r->tcp_state;
	m->last_use = r->last_use;
	if (idles)
		m->last_use = last_use_of(m->last_use, idle_time(n, m->proto, m->tcp_state), now);
}

/* A lease and a mapping of traffic may have become a static mapping meanwhile. */
static enum cgn_state_drop
restore_static(struct cgn_nat *n, uint32_t ref, const struct cgn_restore_mapping *r, cgn_tick now)
{
	struct cgn_mapping *m = &n->maps.at[ref];

	if ((m->flags & CGN_MAPPING_STATIC) == 0 || m->ext_addr != n->ext.owned_addr[r->ord] ||
			m->ext_port != rte_cpu_to_be_16(r->port) || m->rem_addr != 0)
		return CGN_STATE_DROP_TAKEN;
	restore_use(n, ref, r, now);
	if (m->proto == CGN_PROTO_TCP && m->tcp_state != CGN_TCP_NONE)
		cgn_flow_record_first(n, CGN_RECORD_SESSION_CREATED, m);
	cgn_life_arm(n, ref);
	return CGN_STATE_TAKEN;
}

/* Add a mapping whose port was taken. There is room for it. */
static uint32_t
restore_add(struct cgn_nat *n, const struct cgn_restore_mapping *r, cgn_tick now)
{
	const struct cgn_mapping_key key = {
		.realm = r->in.realm,
		.in = { .addr = r->in.addr, .port = r->in.port, .proto = r->in.proto },
		.ext = { .addr = n->ext.owned_addr[r->ord],
				.port = rte_cpu_to_be_16(r->port),
				.proto = r->in.proto },
		.sub = r->sub,
		.flags = r->flags,
	};
	uint32_t ref = cgn_mappings_add(
			&n->maps, &key, cgn_ext_slot(&n->ext, r->ord, r->in.proto, r->port), now);
	struct cgn_mapping *m = &n->maps.at[ref];

	restore_use(n, ref, r, now);
	if ((r->flags & CGN_MAPPING_LEASE) != 0) {
		m->lease_end = cgn_tick_reached(now, r->lease_end) ? now : r->lease_end;
		cgn_subscriber_count_lease(n->subs, r->sub, true);
	}
	if (r->n_filters != 0)
		(void)cgn_life_filter(n, ref, r->filters, r->n_filters);
	return ref;
}

enum cgn_state_drop
cgn_restore_mapping(struct cgn_nat *n, const struct cgn_restore_mapping *r, cgn_tick now)
{
	uint64_t hash = cgn_index_hash(
			&n->maps.index, r->in.realm, r->in.addr, r->in.port, r->in.proto);
	uint32_t ref = cgn_mappings_find(
			&n->maps, hash, r->in.realm, r->in.addr, r->in.port, r->in.proto);
	enum cgn_state_drop drop;
	struct cgn_mapping *m;

	if (ref != 0)
		return restore_static(n, ref, r, now);
	if ((r->flags & CGN_MAPPING_STATIC) != 0)
		return CGN_STATE_DROP_STATIC;
	if ((n->maps.free == 0 && n->maps.fresh > n->maps.capacity) ||
			!cgn_filters_has_room(&n->ext.filters, 0, r->n_filters))
		return CGN_STATE_DROP_FULL;
	drop = cgn_subscriber_restore_port(n->subs, r->sub, &r->in, r->ord, r->port, now);
	if (drop != CGN_STATE_TAKEN)
		return drop;
	ref = restore_add(n, r, now);
	m = &n->maps.at[ref];
	cgn_counter_add(&n->stats->counter[CGN_C_MAPPINGS_RESTORED], 1);
	cgn_flow_record_made(n, m);
	if (m->proto == CGN_PROTO_TCP && m->tcp_state != CGN_TCP_NONE)
		cgn_flow_record_first(n, CGN_RECORD_SESSION_CREATED, m);
	cgn_life_arm(n, ref);
	return CGN_STATE_TAKEN;
}

/* Put a session that a remote host has opened into its queue, or count it for its host. */
static void
restore_inbound(struct cgn_nat *n, struct cgn_mapping *m, uint32_t session,
		const struct cgn_restore_session *r)
{
	cgn_quota_doubt(n, m, session);
	if (r->is_unproven)
		return;
	cgn_quota_trust(n, m, session);
	cgn_quota_set_state(n, m, session, (enum cgn_tcp_state)r->state);
}

enum cgn_state_drop
cgn_restore_session(
		struct cgn_nat *n, uint32_t ref, const struct cgn_restore_session *r, cgn_tick now)
{
	enum cgn_tcp_state state = (enum cgn_tcp_state)r->state;
	struct cgn_mapping *m = &n->maps.at[ref];
	struct cgn_subscriber *sub = cgn_subscribers_at(n->subs, m->sub);
	struct cgn_session *s;
	uint32_t session;

	if (cgn_sessions_find(&n->sessions, ref, r->rem_addr, r->rem_port) != 0 ||
			(m->tcp_state != CGN_TCP_NONE && m->rem_addr == r->rem_addr &&
					m->rem_port == r->rem_port))
		return CGN_STATE_DROP_TAKEN;
	session = cgn_sessions_add(&n->sessions, m, ref, r->rem_addr, r->rem_port, state,
			last_use_of(r->last_use, idle_time(n, m->proto, r->state), now));
	if (session == 0)
		return CGN_STATE_DROP_FULL;
	sub->n_sessions++;
	sub->sessions_peak = RTE_MAX(sub->sessions_peak, sub->n_sessions);
	if (r->from_outside)
		restore_inbound(n, m, session, r);
	else if (cgn_flow_record_is_session(m, r->rem_addr, r->rem_port, state))
		cgn_flow_record_opened(n, m, &n->sessions.at[session]);
	s = &n->sessions.at[session];
	s->is_answered = r->is_answered;
	s->ack_in = r->ack_in;
	s->ack_out = r->ack_out;
	s->sent_end = r->sent_end;
	cgn_track_arm_session(n, m, session);
	return CGN_STATE_TAKEN;
}
