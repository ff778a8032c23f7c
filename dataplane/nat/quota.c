/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Limits of further sessions, and eviction of unproven and closed ones.
 */
#include "dataplane/nat/quota.h"

#include "dataplane/nat/flow_record.h"

/* One limit: of a subscriber, or of the whole table. */
struct party {
	uint32_t who; /* number of the subscriber, or CGN_REMOTES_ALL */
	uint32_t max; /* 0: no limit */
	const uint32_t *count;
	const uint32_t *n_inbound; /* of count: opened from outside */
	const struct cgn_queue *unproven;
	const struct cgn_queue *closed;
	enum cgn_verdict full;
};

static struct party
party_of_sub(const struct cgn_nat *n, uint32_t sub)
{
	const struct cgn_subscriber *s = cgn_subscribers_at(n->subs, sub);

	return (struct party){
		.who = sub,
		.max = cgn_subscribers_group_of(n->subs, sub)->sessions_max,
		.count = &s->n_sessions,
		.n_inbound = &s->n_inbound,
		.unproven = &s->unproven,
		.closed = &s->closed,
		.full = CGN_V_SUB_SESSIONS,
	};
}

static struct party
party_of_all(const struct cgn_nat *n)
{
	const struct cgn_sessions *t = &n->sessions;

	return (struct party){
		.who = CGN_REMOTES_ALL,
		.max = t->capacity,
		.count = &t->count,
		.n_inbound = &t->n_inbound,
		.unproven = &t->unproven,
		.closed = &t->closed,
		.full = CGN_V_SESSIONS_FULL,
	};
}

/* The part of a limit that all hosts outside together may have. */
static uint32_t
inbound_max(const struct party *p)
{
	/* A quarter is left for connections that the inside opens, whatever hosts outside do. */
	return p->max - p->max / 4;
}

/* Free places for kept connections. Unproven and closed sessions take no place, because they are evicted
 * for a new one. */
static uint32_t
free_places(const struct party *p)
{
	uint32_t kept = *p->n_inbound - p->unproven->n - p->closed->n;

	return inbound_max(p) > kept ? inbound_max(p) - kept : 0;
}

static enum cgn_verdict
check_share(const struct cgn_nat *n, const struct party *p, rte_be32_t addr)
{
	uint32_t free;

	if (p->max == 0)
		return CGN_V_NONE;
	free = free_places(p);
	if (cgn_remotes_may_add(&n->remotes, p->who, addr, free))
		return CGN_V_NONE;
	return free == 0 ? p->full : CGN_V_REMOTE_SHARE;
}

/* End the oldest session of a queue. @return false: it is empty */
static bool
quota_evict(struct cgn_nat *n, const struct cgn_queue *q)
{
	uint32_t session = q->oldest;

	if (session == 0)
		return false;
	cgn_quota_end(n, &n->maps.at[n->sessions.at[session].mapping], session);
	cgn_counter_add(&n->stats->counter[CGN_C_SESSIONS_EVICTED], 1);
	return true;
}

/* Make room for one more session. Closed sessions are evicted first: they are of least use. So handshakes
 * in progress keep their half of the limit. */
static enum cgn_verdict
quota_make_room(struct cgn_nat *n, const struct party *p, bool is_inbound)
{
	if (p->max == 0)
		return CGN_V_NONE;
	/* Beyond half of the limit, an unproven session evicts another unproven one. */
	if (is_inbound && p->unproven->n >= RTE_MAX(p->max / 2, 1u))
		(void)quota_evict(n, p->unproven);
	if (*p->count < p->max && (!is_inbound || *p->n_inbound < inbound_max(p)))
		return CGN_V_NONE;
	return quota_evict(n, p->closed) || quota_evict(n, p->unproven) ? CGN_V_NONE : p->full;
}

enum cgn_verdict
cgn_quota_room(struct cgn_nat *n, uint32_t sub, rte_be32_t addr, bool is_inbound)
{
	struct party of_sub = party_of_sub(n, sub);
	struct party of_all = party_of_all(n);
	enum cgn_verdict v = CGN_V_NONE;

	if (is_inbound)
		v = check_share(n, &of_sub, addr);
	if (is_inbound && v == CGN_V_NONE)
		v = check_share(n, &of_all, addr);
	/* Both shares are checked before anything is evicted: a refused session must not cost another
	 * one. */
	if (v == CGN_V_NONE)
		v = quota_make_room(n, &of_sub, is_inbound);
	return v != CGN_V_NONE ? v : quota_make_room(n, &of_all, is_inbound);
}

