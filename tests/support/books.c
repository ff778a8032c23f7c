/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/books.h"

#include "dataplane/engine/context.h"
#include "dataplane/engine/snapshot.h"
#include "dataplane/nat/life.h"
#include "dataplane/nat/subscriber_read.h"
#include "dataplane/nat/subscriber_state.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum place {
	LIVE,
	FREE,
	DYING, /* no packet finds it, it still has sessions */
};

/* What one subscriber or one pool has. */
struct sums {
	uint32_t mappings;
	uint32_t leases;
	uint32_t sessions;
	uint32_t inbound;
	uint32_t unproven;
	uint32_t closed;
	uint32_t blocks;
	uint32_t subscribers;
	uint32_t used[CGN_PROTO_COUNT];
};

struct books {
	struct cgn_nat *n;
	bool is_swapped;
	const struct books_forgotten *forgotten;
	uint32_t end;       /* of the numbers of subscribers */
	uint8_t *place;     /* of each mapping */
	struct sums *subs;  /* by subscriber */
	struct sums *pools; /* by pool */
	struct sums groups[CGN_GROUPS_MAX];
	struct sums all;
	struct cgn_remotes remotes; /* counted anew */
	uint32_t filter_lines;
	const char *wrong;
};

/* Note the first thing that is wrong. */
__attribute__((format(printf, 2, 3))) static void
wrong(struct books *b, const char *fmt, ...)
{
	static char text[256];
	va_list ap;

	if (b->wrong != NULL)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	b->wrong = text;
}

static void
same(struct books *b, const char *what, uint64_t kept, uint64_t counted)
{
	if (kept != counted)
		wrong(b, "%s: %lu are kept, %lu are there", what, (unsigned long)kept,
				(unsigned long)counted);
}

/* An element has to be armed for the second of its deadline or an earlier one. */
static void
timer(struct books *b, const char *what, const struct cgn_wheel *w, uint32_t element,
		uint32_t armed_s, cgn_tick deadline)
{
	uint32_t due_s = (deadline + CGN_TICK_HZ - 1) / CGN_TICK_HZ;

	if (!cgn_wheel_is_armed(w, element)) {
		wrong(b, "%s %u has no timer", what, element);
		return;
	}
	if ((int32_t)(due_s - w->now_s) <= 0)
		due_s = w->now_s + 1;
	if (!b->is_swapped && (int32_t)(armed_s - due_s) > 0)
		wrong(b, "%s %u: timer is %u s late", what, element, armed_s - due_s);
}

/* A lease of PEER keeps connections of the inside that do not end. */
static cgn_tick
peer_end(const struct cgn_mapping *m, uint8_t state, cgn_tick idle)
{
	bool is_kept = (m->flags & CGN_MAPPING_PEER) != 0 &&
			cgn_tcpfsm_timer((enum cgn_tcp_state)state) != CGN_TCP_TIMER_CLOSING;

	return is_kept && (int32_t)(m->lease_end - idle) > 0 ? m->lease_end : idle;
}

/* The earliest end of a mapping, by the requirements. @return false: it has none */
static bool
end_of(const struct cgn_nat *n, const struct cgn_mapping *m, cgn_tick *end)
{
	bool is_lease = (m->flags & CGN_MAPPING_LEASE) != 0;
	bool idles = m->proto == CGN_PROTO_TCP ? m->tcp_state != CGN_TCP_NONE : m->flags == 0;
	cgn_tick idle = m->last_use +
			(m->proto == CGN_PROTO_TCP ? n->tcp_timeout[cgn_tcpfsm_timer(
								     (enum cgn_tcp_state)
										     m->tcp_state)]
						   : n->timeout[m->proto]);

	if (m->proto == CGN_PROTO_TCP)
		idle = peer_end(m, m->tcp_state, idle);
	*end = idle;
	if (is_lease && (!idles || (int32_t)(m->lease_end - idle) < 0))
		*end = m->lease_end;
	return is_lease || idles;
}

static void
add_session(struct sums *t, const struct cgn_session *s)
{
	t->sessions++;
	t->inbound += s->from_outside;
	t->unproven += s->is_unproven;
	t->closed += s->is_closed;
}

