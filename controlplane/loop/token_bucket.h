/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TOKEN_BUCKET_H
#define CGN_TOKEN_BUCKET_H

/**
 * @file
 * Token bucket of the control thread.
 *
 * Units: milliseconds of the caller's clock.
 */

#include <stdbool.h>
#include <stdint.h>

/** A bucket with its rate. The workers use a smaller bucket that counts in ticks (shared/bucket.h). */
struct cgn_token_bucket {
	uint32_t per_s;
	uint32_t burst;
	uint64_t milli; /* tokens at the time at_ms, in thousandths */
	uint64_t at_ms;
};

/** Start with a full bucket. */
static inline void
cgn_token_bucket_init(struct cgn_token_bucket *r, uint32_t per_s, uint32_t burst, uint64_t now_ms)
{
	*r = (struct cgn_token_bucket){
		.per_s = per_s,
		.burst = burst,
		.milli = (uint64_t)burst * 1000,
		.at_ms = now_ms,
	};
}

/** Take a token. @return false: there is none */
static inline bool
cgn_token_bucket_take(struct cgn_token_bucket *r, uint64_t now_ms)
{
	uint64_t full = (uint64_t)r->burst * 1000;
	uint64_t passed = now_ms - r->at_ms;

	r->at_ms = now_ms;
	/* A long pause fills any bucket. So it is cut, and the product does not overflow. */
	r->milli += (passed > 1000000 ? 1000000 : passed) * r->per_s;
	if (r->milli > full)
		r->milli = full;
	if (r->milli < 1000)
		return false;
	r->milli -= 1000;
	return true;
}

#endif /* CGN_TOKEN_BUCKET_H */
