/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Tracking of TCP connections and filter entries.
 *
 * The first session of a mapping is in the mapping, where the fast path finds it. Further ones are in
 * session.c.
 */
#include "dataplane/nat/track.h"

#include "dataplane/nat/flow_record.h"
#include "dataplane/nat/limit.h"
#include "dataplane/nat/quota.h"
#include "dataplane/nat/subscriber_count.h"

#include <rte_tcp.h>

/* Sessions of a lease that are searched for one that the inside opened. A lease may have thousands of
 * sessions from outside, and the search must be short. */
#define PROMOTE_TRIES 16

/* Sessions that are looked at to find the last deadline. A command must be short. */
#define LOOK_MAX 256

/* Most connections that are reset at the end of a lease; further ones are dropped silently. */
#define RESETS_MAX 256

/* The same for a mapping of an address that is taken out of use. The ends of the others are reset when they send. */
#define TELLS_MAX 32

/* Whether a lease of PEER keeps a connection for as long as it lasts. Not if the connection ends. */
static bool
peer_keeps(const struct cgn_mapping *m, enum cgn_tcp_state state)
{
	return (m->flags & CGN_MAPPING_PEER) != 0 &&
			cgn_tcpfsm_timer(state) != CGN_TCP_TIMER_CLOSING;
}

static cgn_tick
later(cgn_tick a, cgn_tick b)
{
	return cgn_tick_reached(a, b) ? a : b;
}

cgn_tick
cgn_track_first_deadline(const struct cgn_nat *n, const struct cgn_mapping *m)
{
	enum cgn_tcp_state state = (enum cgn_tcp_state)m->tcp_state;
	cgn_tick idle = m->last_use + n->tcp_timeout[cgn_tcpfsm_timer(state)];

	return peer_keeps(m, state) ? later(idle, m->lease_end) : idle;
}

/* Deadline of a further session; a filter entry lives as long as an idle mapping of its protocol. */
static cgn_tick
session_deadline(const struct cgn_nat *n, const struct cgn_mapping *m, const struct cgn_session *s)
{
	enum cgn_tcp_state state = (enum cgn_tcp_state)s->state;
	cgn_tick idle = s->last_use +
			(state == CGN_TCP_FILTER ? n->timeout[m->proto]
						 : n->tcp_timeout[cgn_tcpfsm_timer(state)]);

	return !s->from_outside && peer_keeps(m, state) ? later(idle, m->lease_end) : idle;
}

cgn_tick
cgn_track_last_deadline(const struct cgn_nat *n, const struct cgn_mapping *m, cgn_tick now)
{
	cgn_tick last = m->tcp_state == CGN_TCP_NONE ? now : cgn_track_first_deadline(n, m);
	uint32_t session = m->sessions;

	for (unsigned int i = 0; session != 0 && i < LOOK_MAX; i++) {
		const struct cgn_session *s = &n->sessions.at[session];
		cgn_tick end = session_deadline(n, m, s);

		if (!s->is_unproven && cgn_tick_reached(end, last))
			last = end;
		session = s->next;
	}
	return last;
}

/* Whether a segment refreshes its session. A reset does not, nor does an outside SYN that the inside has
 * not answered. */
static bool
refreshes(enum cgn_tcp_state next, enum cgn_tcp_event ev)
{
	return ev != CGN_TCP_EV_RST && next != CGN_TCP_SYN_IN;
}

/* Change the state of the first session by a segment. */
static void
step_first(struct cgn_nat *n, struct cgn_mapping *m, uint32_t ref, enum cgn_tcp_dir dir,
		enum cgn_tcp_event ev, cgn_tick now)
{
	enum cgn_tcp_state was = (enum cgn_tcp_state)m->tcp_state;
	enum cgn_tcp_state next = cgn_tcpfsm_next(was, dir, ev);

	m->tcp_state = (uint8_t)next;
	/* The timer after a reset starts with the reset. */
	if (refreshes(next, ev) || (ev == CGN_TCP_EV_RST && next != was))
		m->last_use = now;
	if (cgn_tcpfsm_timer(next) != cgn_tcpfsm_timer(was)) {
		uint32_t s = cgn_track_due_s(cgn_track_first_deadline(n, m));

		/* A later deadline needs no arming: when the earlier one comes, mapping_due() arms the
		 * mapping again. */
		if (!cgn_wheel_is_armed(&n->maps.wheel, ref) || (int32_t)(s - m->node.due_s) < 0)
			cgn_wheel_arm(&n->maps.wheel, ref, s);
	}
}

