/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Reassembly of IPv6 packets. It is simpler than reassembly.c: there are no classes of chains and no lists per
 * source.
 */
#include "dataplane/softwire/reassembly6.h"

#include "shared/dpdk_compat.h"

#include <errno.h>
#include <stdlib.h>

#include <rte_jhash.h>

#define NONE         UINT32_MAX
#define SENDER_SHARE 8 /* a sender may hold 1/8 of the fragments */

/** A held fragment. */
struct node {
	struct rte_mbuf *m;
	uint32_t next; /* of the chain by offset; of the free nodes */
	uint16_t off;  /* of the payload */
	uint16_t len;
	uint16_t at; /* of the payload in the mbuf */
	uint8_t next_header;
};

/** What is held of one packet. */
struct chain {
	struct cgn_reassembly6_key key;
	uint32_t hash_next; /* of the bucket; of the free chains */
	uint32_t older;
	uint32_t newer;
	uint32_t first; /* nodes by offset */
	uint32_t last;
	uint32_t n;
	uint32_t end;  /* octets of the payload; 0: not known yet */
	uint32_t have; /* of them held */
	cgn_tick deadline;
	bool is_ce;
	bool is_poisoned; /* everything that comes is dropped as an overlap */
};

struct cgn_reassembly6 {
	uint32_t max; /* of fragments, and of chains */
	uint32_t mask;
	uint32_t seed;
	uint32_t n_held;
	uint32_t free_node;
	uint32_t free_chain;
	uint32_t oldest;
	uint32_t newest;
	struct node *nodes;
	struct chain *chains;
	uint32_t *buckets;
	uint16_t *held; /* by hash of the sender; two with the same hash share the count */
};

static uint32_t *
bucket6_of(const struct cgn_reassembly6 *f, const struct cgn_reassembly6_key *k)
{
	return &f->buckets[rte_jhash_32b((const uint32_t *)k, sizeof(*k) / 4, f->seed) & f->mask];
}

static uint16_t *
held_of(const struct cgn_reassembly6 *f, uint32_t sender)
{
	return &f->held[rte_jhash_1word(sender, f->seed) & f->mask];
}

static uint32_t
find_chain6(const struct cgn_reassembly6 *f, const struct cgn_reassembly6_key *k)
{
	uint32_t i = *bucket6_of(f, k);

	while (i != NONE && memcmp(&f->chains[i].key, k, sizeof(*k)) != 0)
		i = f->chains[i].hash_next;
	return i;
}

/* Free the nodes of a chain. Their mbufs are freed, or have a new owner. @return how many */
static unsigned int
drop_nodes6(struct cgn_reassembly6 *f, struct chain *c, bool free_mbufs)
{
	unsigned int n = c->n;

	for (uint32_t i = c->first, next; i != NONE; i = next) {
		next = f->nodes[i].next;
		if (free_mbufs)
			rte_pktmbuf_free(f->nodes[i].m);
		f->nodes[i].m = NULL;
		f->nodes[i].next = f->free_node;
		f->free_node = i;
	}
	*held_of(f, c->key.sender) = (uint16_t)(*held_of(f, c->key.sender) - n);
	f->n_held -= n;
	c->first = c->last = NONE;
	c->n = 0;
	return n;
}

static unsigned int
drop_chain6(struct cgn_reassembly6 *f, uint32_t i, bool free_mbufs)
{
	struct chain *c = &f->chains[i];
	uint32_t *at = bucket6_of(f, &c->key);
	unsigned int n = drop_nodes6(f, c, free_mbufs);

	while (*at != i)
		at = &f->chains[*at].hash_next;
	*at = c->hash_next;
	if (c->older != NONE)
		f->chains[c->older].newer = c->newer;
	else
		f->oldest = c->newer;
	if (c->newer != NONE)
		f->chains[c->newer].older = c->older;
	else
		f->newest = c->older;
	c->hash_next = f->free_chain;
	f->free_chain = i;
	return n;
}

