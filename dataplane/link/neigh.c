/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Table of neighbours: a hash with chains, and a queue of entries with held packets.
 */
#include "dataplane/link/neigh.h"

#include "shared/mem.h"

#include <errno.h>

#define BUCKET_BITS 17
#define BUCKETS     (UINT32_C(1) << BUCKET_BITS)
static_assert(BUCKETS == 2 * CGN_NEIGH_MAX, "two buckets an entry");

int
cgn_neighs_init(struct cgn_neighs *t)
{
	*t = (struct cgn_neighs){ 0 };
	/* Sparse: most links have far fewer neighbours than the table has room for. */
	t->at = cgn_mem_map_sparse(((size_t)CGN_NEIGH_MAX + 1) * sizeof(*t->at));
	t->buckets = cgn_mem_map_sparse(BUCKETS * sizeof(*t->buckets));
	if (t->at == NULL || t->buckets == NULL) {
		cgn_neighs_fini(t);
		return -ENOMEM;
	}
	return 0;
}

void
cgn_neighs_fini(struct cgn_neighs *t)
{
	for (uint32_t i = 1; t->at != NULL && i <= t->n; i++)
		rte_pktmbuf_free_bulk(t->at[i].held, t->at[i].n_held);
	cgn_mem_unmap(t->at, ((size_t)CGN_NEIGH_MAX + 1) * sizeof(*t->at));
	cgn_mem_unmap(t->buckets, BUCKETS * sizeof(*t->buckets));
	*t = (struct cgn_neighs){ 0 };
}

static uint32_t
hash_of(uint16_t port, const struct cgn_ip *addr)
{
	uint32_t w[4] = { addr->ip4, 0, 0, 0 };

	if (addr->is_ip6)
		memcpy(w, addr->ip6.b, sizeof(w));
	/* The upper bits of the product are used, because they depend on the whole address. */
	return ((w[0] ^ w[1] * 5 ^ w[2] * 9 ^ w[3] * 17 ^ port) * UINT32_C(0x9e3779b1)) >>
			(32 - BUCKET_BITS);
}

static bool
equal(const struct cgn_ip *a, const struct cgn_ip *b)
{
	if (a->is_ip6 != b->is_ip6)
		return false;
	return a->is_ip6 ? memcmp(&a->ip6, &b->ip6, sizeof(a->ip6)) == 0 : a->ip4 == b->ip4;
}

uint32_t
cgn_neighs_find(const struct cgn_neighs *t, uint16_t port, const struct cgn_ip *addr)
{
	uint32_t i = t->buckets[hash_of(port, addr)];

	while (i != 0 && (t->at[i].port != port || !equal(&t->at[i].addr, addr)))
		i = t->at[i].next;
	return i;
}

uint32_t
cgn_neighs_get(struct cgn_neighs *t, uint16_t port, const struct cgn_ip *addr)
{
	uint32_t *head, i = cgn_neighs_find(t, port, addr);

	if (i != 0)
		return i;
	i = t->free;
	if (i != 0)
		t->free = t->at[i].next;
	else if (t->n < CGN_NEIGH_MAX)
		i = ++t->n;
	else
		return 0;
	head = &t->buckets[hash_of(port, addr)];
	t->at[i] = (struct cgn_neigh){ .port = port, .addr = *addr, .next = *head };
	*head = i;
	return i;
}

void
cgn_neighs_put(struct cgn_neighs *t, uint32_t i)
{
	struct cgn_neigh *n = &t->at[i];
	uint32_t *link = &t->buckets[hash_of(n->port, &n->addr)];

	while (*link != i)
		link = &t->at[*link].next;
	*link = n->next;
	n->next = t->free;
	t->free = i;
}

void
cgn_neighs_hold(struct cgn_neighs *t, uint32_t i, struct rte_mbuf *m, cgn_tick now)
{
	struct cgn_neigh *n = &t->at[i];

	if (n->n_held == 0) {
		/* Only the first held packet counts: the queue is in the order of the longest waiting. */
		n->held_at = now;
		n->older = t->newest;
		n->newer = 0;
		if (t->newest != 0)
			t->at[t->newest].newer = i;
		else
			t->oldest = i;
		t->newest = i;
	}
	n->held[n->n_held++] = m;
	t->n_kept++;
}

unsigned int
cgn_neighs_take_held(struct cgn_neighs *t, uint32_t i, struct rte_mbuf *out[CGN_NEIGH_HOLD])
{
	struct cgn_neigh *n = &t->at[i];
	unsigned int held = n->n_held;

	if (held == 0)
		return 0;
	memcpy(out, n->held, held * sizeof(*out));
	n->n_held = 0;
	t->n_kept -= held;
	if (n->older != 0)
		t->at[n->older].newer = n->newer;
	else
		t->oldest = n->newer;
	if (n->newer != 0)
		t->at[n->newer].older = n->older;
	else
		t->newest = n->older;
	return held;
}

uint32_t
cgn_neighs_get4(struct cgn_neighs *t, uint16_t port, rte_be32_t addr)
{
	struct cgn_ip ip = { .ip4 = addr };

	return cgn_neighs_get(t, port, &ip);
}
