/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * IPv4 reassembly: chains of fragments in hash tables and lists, with a fair share per source.
 */
#include "dataplane/pkt/reassembly.h"

#include "shared/dpdk_compat.h"

#include <errno.h>
#include <string.h>

#include <rte_jhash.h>
#include <rte_malloc.h>

#define NONE          UINT32_MAX
#define FRAGMENTS_MIN 8
#define SOURCE_SHARE  8 /* a source may hold 1/8 of the fragments */
#define OUT_OF_ORDER  2 /* all chains that did not begin with their first fragment may hold 1/2 */
#define EVICTIONS_MAX 8 /* chains dropped for one fragment, so that the work is bounded */
#define IP4_LEN_MAX   65535u
#define IP_ECN_CE     3

/* Doubly linked lists of chains by index. */
enum list_id {
	BY_AGE,    /* all chains, oldest first */
	BY_SOURCE, /* those of one source, oldest first */
	BY_ORDER,  /* those that are not in_order and hold something, oldest first */
	LISTS,
};

struct list {
	uint32_t head;
	uint32_t tail;
};

struct link {
	uint32_t prev;
	uint32_t next;
};

/* Key of a chain; hashed as bytes. */
struct key {
	uint32_t realm;
	rte_be32_t src;
	rte_be32_t dst;
	rte_be16_t id;
	uint8_t proto;
	uint8_t side;
};
static_assert(sizeof(struct key) == 16, "key is hashed: no padding allowed");

/* A held fragment. */
struct node {
	struct rte_mbuf *m;
	uint32_t next; /* next of the chain by offset, or of the free nodes */
	uint16_t off;  /* octets */
	uint16_t len;  /* octets behind the IPv4 header */
	uint16_t l3_off;
	uint8_t hdr_len;
	uint8_t flags; /* CGN_PF_* */
	uint8_t port;
	uint8_t tos;
};

struct chain {
	struct key key;
	uint32_t hash_next; /* next of the bucket, or of the free chains */
	uint32_t source;
	struct link link[LISTS];
	uint32_t first; /* nodes by offset */
	uint32_t last;
	cgn_tick deadline;
	uint32_t end;  /* octets of the datagram behind the header; 0: not known yet */
	uint32_t have; /* octets of them held */
	uint16_t n;
	uint16_t largest; /* octets of the largest fragment's IP packet */
	bool in_order;    /* the chain began with its first fragment */
	uint8_t poison; /* verdict of everything that still comes, enum cgn_verdict; CGN_V_NONE: none */
};

/* One sender. */
struct source {
	uint32_t realm;
	rte_be32_t addr;
	uint32_t hash_next; /* next of the bucket, or of the free sources */
	uint32_t charge;    /* fragments held plus poisoned chains */
	struct list chains;
	uint8_t side;
};

struct cgn_reassembly {
	uint32_t max;
	uint32_t mask; /* of both hash tables */
	uint32_t seed;
	uint32_t n_held;
	uint32_t n_out_of_order; /* fragments of chains that are not in_order */
	uint32_t free_node;
	uint32_t free_chain;
	uint32_t free_source;
	struct list by_age;
	struct list by_order;
	struct node *nodes;
	struct chain *chains;
	struct source *sources;
	uint32_t *chain_buckets;
	uint32_t *source_buckets;
};

static struct list *
chain_list_of(struct cgn_reassembly *f, enum list_id id, uint32_t chain)
{
	if (id == BY_AGE)
		return &f->by_age;
	return id == BY_ORDER ? &f->by_order : &f->sources[f->chains[chain].source].chains;
}

static void
list_append(struct cgn_reassembly *f, enum list_id id, uint32_t i)
{
	struct list *l = chain_list_of(f, id, i);

	f->chains[i].link[id] = (struct link){ .prev = l->tail, .next = NONE };
	if (l->tail == NONE)
		l->head = i;
	else
		f->chains[l->tail].link[id].next = i;
	l->tail = i;
}

static void
list_remove(struct cgn_reassembly *f, enum list_id id, uint32_t i)
{
	struct list *l = chain_list_of(f, id, i);
	struct link at = f->chains[i].link[id];

	if (at.prev == NONE)
		l->head = at.next;
	else
		f->chains[at.prev].link[id].next = at.next;
	if (at.next == NONE)
		l->tail = at.prev;
	else
		f->chains[at.next].link[id].prev = at.prev;
}