static void
count_session(struct books *b, uint32_t ref, uint32_t session, bool holds)
{
	struct cgn_nat *n = b->n;
	const struct cgn_session *s = &n->sessions.at[session];
	const struct cgn_mapping *m = &n->maps.at[ref];
	cgn_tick life = s->state == CGN_TCP_FILTER
			? n->timeout[m->proto]
			: n->tcp_timeout[cgn_tcpfsm_timer((enum cgn_tcp_state)s->state)];
	bool may_hold = s->state != CGN_TCP_SYN_IN && s->state != CGN_TCP_FILTER && !s->is_unproven;

	if (s->mapping != ref ||
			cgn_sessions_find(&n->sessions, ref, s->rem_addr, s->rem_port) != session)
		wrong(b, "session %u of mapping %u is not found", session, ref);
	if (may_hold != holds)
		wrong(b, "session %u in state %u is in the wrong list", session, s->state);
	if (s->is_unproven && !s->from_outside)
		wrong(b, "session %u is unproven and not from outside", session);
	if (s->is_closed && (s->is_unproven || !s->from_outside))
		wrong(b, "session %u is closed and cannot be", session);
	if (s->from_outside && !s->is_unproven && !s->is_closed)
		cgn_remotes_add(&b->remotes, m->sub, s->rem_addr);
	timer(b, "session", &n->sessions.wheel, session, s->node.due_s,
			s->from_outside ? s->last_use + life
					: peer_end(m, s->state, s->last_use + life));
	add_session(&b->all, s);
	if (m->sub < b->end)
		add_session(&b->subs[m->sub], s);
}

static void
count_sessions(struct books *b, uint32_t ref)
{
	struct cgn_nat *n = b->n;
	const struct cgn_mapping *m = &n->maps.at[ref];
	uint32_t prev = 0;

	for (uint32_t s = m->sessions; s != 0 && b->wrong == NULL;
			prev = s, s = n->sessions.at[s].next) {
		if (n->sessions.at[s].prev != prev)
			wrong(b, "list of sessions of mapping %u is torn", ref);
		count_session(b, ref, s, true);
	}
	prev = 0;
	for (uint32_t s = m->pending; s != 0 && b->wrong == NULL;
			prev = s, s = n->sessions.at[s].next) {
		if (n->sessions.at[s].prev != prev)
			wrong(b, "list of pending sessions of mapping %u is torn", ref);
		count_session(b, ref, s, false);
	}
}

/* The filters of a mapping: its flag, its slot and its lines agree. */
static void
count_filters(struct books *b, uint32_t ref, uint32_t slot)
{
	const struct cgn_filters *f = &b->n->ext.filters;
	uint32_t line = cgn_ext_filters(slot);

	if (((b->n->maps.at[ref].flags & CGN_MAPPING_FILTERED) != 0) != (line != 0))
		wrong(b, "flag and slot of mapping %u differ about filters", ref);
	for (; line != 0 && b->filter_lines <= f->n_used; line = f->at[line].next) {
		if (f->at[line].mapping != ref || !f->at[line].at[0].is_used)
			wrong(b, "filters of mapping %u are torn", ref);
		b->filter_lines++;
	}
}

static void
check_filters(struct books *b)
{
	const struct cgn_filters *f = &b->n->ext.filters;
	uint32_t n_free = 0;

	for (uint32_t line = f->free; line != 0 && n_free < f->fresh; line = f->at[line].next)
		n_free++;
	same(b, "lines of filters", f->n_used, b->filter_lines);
	same(b, "lines of the table of filters", f->fresh - 1, f->n_used + n_free);
}

static void
count_mapping(struct books *b, uint32_t ref)
{
	struct cgn_nat *n = b->n;
	const struct cgn_mapping *m = &n->maps.at[ref];
	const uint32_t *slot = cgn_life_slot(n, m->ext_addr, m->ext_port, m->proto);
	const struct cgn_ext_addr *h = cgn_ext_find(&n->ext, m->ext_addr);
	cgn_tick end;

	if (slot == NULL || cgn_ext_mapping(&n->ext, *slot) != ref || h == NULL) {
		wrong(b, "mapping %u is not behind its external port", ref);
		return;
	}
	count_filters(b, ref, *slot);
	if (cgn_nat_find_in(n, m->realm, m->in_addr, m->in_port, m->proto) != m)
		wrong(b, "mapping %u is not found by its inside endpoint", ref);
	if (cgn_subscribers_at(n->subs, m->sub) == NULL) {
		wrong(b, "mapping %u has no subscriber", ref);
		return;
	}
	if (cgn_subscriber_read_owner(n->subs, h->ord, rte_be_to_cpu_16(m->ext_port)) != m->sub)
		wrong(b, "mapping %u has a port of somebody else", ref);
	if (cgn_subscribers_at(n->subs, m->sub)->ext_ord != h->ord)
		wrong(b, "mapping %u is not on the address of its subscriber", ref);
	if (end_of(n, m, &end))
		timer(b, "mapping", &n->maps.wheel, ref, m->node.due_s, end);
	b->all.used[m->proto]++;
	b->all.mappings++;
	b->subs[m->sub].mappings++;
	b->subs[m->sub].leases += (m->flags & CGN_MAPPING_LEASE) != 0;
	b->pools[n->ext.owned_pool[h->ord]].used[m->proto]++;
}

