/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Gives a number to each home that holds something, and forgets it when the last holder lets go.
 */
#include "controlplane/lease/realms.h"

#include <errno.h>
#include <stdlib.h>

struct home {
	struct cgn_ip6 prefix;
	struct cgn_ip6 b4;
	uint32_t next; /* of the bucket, or of the free ones */
	uint32_t n_holders;
	uint8_t len;
	bool is_used;
	bool is_stored; /* the store has it, with this address */
};

struct cgn_realms {
	uint32_t seed;
	uint32_t end;    /* one past the highest number ever in use */
	uint32_t unused; /* numbers below that are free; 0: none */
	uint32_t n;
	uint32_t size;      /* of at[] */
	uint32_t n_buckets; /* a power of two */
	struct home *at;    /* element 0 unused */
	uint32_t *buckets;
	void (*freed)(void *ctx, uint32_t realm);
	void *ctx;
};

static uint32_t
realms_bucket_of(const struct cgn_realms *r, const struct cgn_ip6 *prefix)
{
	uint64_t w[2], h;

	memcpy(w, prefix, sizeof(w));
	h = (w[0] ^ (uint64_t)r->seed << 32 ^ r->seed) * UINT64_C(0xd6e8feb86659fd93);
	h = (h ^ h >> 32 ^ w[1]) * UINT64_C(0xd6e8feb86659fd93);
	return (uint32_t)(h >> 32) & (r->n_buckets - 1);
}

static void
enter(struct cgn_realms *r, uint32_t i)
{
	uint32_t *bucket = &r->buckets[realms_bucket_of(r, &r->at[i].prefix)];

	r->at[i].next = *bucket;
	*bucket = i;
}

/* Make room for a number. */
static int
realms_reserve(struct cgn_realms *r, uint32_t realm)
{
	uint32_t size = r->size;
	struct home *at;
	uint32_t *buckets;

	if (realm >= CGN_REALMS_MAX)
		return -ENOSPC;
	if (realm < size)
		return 0;
	while (size <= realm)
		size *= 2;
	at = realloc(r->at, size * sizeof(*at));
	if (at == NULL)
		return -ENOMEM;
	memset(at + r->size, 0, (size - r->size) * sizeof(*at));
	r->at = at;
	r->size = size;
	buckets = calloc(size, sizeof(*buckets));
	if (buckets == NULL)
		return 0; /* the old buckets still work, with longer chains */
	free(r->buckets);
	r->buckets = buckets;
	r->n_buckets = size;
	for (uint32_t i = 1; i < r->end; i++) {
		if (r->at[i].is_used)
			enter(r, i);
	}
	return 0;
}

static uint32_t
realms_find(const struct cgn_realms *r, const struct cgn_ip6 *prefix, unsigned int len)
{
	uint32_t i = r->buckets[realms_bucket_of(r, prefix)];

	while (i != 0 &&
			(r->at[i].len != len ||
					memcmp(&r->at[i].prefix, prefix, sizeof(*prefix)) != 0))
		i = r->at[i].next;
	return i;
}

static void
add(struct cgn_realms *r, uint32_t realm, const struct cgn_ip6 *prefix, const struct cgn_ip6 *b4,
		unsigned int len)
{
	r->at[realm] = (struct home){
		.prefix = *prefix, .b4 = *b4, .len = (uint8_t)len, .is_used = true
	};
	if (realm >= r->end)
		r->end = realm + 1;
	enter(r, realm);
	r->n++;
}

int
cgn_realms_put(struct cgn_realms *r, uint32_t realm, const struct cgn_ip6 *b4, unsigned int len)
{
	struct cgn_ip6 prefix = cgn_ip6_prefix(b4, len);
	int ret = realm == 0 ? -EINVAL : realms_reserve(r, realm);

	if (ret < 0)
		return ret;
	if (r->at[realm].is_used || realms_find(r, &prefix, len) != 0)
		return -EINVAL;
	add(r, realm, &prefix, b4, len);
	r->at[realm].is_stored = true;
	return 0;
}

/* A number that nobody has, with room for it; 0: none. */
static uint32_t
number(struct cgn_realms *r)
{
	uint32_t i = r->unused;

	if (i != 0) {
		r->unused = r->at[i].next;
		return i;
	}
	return realms_reserve(r, r->end) == 0 ? r->end : 0;
}

