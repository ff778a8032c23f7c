/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RAND_H
#define CGN_RAND_H

/**
 * @file
 * Unpredictable numbers for port choice (RFC 6056, RFC 7857 section 9): a ChaCha stream seeded once by the
 * caller (getrandom() in the daemon, a constant in tests).
 *
 * Threads: single owner.
 */

#include <stdint.h>

/** A stream of random numbers. Its state must stay secret. */
struct cgn_rand {
	uint32_t state[16];
	uint32_t out[16];
	unsigned int left; /* words of out not yet used */
};

/** Start a stream. @param seed 32 octets */
void cgn_rand_init(struct cgn_rand *r, const uint8_t seed[32]);

/** Next 32 bits. */
uint32_t cgn_rand_u32(struct cgn_rand *r);

/** Next 64 bits. */
uint64_t cgn_rand_u64(struct cgn_rand *r);

/** Uniform number in [0, n), n > 0. */
uint32_t cgn_rand_below(struct cgn_rand *r, uint32_t n);

#endif /* CGN_RAND_H */
