/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/link/resolver_room.h"

#define SAMPLE       64   /* entries among which one is chosen */
#define STRIDE       7919 /* a prime, so that samples are of all parts of the table */
#define ASKING_SHARE 4    /* of the table, for addresses that are asked for */

/* How willingly a neighbour gives way: 0 never, else the most of a sample does. */
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
 * Neighbours give way that have only said who they are and have not answered yet, and those that are more than their
 * station may have. When there are none, those give way that have answered, if their station keeps more addresses
 * than the newcomer's will have: a station with one address keeps it. Of a sample goes one whose station has most
 * addresses. Who fills the table with invented neighbours displaces these, since most of a sample are such.
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
	if (worst == NULL || !t->ops->tell(t->ctx, false, &worst->n, now_ms))
		return false;
	t->stats.displaced++;
	cgn_resolver_table_del(t, worst);
	return true;
}

/* Who waits for a first question goes before who has had one: an answer may be on its way. Next hops stay; they are
 * few. */
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

	/* No more wait than half of the rate asks for in two seconds: later nobody waits for the answer. */
	if (t->n_asking >= t->max / ASKING_SHARE ||
			t->queue.n_of[CGN_RESOLVER_ASK_FIRST] >= t->queue.rate.per_s)
		e = resolver_room_oldest_asking(t);
	if (e == NULL)
		return;
	/* Workers that cannot be told now give up by themselves, a little later. */
	t->ops->tell(t->ctx, false, &e->n, now_ms);
	t->stats.failed++;
	cgn_resolver_table_del(t, e);
}
