/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The list of IPsec peers: a hash table by address, and an array of its rows for reading page by page.
 */
#include "controlplane/host/host_peers.h"

#include "shared/addr_text.h"
#include "shared/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS_MIN 256 /* a power of two */

CGN_LOG_TYPE("peers");

struct peer {
	struct peer *next; /* of the bucket */
	struct cgn_ip addr;
	uint32_t sa;
	uint32_t place; /* in the array */
	uint64_t since_ms;
	char identity[];
};

struct cgn_host_peers {
	uint32_t max;
	uint32_t seed;
	uint32_t n;
	uint32_t size;      /* places of at */
	uint32_t n_buckets; /* a power of two */
	struct peer **at;   /* without gaps */
	struct peer **buckets;
};

static bool
is_same(const struct cgn_ip *a, const struct cgn_ip *b)
{
	if (a->is_ip6 != b->is_ip6)
		return false;
	return a->is_ip6 ? memcmp(&a->ip6, &b->ip6, sizeof(a->ip6)) == 0 : a->ip4 == b->ip4;
}

static uint64_t
mix(uint64_t x)
{
	x ^= x >> 32;
	x *= UINT64_C(0xd6e8feb86659fd93);
	x ^= x >> 32;
	x *= UINT64_C(0xd6e8feb86659fd93);
	return x ^ x >> 32;
}

static struct peer **
bucket_of(const struct cgn_host_peers *h, const struct cgn_ip *addr)
{
	uint64_t words[2] = { 0 };

	if (addr->is_ip6)
		memcpy(words, &addr->ip6, sizeof(words));
	else
		words[0] = addr->ip4;
	return &h->buckets[mix(mix(words[0] ^ (uint64_t)h->seed << 32) ^ words[1]) &
			(h->n_buckets - 1)];
}

static struct peer *
peers_find(const struct cgn_host_peers *h, const struct cgn_ip *addr)
{
	struct peer *p = *bucket_of(h, addr);

	while (p != NULL && !is_same(&p->addr, addr))
		p = p->next;
	return p;
}

static void
peers_enter(struct cgn_host_peers *h, struct peer *p)
{
	struct peer **b = bucket_of(h, &p->addr);

	p->next = *b;
	*b = p;
}

static void
peers_leave(struct cgn_host_peers *h, struct peer *p)
{
	struct peer **b = bucket_of(h, &p->addr);

	while (*b != p)
		b = &(*b)->next;
	*b = p->next;
}

/* Without memory for more buckets the old ones still work, with longer chains. */
static void
peers_widen(struct cgn_host_peers *h)
{
	struct peer **wider = calloc((size_t)h->n_buckets * 2, sizeof(struct peer *));

	if (wider == NULL)
		return;
	free(h->buckets);
	h->buckets = wider;
	h->n_buckets *= 2;
	for (uint32_t i = 0; i < h->n; i++)
		peers_enter(h, h->at[i]);
}

static int
peers_reserve(struct cgn_host_peers *h)
{
	uint32_t size = h->size == 0 ? BUCKETS_MIN : h->size * 2;
	struct peer **at;

	if (h->n < h->size)
		return 0;
	at = realloc(h->at, size * sizeof(struct peer *));
	if (at == NULL)
		return -ENOMEM;
	h->at = at;
	h->size = size;
	if (h->n_buckets < size)
		peers_widen(h);
	return 0;
}

static int
check_identity(const char *identity)
{
	size_t len = strlen(identity);

	if (len == 0 || len > CGN_CTL_IDENTITY_MAX)
		return -ENAMETOOLONG;
	for (size_t i = 0; i < len; i++) {
		if (identity[i] < ' ' || identity[i] > '~')
			return -EILSEQ;
	}
	return 0;
}

static void
log_peer(const char *what, const struct peer *p)
{
	char buf[CGN_ADDR_TEXT_MAX];

	/* The identity comes last, so that it cannot be taken for other fields. */
	CGN_LOG(IPSEC_PEER, "%s address=%s sa=%u identity=%s", what,
			cgn_addr_text_format_ip(&p->addr, buf), p->sa, p->identity);
}

int
cgn_host_peers_set(struct cgn_host_peers *h, const struct cgn_ip *addr, const char *identity,
		uint32_t sa, uint64_t now_ms)
{
	struct peer *old = peers_find(h, addr);
	size_t len = strlen(identity) + 1;
	struct peer *p;
	int ret = check_identity(identity);

	if (ret < 0)
		return ret;
	if (old != NULL && old->sa == sa && strcmp(old->identity, identity) == 0)
		return 0;
	if (old == NULL && h->n == h->max)
		return -EUSERS;
	if (old == NULL && peers_reserve(h) < 0)
		return -ENOMEM;
	p = malloc(sizeof(*p) + len);
	if (p == NULL)
		return -ENOMEM;
	*p = (struct peer){ .addr = *addr,
		.sa = sa,
		.place = old == NULL ? h->n++ : old->place,
		.since_ms = now_ms };
	memcpy(p->identity, identity, len);
	if (old != NULL)
		peers_leave(h, old);
	free(old);
	h->at[p->place] = p;
	peers_enter(h, p);
	log_peer("peer is authenticated", p);
	return 0;
}

bool
cgn_host_peers_unset(struct cgn_host_peers *h, const struct cgn_ip *addr, const char *identity,
		uint32_t sa)
{
	struct peer *p = peers_find(h, addr);

	if (p == NULL || (identity != NULL && strcmp(identity, p->identity) != 0) ||
			(sa != 0 && p->sa > sa))
		return false;
	peers_leave(h, p);
	/* The last row moves to the free place, so that the array has no gaps. */
	h->at[p->place] = h->at[--h->n];
	h->at[p->place]->place = p->place;
	log_peer("peer is gone", p);
	free(p);
	return true;
}

const char *
cgn_host_peers_find(const struct cgn_host_peers *h, const struct cgn_ip *addr)
{
	const struct peer *p = peers_find(h, addr);

	return p == NULL ? NULL : p->identity;
}

uint32_t
cgn_host_peers_read(const struct cgn_host_peers *h, uint32_t *cursor,
		struct cgn_host_peers_row *rows, uint32_t max)
{
	uint32_t end = *cursor == 0 || *cursor > h->n ? h->n : *cursor;
	uint32_t n = 0;

	/* From the end to the beginning: a row that moves has come from the end, so it was read before. */
	while (end > 0 && n < max) {
		const struct peer *p = h->at[--end];
		struct cgn_host_peers_row *r = &rows[n++];

		r->addr = p->addr;
		r->sa = p->sa;
		r->since_ms = p->since_ms;
		strcpy(r->identity, p->identity);
	}
	*cursor = end;
	return n;
}

uint32_t
cgn_host_peers_count(const struct cgn_host_peers *h)
{
	return h->n;
}

int
cgn_host_peers_create(struct cgn_host_peers **out, uint32_t max, uint32_t seed)
{
	struct cgn_host_peers *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return -ENOMEM;
	*h = (struct cgn_host_peers){ .max = max, .seed = seed, .n_buckets = BUCKETS_MIN };
	h->buckets = calloc(BUCKETS_MIN, sizeof(h->buckets[0]));
	if (h->buckets == NULL) {
		free(h);
		return -ENOMEM;
	}
	*out = h;
	return 0;
}

void
cgn_host_peers_destroy(struct cgn_host_peers *h)
{
	if (h == NULL)
		return;
	for (uint32_t i = 0; i < h->n; i++)
		free(h->at[i]);
	free(h->at);
	free(h->buckets);
	free(h);
}
