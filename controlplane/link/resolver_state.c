/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The state machine of one neighbour: ask, repeat, believe, probe, forget. resolver.c starts it for what the workers
 * want, arp_nd_responder.c feeds it with what frames say, and timers drive it.
 */
#include "controlplane/link/resolver_state.h"

#include "controlplane/link/local_addr.h"
#include "controlplane/link/resolver_room.h"

#include <assert.h>
#include <string.h>

#define TRIES    3     /* RFC 4861 section 10: MAX_MULTICAST_SOLICIT, MAX_UNICAST_SOLICIT */
#define TRY_MS   1000  /* RETRANS_TIMER */
#define FRESH_MS 60000 /* a known neighbour is probed after this time */
/* The same for the next hop of a route: with the three questions, its death is noticed within 8 s. Until then the packets
 * of all subscribers are lost, and nobody is told. */
#define HOP_FRESH_MS 5000
/* A next hop that did not answer is asked again after this time, then after twice the time, and so on up to the longest.
 * There may be thousands of routes to routers that are switched off. */
#define HOP_AGAIN_MS     10000
#define HOP_AGAIN_MAX_MS 60000
#define DOUBT_TRIES      3    /* questions to a station whose address another station claims */
#define DOUBT_MS         250  /* between them: cgnd follows a moved next hop within a second */
#define SETTLED_MS       1000 /* from the station's answer until the next claim is followed up */
#define AGAIN_MS         20   /* until workers that could not be told are told again */
#define PROVE_MS         1000 /* until a neighbour learned from its own request is asked once */
#define CROWD            64   /* more waiting questions: unknown addresses are asked for once */

/* Set when an entry acts next. An entry either waits for a time or for its turn to ask, never for both. The
 * resolver has reserved room for all its timers, so this cannot fail. */
static void
resolver_wake(struct cgn_resolver_entry *e, uint64_t at_ms)
{
	int ret;

	cgn_resolver_queue_remove(&e->table->queue, &e->turn);
	ret = cgn_timerq_set(e->table->timers, &e->timer, at_ms);

	assert(ret == 0);
	(void)ret;
}

/* How long a neighbour is believed to be there after it has shown so. */
static uint64_t
resolver_fresh_ms(const struct cgn_resolver_entry *e)
{
	return e->is_next_hop ? HOP_FRESH_MS : FRESH_MS;
}

/* Whether a question goes to everybody on the link, because no station is known. The last question to a known next hop
 * does, too: some routers limit or ignore unicast questions, and all subscribers lose packets if it counts as dead. */
static bool
resolver_asks_all(const struct cgn_resolver_entry *e)
{
	return e->state == CGN_RESOLVER_STATE_ASKING ||
			(e->state == CGN_RESOLVER_STATE_PROBING && e->is_next_hop &&
					e->tries == TRIES - 1);
}

/* Ask for an entry: its station, or everybody. */
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
			resolver_asks_all(e) ? NULL : &mac);
	t->ops->send(t->ctx, e->n.port, buf, len);
	t->stats.requests++;
}

void
cgn_resolver_state_ask_now(void *arg, uint64_t now_ms)
{
	struct cgn_resolver_entry *e = arg;

	resolver_send_request(e);
	e->is_asked = true;
	/* A neighbour that was learned from its own request gets one question, PROVE_MS after that request. It stays
	 * known without an answer, but only an answer makes it proven. */
	if (e->state == CGN_RESOLVER_STATE_KNOWN) {
		resolver_wake(e, now_ms + resolver_fresh_ms(e) - PROVE_MS);
		return;
	}
	e->tries++;
	resolver_wake(e, now_ms + (e->state == CGN_RESOLVER_STATE_DOUBTED ? DOUBT_MS : TRY_MS));
}

void
cgn_resolver_state_ask(struct cgn_resolver_entry *e, uint64_t now_ms)
{
	struct cgn_resolver *t = e->table;
	enum cgn_resolver_queue_class class = CGN_RESOLVER_ASK_KNOWN;

	if (e->state == CGN_RESOLVER_STATE_ASKING && !e->is_next_hop)
		class = e->tries == 0 ? CGN_RESOLVER_ASK_FIRST : CGN_RESOLVER_ASK_AGAIN;
	/* All subscribers need the next hops of routes, so these go first. Usually they are few, but there may be
	 * thousands. Then the others take turns with the probes of known stations. */
	if ((e->is_next_hop && cgn_token_bucket_take(&t->hop_rate, now_ms)) ||
			cgn_resolver_queue_put(&t->queue, &e->turn, class, now_ms))
		cgn_resolver_state_ask_now(e, now_ms);
	else
		cgn_timerq_cancel(t->timers, &e->timer);
}

/* Whether an unanswered question is repeated. While many questions wait, an unknown address is asked for only
 * once. Otherwise a host that invents addresses would get three questions for each. */