uint32_t
cgn_realms_get(struct cgn_realms *r, const struct cgn_ip6 *b4, unsigned int len)
{
	struct cgn_ip6 prefix = cgn_ip6_prefix(b4, len);
	uint32_t i = realms_find(r, &prefix, len);

	if (i == 0) {
		i = number(r);
		if (i == 0)
			return 0;
		add(r, i, &prefix, b4, len);
	} else if (memcmp(&r->at[i].b4, b4, sizeof(*b4)) != 0) {
		r->at[i].b4 = *b4;
		r->at[i].is_stored = false;
	}
	r->at[i].n_holders++;
	return i;
}

uint32_t
cgn_realms_find(const struct cgn_realms *r, const struct cgn_ip6 *b4, unsigned int len)
{
	struct cgn_ip6 prefix = cgn_ip6_prefix(b4, len);

	return realms_find(r, &prefix, len);
}

static bool
is_used(const struct cgn_realms *r, uint32_t realm)
{
	return r != NULL && realm != 0 && realm < r->end && r->at[realm].is_used;
}

void
cgn_realms_hold(struct cgn_realms *r, uint32_t realm)
{
	if (is_used(r, realm))
		r->at[realm].n_holders++;
}

static void
drop(struct cgn_realms *r, uint32_t realm)
{
	struct home *h = &r->at[realm];
	uint32_t *p = &r->buckets[realms_bucket_of(r, &h->prefix)];

	while (*p != realm)
		p = &r->at[*p].next;
	*p = h->next;
	/* This is called even if is_stored is false: the store may have a row with an old address. */
	if (r->freed != NULL)
		r->freed(r->ctx, realm);
	*h = (struct home){ .next = r->unused };
	r->unused = realm;
	r->n--;
}

void
cgn_realms_release(struct cgn_realms *r, uint32_t realm)
{
	if (!is_used(r, realm))
		return;
	if (--r->at[realm].n_holders == 0)
		drop(r, realm);
}

uint32_t
cgn_realms_sweep(struct cgn_realms *r)
{
	uint32_t n = 0;

	/* The list of free numbers is made anew: after a load, numbers between those of the store are free
	 * but in no list. */
	r->unused = 0;
	for (uint32_t i = r->end - 1; i > 0; i--) {
		if (r->at[i].is_used && r->at[i].n_holders == 0) {
			drop(r, i);
			n++;
		} else if (!r->at[i].is_used) {
			r->at[i].next = r->unused;
			r->unused = i;
		}
	}
	return n;
}

uint32_t
cgn_realms_count(const struct cgn_realms *r)
{
	return r->n;
}

bool
cgn_realms_next(const struct cgn_realms *r, uint32_t *realm, struct cgn_ip6 *b4, unsigned int *len)
{
	while (r != NULL && ++*realm < r->end) {
		if (!r->at[*realm].is_used)
			continue;
		*b4 = r->at[*realm].b4;
		*len = r->at[*realm].len;
		return true;
	}
	return false;
}

void
cgn_realms_on_free(struct cgn_realms *r, void (*freed)(void *ctx, uint32_t realm), void *ctx)
{
	r->freed = freed;
	r->ctx = ctx;
}

bool
cgn_realms_to_store(struct cgn_realms *r, uint32_t realm, struct cgn_ip6 *b4, unsigned int *len)
{
	if (!is_used(r, realm) || r->at[realm].is_stored)
		return false;
	r->at[realm].is_stored = true;
	*b4 = r->at[realm].b4;
	*len = r->at[realm].len;
	return true;
}

void
cgn_realms_unstore(struct cgn_realms *r)
{
	for (uint32_t i = 1; i < r->end; i++)
		r->at[i].is_stored = false;
}

const struct cgn_ip6 *
cgn_realms_b4(const struct cgn_realms *r, uint32_t realm)
{
	return is_used(r, realm) ? &r->at[realm].b4 : NULL;
}

int
cgn_realms_create(struct cgn_realms **out, uint32_t seed)
{
	struct cgn_realms *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return -ENOMEM;
	r->seed = seed;
	r->end = 1;
	r->size = r->n_buckets = 64;
	r->at = calloc(r->size, sizeof(*r->at));
	r->buckets = calloc(r->n_buckets, sizeof(*r->buckets));
	if (r->at == NULL || r->buckets == NULL) {
		cgn_realms_destroy(r);
		return -ENOMEM;
	}
	*out = r;
	return 0;
}

void
cgn_realms_destroy(struct cgn_realms *r)
{
	if (r == NULL)
		return;
	free(r->at);
	free(r->buckets);
	free(r);
}
