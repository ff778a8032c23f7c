/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_PCP_CODEC_H
#define CGN_PCP_CODEC_H

/**
 * @file
 * Converts PCP messages from bytes to struct, and from struct to bytes. The server and a proxy use it.
 *
 * A server reads a request in two steps: cgn_pcp_codec_parse(), then cgn_pcp_codec_check(). Between them, it compares
 * the client's address in the request with the source of the packet (ADDRESS_MISMATCH).
 *
 * Source:  RFC 6887 sections 7, 8.2, 8.3, 9, 11, 12 and 14.1, RFC 7648 section 3.
 * Units:   ports in host order, addresses in network order, lifetimes and epochs in seconds.
 * Threads: any. Pure.
 */

#include "controlplane/pcp/pcp_codes.h"
#include "controlplane/pcp/pcp_options.h"
#include "shared/addr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CGN_PCP_NONCE_LEN 12

/** The data of the opcodes MAP and PEER. A zero address has a family, too: it is 0.0.0.0 or ::. */
struct cgn_pcp_mapping {
	uint8_t nonce[CGN_PCP_NONCE_LEN];
	uint8_t proto;     /* number of the IP protocol: 6 is TCP; 0: all */
	uint16_t in_port;  /* 0: all */
	uint16_t ext_port; /* request: suggested, 0: any. Answer: assigned */
	struct cgn_ip ext; /* request: suggested, zero: any. Answer: assigned */
	uint16_t rem_port; /* PEER only */
	struct cgn_ip rem; /* PEER only */
};

/** A request. */
struct cgn_pcp_request {
	uint8_t opcode;      /* without the R bit; it may be one that the codec does not know */
	uint32_t lifetime_s; /* requested; 0: delete */
	struct cgn_ip client;
	struct cgn_pcp_mapping mapping; /* MAP, PEER */
	struct cgn_pcp_options options; /* after cgn_pcp_codec_check() */
	struct cgn_pcp_cursor rest;     /* the octets of the options, inside the datagram */
};

/** An answer, or a message that a server sends without being asked. */
struct cgn_pcp_answer {
	uint8_t version; /* only read: 2; with UNSUPP_VERSION: a version that the server has. 0 is NAT-PMP */
	uint8_t opcode;      /* without the R bit; it may be one that the codec does not know */
	uint8_t result;      /* enum cgn_pcp_result; it may be one that the codec does not know */
	uint32_t lifetime_s; /* of the mapping or of the error; 0 for ANNOUNCE */
	uint32_t epoch_s;
	struct cgn_pcp_mapping mapping; /* MAP, PEER */
	struct cgn_pcp_options options;
	struct cgn_pcp_cursor rest; /* only read: the octets of the options, inside the datagram */
};

/**
 * Read the header of a request and the data of its opcode.
 *
 * The tests have this order (RFC 6887 section 8.2): two octets, R bit, version, 24 octets, not above 1100 octets and a
 * multiple of four, a known opcode, long enough for the opcode. After an error, @p out has what was read before the
 * error, and else zeros. After UNSUPP_OPCODE it has the header, for a proxy that passes the request on.
 *
 * @param[out] result  SUCCESS, or the code of the error answer: UNSUPP_VERSION, MALFORMED_REQUEST or UNSUPP_OPCODE.
 *                     It means nothing without an answer
 * @return false: the datagram gets no answer
 */
bool cgn_pcp_codec_parse(struct cgn_pcp_request *out, enum cgn_pcp_result *result,
		const uint8_t *data, size_t len);

/**
 * Check the fields of a request, and read its options into r->options.
 *
 * @param r          cgn_pcp_codec_parse() has read it with SUCCESS, its datagram still exists, and r->client is the
 *                   source of the packet
 * @param processed  enum cgn_pcp_processed: the options that this client may use
 * @return
 *   - CGN_PCP_SUCCESS
 *   - CGN_PCP_MALFORMED_REQUEST: MAP with all protocols and one port (RFC 6887 sections 11.3 and 15.1); PEER without
 *     protocol, inside port or remote port (section 12.1)
 *   - a result of cgn_pcp_options_read()
 */