void
cgn_track_arm_session(struct cgn_nat *n, const struct cgn_mapping *m, uint32_t session)
{
	const struct cgn_session *s = &n->sessions.at[session];

	cgn_wheel_arm(&n->sessions.wheel, session, cgn_track_due_s(session_deadline(n, m, s)));
}

/* Arm a mapping for the deadline of its first session, or for the end of its lease if that is earlier. */
static void
arm_first(struct cgn_nat *n, struct cgn_mapping *m, uint32_t ref)
{
	cgn_tick deadline = cgn_track_first_deadline(n, m);

	if ((m->flags & CGN_MAPPING_LEASE) != 0 && cgn_tick_reached(deadline, m->lease_end))
		deadline = m->lease_end;
	cgn_wheel_arm(&n->maps.wheel, ref, cgn_track_due_s(deadline));
}

/* Move a further session into the mapping, so that the fast path finds it. */
static void
promote(struct cgn_nat *n, struct cgn_mapping *m, uint32_t ref, uint32_t session)
{
	struct cgn_session *s = &n->sessions.at[session];

	m->rem_addr = s->rem_addr;
	m->rem_port = s->rem_port;
	m->tcp_state = s->state;
	m->last_use = s->last_use;
	s->is_recorded = false; /* it goes on, in the mapping */
	cgn_quota_end(n, m, session);
	arm_first(n, m, ref);
}

static void
clear_first(struct cgn_nat *n, struct cgn_mapping *m)
{
	if (m->tcp_state != CGN_TCP_NONE)
		cgn_flow_record_first(n, CGN_RECORD_SESSION_DELETED, m);
	m->rem_addr = 0;
	m->rem_port = 0;
	m->tcp_state = CGN_TCP_NONE;
}

void
cgn_track_first_ended(struct cgn_nat *n, struct cgn_mapping *m)
{
	uint32_t session = m->sessions;

	clear_first(n, m);
	/* A connection from outside over a lease is not promoted. Its entry in session.c keeps the
	 * acknowledgements, which a reset at the end of the lease needs. */
	for (unsigned int i = 0; m->flags != CGN_MAPPING_IMPLICIT && session != 0 &&
			i < PROMOTE_TRIES && n->sessions.at[session].from_outside;
			i++)
		session = n->sessions.at[session].next;
	if (session != 0 &&
			(m->flags == CGN_MAPPING_IMPLICIT || !n->sessions.at[session].from_outside))
		promote(n, m, n->sessions.at[session].mapping, session);
}

void
cgn_track_arm_sessions(struct cgn_nat *n, const struct cgn_mapping *m)
{
	const uint32_t lists[] = { m->sessions, m->pending };

	for (unsigned int i = 0; i < RTE_DIM(lists); i++) {
		for (uint32_t s = lists[i]; s != 0; s = n->sessions.at[s].next) {
			/* A lease of PEER does not keep what the outside has opened. */
			if (!n->sessions.at[s].from_outside)
				cgn_track_arm_session(n, m, s);
		}
	}
}

void
cgn_track_reset_inbound(struct cgn_nat *n, struct cgn_mapping *m)
{
	uint32_t session = m->sessions;
	unsigned int resets = 0;

	while (session != 0) {
		/* A copy, because cgn_quota_end() frees the entry. The reset and the walk still need it. */
		struct cgn_session s = n->sessions.at[session];

		if (s.from_outside) {
			cgn_quota_end(n, m, session);
			if (resets++ < RESETS_MAX)
				n->reset(n->engine, m, &s);
		}
		session = s.next;
	}
}

/* Whether both ends of a connection may know each other. */
static bool
is_open(enum cgn_tcp_state state)
{
	return state == CGN_TCP_WAIT_OUT || state == CGN_TCP_WAIT_IN ||
			state == CGN_TCP_ESTABLISHED || state == CGN_TCP_FIN_OUT ||
			state == CGN_TCP_FIN_IN;
}

