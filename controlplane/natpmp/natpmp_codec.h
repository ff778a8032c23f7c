/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_NATPMP_CODEC_H
#define CGN_NATPMP_CODEC_H

/**
 * @file
 * NAT-PMP messages: bytes to struct and back, and nothing else.
 *
 * Source:  RFC 6886 sections 3.2, 3.3 and 3.5.
 * Units:   ports and lifetimes in host order, lifetimes and epochs in seconds.
 * Threads: any. Pure.
 */

#include "shared/addr.h"
#include "shared/wellknown.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CGN_NATPMP_ADDRESS_LEN 12 /* octets of the answers */
#define CGN_NATPMP_MAP_LEN     16
#define CGN_NATPMP_VERSION_LEN 8
#define CGN_NATPMP_REQUEST_MAX 65507 /* octets of a UDP datagram over IPv4 */
#define CGN_NATPMP_ASK_MAX     12    /* octets of the longest request that is sent */

/** Result codes; 6 is registered nowhere (draft-woodyatt-spnatpmp-appl-01 section 3.1). */
enum cgn_natpmp_result {
	CGN_NATPMP_OK = 0,
	CGN_NATPMP_BAD_VERSION = 1,
	CGN_NATPMP_REFUSED = 2,
	CGN_NATPMP_NETWORK = 3,
	CGN_NATPMP_RESOURCES = 4,
	CGN_NATPMP_BAD_OPCODE = 5,
	CGN_NATPMP_SUBSCRIBER_LIMIT = 6,
	CGN_NATPMP_RESULTS,
};

/** What a datagram asks for. */
enum cgn_natpmp_kind {
	CGN_NATPMP_IGNORE,      /* no request, or too short to be one: no answer */
	CGN_NATPMP_GET_ADDRESS, /* opcode 0 */
	CGN_NATPMP_MAP,         /* opcodes 1 and 2 */
	CGN_NATPMP_UNKNOWN_VERSION,
	CGN_NATPMP_UNKNOWN_OPCODE,
};

/** A request. Ports in host order, the lifetime in seconds. */
struct cgn_natpmp_request {
	enum cgn_natpmp_kind kind;
	uint8_t opcode;
	uint8_t proto; /* of CGN_NATPMP_MAP: enum cgn_proto */
	uint16_t in_port;
	uint16_t ext_port;   /* suggested; 0: any */
	uint32_t lifetime_s; /* 0: delete */
};

/** The answer to CGN_NATPMP_MAP. */
struct cgn_natpmp_map_answer {
	uint8_t opcode; /* of the request */
	uint16_t result;
	uint32_t epoch_s;
	uint16_t in_port;
	uint16_t ext_port;
	uint32_t lifetime_s;
};

/** An answer or announcement as a client reads it. */
struct cgn_natpmp_answer {
	uint8_t opcode; /* of the request: 0, 1 or 2 */
	uint16_t result;
	uint32_t epoch_s;
	bool has_ext;   /* ext says something: opcode 0 */
	bool has_ports; /* the fields below say something: opcodes 1 and 2 */
	rte_be32_t ext;
	uint16_t in_port;
	uint16_t ext_port;
	uint32_t lifetime_s;
};

/**
 * Read a datagram. The tests are made in this order: two octets, opcode below 128, version 0,
 * known opcode, length of that opcode; octets behind it are nobody's business.
 */
void cgn_natpmp_codec_parse(struct cgn_natpmp_request *out, const uint8_t *data, size_t len);

/** Write an external address response, also used as announcement. @p ext is 0 unless result is 0 */
void cgn_natpmp_codec_address(uint8_t buf[static CGN_NATPMP_ADDRESS_LEN], uint16_t result,
		uint32_t epoch_s, rte_be32_t ext);

/** Write a mapping response. */
void
cgn_natpmp_codec_map(uint8_t buf[static CGN_NATPMP_MAP_LEN], const struct cgn_natpmp_map_answer *a);

/**
 * Write the answer to an unknown version.
 *
 * @param opcode  as printed in RFC 6886 section 3.5: 0; a PCP client falls back only if the top bit
 *                is set (RFC 6887 section 8.3): 80h or the opcode of the request
 */
void cgn_natpmp_codec_version(
		uint8_t buf[static CGN_NATPMP_VERSION_LEN], uint8_t opcode, uint32_t epoch_s);

/**
 * Write the answer to an unknown opcode: the whole request with the top bit set, result 5, and the
 * epoch that section 3.6 wants in every packet.
 *
 * @param buf  CGN_NATPMP_REQUEST_MAX octets
 * @param len  2 to CGN_NATPMP_REQUEST_MAX
 * @return octets of the answer: at least 8
 */
size_t cgn_natpmp_codec_opcode(uint8_t *buf, const uint8_t *request, size_t len, uint32_t epoch_s);

/** Write a request of opcode 0, 1 or 2. @return its octets: 2 or 12 */
size_t
cgn_natpmp_codec_ask(uint8_t buf[static CGN_NATPMP_ASK_MAX], const struct cgn_natpmp_request *r);

/**
 * Read what a server sent. A success must be whole; an error need not be: those of section 3.5 carry
 * nothing but the head, or the request.
 *
 * @return false: no answer to any request that cgn_natpmp_codec_ask() writes
 */
bool cgn_natpmp_codec_parse_answer(struct cgn_natpmp_answer *out, const uint8_t *data, size_t len);

#endif /* CGN_NATPMP_CODEC_H */