static uint32_t
new_chain6(struct cgn_reassembly6 *f, const struct cgn_reassembly6_key *k, cgn_tick now)
{
	uint32_t *bucket = bucket6_of(f, k);
	uint32_t i = f->free_chain;

	f->free_chain = f->chains[i].hash_next;
	f->chains[i] = (struct chain){
		.key = *k,
		.hash_next = *bucket,
		.older = f->newest,
		.newer = NONE,
		.first = NONE,
		.last = NONE,
		.deadline = now + cgn_ticks(CGN_FRAG6_TIME_S),
	};
	*bucket = i;
	if (f->newest != NONE)
		f->chains[f->newest].newer = i;
	else
		f->oldest = i;
	f->newest = i;
	return i;
}

/* Insert a fragment. @return false: it overlaps another, or contradicts the packet's end */
static bool
insert_node6(struct cgn_reassembly6 *f, struct chain *c, uint32_t n, bool more)
{
	struct node *node = &f->nodes[n];
	uint32_t end = (uint32_t)node->off + node->len;
	uint32_t before = NONE, after = c->first;

	if (c->last != NONE && f->nodes[c->last].off < node->off) {
		before = c->last; /* in order, like nearly all */
		after = NONE;
	}
	while (after != NONE && f->nodes[after].off < node->off) {
		before = after;
		after = f->nodes[after].next;
	}
	if (before != NONE && (uint32_t)f->nodes[before].off + f->nodes[before].len > node->off)
		return false;
	if ((after != NONE && f->nodes[after].off < end) || (c->end != 0 && end > c->end) ||
			(!more && (c->end != 0 || after != NONE)))
		return false;
	if (!more)
		c->end = end;
	node->next = after;
	if (before == NONE)
		c->first = n;
	else
		f->nodes[before].next = n;
	if (after == NONE)
		c->last = n;
	c->n++;
	c->have += node->len;
	return true;
}

/* Merge the payloads behind the headers of the first fragment. The mbufs then belong to the caller. */
static void
merge6(struct cgn_reassembly6 *f, uint32_t chain, struct cgn_reassembly6_out *out)
{
	struct chain *c = &f->chains[chain];
	const struct node *first = &f->nodes[c->first];
	struct rte_mbuf *head = first->m, *tail = rte_pktmbuf_lastseg(head);

	out->whole = head;
	out->at = first->at;
	out->next = first->next_header;
	out->is_ce = c->is_ce;
	out->n_merged = c->n - 1;
	for (uint32_t i = first->next; i != NONE; i = f->nodes[i].next) {
		struct rte_mbuf *m = f->nodes[i].m;

		/* The headers may span several segments. */
		for (uint32_t left = f->nodes[i].at; left > 0;) {
			uint16_t n = (uint16_t)RTE_MIN(left, (uint32_t)m->data_len);
			struct rte_mbuf *rest = m->next;

			rte_pktmbuf_adj(m, n);
			left -= n;
			if (left == 0 || rest == NULL)
				break;
			rest->pkt_len = m->pkt_len;
			rest->nb_segs = (uint16_t)(m->nb_segs - 1);
			m->next = NULL;
			m->nb_segs = 1;
			rte_pktmbuf_free_seg(m);
			m = rest;
		}
		tail->next = m;
		tail = rte_pktmbuf_lastseg(m);
		head->nb_segs = (uint16_t)(head->nb_segs + m->nb_segs);
		head->pkt_len += m->pkt_len;
	}
	drop_chain6(f, chain, false);
}

/* Whether one more fragment of a sender fits. The oldest chain may be evicted for it. */
static bool
make_room6(struct cgn_reassembly6 *f, uint32_t sender, uint32_t chain,
		struct cgn_reassembly6_out *out)
{
	if (*held_of(f, sender) >= RTE_MAX(f->max / SENDER_SHARE, 2u))
		return false;
	if (f->n_held < f->max && (chain != NONE || f->free_chain != NONE))
		return true;
	/* A chain is not evicted for its own fragment. */
	if (f->oldest == chain)
		return false;
	out->n_freed += drop_chain6(f, f->oldest, true);
	out->freed = CGN_V_FRAG_FULL;
	return f->n_held < f->max;
}

