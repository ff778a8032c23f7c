/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The token buckets of subscribers, for the lease service.
 *
 * The table has a fixed size and no timers: a bucket that nobody uses gives way when another one needs its place.
 */
#include "controlplane/lease/ask_rate.h"

#include "controlplane/loop/token_bucket.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Up to 16384 subscribers that ask at the same time have a bucket each. */
#define SETS 4096
#define WAYS 4

struct quota {
	struct cgn_ip6 subscriber;
	bool is_authorized;
	struct cgn_token_bucket rate; /* per_s of 0: unused */
};

struct cgn_ask_rate {
	uint32_t seed;
	struct quota quotas[SETS][WAYS];
};

static uint32_t
hash(const struct cgn_ask_rate *r, uint64_t x)
{
	x ^= r->seed;
	x ^= x >> 32;
	x *= UINT64_C(0xd6e8feb86659fd93);
	return (uint32_t)(x >> 32);
}

bool
cgn_ask_rate_take(struct cgn_ask_rate *r, const struct cgn_ip6 *subscriber, bool is_authorized,
		uint32_t per_s, uint64_t now_ms)
{
	struct quota *set, *q;
	uint64_t half[2];

	memcpy(half, subscriber, sizeof(half));
	set = q = r->quotas[hash(r, half[0] ^ hash(r, half[1])) % SETS];
	for (unsigned int i = 0; i < WAYS; i++) {
		if (set[i].rate.per_s != 0 && set[i].is_authorized == is_authorized &&
				memcmp(&set[i].subscriber, subscriber, sizeof(*subscriber)) == 0) {
			/* A reload may have changed the rate. */
			set[i].rate.per_s = set[i].rate.burst = per_s;
			return cgn_token_bucket_take(&set[i].rate, now_ms);
		}
		/* The bucket that was used longest ago gives way. It is likeliest to be full again, so its
		 * subscriber loses least. */
		if (set[i].rate.at_ms < q->rate.at_ms)
			q = &set[i];
	}
	q->subscriber = *subscriber;
	q->is_authorized = is_authorized;
	cgn_token_bucket_init(&q->rate, per_s, per_s, now_ms);
	return cgn_token_bucket_take(&q->rate, now_ms);
}

int
cgn_ask_rate_create(struct cgn_ask_rate **out, uint32_t seed)
{
	struct cgn_ask_rate *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return -ENOMEM;
	r->seed = seed;
	*out = r;
	return 0;
}

void
cgn_ask_rate_destroy(struct cgn_ask_rate *r)
{
	free(r);
}
