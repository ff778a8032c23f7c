/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Ring of held SYNs in the order of arrival, with a hash of their connections.
 */
#include "dataplane/nat/synhold.h"

#include "shared/dpdk_compat.h"

#include <errno.h>
#include <stdlib.h>

#include <rte_common.h>

#define SOURCE_SHARE 8 /* remote addresses with the same hash may fill 1/8 of the ring */
#define GROUPS_BITS  8

struct entry {
	rte_be32_t rem_addr;
	rte_be32_t ext_addr;
	rte_be16_t rem_port;
	rte_be16_t ext_port;
	cgn_tick at;
	uint32_t next; /* of the same bucket, UINT32_MAX: none */
	uint16_t len;
	uint8_t port;
	bool live; /* not cancelled */
	uint8_t ip[CGN_SYNHOLD_QUOTE];
};

struct cgn_synhold {
	uint32_t max;
	uint32_t head;    /* oldest */
	uint32_t used;    /* entries from head on, including cancelled ones */
	uint32_t count;   /* live ones */
	uint32_t shift;   /* of the hash: 64 - bits of the number of buckets */
	uint64_t keys[2]; /* of the hash, odd */
	struct entry *at; /* ring */
	uint32_t *buckets;
	/* Entries of the ring by hash of their remote address. A cancelled entry counts until its place is
	 * free. */
	uint32_t taken[1 << GROUPS_BITS];
};

int
cgn_synhold_create(struct cgn_synhold **out, uint32_t max, const uint64_t keys[2])
{
	uint32_t n_buckets = rte_align32pow2(RTE_MAX(max, 16u));
	struct cgn_synhold *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return -ENOMEM;
	s->max = max;
	s->shift = 64 - (uint32_t)__builtin_ctz(n_buckets);
	s->keys[0] = keys[0] | 1;
	s->keys[1] = keys[1] | 1;
	s->at = calloc(RTE_MAX(max, 1u), sizeof(*s->at));
	s->buckets = malloc(n_buckets * sizeof(*s->buckets));
	if (s->at == NULL || s->buckets == NULL) {
		cgn_synhold_destroy(s);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < n_buckets; i++)
		s->buckets[i] = UINT32_MAX;
	*out = s;
	return 0;
}

void
cgn_synhold_destroy(struct cgn_synhold *s)
{
	if (s == NULL)
		return;
	free(s->at);
	free(s->buckets);
	free(s);
}

/* Multiply-shift hash with secret keys, so that senders of SYNs cannot choose their bucket. */
static uint32_t *
synhold_bucket(struct cgn_synhold *s, rte_be32_t rem_addr, rte_be16_t rem_port, rte_be32_t ext_addr,
		rte_be16_t ext_port)
{
	uint64_t h = ((uint64_t)rem_addr << 32 | ext_addr) * s->keys[0] +
			((uint64_t)rem_port << 16 | ext_port) * s->keys[1];

	return &s->buckets[h >> s->shift];
}

/* Counter of the ring entries of all remote addresses with the same hash. */
static uint32_t *
taken_by(struct cgn_synhold *s, rte_be32_t rem_addr)
{
	return &s->taken[(uint64_t)rem_addr * s->keys[0] >> (64 - GROUPS_BITS)];
}

/* The link to the live entry of a connection, NULL if there is none. */
static uint32_t *
synhold_find(struct cgn_synhold *s, rte_be32_t rem_addr, rte_be16_t rem_port, rte_be32_t ext_addr,
		rte_be16_t ext_port)
{
	uint32_t *link = synhold_bucket(s, rem_addr, rem_port, ext_addr, ext_port);

	for (; *link != UINT32_MAX; link = &s->at[*link].next) {
		const struct entry *e = &s->at[*link];

		if (e->rem_addr == rem_addr && e->rem_port == rem_port && e->ext_addr == ext_addr &&
				e->ext_port == ext_port)
			return link;
	}
	return NULL;
}

/* Free the place of the oldest entry. */
static void
drop_head(struct cgn_synhold *s)
{
	--*taken_by(s, s->at[s->head].rem_addr);
	s->head = (s->head + 1) % s->max;
	s->used--;
}

/* Drop cancelled entries from the front of the ring. */
static void
trim(struct cgn_synhold *s)
{
	while (s->used > 0 && !s->at[s->head].live)
		drop_head(s);
}

/* Whether a SYN of a remote address has room. One source must not fill the store. */
static bool
has_room(struct cgn_synhold *s, rte_be32_t rem_addr)
{
	return s->used < s->max && *taken_by(s, rem_addr) < RTE_MAX(s->max / SOURCE_SHARE, 1u);
}

/* Octets of a SYN to keep. Parsing left all headers in the first segment. */
static unsigned int
quote_len(const struct cgn_pkt *p)
{
	unsigned int there = RTE_MIN((unsigned int)p->total_len,
			rte_pktmbuf_data_len(p->m) - (unsigned int)p->l3_off);

	return RTE_MIN(there, (unsigned int)CGN_SYNHOLD_QUOTE);
}

bool
cgn_synhold_add(struct cgn_synhold *s, const struct cgn_pkt *p, cgn_tick now)
{
	uint32_t i, *head;
	struct entry *e;

	/* A retransmission does not restart the six seconds. */
	if (synhold_find(s, p->src, p->sport, p->dst, p->dport) != NULL)
		return true;
	if (!has_room(s, p->src))
		return false;
	i = (s->head + s->used) % s->max;
	head = synhold_bucket(s, p->src, p->sport, p->dst, p->dport);
	e = &s->at[i];
	e->rem_addr = p->src;
	e->rem_port = p->sport;
	e->ext_addr = p->dst;
	e->ext_port = p->dport;
	e->at = now;
	e->port = p->port;
	e->live = true;
	e->len = (uint16_t)quote_len(p);
	memcpy(e->ip, cgn_pkt_ip4(p), e->len);
	e->next = *head;
	*head = i;
	++*taken_by(s, p->src);
	s->used++;
	s->count++;
	return true;
}

uint32_t
cgn_synhold_count(const struct cgn_synhold *s)
{
	return s->count;
}

static void
unlink_entry(struct cgn_synhold *s, uint32_t *link)
{
	struct entry *e = &s->at[*link];

	*link = e->next;
	e->live = false;
	s->count--;
}

bool
cgn_synhold_cancel(struct cgn_synhold *s, rte_be32_t rem_addr, rte_be16_t rem_port,
		rte_be32_t ext_addr, rte_be16_t ext_port)
{
	uint32_t *link = synhold_find(s, rem_addr, rem_port, ext_addr, ext_port);

	if (link == NULL)
		return false;
	unlink_entry(s, link);
	trim(s);
	return true;
}

bool
cgn_synhold_due(struct cgn_synhold *s, cgn_tick now, struct cgn_synhold_due *out)
{
	struct entry *e;

	trim(s);
	if (s->used == 0)
		return false;
	e = &s->at[s->head];
	if (!cgn_tick_reached(now, e->at + cgn_ticks(CGN_SYNHOLD_S)))
		return false;
	/* It is found: trim() has removed cancelled entries from the front. */
	unlink_entry(s, synhold_find(s, e->rem_addr, e->rem_port, e->ext_addr, e->ext_port));
	drop_head(s);
	*out = (struct cgn_synhold_due){ .ip = e->ip, .len = e->len, .port = e->port };
	return true;
}
