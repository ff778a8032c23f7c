/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_STEER_H
#define CGN_STEER_H

/**
 * @file
 * The worker of an inside address. A Toeplitz hash of the address selects an entry of an indirection table.
 * A NIC with source-only RSS (RTE_ETH_RSS_L3_SRC_ONLY) computes the same.
 *
 * Threads: read only after init.
 */

#include "shared/addr.h"
#include "shared/limits.h"

#include <stdint.h>

#include <rte_byteorder.h>

#define CGN_STEER_RETA 128 /* entries; a NIC with a larger table repeats them */
#define CGN_STEER_KEY  40  /* octets of the RSS key */

/** Hash and indirection table. One for the whole data plane. */
struct cgn_steer {
	unsigned int n_workers;
	uint8_t key[CGN_STEER_KEY];
	uint8_t reta[CGN_STEER_RETA];
	uint32_t table[16][256]; /* Toeplitz hash of each octet value at each position */
};

/** Build the tables. The entries of the indirection table are given to the workers in turn. */
void cgn_steer_init(struct cgn_steer *s, unsigned int n_workers, const uint8_t key[CGN_STEER_KEY]);

/** The default key. It is the key of the published RSS verification suite. */
extern const uint8_t cgn_steer_default_key[CGN_STEER_KEY];

/** Toeplitz hash of an IPv4 source address. */
static inline uint32_t
cgn_steer_hash(const struct cgn_steer *s, rte_be32_t addr)
{
	uint32_t a = rte_be_to_cpu_32(addr);

	return s->table[0][a >> 24] ^ s->table[1][(a >> 16) & 0xff] ^ s->table[2][(a >> 8) & 0xff] ^
			s->table[3][a & 0xff];
}

/** Toeplitz hash of an IPv6 source address. */
static inline uint32_t
cgn_steer_hash6(const struct cgn_steer *s, const struct cgn_ip6 *addr)
{
	uint32_t h = 0;

	for (unsigned int i = 0; i < sizeof(addr->b); i++)
		h ^= s->table[i][addr->b[i]];
	return h;
}

/** The worker that owns an inside address. @param addr  first address of the subscriber's prefix */
static inline unsigned int
cgn_steer_inside(const struct cgn_steer *s, rte_be32_t addr)
{
	return s->reta[cgn_steer_hash(s, addr) % CGN_STEER_RETA];
}

/** Worker of a subscriber behind a softwire. @param addr  address of its prefix */
static inline unsigned int
cgn_steer_inside6(const struct cgn_steer *s, const struct cgn_ip6 *addr)
{
	return s->reta[cgn_steer_hash6(s, addr) % CGN_STEER_RETA];
}

#endif /* CGN_STEER_H */