static bool
resolver_may_try_again(const struct cgn_resolver_entry *e)
{
	if (e->state == CGN_RESOLVER_STATE_ASKING && !e->is_next_hop && e->table->queue.n > CROWD)
		return false;
	return e->tries < TRIES;
}

void
cgn_resolver_state_tell(struct cgn_resolver_entry *e, uint64_t now_ms)
{
	struct cgn_resolver *t = e->table;

	e->is_untold = !t->ops->tell(t->ctx, true, &e->n, now_ms);
	if (e->is_untold)
		resolver_wake(e, now_ms + AGAIN_MS);
}

/* Let the next hop of a route wait until it is asked again, longer each time. */
static void
resolver_wait_again(struct cgn_resolver_entry *e, uint64_t now_ms)
{
	e->again_ms = RTE_MIN(RTE_MAX(2 * e->again_ms, HOP_AGAIN_MS), HOP_AGAIN_MAX_MS);
	resolver_wake(e, now_ms + e->again_ms);
}

/* The workers must hear of it, because they hold packets or a MAC address for it. While one of them cannot be told, the
 * entry stays and tries again. The next hop of a route stays, too, and is asked again after a pause. */
void
cgn_resolver_state_lose(struct cgn_resolver_entry *e, uint64_t now_ms)
{
	struct cgn_resolver *t = e->table;

	cgn_resolver_table_set_state(e, CGN_RESOLVER_STATE_LOST);
	e->is_proven = false;
	e->has_claim = false;
	e->is_down = true;
	cgn_resolver_table_set_mac(e, NULL, now_ms);
	e->is_untold = !t->ops->tell(t->ctx, false, &e->n, now_ms);
	if (e->is_untold)
		resolver_wake(e, now_ms + AGAIN_MS);
	else if (e->is_next_hop)
		resolver_wait_again(e, now_ms);
	else
		cgn_resolver_table_del(t, e);
}

void
cgn_resolver_state_begin(
		struct cgn_resolver_entry *e, enum cgn_resolver_state state, uint64_t now_ms)
{
	/* This comes before the entry joins those that are asked for. Otherwise the entry itself could give
	 * way. */
	if (state == CGN_RESOLVER_STATE_ASKING)
		cgn_resolver_room_bound_asking(e->table, now_ms);
	/* There is no MAC address to tell of any more. The end of this search is told. */
	if (state == CGN_RESOLVER_STATE_ASKING)
		e->is_untold = false;
	cgn_resolver_table_set_state(e, state);
	e->tries = 0;
	cgn_resolver_state_ask(e, now_ms);
}

/* The known station has not answered: the station that claims the address has it now. */
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
	/* The timer is set before the workers are told: telling sets a shorter one if a worker cannot be
	 * told. */
	resolver_wake(e, now_ms + resolver_fresh_ms(e));
	cgn_resolver_state_tell(e, now_ms);
}

/* Another station claims the address of a known neighbour. Anybody on the link can send such a claim, so the known
 * station is asked first. */
static void
resolver_doubt(struct cgn_resolver_entry *e, const struct rte_ether_addr *mac, uint64_t now_ms)
{
	e->claim = *mac;
	e->has_claim = true;
	/* The questions are under way already; a second claimant does not start them anew. */
	if (e->state == CGN_RESOLVER_STATE_DOUBTED)
		return;
	if (now_ms < e->settled_ms)
		resolver_wake(e, e->settled_ms);
	else
		cgn_resolver_state_begin(e, CGN_RESOLVER_STATE_DOUBTED, now_ms);
}

static const char *
resolver_port_name(const struct cgn_resolver_entry *e)
{
	return e->table->conf->ports[e->n.port].name;
}

void
cgn_resolver_state_due(void *arg, uint64_t now_ms)
{
	struct cgn_resolver_entry *e = arg;

	if (e->is_untold && e->state != CGN_RESOLVER_STATE_LOST) {
		/* Set the probe first: telling replaces it by AGAIN_MS if the workers still cannot be told. */
		if (e->state != CGN_RESOLVER_STATE_STATIC)
			resolver_wake(e, now_ms + resolver_fresh_ms(e));
		cgn_resolver_state_tell(e, now_ms);
		return;
	}
	switch ((enum cgn_resolver_state)e->state) {
	case CGN_RESOLVER_STATE_KNOWN:
		/* Not asked yet: this question only proves the neighbour, it stays known without an answer. */
		if (!e->is_asked && !e->has_claim) {
			cgn_resolver_state_ask(e, now_ms);
			break;
		}
		cgn_resolver_state_begin(e,
				e->has_claim ? CGN_RESOLVER_STATE_DOUBTED
					     : CGN_RESOLVER_STATE_PROBING,
				now_ms);
		break;
	case CGN_RESOLVER_STATE_DOUBTED:
		if (e->tries < DOUBT_TRIES)
			cgn_resolver_state_ask(e, now_ms);
		else
			resolver_follow_claim(e, now_ms);
		break;
	case CGN_RESOLVER_STATE_ASKING:
	case CGN_RESOLVER_STATE_PROBING:
		if (resolver_may_try_again(e)) {
			cgn_resolver_state_ask(e, now_ms);
			break;
		}
		if (e->state == CGN_RESOLVER_STATE_ASKING)
			e->table->stats.failed++;
		else
			e->table->stats.expired++;
		if (e->is_next_hop)
			cgn_hoplog_down(&e->table->hops, &e->n.addr, e->n.port,
					resolver_port_name(e), now_ms);
		cgn_resolver_state_lose(e, now_ms);
		break;
	case CGN_RESOLVER_STATE_LOST:
		if (e->is_next_hop && !e->is_untold)
			cgn_resolver_state_begin(e, CGN_RESOLVER_STATE_ASKING, now_ms);
		else /* not all workers could be told, or no route has it any more */
			cgn_resolver_state_lose(e, now_ms);
		break;
	case CGN_RESOLVER_STATE_STATIC:
		break;
	}
}