static void
count_mappings(struct books *b)
{
	struct cgn_nat *n = b->n;
	uint64_t left = 0;

	for (uint32_t ref = n->maps.free; ref != 0;
			ref = cgn_mappings_bundle(&n->maps, ref)->next) {
		const struct cgn_mapping_bundle *bundle = cgn_mappings_bundle(&n->maps, ref);

		b->place[ref] = FREE;
		for (uint32_t i = 0; i < bundle->n; i++)
			b->place[bundle->ref[i]] = FREE;
	}
	for (uint32_t ref = n->dying; ref != 0; ref = n->maps.at[ref].node.next)
		b->place[ref] = DYING;
	for (uint32_t ref = 1; ref < n->maps.fresh && b->wrong == NULL; ref++) {
		if (b->place[ref] == LIVE)
			count_mapping(b, ref);
		if (b->place[ref] != FREE)
			count_sessions(b, ref);
	}
	for (unsigned int p = 0; p < CGN_PROTO_COUNT; p++)
		same(b, "mappings", n->maps.count[p], b->all.used[p]);
	same(b, "entries of the inside index", n->maps.index.count, b->all.mappings);
	for (unsigned int i = CGN_C_MAPPINGS_MADE_UDP; i <= CGN_C_MAPPINGS_MADE_ICMP; i++)
		left += cgn_counter_get(&n->stats->counter[i]);
	left += cgn_counter_get(&n->stats->counter[CGN_C_MAPPINGS_RESTORED]);
	left -= cgn_counter_get(&n->stats->counter[CGN_C_MAPPINGS_ENDED]);
	same(b, "mappings made or restored and not ended", left, b->all.mappings);
}

/* A queue of sessions that give way: its links and their number, oldest first. */
static void
check_queue(struct books *b, const char *what, const struct cgn_queue *q, unsigned int which,
		bool is_closed)
{
	uint32_t count = 0, older = 0;

	for (uint32_t s = q->oldest; s != 0 && count <= q->n;
			older = s, s = b->n->sessions.at[s].queue[which].newer, count++) {
		if (b->n->sessions.at[s].queue[which].older != older)
			wrong(b, "queue of %s is torn", what);
		if (!(is_closed ? b->n->sessions.at[s].is_closed
				: b->n->sessions.at[s].is_unproven))
			wrong(b, "queue of %s has a session of another kind", what);
	}
	if (older != q->newest)
		wrong(b, "queue of %s ends elsewhere", what);
	same(b, what, q->n, count);
}

static void
check_sessions(struct books *b)
{
	const struct cgn_sessions *t = &b->n->sessions;
	uint32_t n_free = 0;

	same(b, "sessions", t->count, b->all.sessions);
	same(b, "sessions from outside", t->n_inbound, b->all.inbound);
	same(b, "unproven sessions", t->unproven.n, b->all.unproven);
	same(b, "closed sessions", t->closed.n, b->all.closed);
	for (uint32_t s = t->free; s != 0 && n_free < t->fresh; s = t->at[s].next)
		n_free++;
	same(b, "entries of the session table", t->fresh - 1, t->count + n_free);
	check_queue(b, "unproven sessions of the table", &t->unproven, CGN_QUEUE_ALL, false);
	check_queue(b, "closed sessions of the table", &t->closed, CGN_QUEUE_ALL, true);
	for (uint32_t i = 0; i < b->remotes.n; i++)
		same(b, "connections kept by a remote", b->n->remotes.at[i], b->remotes.at[i]);
}

static void
check_subscriber(struct books *b, uint32_t sub)
{
	const struct cgn_nat *n = b->n;
	const struct cgn_subscriber *pub = cgn_subscribers_at(n->subs, sub);
	const struct cgn_conf_group *g;
	const struct sums *t = &b->subs[sub];
	struct sums *pool;

	if (pub == NULL) {
		same(b, "mappings of nobody", 0, t->mappings);
		return;
	}
	g = cgn_subscribers_group_of(n->subs, sub);
	if (g < n->conf->groups || g >= n->conf->groups + n->conf->n_groups)
		wrong(b, "group of subscriber %u is of another configuration", sub);
	same(b, "mappings of a subscriber", cgn_subscriber_mappings(pub), t->mappings);
	same(b, "leases of a subscriber", pub->n_leases, t->leases);
	same(b, "sessions of a subscriber", pub->n_sessions, t->sessions);
	same(b, "sessions from outside of a subscriber", pub->n_inbound, t->inbound);
	same(b, "unproven sessions of a subscriber", pub->unproven.n, t->unproven);
	same(b, "closed sessions of a subscriber", pub->closed.n, t->closed);
	check_queue(b, "unproven sessions of a subscriber", &pub->unproven, CGN_QUEUE_SUB, false);
	check_queue(b, "closed sessions of a subscriber", &pub->closed, CGN_QUEUE_SUB, true);
	pool = &b->pools[n->ext.owned_pool[pub->ext_ord]];
	/* Own blocks of deterministic groups do not come from the pool. */
	pool->blocks += cgn_own_others(&n->subs->ports.map, pub);
	pool->subscribers++;
	b->all.subscribers++;
	b->all.leases += t->leases;
	b->groups[pub->group].subscribers++;
	b->groups[pub->group].mappings += t->mappings;
	b->groups[pub->group].leases += t->leases;
}

