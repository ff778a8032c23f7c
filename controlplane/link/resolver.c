/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/link/resolver.h"

#include "controlplane/link/local_addr.h"
#include "controlplane/link/resolver_room.h"
#include "controlplane/link/resolver_table.h"
#include "shared/log.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DEFAULT 65536 /* neighbours */
/* Requests per second: half for known stations, all of 30000 once a minute; half for what the workers want. */
#define RATE_DEFAULT (2 * CGN_ASKS_PER_S)
#define BURST        64    /* requests at once */
#define TRIES        3     /* RFC 4861 section 10: MAX_MULTICAST_SOLICIT, MAX_UNICAST_SOLICIT */
#define TRY_MS       1000  /* RETRANS_TIMER */
#define FRESH_MS     60000 /* a known neighbour is probed after this */
#define DOUBT_TRIES  3     /* questions to a station whose address another one claims */
#define DOUBT_MS     250   /* between them: a next hop that moved is followed within a second */
#define SETTLED_MS   1000  /* after the station has answered, until the next claim is followed up */
#define AGAIN_MS     20    /* until what could not be sent or told is tried again */
#define ANNOUNCE_MS  10    /* between announcements: 100 per second */
#define PROVE_MS     1000  /* until one that only said who it is, is asked once */
#define CROWD        64    /* questions that wait: unknown addresses are asked for once only */

CGN_LOG_TYPE("resolver");

/* What an entry does next: it wakes at a time, or waits for its turn to ask. Room for all timers was reserved: cannot
 * fail. */
static void
resolver_wake(struct cgn_resolver_entry *e, uint64_t at_ms)
{
	int ret;

	cgn_resolver_queue_remove(&e->table->queue, &e->turn);
	ret = cgn_timerq_set(e->table->timers, &e->timer, at_ms);

	assert(ret == 0);
	(void)ret;
}

/* Ask an entry's station, or everybody for one that is not known. */
static void
resolver_send_request(struct cgn_resolver_entry *e)
{
	struct cgn_resolver *t = e->table;
	uint8_t buf[CGN_ARP_ND_MAX];
	struct rte_ether_addr mac;
	struct cgn_ip local;
	size_t len;

	if (!cgn_local_addr_source(&t->conf->ports[e->n.port], &e->n.addr, &local))
		return;
	memcpy(&mac, e->n.mac, sizeof(mac));
	len = cgn_arp_nd_request(buf, &t->from[e->n.port], &local, &e->n.addr,
			e->state == CGN_RESOLVER_STATE_ASKING ? NULL : &mac);
	t->ops->send(t->ctx, e->n.port, buf, len);
	t->stats.requests++;
}

/* The turn of an entry has come. */
static void
resolver_ask_now(void *arg, uint64_t now_ms)
{
	struct cgn_resolver_entry *e = arg;

	resolver_send_request(e);
	e->is_asked = true;
	if (e->state == CGN_RESOLVER_STATE_KNOWN) {
		resolver_wake(e, now_ms + FRESH_MS - PROVE_MS);
		return;
	}
	e->tries++;
	resolver_wake(e, now_ms + (e->state == CGN_RESOLVER_STATE_DOUBTED ? DOUBT_MS : TRY_MS));
}

/* Send the next request for an entry as soon as the rate allows it. The next hops of routes are few and everybody's:
 * they do not wait for others. */
static void
resolver_ask(struct cgn_resolver_entry *e, uint64_t now_ms)
{
	struct cgn_resolver_queue *q = &e->table->queue;
	enum cgn_resolver_queue_class class = CGN_RESOLVER_ASK_KNOWN;

	if (e->state == CGN_RESOLVER_STATE_ASKING)
		class = e->tries == 0 ? CGN_RESOLVER_ASK_FIRST : CGN_RESOLVER_ASK_AGAIN;
	if (e->is_next_hop || cgn_resolver_queue_put(q, &e->turn, class, now_ms))
		resolver_ask_now(e, now_ms);
	else
		cgn_timerq_cancel(e->table->timers, &e->timer);
}

/* Whether an unanswered question is repeated. While many wait, an address that nobody has shown to exist is asked
 * for once: who invents addresses would else have three questions for each. */