static uint32_t *
chain_bucket(struct cgn_reassembly *f, const struct key *k)
{
	return &f->chain_buckets[rte_jhash_32b((const uint32_t *)k, sizeof(*k) / 4, f->seed) &
			f->mask];
}

static uint32_t *
source_bucket(struct cgn_reassembly *f, const struct key *k)
{
	return &f->source_buckets[rte_jhash_3words(k->realm, k->src, k->side, f->seed) & f->mask];
}

static uint32_t
find_chain(struct cgn_reassembly *f, const struct key *k)
{
	uint32_t i = *chain_bucket(f, k);

	while (i != NONE && memcmp(&f->chains[i].key, k, sizeof(*k)) != 0)
		i = f->chains[i].hash_next;
	return i;
}

static uint32_t
find_source(struct cgn_reassembly *f, const struct key *k)
{
	uint32_t i = *source_bucket(f, k);

	for (; i != NONE; i = f->sources[i].hash_next) {
		const struct source *s = &f->sources[i];

		if (s->addr == k->src && s->realm == k->realm && s->side == k->side)
			break;
	}
	return i;
}

/* Get the source of a key, or make it. There are as many sources as chains, so one is always free. */
static uint32_t
get_source(struct cgn_reassembly *f, const struct key *k)
{
	uint32_t i = find_source(f, k);
	uint32_t *bucket = source_bucket(f, k);

	if (i != NONE)
		return i;
	i = f->free_source;
	f->free_source = f->sources[i].hash_next;
	f->sources[i] = (struct source){
		.realm = k->realm,
		.addr = k->src,
		.side = k->side,
		.hash_next = *bucket,
		.chains = { NONE, NONE },
	};
	*bucket = i;
	return i;
}

/* Free a source without chains. */
static void
put_source(struct cgn_reassembly *f, uint32_t i, const struct key *k)
{
	uint32_t *at = source_bucket(f, k);

	if (f->sources[i].chains.head != NONE)
		return;
	while (*at != i)
		at = &f->sources[*at].hash_next;
	*at = f->sources[i].hash_next;
	f->sources[i].hash_next = f->free_source;
	f->free_source = i;
}

static uint32_t
new_chain(struct cgn_reassembly *f, const struct key *k, bool in_order, cgn_tick deadline)
{
	uint32_t *bucket = chain_bucket(f, k);
	uint32_t i = f->free_chain;

	f->free_chain = f->chains[i].hash_next;
	f->chains[i] = (struct chain){
		.key = *k,
		.hash_next = *bucket,
		.source = get_source(f, k),
		.first = NONE,
		.last = NONE,
		.deadline = deadline,
		.in_order = in_order,
		.poison = CGN_V_NONE,
	};
	*bucket = i;
	list_append(f, BY_AGE, i);
	list_append(f, BY_SOURCE, i);
	if (!in_order)
		list_append(f, BY_ORDER, i);
	return i;
}

/* Free the nodes of a chain. Their mbufs are freed, or have a new owner. @return how many */
static unsigned int
drop_nodes(struct cgn_reassembly *f, struct chain *c, bool free_mbufs)
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
	c->first = c->last = NONE;
	c->n = 0;
	f->n_held -= n;
	f->sources[c->source].charge -= n;
	if (!c->in_order)
		f->n_out_of_order -= n;
	if (!c->in_order && c->poison == CGN_V_NONE)
		list_remove(f, BY_ORDER, (uint32_t)(c - f->chains));
	return n;
}

/* Free a chain. @return number of fragments it held */
static unsigned int
drop_chain(struct cgn_reassembly *f, uint32_t i, bool free_mbufs)
{
	struct chain *c = &f->chains[i];
	uint32_t *at = chain_bucket(f, &c->key);
	unsigned int n = drop_nodes(f, c, free_mbufs);

	if (c->poison != CGN_V_NONE)
		f->sources[c->source].charge--;
	list_remove(f, BY_AGE, i);
	list_remove(f, BY_SOURCE, i);
	put_source(f, c->source, &c->key);
	while (*at != i)
		at = &f->chains[*at].hash_next;
	*at = c->hash_next;
	c->hash_next = f->free_chain;
	f->free_chain = i;
	return n;
}