static void
check_groups(struct books *b)
{
	uint64_t made = b->forgotten->made_in_groups, made_in_pools = b->forgotten->made_in_pools;

	for (unsigned int i = 0; i < b->n->conf->n_groups; i++) {
		const struct cgn_group_stats *g = &b->n->stats->group[i];

		same(b, "subscribers of a group", g->subscribers, b->groups[i].subscribers);
		same(b, "mappings of a group", g->mappings, b->groups[i].mappings);
		same(b, "leases of a group", g->leases, b->groups[i].leases);
		made += g->mappings_made;
	}
	for (unsigned int i = 0; i < b->n->conf->n_pools; i++)
		made_in_pools += b->n->stats->pool[i].mappings_made;
	for (unsigned int i = CGN_C_MAPPINGS_MADE_UDP; i <= CGN_C_MAPPINGS_MADE_ICMP; i++) {
		made -= cgn_counter_get(&b->n->stats->counter[i]);
		made_in_pools -= cgn_counter_get(&b->n->stats->counter[i]);
	}
	same(b, "mappings made in all groups", made, 0);
	same(b, "mappings made in all pools", made_in_pools, 0);
}

static void
check_pools(struct books *b)
{
	uint64_t held = 0, leases = 0;

	for (uint32_t ord = 0; ord < b->n->ext.n_owned; ord++)
		leases += b->n->subs->ports.pools.links[ord].n_leases;
	same(b, "leases of all addresses", leases, b->all.leases);
	for (unsigned int i = 0; i < b->n->conf->n_pools; i++) {
		const struct cgn_pool_stats g = b->n->stats->pool[i];

		same(b, "blocks of a pool", g.blocks_used, b->pools[i].blocks);
		same(b, "subscribers of a pool", g.subscribers, b->pools[i].subscribers);
		for (unsigned int p = 0; p < CGN_PROTO_COUNT; p++)
			same(b, "ports of a pool", g.ports_used[p], b->pools[i].used[p]);
		held += g.ports_held;
	}
	same(b, "held ports of the pools", held, cgn_subscriber_read_held(b->n->subs));
	same(b, "subscribers", cgn_subscriber_read_known(b->n->subs), b->all.subscribers);
}

void
books_forget(struct books_forgotten *f, const struct cgn_engine *e, const struct cgn_snapshot *next)
{
	const struct cgn_stats *s = e->nat.stats;

	for (unsigned int p = 0; p < CGN_POOLS_MAX; p++) {
		if ((next->nat.renamed_pools[p / 64] >> p % 64 & 1) != 0)
			f->made_in_pools += cgn_counter_get(&s->pool[p].mappings_made);
	}
	for (unsigned int g = 0; g < CGN_GROUPS_MAX; g++) {
		if ((next->nat.renamed_groups[g / 64] >> g % 64 & 1) != 0)
			f->made_in_groups += cgn_counter_get(&s->group[g].mappings_made);
	}
}

const char *
books_check(const struct cgn_engine *e, bool is_swapped, const struct books_forgotten *forgotten)
{
	struct cgn_nat *n = &((struct cgn_engine *)(uintptr_t)e)->nat;
	uint32_t end = cgn_subscribers_end(n->subs);
	struct books b = { .n = n, .is_swapped = is_swapped, .forgotten = forgotten, .end = end };

	b.place = calloc((size_t)n->maps.fresh + 1, sizeof(*b.place));
	b.subs = calloc((size_t)end + 1, sizeof(*b.subs));
	b.pools = calloc(n->conf->n_pools + 1, sizeof(*b.pools));
	b.remotes = n->remotes;
	b.remotes.at = calloc(n->remotes.n, sizeof(*b.remotes.at));
	if (b.place == NULL || b.subs == NULL || b.pools == NULL || b.remotes.at == NULL) {
		wrong(&b, "no memory");
	} else {
		if (e->conf != n->conf)
			wrong(&b, "engine and NAT have different configurations");
		count_mappings(&b);
		check_sessions(&b);
		check_filters(&b);
		for (uint32_t sub = 0; sub < end && b.wrong == NULL; sub++)
			check_subscriber(&b, sub);
		if (b.wrong == NULL)
			check_pools(&b);
		if (b.wrong == NULL)
			check_groups(&b);
	}
	free(b.place);
	free(b.subs);
	free(b.pools);
	free(b.remotes.at);
	return b.wrong;
}
