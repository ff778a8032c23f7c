/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_BUCKET_H
#define CGN_BUCKET_H

/**
 * @file
 * Token buckets and shares. Shares are token buckets for many senders in bounded memory.
 *
 * Without shares, the sender that sends most takes most of a common limit. A share limits how much one
 * sender gets. The share of a sender is found by a hash with a random key, so that no sender can choose to
 * use the share of another one. Two senders with the same hash have one share together, but only for a few
 * seconds. Then the hash changes. So a flood takes the share of a few other senders for a short time only, and
 * their retries get through. A sender has a fresh share after each change, and can send one more burst.
 *
 * Threads: single owner, a worker or the control thread.
 */

#include "shared/clock.h"

#include <stdbool.h>
#include <stdint.h>

/** A token bucket. Rate and burst are arguments, so that a reload can change them. */
struct cgn_bucket {
	uint32_t tokens; /* in 1/CGN_TICK_HZ of a token */
	cgn_tick at;     /* when the bucket had so many tokens */
};

#define CGN_SHARES_BITS 10
#define CGN_SHARES      (1u << CGN_SHARES_BITS)

/*
 * One receiver gets 1/CGN_SHARES_PARTS of a limit of ICMP errors, but at least CGN_SHARES_MIN per second.
 */
#define CGN_SHARES_PARTS 8u
#define CGN_SHARES_MIN   64u

/* The hash of senders changes after so many seconds. A client of NAT-PMP has sent five requests by then. */
#define CGN_SHARES_HASH_S 4u

/** The buckets of many senders. */
struct cgn_shares {
	uint64_t key;
	struct cgn_bucket at[CGN_SHARES];
};

/** Start a bucket with the tokens of one minute. The burst limits them when the first token is taken. */
static inline void
cgn_bucket_init(struct cgn_bucket *b, cgn_tick now)
{
	*b = (struct cgn_bucket){ .at = now - cgn_ticks(60) };
}

/**
 * Take a token.
 *
 * @param rate   tokens per second, at most 1000000
 * @param burst  tokens that a full bucket holds, at most 1000000
 * @return false: there is no token
 */
static inline bool
cgn_bucket_take(struct cgn_bucket *b, uint32_t rate, uint32_t burst, cgn_tick now)
{
	uint64_t tokens = b->tokens + (uint64_t)(cgn_tick)(now - b->at) * rate;
	uint64_t full = (uint64_t)burst * CGN_TICK_HZ;

	b->tokens = (uint32_t)(tokens < full ? tokens : full);
	b->at = now;
	if (b->tokens < CGN_TICK_HZ)
		return false;
	b->tokens -= CGN_TICK_HZ;
	return true;
}

/** How much of a limit of ICMP errors one receiver gets. @param rate  the limit, per second */
static inline uint32_t
cgn_shares_rate(uint32_t rate)
{
	uint32_t part = rate / CGN_SHARES_PARTS > CGN_SHARES_MIN ? rate / CGN_SHARES_PARTS
								 : CGN_SHARES_MIN;

	return part < rate ? part : rate;
}

/** Fill all shares. @param key  random */
static inline void
cgn_shares_init(struct cgn_shares *s, uint64_t key, cgn_tick now)
{
	s->key = key;
	for (unsigned int i = 0; i < CGN_SHARES; i++)
		cgn_bucket_init(&s->at[i], now);
}

/** The bucket of a sender at this time. @param who  key of the sender; all 64 bits count */
static inline struct cgn_bucket *
cgn_shares_of(struct cgn_shares *s, uint64_t who, cgn_tick now)
{
	uint64_t key = s->key + now / cgn_ticks(CGN_SHARES_HASH_S) * UINT64_C(0xd1342543de82ef95);
	uint64_t h = (who ^ key) * UINT64_C(0x9e3779b97f4a7c15);

	h = (h ^ h >> 29) * UINT64_C(0xbf58476d1ce4e5b9);
	return &s->at[h >> 32 & (CGN_SHARES - 1)];
}

#endif /* CGN_BUCKET_H */