/* Poison a chain: drop what it holds and everything that still comes for it. @return the verdict */
static enum cgn_verdict
poison(struct cgn_reassembly *f, uint32_t i, enum cgn_verdict v, struct cgn_reassembly_out *out)
{
	struct chain *c = &f->chains[i];

	out->n_freed = drop_nodes(f, c, true);
	out->freed = v;
	f->sources[c->source].charge++;
	c->poison = (uint8_t)v;
	return v;
}

/* Drop the oldest chain of a list, but not the current one. @return false: there is none */
static bool
evict_chain(struct cgn_reassembly *f, enum list_id id, uint32_t head, uint32_t current,
		struct cgn_reassembly_out *out)
{
	if (head != NONE && head == current)
		head = f->chains[head].link[id].next;
	if (head == NONE)
		return false;
	out->n_freed += drop_chain(f, head, true);
	out->freed = CGN_V_FRAG_FULL;
	return true;
}

/* Whether a source has used up its share. @param s  or NONE */
static bool
is_over_share(const struct cgn_reassembly *f, uint32_t s)
{
	return s != NONE && f->sources[s].charge >= f->max / SOURCE_SHARE;
}

/* Whether there is a free node, and a free chain if the fragment needs one. @param current  its chain,
 * NONE: it needs one */
static bool
has_place(const struct cgn_reassembly *f, uint32_t current)
{
	return f->free_node != NONE && (current != NONE || f->free_chain != NONE);
}

/*
 * Make room for one more fragment, and for its chain if it is new.
 *
 * A chain in order evicts the oldest chain of its source, or of all. Chains out of order are what a forger can
 * send easily, so they have only a part of the room. If it is full, the oldest of them gives way. So forgers
 * shorten the time of such chains, but do not keep them out.
 */
static bool
make_fragment_room(struct cgn_reassembly *f, const struct key *k, uint32_t current, bool in_order,
		struct cgn_reassembly_out *out)
{
	for (unsigned int i = 0; i <= EVICTIONS_MAX; i++) {
		bool is_part_full = !in_order && f->n_out_of_order >= f->max / OUT_OF_ORDER;
		uint32_t s = find_source(f, k);
		bool over = is_over_share(f, s), ok;

		/* Evicting a chain may have freed its source, so everything is tested anew in each round. */
		if (!over && !is_part_full && has_place(f, current))
			return true;
		if (i == EVICTIONS_MAX || (over && !in_order))
			return false;
		if (over)
			ok = evict_chain(f, BY_SOURCE, f->sources[s].chains.head, current, out);
		else if (is_part_full)
			ok = evict_chain(f, BY_ORDER, f->by_order.head, current, out);
		else
			ok = evict_chain(f, BY_AGE, f->by_age.head, current, out);
		if (!ok)
			return false;
	}
	return false;
}

/* Position of a fragment in its datagram, octets. */
struct piece {
	uint32_t off;
	uint32_t end;
	bool more;
	uint8_t hdr_len;
	uint8_t tos;
};

static struct piece
piece_of(const struct cgn_pkt *p)
{
	const struct rte_ipv4_hdr *ip = cgn_pkt_ip4(p);
	unsigned int field = rte_be_to_cpu_16(ip->fragment_offset);
	unsigned int hdr_len = (unsigned int)p->l4_off - p->l3_off;
	uint32_t off = (field & RTE_IPV4_HDR_OFFSET_MASK) * RTE_IPV4_HDR_OFFSET_UNITS;

	return (struct piece){
		.off = off,
		.end = off + p->total_len - hdr_len,
		.more = (field & RTE_IPV4_HDR_MF_FLAG) != 0,
		.hdr_len = (uint8_t)hdr_len,
		.tos = ip->type_of_service,
	};
}

/* The last node that begins at or before an offset. With fragments in order only one node is looked at. */
static uint32_t
find_before(const struct cgn_reassembly *f, const struct chain *c, uint32_t off)
{
	uint32_t before = NONE;

	if (c->last != NONE && f->nodes[c->last].off <= off)
		return c->last;
	for (uint32_t i = c->first; i != NONE && f->nodes[i].off <= off; i = f->nodes[i].next)
		before = i;
	return before;
}

