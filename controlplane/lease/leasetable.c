/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The hash tables of leases and of their clients, for the lessor.
 */
#include "controlplane/lease/leasetable.h"

#include <errno.h>
#include <stdlib.h>

#define BUCKETS_MIN 1024

static uint32_t
mix(uint64_t x)
{
	x ^= x >> 32;
	x *= UINT64_C(0xd6e8feb86659fd93);
	x ^= x >> 32;
	x *= UINT64_C(0xd6e8feb86659fd93);
	return (uint32_t)(x ^ x >> 32);
}

static uint32_t
hash_client(const struct cgn_leasetable *t, uint32_t realm, rte_be32_t addr)
{
	return mix(((uint64_t)realm << 32 | addr) ^ (uint64_t)t->seed << 16);
}

static uint32_t
hash_lease(const struct cgn_leasetable *t, uint32_t realm, const struct cgn_ep4 *in)
{
	return mix(hash_client(t, realm, in->addr) ^
			((uint64_t)in->port << 40 | (uint64_t)in->proto << 32));
}

struct cgn_leasetable_client *
cgn_leasetable_find_client(const struct cgn_leasetable *t, uint32_t realm, rte_be32_t addr)
{
	struct cgn_leasetable_client *c =
			t->client_buckets[hash_client(t, realm, addr) & (t->n_client_buckets - 1)];

	while (c != NULL && (c->realm != realm || c->addr != addr))
		c = c->next;
	return c;
}

struct cgn_leasetable_lease *
cgn_leasetable_find(const struct cgn_leasetable *t, uint32_t realm, const struct cgn_ep4 *in)
{
	struct cgn_leasetable_lease *x = t->buckets[hash_lease(t, realm, in) & (t->n_buckets - 1)];

	while (x != NULL &&
			(x->client->realm != realm || x->in.addr != in->addr ||
					x->in.port != in->port || x->in.proto != in->proto))
		x = x->next;
	return x;
}

static void
grow_clients(struct cgn_leasetable *t)
{
	uint32_t n = t->n_client_buckets * 2;
	struct cgn_leasetable_client **wider = calloc(n, sizeof(struct cgn_leasetable_client *));

	if (wider == NULL)
		return; /* the old buckets still work, with longer chains */
	for (uint32_t i = 0; i < t->n_client_buckets; i++) {
		struct cgn_leasetable_client *c = t->client_buckets[i];

		while (c != NULL) {
			struct cgn_leasetable_client *next = c->next;
			uint32_t b = hash_client(t, c->realm, c->addr) & (n - 1);

			c->next = wider[b];
			wider[b] = c;
			c = next;
		}
	}
	free(t->client_buckets);
	t->client_buckets = wider;
	t->n_client_buckets = n;
}

static void
grow_leases(struct cgn_leasetable *t)
{
	uint32_t n = t->n_buckets * 2;
	struct cgn_leasetable_lease **wider = calloc(n, sizeof(struct cgn_leasetable_lease *));

	if (wider == NULL)
		return;
	for (uint32_t i = 0; i < t->n; i++) {
		struct cgn_leasetable_lease *x = t->at[i];
		uint32_t b = hash_lease(t, x->client->realm, &x->in) & (n - 1);

		x->next = wider[b];
		wider[b] = x;
	}
	free(t->buckets);
	t->buckets = wider;
	t->n_buckets = n;
}

struct cgn_leasetable_client *
cgn_leasetable_get_client(struct cgn_leasetable *t, uint32_t realm, rte_be32_t addr)
{
	struct cgn_leasetable_client *c = cgn_leasetable_find_client(t, realm, addr);
	uint32_t b;

	if (c != NULL)
		return c;
	if (t->n_clients >= t->n_client_buckets)
		grow_clients(t);
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		return NULL;
	c->realm = realm;
	c->addr = addr;
	b = hash_client(t, realm, addr) & (t->n_client_buckets - 1);
	c->next = t->client_buckets[b];
	t->client_buckets[b] = c;
	t->n_clients++;
	cgn_realms_hold(t->realms, realm);
	return c;
}

/* Forget a client that has no leases, unless it has an epoch of its own. */
static void
drop_client(struct cgn_leasetable *t, struct cgn_leasetable_client *c)
{
	struct cgn_leasetable_client **p;

	if (c->n_leases != 0 || c->has_epoch)
		return;
	p = &t->client_buckets[hash_client(t, c->realm, c->addr) & (t->n_client_buckets - 1)];
	while (*p != c)
		p = &(*p)->next;
	*p = c->next;
	t->n_clients--;
	cgn_realms_release(t->realms, c->realm);
	free(c);
}