static bool
resolver_may_try_again(const struct cgn_resolver_entry *e)
{
	if (e->state == CGN_RESOLVER_STATE_ASKING && !e->is_next_hop && e->table->queue.n > CROWD)
		return false;
	return e->tries < TRIES;
}

static void
resolver_tell(struct cgn_resolver_entry *e, uint64_t now_ms)
{
	struct cgn_resolver *t = e->table;

	e->is_untold = !t->ops->tell(t->ctx, true, &e->n, now_ms);
	if (e->is_untold)
		resolver_wake(e, now_ms + AGAIN_MS);
}

static void
resolver_lose(struct cgn_resolver_entry *e, uint64_t now_ms)
{
	struct cgn_resolver *t = e->table;

	cgn_resolver_table_set_state(e, CGN_RESOLVER_STATE_LOST);
	e->is_proven = false;
	if (t->ops->tell(t->ctx, false, &e->n, now_ms))
		cgn_resolver_table_del(t, e);
	else
		resolver_wake(e, now_ms + AGAIN_MS);
}

static void
resolver_begin_to_ask(struct cgn_resolver_entry *e, enum cgn_resolver_state state, uint64_t now_ms)
{
	if (state == CGN_RESOLVER_STATE_ASKING)
		cgn_resolver_room_bound_asking(e->table, now_ms);
	cgn_resolver_table_set_state(e, state);
	e->tries = 0;
	resolver_ask(e, now_ms);
}

/* Nobody answers from the known station: the one that claimed the address has it now. */
static void
resolver_follow_claim(struct cgn_resolver_entry *e, uint64_t now_ms)
{
	struct cgn_resolver *t = e->table;

	t->stats.moved++;
	cgn_resolver_table_log_claim(t, "neighbour has moved to another station", e->n.port,
			&e->n.addr, &e->claim, now_ms);
	cgn_resolver_table_set_mac(e, &e->claim, now_ms);
	e->is_proven = false;
	e->has_claim = false;
	cgn_resolver_table_set_state(e, CGN_RESOLVER_STATE_KNOWN);
	resolver_wake(e, now_ms + FRESH_MS);
	resolver_tell(e, now_ms);
}

/* A station says to be a neighbour that is known with another MAC address. The known one is asked first:
 * anybody on the link can say so. */
static void
resolver_doubt(struct cgn_resolver_entry *e, const struct rte_ether_addr *mac, uint64_t now_ms)
{
	e->claim = *mac;
	e->has_claim = true;
	if (e->state == CGN_RESOLVER_STATE_DOUBTED)
		return;
	if (now_ms < e->settled_ms)
		resolver_wake(e, e->settled_ms);
	else
		resolver_begin_to_ask(e, CGN_RESOLVER_STATE_DOUBTED, now_ms);
}

static void
resolver_due(void *arg, uint64_t now_ms)
{
	struct cgn_resolver_entry *e = arg;

	if (e->is_untold) {
		if (e->state != CGN_RESOLVER_STATE_STATIC)
			resolver_wake(e, now_ms + FRESH_MS);
		resolver_tell(e, now_ms);
		return;
	}
	switch ((enum cgn_resolver_state)e->state) {
	case CGN_RESOLVER_STATE_KNOWN:
		if (!e->is_asked && !e->has_claim) {
			resolver_ask(e, now_ms);
			break;
		}
		resolver_begin_to_ask(e,
				e->has_claim ? CGN_RESOLVER_STATE_DOUBTED
					     : CGN_RESOLVER_STATE_PROBING,
				now_ms);
		break;
	case CGN_RESOLVER_STATE_DOUBTED:
		if (e->tries < DOUBT_TRIES)
			resolver_ask(e, now_ms);
		else
			resolver_follow_claim(e, now_ms);
		break;
	case CGN_RESOLVER_STATE_ASKING:
	case CGN_RESOLVER_STATE_PROBING:
		if (resolver_may_try_again(e)) {
			resolver_ask(e, now_ms);
			break;
		}
		if (e->state == CGN_RESOLVER_STATE_ASKING)
			e->table->stats.failed++;
		else
			e->table->stats.expired++;
		resolver_lose(e, now_ms);
		break;
	case CGN_RESOLVER_STATE_LOST:
		resolver_lose(e, now_ms);
		break;
	case CGN_RESOLVER_STATE_STATIC:
		break;
	}
}