unsigned int
cgn_track_reset_all(struct cgn_nat *n, struct cgn_mapping *m)
{
	const struct cgn_session first = { .rem_addr = m->rem_addr, .rem_port = m->rem_port };
	unsigned int n_told = 0;

	if (m->proto != CGN_PROTO_TCP)
		return 0;
	if (is_open((enum cgn_tcp_state)m->tcp_state)) {
		n->probe(n->engine, m, &first);
		n_told++;
	}
	clear_first(n, m);
	for (uint32_t i = m->sessions; i != 0 && n_told < TELLS_MAX; i = n->sessions.at[i].next) {
		const struct cgn_session *s = &n->sessions.at[i];

		if (!is_open((enum cgn_tcp_state)s->state))
			continue;
		if (s->ack_in != 0 && s->ack_out != 0)
			n->reset(n->engine, m, s);
		else
			n->probe(n->engine, m, s);
		n_told++;
	}
	return n_told;
}

/* Note the sequence numbers that the inside sends on an unproven session: only the host that receives them
 * can acknowledge them. */
static void
note_sent(struct cgn_session *s, const struct cgn_pkt *p, enum cgn_tcp_event ev)
{
	const struct rte_tcp_hdr *tcp = cgn_pkt_l4(p);
	uint32_t first = rte_be_to_cpu_32(tcp->sent_seq) + (ev == CGN_TCP_EV_SYNACK);
	uint32_t end = first + p->l3_off + p->total_len - p->l4_off - (tcp->data_off >> 4) * 4u +
			(ev == CGN_TCP_EV_FIN);

	if (ev == CGN_TCP_EV_RST || ev == CGN_TCP_EV_OTHER)
		return;
	if (ev == CGN_TCP_EV_SYNACK || !s->is_answered) {
		s->ack_out = rte_cpu_to_be_32(first);
		s->sent_end = end;
	} else if ((int32_t)(end - s->sent_end) > 0) {
		s->sent_end = end;
	}
	s->is_answered = true;
}

/* Whether an inbound segment acknowledges something that the inside has sent. */
static bool
is_proof(const struct cgn_session *s, const struct cgn_pkt *p)
{
	const struct rte_tcp_hdr *tcp = cgn_pkt_l4(p);
	uint32_t first = rte_be_to_cpu_32(s->ack_out);

	/* Differences of unsigned numbers, because sequence numbers wrap. */
	return s->is_answered && rte_be_to_cpu_32(tcp->recv_ack) - first <= s->sent_end - first;
}

/* Note what each end expects next, for a reset at the end of a lease. */
static void
note_ack(struct cgn_session *s, const struct cgn_pkt *p, enum cgn_tcp_dir dir)
{
	const struct rte_tcp_hdr *tcp = cgn_pkt_l4(p);

	if ((p->tcp_flags & RTE_TCP_ACK_FLAG) == 0 || (dir == CGN_TCP_DIR_IN && s->is_unproven))
		return;
	if (dir == CGN_TCP_DIR_OUT)
		s->ack_in = tcp->recv_ack;
	else
		s->ack_out = tcp->recv_ack;
}

/* Change the state of a session by a segment. */
static __rte_always_inline void
step(struct cgn_nat *n, struct cgn_mapping *m, uint32_t ref, uint32_t session,
		const struct cgn_pkt *p, enum cgn_tcp_dir dir, enum cgn_tcp_event ev, cgn_tick now)
{
	struct cgn_session *s = &n->sessions.at[session];
	enum cgn_tcp_state was = (enum cgn_tcp_state)s->state;
	enum cgn_tcp_state next = cgn_tcpfsm_next(was, dir, ev);
	/* A remote host that has proved nothing must not keep the session alive. */
	bool is_idle = dir == CGN_TCP_DIR_IN && s->is_unproven;

	if ((refreshes(next, ev) && !is_idle) || (ev == CGN_TCP_EV_RST && next != was))
		s->last_use = now;
	if (next != was) {
		cgn_quota_set_state(n, m, session, next);
		/* A SYN from outside opens a new connection between the same endpoints, and its sender may
		 * be forged. */
		if (next == CGN_TCP_SYN_IN)
			cgn_quota_doubt(n, m, session);
	}
	note_ack(s, p, dir);
	/* A connection from outside over a lease stays here: its entry keeps the acknowledgements for a
	 * reset. */
	if (m->tcp_state == CGN_TCP_NONE && cgn_session_holds(next) && !s->is_unproven &&
			(m->flags == CGN_MAPPING_IMPLICIT || !s->from_outside))
		promote(n, m, ref, session);
	else if (cgn_tcpfsm_timer(next) != cgn_tcpfsm_timer(was))
		cgn_track_arm_session(n, m, session);
}

