/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Chooses the neighbour that gives way when the resolver's table is full, and the oldest question that gives way when
 * too many addresses are asked for. The files of the resolver call it before they add an entry.
 */
#include "controlplane/link/resolver_room.h"

#define SAMPLE       64   /* entries compared; the whole table would cost too much per newcomer */
#define STRIDE       7919 /* a prime, so that samples come from all parts of the table */
#define ASKING_SHARE 4    /* addresses that are asked for get 1/4 of the table at most */

/* How easily a neighbour gives way. 0: never. Otherwise the neighbour of the sample with the highest weight
 * gives way. Bit 32 puts all neighbours that are unproven or above their station's limit before all
 * others. */
static uint64_t
resolver_room_weight(const struct cgn_resolver_entry *e, uint32_t n_addresses)
{
	uint32_t n;

	if (e->table == NULL || !cgn_resolver_is_known(e) || e->is_next_hop)
		return 0;
	n = e->station->n_addresses;
	if (!e->is_proven || e->n.is_over)
		return UINT64_C(1) << 32 | n;
	return n > n_addresses + 1 ? n : 0;
}

/*
 * Two kinds of neighbours give way first: those that have never answered a question, and those above the limit of
 * their station. If the sample has none, a neighbour that has answered gives way, but only if its station keeps more
 * addresses than the newcomer's station will have. So a station with one address keeps it. Among equals, the one whose
 * station has most addresses goes. A host that fills the table with invented neighbours displaces its own, because
 * they are most of any sample.
 */
bool
cgn_resolver_room_make(struct cgn_resolver *t, uint32_t n_addresses, uint64_t now_ms)
{
	struct cgn_resolver_entry *worst = NULL;
	uint64_t most = 0;
	uint32_t n = 0;

	for (uint32_t i = 0; n < SAMPLE && i < t->max; i++) {
		struct cgn_resolver_entry *e = &t->entries[t->sample_at];
		uint64_t w = resolver_room_weight(e, n_addresses);

		t->sample_at = (t->sample_at + STRIDE) % t->max;
		n += e->table != NULL;
		if (w > most) {
			most = w;
			worst = e;
		}
	}
	/* The workers must forget it first: they would otherwise keep a MAC address that nobody refreshes. */
	if (worst == NULL || !t->ops->tell(t->ctx, false, &worst->n, now_ms))
		return false;
	t->stats.displaced++;
	cgn_resolver_table_del(t, worst);
	return true;
}

/* An address that still waits for its first question goes before one that was asked, because an answer to that one
 * may be on its way. Next hops of routes stay; they are few. */
static struct cgn_resolver_entry *
resolver_room_oldest_asking(struct cgn_resolver *t)
{
	struct cgn_resolver_entry *e = cgn_resolver_queue_oldest(&t->queue, CGN_RESOLVER_ASK_FIRST);

	if (e != NULL)
		return e;
	TAILQ_FOREACH(e, &t->asking, asking_link) {
		if (!e->is_next_hop)
			return e;
	}
	return NULL;
}

void
cgn_resolver_room_bound_asking(struct cgn_resolver *t, uint64_t now_ms)
{
	struct cgn_resolver_entry *e = NULL;

	/* First questions get at least half of the rate. So at most two seconds' worth of them may wait: workers do not
	 * hold packets for longer. */
	if (t->n_asking >= t->max / ASKING_SHARE ||
			t->queue.n_of[CGN_RESOLVER_ASK_FIRST] >= t->queue.rate.per_s)
		e = resolver_room_oldest_asking(t);
	if (e == NULL)
		return;
	/* A worker that cannot be told now gives up on its own a little later. */
	t->ops->tell(t->ctx, false, &e->n, now_ms);
	t->stats.failed++;
	cgn_resolver_table_del(t, e);
}