/* The known station has spoken while another one claims its address. */
static void
resolver_refuse_claim(struct cgn_resolver_entry *e, uint64_t now_ms)
{
	struct cgn_resolver *t = e->table;

	t->stats.refused++;
	e->has_claim = false;
	e->settled_ms = now_ms + SETTLED_MS;
	cgn_resolver_table_log_claim(t,
			"claim to a neighbour's address is refused, its station answers", e->n.port,
			&e->n.addr, &e->claim, now_ms);
}

/* Somebody has shown where an address is. @param is_weak  as in cgn_arp_nd */
static void
resolver_confirm(struct cgn_resolver_entry *e, const struct rte_ether_addr *mac, bool is_weak,
		uint64_t now_ms)
{
	bool is_other = memcmp(e->n.mac, mac, sizeof(*mac)) != 0;
	bool is_news = e->state == CGN_RESOLVER_STATE_ASKING ||
			e->state == CGN_RESOLVER_STATE_LOST || e->is_untold;
	bool was_over = e->n.is_over;
	bool waits = e->state == CGN_RESOLVER_STATE_KNOWN &&
			e->turn.is_waiting; /* for its first question */

	if (e->state == CGN_RESOLVER_STATE_STATIC)
		return;
	if (cgn_resolver_is_known(e) && is_other) {
		/* RFC 4861 section 7.2.5: it changes nothing, but the neighbour is asked. */
		if (is_weak && e->state == CGN_RESOLVER_STATE_KNOWN)
			resolver_begin_to_ask(e, CGN_RESOLVER_STATE_PROBING, now_ms);
		else if (!is_weak)
			resolver_doubt(e, mac, now_ms);
		return;
	}
	if (e->has_claim)
		resolver_refuse_claim(e, now_ms);
	if (e->state == CGN_RESOLVER_STATE_ASKING)
		e->table->stats.resolved++;
	cgn_resolver_table_set_mac(e, mac, now_ms);
	cgn_resolver_table_set_state(e, CGN_RESOLVER_STATE_KNOWN);
	if (!waits)
		resolver_wake(e, now_ms + (e->is_asked ? FRESH_MS : PROVE_MS));
	if (is_news || e->n.is_over != was_over)
		resolver_tell(e, now_ms);
}

static void
resolver_announce(void *arg, uint64_t now_ms)
{
	struct cgn_resolver *t = arg;
	uint8_t buf[CGN_ARP_ND_MAX];
	struct cgn_ip a;
	uint16_t port;
	size_t len;

	if (!cgn_announce_next(t->announce, &port, &a)) {
		cgn_announce_destroy(t->announce);
		t->announce = NULL;
		return;
	}
	len = cgn_arp_nd_announce(buf, &t->from[port], &a);
	t->ops->send(t->ctx, port, buf, len);
	t->stats.announced++;
	cgn_timerq_set(t->timers, &t->announce_timer, now_ms + ANNOUNCE_MS);
}

int
cgn_resolver_create(struct cgn_resolver **out, const struct cgn_resolver_cfg *cfg)
{
	struct cgn_resolver *t = calloc(1, sizeof(*t));
	int ret;

	if (t == NULL)
		return -ENOMEM;
	t->conf = cfg->conf;
	t->timers = cfg->timers;
	t->ops = cfg->ops;
	t->ctx = cfg->ctx;
	t->fire = resolver_due;
	t->seed = cfg->seed;
	t->max = cfg->max == 0 ? MAX_DEFAULT : cfg->max;
	TAILQ_INIT(&t->asking);
	cgn_resolver_queue_init(&t->queue, t->timers, resolver_ask_now,
			cfg->requests_per_s == 0 ? RATE_DEFAULT : cfg->requests_per_s, BURST);
	t->announce_timer = (struct cgn_timer){ .fire = resolver_announce, .arg = t };
	for (size_t i = 0; i < cfg->conf->n_ports; i++) {
		t->from[i].mac = cfg->macs[i];
		t->from[i].vlan = cfg->conf->ports[i].vlan;
	}
	cgn_resolver_table_set_limits(t);
	ret = cgn_resolver_table_init(t);
	if (ret == 0)
		ret = cgn_timerq_reserve(t->timers, (size_t)t->max + MAX_DEFAULT);
	if (ret == 0)
		ret = cgn_announce_create(&t->announce, cfg->conf);
	if (ret < 0) {
		cgn_resolver_destroy(t);
		return ret;
	}
	*out = t;
	return 0;
}