void
cgn_leasetable_set_epoch(struct cgn_leasetable *t, struct cgn_leasetable_client *c,
		int64_t start_ms, int64_t end_ms)
{
	t->n_epochs += c->has_epoch ? 0 : 1;
	c->has_epoch = true;
	c->epoch_ms = start_ms;
	c->epoch_end_ms = end_ms;
}

void
cgn_leasetable_sweep(struct cgn_leasetable *t, uint32_t n_buckets, int64_t now_ms,
		void (*ended)(void *ctx, const struct cgn_leasetable_client *c), void *ctx)
{
	for (uint32_t i = 0; i < n_buckets; i++) {
		struct cgn_leasetable_client *next;

		/* Each sweep goes on where the last one ended. */
		t->swept_to = (t->swept_to + 1) & (t->n_client_buckets - 1);
		for (struct cgn_leasetable_client *c = t->client_buckets[t->swept_to]; c != NULL;
				c = next) {
			next = c->next;
			if (!c->has_epoch || c->epoch_end_ms > now_ms)
				continue;
			ended(ctx, c);
			c->has_epoch = false;
			t->n_epochs--;
			drop_client(t, c);
		}
	}
}

static int
leasetable_reserve(struct cgn_leasetable *t)
{
	uint32_t size = t->size == 0 ? BUCKETS_MIN : t->size * 2;
	struct cgn_leasetable_lease **at;

	if (t->n < t->size)
		return 0;
	at = realloc(t->at, size * sizeof(struct cgn_leasetable_lease *));
	if (at == NULL)
		return -ENOMEM;
	t->at = at;
	t->size = size;
	return 0;
}

struct cgn_leasetable_lease *
cgn_leasetable_add(struct cgn_leasetable *t, uint32_t realm, const struct cgn_ep4 *in)
{
	struct cgn_leasetable_client *c;
	struct cgn_leasetable_lease *x;
	uint32_t b;

	if (leasetable_reserve(t) < 0)
		return NULL;
	c = cgn_leasetable_get_client(t, realm, in->addr);
	x = calloc(1, sizeof(*x));
	if (c == NULL || x == NULL) {
		if (c != NULL)
			drop_client(t, c);
		free(x);
		return NULL;
	}
	if (t->n >= t->n_buckets)
		grow_leases(t);
	x->client = c;
	x->in = *in;
	b = hash_lease(t, realm, in) & (t->n_buckets - 1);
	x->next = t->buckets[b];
	t->buckets[b] = x;
	x->client_next = c->leases;
	x->client_prev = &c->leases;
	if (c->leases != NULL)
		c->leases->client_prev = &x->client_next;
	c->leases = x;
	c->n_leases++;
	x->place = t->n;
	t->at[t->n++] = x;
	return x;
}

static void
free_lease(struct cgn_leasetable_lease *x)
{
	cgn_lease_extra_release(x->extra);
	free(x);
}

void
cgn_leasetable_del(struct cgn_leasetable *t, struct cgn_leasetable_lease *x)
{
	struct cgn_leasetable_lease **p =
			&t->buckets[hash_lease(t, x->client->realm, &x->in) & (t->n_buckets - 1)];

	while (*p != x)
		p = &(*p)->next;
	*p = x->next;
	*x->client_prev = x->client_next;
	if (x->client_next != NULL)
		x->client_next->client_prev = x->client_prev;
	x->client->n_leases--;
	/* The last lease moves to the free place, so that the array has no gaps. */
	t->at[x->place] = t->at[--t->n];
	t->at[x->place]->place = x->place;
	drop_client(t, x->client);
	free_lease(x);
}

int
cgn_leasetable_init(struct cgn_leasetable *t, uint32_t seed, struct cgn_realms *realms)
{
	*t = (struct cgn_leasetable){
		.seed = seed,
		.realms = realms,
		.n_buckets = BUCKETS_MIN,
		.n_client_buckets = BUCKETS_MIN,
	};
	t->buckets = calloc(BUCKETS_MIN, sizeof(t->buckets[0]));
	t->client_buckets = calloc(BUCKETS_MIN, sizeof(t->client_buckets[0]));
	if (t->buckets != NULL && t->client_buckets != NULL)
		return 0;
	cgn_leasetable_fini(t);
	return -ENOMEM;
}

void
cgn_leasetable_fini(struct cgn_leasetable *t)
{
	for (uint32_t i = 0; i < t->n; i++)
		free_lease(t->at[i]);
	for (uint32_t i = 0; t->client_buckets != NULL && i < t->n_client_buckets; i++) {
		while (t->client_buckets[i] != NULL) {
			struct cgn_leasetable_client *c = t->client_buckets[i];

			t->client_buckets[i] = c->next;
			free(c);
		}
	}
	free(t->at);
	free(t->client_buckets);
	free(t->buckets);
	*t = (struct cgn_leasetable){ 0 };
}
