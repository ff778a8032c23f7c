/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_ASK_RATE_H
#define CGN_ASK_RATE_H

/**
 * @file
 * How often each subscriber may ask: a token bucket a subscriber, in a table of fixed size.
 *
 * All hosts of a subscriber share its bucket. If there is no room in the table, the subscriber that has been
 * quiet for longest gives way.
 *
 * Units:   milliseconds of the loop's clock.
 * Threads: the control thread. Memory: 0.8 MiB.
 */

#include "shared/addr.h"

struct cgn_ask_rate;

/** Create it. @param seed  of the hash: random @return 0 or -ENOMEM */
int cgn_ask_rate_create(struct cgn_ask_rate **out, uint32_t seed);

/** Release it. NULL is allowed. */
void cgn_ask_rate_destroy(struct cgn_ask_rate *r);

/**
 * Take a token of a subscriber.
 *
 * @param per_s  tokens a second, and the most that a subscriber can save
 * @return false: it has none, the request is to be dropped
 */
bool cgn_ask_rate_take(struct cgn_ask_rate *r, const struct cgn_ip6 *subscriber, uint32_t per_s,
		uint64_t now_ms);

#endif /* CGN_ASK_RATE_H */