enum cgn_pcp_result cgn_pcp_codec_check(struct cgn_pcp_request *r, unsigned int processed);

/**
 * Write an answer, or a message without a request: ANNOUNCE, or the update of a mapping (RFC 6887 section 14).
 *
 * For a success, a->options are the options that were processed. A PORT_SET of one port must not be among them (RFC
 * 7753 section 4.2). For the error answer to a request that is at hand, use cgn_pcp_codec_error().
 *
 * @param a  its opcode is in enum cgn_pcp_opcode
 * @return false: more than 1100 octets. The answer is MALFORMED_REQUEST then (RFC 6887 section 7.3)
 */
bool cgn_pcp_codec_answer(struct cgn_pcp_message *out, const struct cgn_pcp_answer *a);

/**
 * Write the error answer to a request: a copy of the request of at most 1100 octets, filled up with zeros to a multiple
 * of four, with version 2 and the R bit. It has at least the 24 octets of a header, because a client needs the lifetime
 * also after a shorter request of another version.
 *
 * The 96 reserved bits are a part of the client's address if the request could not be read, and else 0 (RFC 6887
 * section 7.2). The codes UNSUPP_VERSION, MALFORMED_REQUEST, UNSUPP_OPCODE and MALFORMED_OPTION say that it could not.
 *
 * @param out         is not the request
 * @param data        the datagram
 * @param len         at least 2; may be above 1100
 * @param lifetime_s  usually cgn_pcp_codes_lifetime_s()
 */
void cgn_pcp_codec_error(struct cgn_pcp_message *out, const uint8_t *data, size_t len,
		enum cgn_pcp_result result, uint32_t lifetime_s, uint32_t epoch_s);

/**
 * Write a request with r->options. r->rest is not used.
 *
 * @param r  its opcode is in enum cgn_pcp_opcode
 * @return false: more than 1100 octets
 */
bool cgn_pcp_codec_request(struct cgn_pcp_message *out, const struct cgn_pcp_request *r);

/**
 * Read an answer, or a message that a server sends without being asked.
 *
 * With UNSUPP_VERSION, only the header is read, and 4 octets are enough. lifetime_s and epoch_s are 0 if the answer has
 * none or comes from a NAT-PMP server. Other answers have version 2, and 24 to 1100 octets in a multiple of four. MAP
 * and PEER have all their data (RFC 6887 section 8.3). After an unknown opcode, out->rest has all behind the header.
 *
 * @return false: it is no answer, and a client ignores it
 */
bool cgn_pcp_codec_parse_answer(struct cgn_pcp_answer *out, const uint8_t *data, size_t len);

/**
 * Whether an answer belongs to a request: the same opcode, nonce, protocol, inside port, third party and, for PEER,
 * remote peer (RFC 6887 sections 11.4 and 12.4). After PREFER_FAILURE, a success must have the suggested port, and the
 * suggested address unless that is :: or 0.0.0.0 (section 13.2). UNSUPP_VERSION may be the answer to each request,
 * because other versions have other fields.
 *
 * The caller compares the addresses and ports of the packets.
 */
bool cgn_pcp_codec_belongs(const struct cgn_pcp_answer *a, const struct cgn_pcp_request *r);

/**
 * Write a request of an unknown opcode again for the next server: all octets are the same but the client's address (RFC
 * 7648 section 3.4).
 *
 * @param data    24 to 1100 octets, a multiple of four; not in @p out
 * @param client  the address that the proxy sends from
 */
void cgn_pcp_codec_pass_request(struct cgn_pcp_message *out, const uint8_t *data, size_t len,
		const struct cgn_ip *client);

/**
 * Write an answer of an unknown opcode again for the client: all octets are the same but the epoch (RFC 7648 section
 * 3). If the reserved bits are not 0, they are a part of the address in the request (RFC 6887 section 7.2). Then they
 * become that part of the client's address.
 *
 * @param data     24 to 1100 octets, a multiple of four; not in @p out
 * @param epoch_s  the epoch of the proxy
 */
void cgn_pcp_codec_pass_answer(struct cgn_pcp_message *out, const uint8_t *data, size_t len,
		uint32_t epoch_s, const struct cgn_ip *client);

#endif /* CGN_PCP_CODEC_H */