static uint32_t
node_end(const struct node *n)
{
	return (uint32_t)n->off + n->len;
}

/* Whether a fragment overlaps what is held, or contradicts the datagram's end. */
static bool
contradicts(const struct cgn_reassembly *f, const struct chain *c, uint32_t before, struct piece x)
{
	uint32_t after = before == NONE ? c->first : f->nodes[before].next;

	if (before != NONE && node_end(&f->nodes[before]) > x.off)
		return true;
	if (after != NONE && f->nodes[after].off < x.end)
		return true;
	if (c->end != 0)
		return !x.more || x.end > c->end;
	return !x.more && c->last != NONE && node_end(&f->nodes[c->last]) > x.end;
}

/* Whether the datagram would exceed the maximum length of IPv4. */
static bool
too_long(const struct cgn_reassembly *f, const struct chain *c, struct piece x)
{
	uint32_t end = c->last == NONE ? 0 : node_end(&f->nodes[c->last]);
	uint32_t hdr_len = sizeof(struct rte_ipv4_hdr);

	if (x.off == 0)
		hdr_len = x.hdr_len;
	else if (c->first != NONE && f->nodes[c->first].off == 0)
		hdr_len = f->nodes[c->first].hdr_len;
	return hdr_len + RTE_MAX(end, x.end) > IP4_LEN_MAX;
}

static void
insert(struct cgn_reassembly *f, struct chain *c, uint32_t before, const struct cgn_pkt *p,
		struct piece x)
{
	uint32_t i = f->free_node;
	struct node *n = &f->nodes[i];
	uint32_t *at = before == NONE ? &c->first : &f->nodes[before].next;

	f->free_node = n->next;
	*n = (struct node){
		.m = p->m,
		.next = *at,
		.off = (uint16_t)x.off,
		.len = (uint16_t)(x.end - x.off),
		.l3_off = p->l3_off,
		.hdr_len = x.hdr_len,
		.flags = p->flags,
		.port = p->port,
		.tos = x.tos,
	};
	*at = i;
	if (n->next == NONE)
		c->last = i;
	if (!x.more)
		c->end = x.end;
	c->have += n->len;
	if (c->largest < p->total_len)
		c->largest = p->total_len;
	c->n++;
	f->n_held++;
	f->sources[c->source].charge++;
	if (!c->in_order)
		f->n_out_of_order++;
}

/* Remove the headers of a fragment. A first segment without other data is freed. */
static struct rte_mbuf *
strip_fragment(struct rte_mbuf *m, unsigned int len)
{
	m->data_off = (uint16_t)(m->data_off + len);
	m->data_len = (uint16_t)(m->data_len - len);
	m->pkt_len -= len;
	while (m->data_len == 0 && m->next != NULL) {
		struct rte_mbuf *next = m->next;

		next->pkt_len = m->pkt_len;
		next->nb_segs = (uint16_t)(m->nb_segs - 1);
		rte_pktmbuf_free_seg(m);
		m = next;
	}
	return m;
}

/* Merge the mbufs of a complete chain behind the headers of the first one. */
static void
merge(struct cgn_reassembly *f, const struct chain *c, struct cgn_pkt *p)
{
	const struct node *first = &f->nodes[c->first];
	struct rte_mbuf *head = first->m;
	struct rte_mbuf *tail = rte_pktmbuf_lastseg(head);
	struct rte_ipv4_hdr *ip;
	bool ce = false;

	for (uint32_t i = first->next; i != NONE; i = f->nodes[i].next) {
		const struct node *n = &f->nodes[i];
		struct rte_mbuf *m = strip_fragment(n->m, (unsigned int)n->l3_off + n->hdr_len);

		ce |= (n->tos & IP_ECN_CE) == IP_ECN_CE;
		head->nb_segs = (uint16_t)(head->nb_segs + m->nb_segs);
		head->pkt_len += m->pkt_len;
		tail->next = m;
		tail = rte_pktmbuf_lastseg(m);
		p->flags |= n->flags & CGN_PF_BROADCAST;
	}
	/* The device checked the fragments, not the datagram. */
	head->ol_flags &= ~(RTE_MBUF_F_RX_IP_CKSUM_MASK | RTE_MBUF_F_RX_L4_CKSUM_MASK);
	p->m = head;
	p->l3_off = first->l3_off;
	p->l4_off = (uint16_t)(first->l3_off + first->hdr_len);
	p->total_len = (uint16_t)(first->hdr_len + c->end);
	p->frag_size = c->largest;
	p->flags |= CGN_PF_WAS_FRAG | (first->flags & CGN_PF_BROADCAST);
	ip = cgn_pkt_ip4(p);
	ip->total_length = rte_cpu_to_be_16(p->total_len);
	/* DF is kept: it limits how the datagram may be cut again. */
	ip->fragment_offset &= RTE_BE16(RTE_IPV4_HDR_DF_FLAG);
	if (ce && (ip->type_of_service & IP_ECN_CE) != 0) /* RFC 3168 section 5.3 */
		ip->type_of_service |= IP_ECN_CE;
	ip->hdr_checksum = 0;
	ip->hdr_checksum = (rte_be16_t)~rte_raw_cksum(ip, first->hdr_len);
}