/*
 * Reduce a segment of an unproven session to what it may do: without proof it establishes and closes nothing.
 *
 * @param[in,out] ev  event of the segment's flags
 * @return CGN_V_NONE, or why the remote host has no room for the session, although it gave the proof
 */
static enum cgn_verdict
weigh(struct cgn_nat *n, struct cgn_mapping *m, uint32_t session, const struct cgn_pkt *p,
		enum cgn_tcp_dir dir, enum cgn_tcp_event *ev)
{
	struct cgn_session *s = &n->sessions.at[session];
	enum cgn_verdict v;

	if (dir == CGN_TCP_DIR_OUT) {
		/* The inside host sends a SYN itself: it wants the connection. */
		if (*ev == CGN_TCP_EV_SYN)
			cgn_quota_trust(n, m, session);
		else
			note_sent(s, p, *ev);
		return CGN_V_NONE;
	}
	if (*ev != CGN_TCP_EV_SYNACK && *ev != CGN_TCP_EV_ACK && *ev != CGN_TCP_EV_FIN)
		return CGN_V_NONE;
	if (!is_proof(s, p)) {
		*ev = CGN_TCP_EV_OTHER;
		return CGN_V_NONE;
	}
	v = cgn_quota_may_keep(n, m, session);
	if (v == CGN_V_NONE)
		cgn_quota_trust(n, m, session);
	return v;
}

static enum cgn_verdict
step_unproven(struct cgn_nat *n, struct cgn_mapping *m, uint32_t ref, uint32_t session,
		const struct cgn_pkt *p, enum cgn_tcp_dir dir, cgn_tick now)
{
	enum cgn_tcp_event ev = cgn_tcpfsm_event(p->tcp_flags);
	enum cgn_verdict v = weigh(n, m, session, p, dir, &ev);

	if (v == CGN_V_NONE)
		step(n, m, ref, session, p, dir, ev, now);
	else
		cgn_limit_tell_sub(n, m->sub, m->proto, v, now);
	return v;
}

static enum cgn_verdict
add_session(struct cgn_nat *n, struct cgn_mapping *m, uint32_t ref, rte_be32_t addr,
		rte_be16_t port, enum cgn_tcp_state state, cgn_tick now)
{
	bool is_inbound = state == CGN_TCP_SYN_IN;
	enum cgn_verdict v = cgn_quota_room(n, m->sub, addr, is_inbound);
	struct cgn_subscriber *sub;
	uint32_t session;

	if (v != CGN_V_NONE) {
		cgn_limit_tell_sub(n, m->sub, m->proto, v, now);
		return v;
	}
	session = cgn_sessions_add(&n->sessions, m, ref, addr, port, state, now);
	if (session == 0) {
		cgn_limit_tell_sub(n, m->sub, m->proto, CGN_V_SESSIONS_FULL, now);
		return CGN_V_SESSIONS_FULL;
	}
	sub = cgn_subscribers_at(n->subs, m->sub);
	sub->n_sessions++;
	sub->sessions_peak = RTE_MAX(sub->sessions_peak, sub->n_sessions);
	/* A connection from outside is recorded as soon as its remote host has proved its address: nobody else can make
	 * records at will. */
	if (is_inbound)
		cgn_quota_doubt(n, m, session);
	else if (cgn_flow_record_is_session(m, addr, port, state))
		cgn_flow_record_opened(n, m, &n->sessions.at[session]);
	cgn_counter_add(&n->stats->counter[CGN_C_SESSIONS_MADE], 1);
	cgn_track_arm_session(n, m, session);
	return CGN_V_NONE;
}

/* Add a further session for a packet from inside. The source is checked again. Otherwise a host that knows
 * the endpoint of another host's mapping could open sessions in the name of that host. */
static enum cgn_verdict
add_session_out(struct cgn_nat *n, struct cgn_mapping *m, uint32_t ref, const struct cgn_pkt *p,
		rte_be16_t port, enum cgn_tcp_state state, cgn_tick now)
{
	enum cgn_verdict v = n->check_source(n->engine, p);

	if (v != CGN_V_NONE)
		return v;
	v = add_session(n, m, ref, p->dst, port, state, now);
	if (v != CGN_V_NONE)
		cgn_subscriber_count_refusal(n->subs, m->sub, cgn_refusal_of(v), now);
	return v;
}