enum cgn_verdict
cgn_reassembly6_add(struct cgn_reassembly6 *f, const struct cgn_reassembly6_key *k,
		struct rte_mbuf *m, const struct cgn_outer *o, uint32_t end, bool is_ce,
		cgn_tick now, struct cgn_reassembly6_out *out)
{
	uint32_t chain = find_chain6(f, k), n;
	struct chain *c;

	if (chain != NONE && f->chains[chain].is_poisoned)
		return CGN_V_FRAG_OVERLAP;
	if ((chain != NONE && f->chains[chain].n == CGN_REASSEMBLY6_CHAIN_MAX) ||
			!make_room6(f, k->sender, chain, out))
		return CGN_V_FRAG_FULL;
	if (chain == NONE)
		chain = new_chain6(f, k, now);
	c = &f->chains[chain];
	n = f->free_node;
	f->free_node = f->nodes[n].next;
	f->nodes[n] = (struct node){
		.m = m,
		.off = o->off,
		.len = (uint16_t)(end - o->at),
		.at = o->at,
		.next_header = o->next,
	};
	if (!insert_node6(f, c, n, o->more)) {
		f->nodes[n].next = f->free_node;
		f->free_node = n;
		out->n_freed += drop_nodes6(f, c, true);
		out->freed = CGN_V_FRAG_OVERLAP;
		/* All fragments of a packet with overlaps are dropped (RFC 8200 section 4.5). The chain
		 * stays until its time is over, so that late fragments do not begin a new one. */
		c->is_poisoned = true;
		return CGN_V_FRAG_OVERLAP;
	}
	c->is_ce |= is_ce;
	f->n_held++;
	++*held_of(f, k->sender);
	if (c->end != 0 && c->have == c->end)
		merge6(f, chain, out);
	return CGN_V_NONE;
}

bool
cgn_reassembly6_is_due(const struct cgn_reassembly6 *f, cgn_tick now)
{
	return f->oldest != NONE && cgn_tick_reached(now, f->chains[f->oldest].deadline);
}

bool
cgn_reassembly6_holds(const struct cgn_reassembly6 *f, uint32_t sender)
{
	return *held_of(f, sender) != 0;
}

unsigned int
cgn_reassembly6_expire(struct cgn_reassembly6 *f, cgn_tick now, unsigned int budget)
{
	unsigned int n = 0;

	while (budget-- > 0 && cgn_reassembly6_is_due(f, now))
		n += drop_chain6(f, f->oldest, true);
	return n;
}

unsigned int
cgn_reassembly6_flush(struct cgn_reassembly6 *f)
{
	unsigned int n = 0;

	while (f->oldest != NONE)
		n += drop_chain6(f, f->oldest, true);
	return n;
}

unsigned int
cgn_reassembly6_held(const struct cgn_reassembly6 *f)
{
	return f->n_held;
}

int
cgn_reassembly6_create(struct cgn_reassembly6 **out, unsigned int max_fragments, uint32_t seed)
{
	struct cgn_reassembly6 *f = calloc(1, sizeof(*f));
	uint32_t max = RTE_MAX(max_fragments, 8u);
	uint32_t size = rte_align32pow2(max);

	if (f == NULL)
		return -ENOMEM;
	f->max = max;
	f->mask = size - 1;
	f->seed = seed;
	f->oldest = f->newest = NONE;
	f->nodes = calloc(max, sizeof(*f->nodes));
	f->chains = calloc(max, sizeof(*f->chains));
	f->buckets = calloc(size, sizeof(*f->buckets));
	f->held = calloc(size, sizeof(*f->held));
	if (f->nodes == NULL || f->chains == NULL || f->buckets == NULL || f->held == NULL) {
		cgn_reassembly6_destroy(f);
		return -ENOMEM;
	}
	memset(f->buckets, 0xff, size * sizeof(*f->buckets));
	f->free_node = f->free_chain = NONE;
	for (uint32_t i = max; i-- > 0;) {
		f->nodes[i].next = f->free_node;
		f->free_node = i;
		f->chains[i].hash_next = f->free_chain;
		f->free_chain = i;
	}
	*out = f;
	return 0;
}

void
cgn_reassembly6_destroy(struct cgn_reassembly6 *f)
{
	if (f == NULL)
		return;
	if (f->chains != NULL && f->nodes != NULL && f->buckets != NULL && f->held != NULL)
		cgn_reassembly6_flush(f);
	free(f->nodes);
	free(f->chains);
	free(f->buckets);
	free(f->held);
	free(f);
}