enum cgn_verdict
cgn_quota_may_keep(const struct cgn_nat *n, const struct cgn_mapping *m, uint32_t session)
{
	rte_be32_t addr = n->sessions.at[session].rem_addr;
	struct party of_sub = party_of_sub(n, m->sub);
	struct party of_all = party_of_all(n);
	enum cgn_verdict v = check_share(n, &of_sub, addr);

	return v != CGN_V_NONE ? v : check_share(n, &of_all, addr);
}

/* Take a session from outside out of the counts of its kind. */
static void
leave(struct cgn_nat *n, const struct cgn_mapping *m, uint32_t session)
{
	struct cgn_subscriber *sub = cgn_subscribers_at(n->subs, m->sub);
	struct cgn_sessions *t = &n->sessions;
	struct cgn_session *s = &t->at[session];

	if (s->is_unproven)
		cgn_sessions_dequeue(t, &t->unproven, sub == NULL ? NULL : &sub->unproven, session);
	else if (s->is_closed)
		cgn_sessions_dequeue(t, &t->closed, sub == NULL ? NULL : &sub->closed, session);
	else
		cgn_remotes_del(&n->remotes, m->sub, s->rem_addr);
	s->is_closed = false;
}

void
cgn_quota_doubt(struct cgn_nat *n, struct cgn_mapping *m, uint32_t session)
{
	struct cgn_subscriber *sub = cgn_subscribers_at(n->subs, m->sub);
	struct cgn_sessions *t = &n->sessions;
	struct cgn_session *s = &t->at[session];

	s->is_answered = false;
	if (s->is_unproven)
		return;
	if (s->from_outside) {
		leave(n, m, session);
	} else {
		s->from_outside = true;
		t->n_inbound++;
		sub->n_inbound++;
	}
	cgn_sessions_enqueue(t, &t->unproven, &sub->unproven, session);
	cgn_sessions_set_unproven(t, m, session, true);
}

void
cgn_quota_trust(struct cgn_nat *n, struct cgn_mapping *m, uint32_t session)
{
	leave(n, m, session);
	cgn_sessions_set_unproven(&n->sessions, m, session, false);
	cgn_remotes_add(&n->remotes, m->sub, n->sessions.at[session].rem_addr);
	cgn_flow_record_opened(n, m, &n->sessions.at[session]);
}

/* Whether the inside has closed a connection, or a reset has ended it. */
static bool
quota_is_over(enum cgn_tcp_state state)
{
	return state == CGN_TCP_FIN_OUT || state == CGN_TCP_CLOSING ||
			state == CGN_TCP_RESET_OPENING || state == CGN_TCP_RESET;
}

void
cgn_quota_set_state(struct cgn_nat *n, struct cgn_mapping *m, uint32_t session,
		enum cgn_tcp_state state)
{
	struct cgn_subscriber *sub = cgn_subscribers_at(n->subs, m->sub);
	struct cgn_sessions *t = &n->sessions;
	struct cgn_session *s = &t->at[session];

	cgn_sessions_set_state(t, m, session, state);
	if (!s->from_outside || s->is_unproven || s->is_closed == quota_is_over(state))
		return;
	/* A connection that survived a reset takes a share again. Without a free share it stays among the
	 * closed ones. */
	if (!quota_is_over(state) && cgn_quota_may_keep(n, m, session) != CGN_V_NONE)
		return;
	leave(n, m, session);
	if (quota_is_over(state)) {
		s->is_closed = true;
		cgn_sessions_enqueue(t, &t->closed, &sub->closed, session);
	} else {
		cgn_remotes_add(&n->remotes, m->sub, s->rem_addr);
	}
}

void
cgn_quota_end(struct cgn_nat *n, struct cgn_mapping *m, uint32_t session)
{
	struct cgn_subscriber *sub = cgn_subscribers_at(n->subs, m->sub);
	struct cgn_session *s = &n->sessions.at[session];

	cgn_flow_record_closed(n, m, s);
	if (s->from_outside)
		leave(n, m, session);
	n->sessions.n_inbound -= s->from_outside;
	if (sub != NULL) {
		sub->n_inbound -= s->from_outside;
		sub->n_sessions--;
	}
	cgn_sessions_del(&n->sessions, m, session);
}