/* Note that the inside sent to a remote address (and port), for filters that depend on it. */
static enum cgn_verdict
note_filter(struct cgn_nat *n, struct cgn_mapping *m, uint32_t ref, const struct cgn_pkt *p,
		rte_be16_t port, cgn_tick now)
{
	uint32_t session = cgn_sessions_find(&n->sessions, ref, p->dst, port);

	if (session == 0)
		return add_session_out(n, m, ref, p, port, CGN_TCP_FILTER, now);
	n->sessions.at[session].last_use = now;
	return CGN_V_NONE;
}

static enum cgn_filtering
filtering_of(const struct cgn_nat *n, const struct cgn_mapping *m)
{
	/* A lease of MAP or a static mapping is meant to be reached from anywhere (RFC 6887 section 11). */
	return (m->flags & (CGN_MAPPING_EXPLICIT | CGN_MAPPING_STATIC)) != 0
			? CGN_FILTERING_EI
			: n->conf->nat.filtering[m->proto];
}

/* A SYN from inside opens a connection. */
static enum cgn_verdict
open_out(struct cgn_nat *n, struct cgn_mapping *m, uint32_t ref, const struct cgn_pkt *p,
		cgn_tick now)
{
	enum cgn_verdict v = CGN_V_NONE;

	/* The connection itself admits only one port of the remote host. An address-dependent filter admits
	 * all its ports, so it needs an entry of its own. */
	if (filtering_of(n, m) == CGN_FILTERING_AD)
		v = note_filter(n, m, ref, p, 0, now);
	if (v != CGN_V_NONE)
		return v;
	/* Simultaneous open: the held SYN gets no error (RFC 5382 REQ-2, REQ-4). */
	if (cgn_synhold_count(n->syns) != 0 &&
			cgn_synhold_cancel(n->syns, p->dst, p->dport, m->ext_addr, m->ext_port))
		cgn_counter_add(&n->stats->counter[CGN_C_SYN_HOLD_MATCHED], 1);
	if (m->tcp_state != CGN_TCP_NONE)
		return add_session_out(n, m, ref, p, p->dport, CGN_TCP_SYN_OUT, now);
	m->rem_addr = p->dst;
	m->rem_port = p->dport;
	m->tcp_state = CGN_TCP_SYN_OUT;
	m->last_use = now;
	cgn_flow_record_first(n, CGN_RECORD_SESSION_CREATED, m);
	arm_first(n, m, ref);
	return CGN_V_NONE;
}

/* A SYN from outside opens a connection, if the filter allows it. */
static enum cgn_verdict
open_in(struct cgn_nat *n, struct cgn_mapping *m, uint32_t ref, const struct cgn_pkt *p,
		cgn_tick now)
{
	switch (filtering_of(n, m)) {
	case CGN_FILTERING_EI:
		break;
	case CGN_FILTERING_AD:
		if (cgn_sessions_find(&n->sessions, ref, p->src, 0) == 0)
			return CGN_V_FILTERED;
		break;
	/* A SYN from an endpoint that the inside has sent to would have found its session before. */
	case CGN_FILTERING_APD:
		return CGN_V_FILTERED;
	}
	return add_session(n, m, ref, p->src, p->sport, CGN_TCP_SYN_IN, now);
}

enum cgn_verdict
cgn_track_tcp(struct cgn_nat *n, struct cgn_mapping *m, uint32_t ref, const struct cgn_pkt *p,
		enum cgn_tcp_dir dir, cgn_tick now)
{
	rte_be32_t addr = dir == CGN_TCP_DIR_OUT ? p->dst : p->src;
	rte_be16_t port = dir == CGN_TCP_DIR_OUT ? p->dport : p->sport;
	enum cgn_tcp_event ev = cgn_tcpfsm_event(p->tcp_flags);
	uint32_t session = 0;