/* Check a fragment against its existing chain. CGN_V_NONE: it belongs behind *before. */
static enum cgn_verdict
check_against(struct cgn_reassembly *f, uint32_t i, struct piece x, uint32_t *before,
		struct cgn_reassembly_out *out)
{
	struct chain *c = &f->chains[i];

	if (c->poison != CGN_V_NONE)
		return (enum cgn_verdict)c->poison;
	*before = find_before(f, c, x.off);
	if (*before != NONE && f->nodes[*before].off == x.off &&
			node_end(&f->nodes[*before]) == x.end && x.more == (c->end != x.end))
		return CGN_V_FRAG_OVERLAP; /* a duplicate: the chain stays as it is */
	if (contradicts(f, c, *before, x))
		return poison(f, i, CGN_V_FRAG_OVERLAP, out);
	if (too_long(f, c, x))
		return poison(f, i, CGN_V_FRAG_LENGTH, out);
	return c->n < CGN_REASSEMBLY_CHAIN_MAX ? CGN_V_NONE : CGN_V_FRAG_FULL;
}

enum cgn_verdict
cgn_reassembly_add(struct cgn_reassembly *f, struct cgn_pkt *p, uint32_t realm, cgn_tick now,
		cgn_tick timeout, struct cgn_reassembly_out *out)
{
	const struct rte_ipv4_hdr *ip = cgn_pkt_ip4(p);
	struct piece x = piece_of(p);
	struct key k = {
		.realm = realm,
		.src = p->src,
		.dst = p->dst,
		.id = ip->packet_id,
		.proto = ip->next_proto_id,
		.side = p->side,
	};
	uint32_t i = find_chain(f, &k);
	bool in_order = i == NONE ? x.off == 0 : f->chains[i].in_order;
	uint32_t before = NONE;
	enum cgn_verdict v;
	struct chain *c;

	*out = (struct cgn_reassembly_out){ .freed = CGN_V_NONE };
	if (i != NONE) {
		v = check_against(f, i, x, &before, out);
		if (v != CGN_V_NONE)
			return v;
	}
	if (!make_fragment_room(f, &k, i, in_order, out))
		return CGN_V_FRAG_FULL;
	if (i == NONE)
		i = new_chain(f, &k, in_order, now + timeout);
	c = &f->chains[i];
	insert(f, c, before, p, x);
	/* Fragments do not overlap, so their octets tell whether all are there. While the end is not known,
	 * c->end is 0. */
	if (c->have != c->end)
		return CGN_V_NONE;
	merge(f, c, p);
	out->whole = true;
	out->n_merged = drop_chain(f, i, false) - 1;
	return CGN_V_NONE;
}

/* Report a chain that is about to be dropped. */
static void
report(struct cgn_reassembly *f, const struct chain *c, cgn_reassembly_expired_fn fn, void *ctx)
{
	struct cgn_reassembly_expired x = { .n = c->n, .realm = c->key.realm };
	const struct node *n = &f->nodes[c->first];
	struct cgn_pkt first;

	if (n->off == 0) {
		first = (struct cgn_pkt){
			.m = n->m,
			.src = c->key.src,
			.dst = c->key.dst,
			.l3_off = n->l3_off,
			.l4_off = (uint16_t)(n->l3_off + n->hdr_len),
			.total_len = (uint16_t)(n->hdr_len + n->len),
			.kind = CGN_PK_FRAGMENT,
			.flags = n->flags,
			.proto = CGN_PROTO_COUNT,
			.port = n->port,
			.side = c->key.side,
			.realm = c->key.realm,
		};
		x.has_first = true;
		x.first = &first;
	}
	fn(ctx, &x);
}