void
cgn_resolver_destroy(struct cgn_resolver *t)
{
	if (t == NULL)
		return;
	cgn_timerq_cancel(t->timers, &t->announce_timer);
	cgn_resolver_queue_fini(&t->queue);
	cgn_announce_destroy(t->announce);
	cgn_resolver_table_fini(t);
	free(t);
}

void
cgn_resolver_start(struct cgn_resolver *t, uint64_t now_ms)
{
	cgn_claimlog_init(&t->claims, now_ms);
	for (size_t i = 0; i < t->conf->n_neighbours; i++) {
		const struct cgn_conf_neighbour *n = &t->conf->neighbours[i];
		struct cgn_resolver_entry *e = cgn_resolver_table_add(
				t, n->port, &n->address, CGN_RESOLVER_STATE_STATIC);

		if (e == NULL) {
			CGN_LOG(ERR, "more neighbours than fit max=%u", t->max);
			break;
		}
		cgn_resolver_table_set_mac(e, n->mac, now_ms);
		resolver_tell(e, now_ms);
	}
	resolver_announce(t, now_ms);
}

void
cgn_resolver_set_conf(struct cgn_resolver *t, const struct cgn_conf *conf, uint64_t now_ms)
{
	t->conf = conf;
	cgn_resolver_table_set_limits(t);
	for (uint32_t i = 0; i < t->max; i++)
		t->entries[i].is_next_hop = false;
	for (size_t i = 0; i < conf->n_routes; i++) {
		struct cgn_resolver_entry *e = cgn_resolver_table_find(
				t, conf->routes[i].port, &conf->routes[i].via);

		if (e == NULL)
			continue;
		e->is_next_hop = true;
		if (e->turn.is_waiting)
			resolver_ask(e, now_ms);
	}
	for (uint32_t i = 0; i < t->max; i++) {
		struct cgn_resolver_entry *e = &t->entries[i];

		if (cgn_resolver_table_judge_again(e, now_ms) && cgn_resolver_is_known(e))
			resolver_tell(e, now_ms);
	}
}

void
cgn_resolver_wanted(struct cgn_resolver *t, const struct cgn_cmd_neigh *n, uint64_t now_ms)
{
	struct cgn_resolver_entry *e;

	if (n->port >= t->conf->n_ports)
		return;
	e = cgn_resolver_table_find(t, n->port, &n->addr);
	if (e == NULL) {
		cgn_resolver_room_bound_asking(t, now_ms);
		if (t->free == CGN_RESOLVER_NONE)
			cgn_resolver_room_make(t, 0, now_ms);
		e = cgn_resolver_table_add(t, n->port, &n->addr, CGN_RESOLVER_STATE_LOST);
		if (e == NULL) {
			/* Workers that cannot be told now give up by themselves, a little later. */
			t->ops->tell(t->ctx, false, n, now_ms);
			return;
		}
		resolver_begin_to_ask(e, CGN_RESOLVER_STATE_ASKING, now_ms);
		return;
	}
	switch ((enum cgn_resolver_state)e->state) {
	case CGN_RESOLVER_STATE_ASKING:
		break;
	case CGN_RESOLVER_STATE_KNOWN:
	case CGN_RESOLVER_STATE_PROBING:
	case CGN_RESOLVER_STATE_DOUBTED:
	case CGN_RESOLVER_STATE_STATIC:
		resolver_tell(e, now_ms); /* the worker asked before it was told */
		break;
	case CGN_RESOLVER_STATE_LOST:
		resolver_begin_to_ask(e, CGN_RESOLVER_STATE_ASKING, now_ms);
		break;
	}
}

