/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_STATE_SCAN_H
#define CGN_STATE_SCAN_H

/**
 * @file
 * Looks into chunks of saved state (state_format.h), without any tables: whether a chunk is whole, its records, and its
 * pairings. The octets may come from anywhere.
 *
 * Threads: any.
 */

#include "shared/state_format.h"

/** What the header of a whole chunk says. Host order. */
struct cgn_state_info {
	uint8_t kind;
	uint8_t flags; /* CGN_STATE_LAST */
	uint16_t worker;
	uint16_t n_workers;
	uint32_t length;
	uint32_t n_records;
	uint32_t serial;
	uint64_t time_ms;
};

/** A pairing: a subscriber and its external address. */
struct cgn_state_pairing {
	struct cgn_ip prefix; /* its first address */
	uint8_t len;
	rte_be32_t ext_addr;
};

/** The pairings of a state that will be loaded. */
struct cgn_state_await {
	const struct cgn_state_pairing *pairings;
	size_t n;
};

/**
 * Length of the chunk that begins with some octets, so that it can be read from a file piece by piece.
 *
 * @param len  sizeof(struct cgn_state_chunk) or more are enough
 * @return 0: this is not the beginning of a chunk
 */
uint32_t cgn_state_scan_length(const void *chunk, size_t len);

/**
 * Check that a chunk is whole and known.
 *
 * @param len        its octets, no more
 * @param[out] info  set if the result is 0
 * @return
 *   - 0
 *   - -EPROTONOSUPPORT: it has another version, or a kind that is not known
 *   - -EBADMSG: it is cut off, or not a chunk, or its checksum or its number of records is wrong
 */
int cgn_state_scan_check(const void *chunk, size_t len, struct cgn_state_info *info);

/**
 * The next record of a chunk that cgn_state_scan_check() has accepted.
 *
 * @param[in,out] at  0 to start
 * @param[out] type   as in the record, also if it is not known
 * @param[out] length octets of the record; it lies within the chunk
 * @return its first octet, of any alignment; NULL: there are no more
 */
const uint8_t *
cgn_state_scan_next(const void *chunk, uint32_t *at, unsigned int *type, unsigned int *length);

/**
 * The next pairing of a chunk that cgn_state_scan_check() has accepted. Its fields may have any values.
 *
 * @param[in,out] at  0 to start
 * @return false: there are no more
 */
bool cgn_state_scan_pairing(const void *chunk, uint32_t *at, struct cgn_state_pairing *out);

/** The checksum of a chunk. Its own field counts as 0. @param len  at least sizeof(struct cgn_state_chunk) */
uint32_t cgn_state_scan_checksum(const void *chunk, size_t len);

/** CRC-32C of some octets: of the name of a port, for example. */
uint32_t cgn_state_scan_crc(const void *octets, size_t len);

#endif /* CGN_STATE_SCAN_H */
