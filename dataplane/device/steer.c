/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Tables of the Toeplitz hash.
 */
#include "dataplane/device/steer.h"

#include <string.h>

/* The key that Microsoft has published for RSS. */
const uint8_t cgn_steer_default_key[CGN_STEER_KEY] = {
	0x6d,
	0x5a,
	0x56,
	0xda,
	0x25,
	0x5b,
	0x0e,
	0xc2,
	0x41,
	0x67,
	0x25,
	0x3d,
	0x43,
	0xa3,
	0x8f,
	0xb0,
	0xd0,
	0xca,
	0x2b,
	0xcb,
	0xae,
	0x7b,
	0x30,
	0xb4,
	0x77,
	0xcb,
	0x2d,
	0xa3,
	0x80,
	0x30,
	0xf2,
	0x0c,
	0x6a,
	0x42,
	0xb7,
	0x3b,
	0xbe,
	0xac,
	0x01,
	0xfa,
};

/* The 32 bits of the key from a bit on. */
static uint32_t
key_window(const uint8_t key[CGN_STEER_KEY], unsigned int bit)
{
	const uint8_t *k = key + bit / 8;
	uint64_t five = (uint64_t)k[0] << 32 | (uint64_t)k[1] << 24 | (uint64_t)k[2] << 16 |
			(uint64_t)k[3] << 8 | k[4];

	return (uint32_t)(five >> (8 - bit % 8));
}

/* Toeplitz: the hash is the xor of the key windows at all bits that are set in the input. */
static uint32_t
octet_hash(const uint8_t key[CGN_STEER_KEY], unsigned int place, unsigned int value)
{
	uint32_t h = 0;

	for (unsigned int bit = 0; bit < 8; bit++) {
		if ((value & (0x80u >> bit)) != 0)
			h ^= key_window(key, place * 8 + bit);
	}
	return h;
}

void
cgn_steer_init(struct cgn_steer *s, unsigned int n_workers, const uint8_t key[CGN_STEER_KEY])
{
	s->n_workers = n_workers;
	memcpy(s->key, key, CGN_STEER_KEY);
	for (unsigned int i = 0; i < CGN_STEER_RETA; i++)
		s->reta[i] = (uint8_t)(i % n_workers);
	for (unsigned int place = 0; place < RTE_DIM(s->table); place++) {
		for (unsigned int value = 0; value < 256; value++)
			s->table[place][value] = octet_hash(key, place, value);
	}
}
