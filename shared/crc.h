/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CRC_H
#define CGN_CRC_H

/**
 * @file
 * CRC-32C of octets at any address. rte_hash_crc() reads words in place, so it needs aligned octets.
 *
 * Threads: any.
 */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <rte_hash_crc.h>

/** Go on with a checksum. @param crc  of the octets before */
static inline uint32_t
cgn_crc(const void *octets, size_t len, uint32_t crc)
{
	const uint8_t *p = octets;
	uint64_t word;

	for (; len >= sizeof(word); p += sizeof(word), len -= sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		crc = rte_hash_crc_8byte(word, crc);
	}
	while (len-- > 0)
		crc = rte_hash_crc_1byte(*p++, crc);
	return crc;
}

#endif /* CGN_CRC_H */
