/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * ChaCha8 as a random number generator, one block of 16 words at a time.
 */
#include "dataplane/nat/rand.h"

#include <string.h>

/* ChaCha of RFC 8439 with 8 rounds instead of 20. Every new mapping draws a number, so speed counts. Ports
 * must be hard to guess, but no secret has to stay safe for decades. */
#define ROUNDS 8

/* A row of the ChaCha matrix, as a vector: the compiler uses vector instructions. */
typedef uint32_t row __attribute__((vector_size(16)));

static inline row
rotl(row v, unsigned int n)
{
	return (v << n) | (v >> (32 - n));
}

static inline void
quarter_rounds(row m[4])
{
	m[0] += m[1];
	m[3] = rotl(m[3] ^ m[0], 16);
	m[2] += m[3];
	m[1] = rotl(m[1] ^ m[2], 12);
	m[0] += m[1];
	m[3] = rotl(m[3] ^ m[0], 8);
	m[2] += m[3];
	m[1] = rotl(m[1] ^ m[2], 7);
}

static void
refill(struct cgn_rand *r)
{
	row m[4], in[4];
	uint64_t blocks;

	memcpy(in, r->state, sizeof(in));
	memcpy(m, in, sizeof(m));
	for (unsigned int i = 0; i < ROUNDS; i += 2) {
		quarter_rounds(m);
		m[1] = __builtin_shufflevector(m[1], m[1], 1, 2, 3, 0);
		m[2] = __builtin_shufflevector(m[2], m[2], 2, 3, 0, 1);
		m[3] = __builtin_shufflevector(m[3], m[3], 3, 0, 1, 2);
		quarter_rounds(m);
		m[1] = __builtin_shufflevector(m[1], m[1], 3, 0, 1, 2);
		m[2] = __builtin_shufflevector(m[2], m[2], 2, 3, 0, 1);
		m[3] = __builtin_shufflevector(m[3], m[3], 1, 2, 3, 0);
	}
	for (unsigned int i = 0; i < 4; i++)
		m[i] += in[i];
	memcpy(r->out, m, sizeof(r->out));
	r->left = 16;
	/* Words 12 and 13 are the block counter. */
	blocks = ((uint64_t)r->state[13] << 32 | r->state[12]) + 1;
	r->state[12] = (uint32_t)blocks;
	r->state[13] = (uint32_t)(blocks >> 32);
}

void
cgn_rand_init(struct cgn_rand *r, const uint8_t seed[32])
{
	static const uint32_t constants[4] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574 };

	*r = (struct cgn_rand){ 0 };
	memcpy(r->state, constants, sizeof(constants));
	for (unsigned int i = 0; i < 8; i++)
		r->state[4 + i] = (uint32_t)seed[4 * i] | (uint32_t)seed[4 * i + 1] << 8 |
				(uint32_t)seed[4 * i + 2] << 16 | (uint32_t)seed[4 * i + 3] << 24;
}

uint32_t
cgn_rand_u32(struct cgn_rand *r)
{
	uint32_t v;

	if (r->left == 0)
		refill(r);
	v = r->out[16 - r->left];
	r->out[16 - r->left] = 0; /* a number that was given out cannot be read again */
	r->left--;
	return v;
}

uint64_t
cgn_rand_u64(struct cgn_rand *r)
{
	uint64_t high = cgn_rand_u32(r);

	return high << 32 | cgn_rand_u32(r);
}

uint32_t
cgn_rand_below(struct cgn_rand *r, uint32_t n)
{
	/* Lemire's method: the upper half of a product is uniform once the few surplus lower halves are
	 * rejected. */
	uint64_t m = (uint64_t)cgn_rand_u32(r) * n;

	if ((uint32_t)m < n) {
		uint32_t surplus = -n % n;

		while ((uint32_t)m < surplus)
			m = (uint64_t)cgn_rand_u32(r) * n;
	}
	return (uint32_t)(m >> 32);
}