void
cgn_resolver_state_watch(struct cgn_resolver_entry *e, uint64_t now_ms)
{
	if (e->turn.is_waiting)
		cgn_resolver_state_ask(e, now_ms);
	else if (e->state == CGN_RESOLVER_STATE_LOST)
		cgn_resolver_state_begin(e, CGN_RESOLVER_STATE_ASKING, now_ms);
	else if (e->state == CGN_RESOLVER_STATE_KNOWN && e->timer.due_ms > now_ms + HOP_FRESH_MS)
		resolver_wake(e, now_ms + HOP_FRESH_MS);
}

void
cgn_resolver_state_hint(struct cgn_resolver_entry *e, uint64_t now_ms, uint64_t ask_ms)
{
	cgn_resolver_table_set_state(e, CGN_RESOLVER_STATE_KNOWN);
	/* As if it was asked long ago: the next question is a probe, and without an answer it is forgotten. */
	e->is_asked = true;
	resolver_wake(e, now_ms + ask_ms);
	cgn_resolver_state_tell(e, now_ms);
}

/* The known station has spoken while another station claims its address. The pause until the next claim is followed
 * up bounds the number of questions that a flood of claims can cause. */
static void
resolver_refuse_claim(struct cgn_resolver_entry *e, uint64_t now_ms)
{
	struct cgn_resolver *t = e->table;

	t->stats.refused++;
	e->has_claim = false;
	e->settled_ms = now_ms + SETTLED_MS;
	cgn_resolver_table_log_claim(t,
			"claim to a neighbour's address is refused because its station answers",
			e->n.port, &e->n.addr, &e->claim, now_ms);
}

void
cgn_resolver_state_confirm(struct cgn_resolver_entry *e, const struct rte_ether_addr *mac,
		bool is_weak, uint64_t now_ms)
{
	bool is_other = memcmp(e->n.mac, mac, sizeof(*mac)) != 0;
	bool is_news = e->state == CGN_RESOLVER_STATE_ASKING ||
			e->state == CGN_RESOLVER_STATE_LOST || e->is_untold;
	bool was_over = e->n.is_over;
	/* Its first question is still to come: its timer runs, or it waits for its turn. A new timer would
	 * delay the question, and a station that talks often would never be asked. */
	bool waits = e->state == CGN_RESOLVER_STATE_KNOWN && !e->is_asked;

	if (e->state == CGN_RESOLVER_STATE_STATIC)
		return;
	if (cgn_resolver_is_known(e) && is_other) {
		/* RFC 4861 section 7.2.5: an advertisement without Override changes nothing, but the known station is
		 * asked. */
		if (is_weak && e->state == CGN_RESOLVER_STATE_KNOWN)
			cgn_resolver_state_begin(e, CGN_RESOLVER_STATE_PROBING, now_ms);
		else if (!is_weak)
			resolver_doubt(e, mac, now_ms);
		return;
	}
	e->heard_ms = now_ms;
	e->is_down = false;
	e->again_ms = 0;
	if (e->has_claim)
		resolver_refuse_claim(e, now_ms);
	if (e->state == CGN_RESOLVER_STATE_ASKING)
		e->table->stats.resolved++;
	/* Whether it is a next hop: a prepared configuration without its route may still be refused. */
	if (is_news)
		cgn_hoplog_up(&e->table->hops, &e->n.addr, e->n.port, now_ms);
	cgn_resolver_table_set_mac(e, mac, now_ms);
	cgn_resolver_table_set_state(e, CGN_RESOLVER_STATE_KNOWN);
	if (!waits)
		resolver_wake(e, now_ms + (e->is_asked ? resolver_fresh_ms(e) : PROVE_MS));
	if (is_news || e->n.is_over != was_over)
		cgn_resolver_state_tell(e, now_ms);
}
