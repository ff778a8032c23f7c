/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_ASK_RATE_H
#define CGN_ASK_RATE_H

/**
 * @file
 * Limits how often each subscriber may ask. Each subscriber has two token buckets, in a table of fixed size: one for
 * authorized requests, and one for others. So a forger does not use up the requests of an authorized subscriber.
 *
 * All hosts of a subscriber share its buckets. If the table has no room for a subscriber, it replaces the subscriber
 * that has not asked for the longest time.
 *
 * Units:   milliseconds of the loop's clock.
 * Threads: the control thread. Memory: 0.8 MiB.
 */

#include "shared/addr.h"

struct cgn_ask_rate;

/** Create the table. @param seed  random; for the hash @return 0 or -ENOMEM */
int cgn_ask_rate_create(struct cgn_ask_rate **out, uint32_t seed);

/** Release it. NULL is allowed. */
void cgn_ask_rate_destroy(struct cgn_ask_rate *r);

/**
 * Take a token from the bucket of a subscriber.
 *
 * @param is_authorized  which of its buckets
 * @param per_s          tokens that a bucket gets per second, and the most that it can hold
 * @return false: the bucket is empty; the caller drops the request
 */
bool cgn_ask_rate_take(struct cgn_ask_rate *r, const struct cgn_ip6 *subscriber, bool is_authorized,
		uint32_t per_s, uint64_t now_ms);

#endif /* CGN_ASK_RATE_H */