	if (m->tcp_state != CGN_TCP_NONE && m->rem_addr == addr && m->rem_port == port) {
		step_first(n, m, ref, dir, ev, now);
		return CGN_V_NONE;
	}
	/* Most mappings have no further session. They need no look-up in the hash. */
	if ((m->sessions | m->pending) != 0)
		session = cgn_sessions_find(&n->sessions, ref, addr, port);
	if (session != 0 && n->sessions.at[session].is_unproven)
		return step_unproven(n, m, ref, session, p, dir, now);
	if (session != 0) {
		step(n, m, ref, session, p, dir, ev, now);
		return CGN_V_NONE;
	}
	/* The connection may have expired, or be older than this process: its state is unknown. */
	if (ev != CGN_TCP_EV_SYN)
		return CGN_V_NO_SESSION;
	return dir == CGN_TCP_DIR_OUT ? open_out(n, m, ref, p, now) : open_in(n, m, ref, p, now);
}

enum cgn_verdict
cgn_track_udp(struct cgn_nat *n, struct cgn_mapping *m, uint32_t ref, const struct cgn_pkt *p,
		enum cgn_tcp_dir dir, cgn_tick now)
{
	enum cgn_filtering f = filtering_of(n, m);

	/* Sessions of UDP are only filter entries. A filter that admits everybody needs none. */
	if (f == CGN_FILTERING_EI)
		return CGN_V_NONE;
	if (dir == CGN_TCP_DIR_OUT)
		return note_filter(n, m, ref, p, f == CGN_FILTERING_AD ? 0 : p->dport, now);
	return cgn_sessions_find(&n->sessions, ref, p->src, f == CGN_FILTERING_AD ? 0 : p->sport) !=
					0
			? CGN_V_NONE
			: CGN_V_FILTERED;
}

/* Add a further session for a request of PEER. */
static enum cgn_verdict
add_peer(struct cgn_nat *n, struct cgn_mapping *m, uint32_t ref, rte_be32_t addr, rte_be16_t port,
		enum cgn_tcp_state state, cgn_tick now)
{
	uint32_t session = cgn_sessions_find(&n->sessions, ref, addr, port);

	if (session == 0)
		return add_session(n, m, ref, addr, port, state, now);
	/* The lease may be a later deadline than the one that the session is armed for. The wheel looks at the session
	 * then, and arms it again. */
	return CGN_V_NONE;
}

enum cgn_verdict
cgn_track_peer(struct cgn_nat *n, struct cgn_mapping *m, uint32_t ref, rte_be32_t addr,
		rte_be16_t port, cgn_tick now)
{
	enum cgn_filtering f = filtering_of(n, m);
	enum cgn_verdict v = CGN_V_NONE;

	if (f == CGN_FILTERING_AD || (f == CGN_FILTERING_APD && m->proto == CGN_PROTO_UDP))
		v = add_peer(n, m, ref, addr, f == CGN_FILTERING_AD ? 0 : port, CGN_TCP_FILTER,
				now);
	if (v != CGN_V_NONE || m->proto != CGN_PROTO_TCP ||
			(m->tcp_state != CGN_TCP_NONE && m->rem_addr == addr &&
					m->rem_port == port))
		return v;
	/* The connection may be older than this process, or still to come. Both are well in this state: a segment of the
	 * inside establishes it, and its SYN leaves it as it is. */
	if (m->tcp_state != CGN_TCP_NONE)
		return add_peer(n, m, ref, addr, port, CGN_TCP_WAIT_OUT, now);
	m->rem_addr = addr;
	m->rem_port = port;
	m->tcp_state = CGN_TCP_WAIT_OUT;
	m->last_use = now;
	cgn_flow_record_first(n, CGN_RECORD_SESSION_CREATED, m);
	return CGN_V_NONE;
}

bool
cgn_track_drop_sessions(struct cgn_nat *n, struct cgn_mapping *m, unsigned int max)
{
	for (; max > 0 && (m->sessions | m->pending) != 0; max--)
		cgn_quota_end(n, m, m->sessions != 0 ? m->sessions : m->pending);
	return (m->sessions | m->pending) == 0;
}

void
cgn_track_session_due(void *ctx, uint32_t session)
{
	const struct cgn_track_due *due = ctx;
	struct cgn_nat *n = due->nat;
	struct cgn_session *s = &n->sessions.at[session];
	struct cgn_mapping *m = &n->maps.at[s->mapping];

	if (cgn_tick_reached(due->now, session_deadline(n, m, s)))
		cgn_quota_end(n, m, session);
	else
		cgn_track_arm_session(n, m, session);
}