static void
resolver_learn(struct cgn_resolver *t, uint16_t port, const struct cgn_arp_nd *m, bool is_for_us,
		uint64_t now_ms)
{
	struct cgn_resolver_entry *e;

	if (!m->has_mac || !cgn_local_addr_is_host(&m->sender) ||
			!rte_is_unicast_ether_addr(&m->mac) || rte_is_zero_ether_addr(&m->mac))
		return;
	e = cgn_resolver_table_find(t, port, &m->sender);
	if (e == NULL && is_for_us && cgn_local_addr_on_link(&t->conf->ports[port], &m->sender)) {
		const struct cgn_station *s = cgn_stations_find(
				&t->stations, port, m->mac.addr_bytes);

		/* Addresses that are only asked for keep nobody out. */
		if (t->count - t->n_asking >= t->max / 2 &&
				!cgn_resolver_room_make(
						t, s == NULL ? 0 : s->n_addresses, now_ms)) {
			t->stats.full++;
			return;
		}
		e = cgn_resolver_table_add(t, port, &m->sender, CGN_RESOLVER_STATE_LOST);
	}
	if (e != NULL)
		resolver_confirm(e, &m->mac, m->is_weak, now_ms);
}

static void
resolver_take_request(struct cgn_resolver *t, const struct cgn_frame *f, const struct cgn_arp_nd *m,
		uint64_t now_ms)
{
	bool is_for_us = cgn_local_addr_answers(t->conf, f->port, &m->target);
	const struct rte_ether_addr *to = m->has_mac ? &m->mac : &f->src;
	uint8_t buf[CGN_ARP_ND_MAX];
	size_t len;

	resolver_learn(t, f->port, m, is_for_us && !m->is_announced, now_ms);
	if (!is_for_us || !rte_is_unicast_ether_addr(to) || rte_is_zero_ether_addr(to))
		return;
	len = cgn_arp_nd_answer(buf, &t->from[f->port], &m->target, m, to);
	t->ops->send(t->ctx, f->port, buf, len);
	t->stats.answers++;
}

static void
resolver_take_answer(struct cgn_resolver *t, const struct cgn_frame *f, struct cgn_arp_nd *m,
		uint64_t now_ms)
{
	struct cgn_resolver_entry *e = cgn_resolver_table_find(t, f->port, &m->sender);

	/* One that is lost was not asked for. */
	if (e == NULL || e->state == CGN_RESOLVER_STATE_LOST)
		return;
	/* An advertisement may leave its address out when it confirms what is known. */
	if (!m->has_mac &&
			(e->state == CGN_RESOLVER_STATE_PROBING ||
					e->state == CGN_RESOLVER_STATE_DOUBTED) &&
			!m->is_announced) {
		memcpy(&m->mac, e->n.mac, sizeof(m->mac));
		m->has_mac = true;
	}
	/* Only the station that was asked can prove that it is there. */
	if (m->has_mac && !m->is_announced && e->is_asked &&
			(e->state == CGN_RESOLVER_STATE_ASKING ||
					memcmp(e->n.mac, &m->mac, sizeof(m->mac)) == 0))
		e->is_proven = true;
	resolver_learn(t, f->port, m, false, now_ms);
}

bool
cgn_resolver_input(struct cgn_resolver *t, const struct cgn_frame *f, uint64_t now_ms)
{
	struct cgn_arp_nd m;

	if (f->port >= t->conf->n_ports)
		return false;
	if (!cgn_arp_nd_parse(&m, f)) {
		if (f->ethertype != RTE_ETHER_TYPE_ARP)
			return false;
		t->stats.malformed++;
		return true;
	}
	if (rte_is_same_ether_addr(&f->src, &t->from[f->port].mac))
		return true; /* our own, come back */
	if ((m.has_mac && rte_is_same_ether_addr(&m.mac, &t->from[f->port].mac)) ||
			cgn_local_addr_answers(t->conf, f->port, &m.sender)) {
		/* RFC 5227 section 2.4 (a): keep the address, tell the operator */
		t->stats.conflicts++;
		cgn_resolver_table_log_claim(t, "another station uses an address of cgnd", f->port,
				&m.sender, &f->src, now_ms);
		return true;
	}
	if (m.kind == CGN_ARP_ND_REQUEST)
		resolver_take_request(t, f, &m, now_ms);
	else
		resolver_take_answer(t, f, &m, now_ms);
	return true;
}

uint32_t
cgn_resolver_count(const struct cgn_resolver *t)
{
	return t->count;
}

const struct cgn_resolver_stats *
cgn_resolver_stats(const struct cgn_resolver *t)
{
	return &t->stats;
}
