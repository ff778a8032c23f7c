/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CSUM_H
#define CGN_CSUM_H

/**
 * @file
 * Incremental Internet checksums (RFC 1624, equation 3): HC' = ~(~HC + ~m + m').
 *
 * A delta is the one's complement sum of all ~m + m' of a change, folded to 16 bits. The delta of the
 * reverse change is the complement of the delta. One's complement sums do not depend on byte order, so all
 * words are used in the byte order of the packet. A wrong checksum stays wrong by the same amount.
 */

#include <stdint.h>

#include <rte_byteorder.h>

typedef uint16_t cgn_csum_delta;

/** Fold a sum of 16-bit words to 16 bits. */
static inline uint16_t
cgn_csum_fold(uint32_t sum)
{
	/* The upper half becomes the sum of both halves and of the carry of the lower half. */
	return (uint16_t)((sum + (sum << 16 | sum >> 16)) >> 16);
}

/** One's complement sum of the two halves of a 32-bit field. */
static inline uint32_t
cgn_csum_sum32(rte_be32_t v)
{
	return (v & 0xffff) + (v >> 16);
}

/** Delta of a changed 32-bit field. */
static inline cgn_csum_delta
cgn_csum_delta32(rte_be32_t from, rte_be32_t to)
{
	return cgn_csum_fold(cgn_csum_sum32(~from) + cgn_csum_sum32(to));
}

/** Delta of a changed 16-bit field. */
static inline cgn_csum_delta
cgn_csum_delta16(rte_be16_t from, rte_be16_t to)
{
	return cgn_csum_fold((uint32_t)(uint16_t)~from + to);
}

/** Delta of two changes together. */
static inline cgn_csum_delta
cgn_csum_delta_add(cgn_csum_delta a, cgn_csum_delta b)
{
	return cgn_csum_fold((uint32_t)a + b);
}

/** Delta of the reverse change. */
static inline cgn_csum_delta
cgn_csum_delta_invert(cgn_csum_delta d)
{
	return (cgn_csum_delta)~d;
}

/** Checksum field after a change. */
static inline rte_be16_t
cgn_csum_apply(rte_be16_t csum, cgn_csum_delta d)
{
	return (rte_be16_t)~cgn_csum_fold((uint32_t)(uint16_t)~csum + d);
}

/**
 * UDP checksum field after a change. Zero means "no checksum" and stays zero (RFC 3022 section 4.1). A
 * checksum that becomes zero is sent as FFFF (RFC 768).
 */
static inline rte_be16_t
cgn_csum_apply_udp(rte_be16_t csum, cgn_csum_delta d)
{
	rte_be16_t c;

	if (csum == 0)
		return 0;
	c = cgn_csum_apply(csum, d);
	return c == 0 ? (rte_be16_t)0xffff : c;
}

#endif /* CGN_CSUM_H */