bool
cgn_reassembly_is_due(const struct cgn_reassembly *f, cgn_tick now)
{
	return f->by_age.head != NONE && cgn_tick_reached(now, f->chains[f->by_age.head].deadline);
}

unsigned int
cgn_reassembly_expire(struct cgn_reassembly *f, cgn_tick now, unsigned int budget,
		cgn_reassembly_expired_fn fn, void *ctx)
{
	unsigned int n = 0;

	for (; budget > 0 && cgn_reassembly_is_due(f, now); budget--) {
		uint32_t i = f->by_age.head;

		if (fn != NULL && f->chains[i].n > 0)
			report(f, &f->chains[i], fn, ctx);
		n += drop_chain(f, i, true);
	}
	return n;
}

unsigned int
cgn_reassembly_flush(struct cgn_reassembly *f)
{
	unsigned int n = 0;

	while (f->by_age.head != NONE)
		n += drop_chain(f, f->by_age.head, true);
	return n;
}

unsigned int
cgn_reassembly_held(const struct cgn_reassembly *f)
{
	return f->n_held;
}

/* All entries are free, all hash buckets empty. */
static void
init_reassembly_tables(struct cgn_reassembly *f)
{
	for (uint32_t i = 0; i < f->max; i++) {
		uint32_t next = i + 1 < f->max ? i + 1 : NONE;

		f->nodes[i].next = next;
		f->chains[i].hash_next = next;
		f->sources[i].hash_next = next;
	}
	memset(f->chain_buckets, 0xff, sizeof(uint32_t) * ((size_t)f->mask + 1));
	memset(f->source_buckets, 0xff, sizeof(uint32_t) * ((size_t)f->mask + 1));
	f->by_age = (struct list){ NONE, NONE };
	f->by_order = (struct list){ NONE, NONE };
}

int
cgn_reassembly_create(
		struct cgn_reassembly **out, unsigned int max_fragments, uint32_t seed, int socket)
{
	struct cgn_reassembly *f;
	size_t buckets;

	if (max_fragments < FRAGMENTS_MIN || max_fragments > UINT32_C(1) << 24)
		return -EINVAL;
	f = rte_zmalloc_socket("cgn_reassembly", sizeof(*f), RTE_CACHE_LINE_SIZE, socket);
	if (f == NULL)
		return -ENOMEM;
	f->max = max_fragments;
	f->mask = rte_align32pow2(2 * max_fragments) - 1;
	f->seed = seed;
	buckets = (size_t)f->mask + 1;
	f->nodes = rte_zmalloc_socket("cgn_reassembly", f->max * sizeof(*f->nodes), 0, socket);
	f->chains = rte_zmalloc_socket("cgn_reassembly", f->max * sizeof(*f->chains), 0, socket);
	f->sources = rte_zmalloc_socket("cgn_reassembly", f->max * sizeof(*f->sources), 0, socket);
	f->chain_buckets = rte_malloc_socket(
			"cgn_reassembly", buckets * sizeof(uint32_t), 0, socket);
	f->source_buckets = rte_malloc_socket(
			"cgn_reassembly", buckets * sizeof(uint32_t), 0, socket);
	if (f->nodes == NULL || f->chains == NULL || f->sources == NULL ||
			f->chain_buckets == NULL || f->source_buckets == NULL) {
		f->by_age.head = NONE;
		cgn_reassembly_destroy(f);
		return -ENOMEM;
	}
	init_reassembly_tables(f);
	*out = f;
	return 0;
}

void
cgn_reassembly_destroy(struct cgn_reassembly *f)
{
	if (f == NULL)
		return;
	cgn_reassembly_flush(f);
	rte_free(f->nodes);
	rte_free(f->chains);
	rte_free(f->sources);
	rte_free(f->chain_buckets);
	rte_free(f->source_buckets);
	rte_free(f);
}
