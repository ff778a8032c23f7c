/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_NATPMP_CODEC_H
#define CGN_NATPMP_CODEC_H

/**
 * @file
 * Converts NAT-PMP messages from bytes to struct, and from struct to bytes.
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

#define CGN_NATPMP_ADDRESS_LEN 12    /* octets of the answer to a request for the address */
#define CGN_NATPMP_MAP_LEN     16    /* octets of the answer to a request for a mapping */
#define CGN_NATPMP_VERSION_LEN 8     /* octets of the answer to an unknown version */
#define CGN_NATPMP_REQUEST_MAX 65507 /* octets of a UDP datagram over IPv4 */
#define CGN_NATPMP_ASK_MAX     12    /* octets of the longest request that is sent */

/** Result codes. Code 6 is from draft-woodyatt-spnatpmp-appl-01 section 3.1; no registry has it. */
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
	CGN_NATPMP_IGNORE,      /* it is no request, or too short; it gets no answer */
	CGN_NATPMP_GET_ADDRESS, /* opcode 0 */
	CGN_NATPMP_MAP,         /* opcodes 1 and 2 */
	CGN_NATPMP_UNKNOWN_VERSION,
	CGN_NATPMP_UNKNOWN_OPCODE,
};

/** A request. Ports in host order, the lifetime in seconds. */
struct cgn_natpmp_request {
	enum cgn_natpmp_kind kind;
	uint8_t opcode;
	uint8_t proto; /* enum cgn_proto; used by CGN_NATPMP_MAP only */
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
	bool has_ext;   /* opcode 0: ext is set */
	bool has_ports; /* opcodes 1 and 2: in_port, ext_port and lifetime_s are set */
	rte_be32_t ext;
	uint16_t in_port;
	uint16_t ext_port;
	uint32_t lifetime_s;
};

/**
 * Read a datagram. It is tested in this order: it has two octets, its opcode is below 128, its version is 0, its opcode
 * is known, and it is long enough for this opcode. More octets behind the request are ignored.
 */
void cgn_natpmp_codec_parse(struct cgn_natpmp_request *out, const uint8_t *data, size_t len);

/** Write an external address response. It is also used as announcement. @p ext is 0 unless @p result is 0. */
void cgn_natpmp_codec_address(uint8_t buf[static CGN_NATPMP_ADDRESS_LEN], uint16_t result,
		uint32_t epoch_s, rte_be32_t ext);

/** Write a mapping response. */
void
cgn_natpmp_codec_map(uint8_t buf[static CGN_NATPMP_MAP_LEN], const struct cgn_natpmp_map_answer *a);

/**
 * Write the answer to an unknown version.
 *
 * @param opcode  0, as RFC 6886 section 3.5 prints it; or 80h + the opcode of the request, because a PCP client falls
 *                back to NAT-PMP only if the top bit is set (RFC 6887 section 8.3)
 */
void cgn_natpmp_codec_version(
		uint8_t buf[static CGN_NATPMP_VERSION_LEN], uint8_t opcode, uint32_t epoch_s);

/**
 * Write the answer to an unknown opcode: the whole request with the top bit of the opcode set, result 5, and the epoch.
 * RFC 6886 section 3.6 requires the epoch in every packet.
 *
 * @param buf  CGN_NATPMP_REQUEST_MAX octets
 * @param len  2 to CGN_NATPMP_REQUEST_MAX
 * @return octets of the answer: at least 8
 */
size_t cgn_natpmp_codec_opcode(uint8_t *buf, const uint8_t *request, size_t len, uint32_t epoch_s);

/** Write a request of opcode 0, 1 or 2. @return number of octets: 2 or 12 */
size_t
cgn_natpmp_codec_ask(uint8_t buf[static CGN_NATPMP_ASK_MAX], const struct cgn_natpmp_request *r);

/**
 * Read a datagram from a server. A success must have all octets of its answer. An error may be shorter: an error of
 * RFC 6886 section 3.5 has only the first octets of an answer, or the request behind them.
 *
 * @return false: it cannot be the answer to a request of cgn_natpmp_codec_ask()
 */
bool cgn_natpmp_codec_parse_answer(struct cgn_natpmp_answer *out, const uint8_t *data, size_t len);

#endif /* CGN_NATPMP_CODEC_H */
