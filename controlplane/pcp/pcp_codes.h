/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_PCP_CODES_H
#define CGN_PCP_CODES_H

/**
 * @file
 * The numbers of PCP: opcodes, options and result codes.
 *
 * Source:  RFC 6887 sections 7.4 and 19, RFC 7220 section 2, RFC 7225 section 4, RFC 7652 section 7, RFC 7753
 *          section 4, RFC 7843 section 4.
 * Threads: any. Pure.
 */

#include <stdint.h>

#define CGN_PCP_VERSION      2
#define CGN_PCP_LONG_LIFE_S  1800 /* lifetime of an error that stays (RFC 6887 section 7.4) */
#define CGN_PCP_SHORT_LIFE_S 30   /* lifetime of an error that may soon be over */

/** Opcodes that the codec understands. The R bit is not part of an opcode. */
enum cgn_pcp_opcode {
	CGN_PCP_ANNOUNCE = 0,
	CGN_PCP_MAP = 1,
	CGN_PCP_PEER = 2,
};

/** Options that the codec has a rule for. */
enum cgn_pcp_option_code {
	CGN_PCP_THIRD_PARTY = 1,
	CGN_PCP_PREFER_FAILURE = 2,
	CGN_PCP_FILTER = 3,
	CGN_PCP_THIRD_PARTY_ID = 13, /* always refused */
	CGN_PCP_DESCRIPTION = 128,
	CGN_PCP_PORT_SET = 130,
};

/** Options from this code on may be ignored. A server must process the others, or refuse them. */
#define CGN_PCP_OPTIONAL_FIRST 128

/** Result codes. Codes 14 to 23 belong to authentication. */
enum cgn_pcp_result {
	CGN_PCP_SUCCESS = 0,
	CGN_PCP_UNSUPP_VERSION = 1,
	CGN_PCP_NOT_AUTHORIZED = 2,
	CGN_PCP_MALFORMED_REQUEST = 3,
	CGN_PCP_UNSUPP_OPCODE = 4,
	CGN_PCP_UNSUPP_OPTION = 5,
	CGN_PCP_MALFORMED_OPTION = 6,
	CGN_PCP_NETWORK_FAILURE = 7,
	CGN_PCP_NO_RESOURCES = 8,
	CGN_PCP_UNSUPP_PROTOCOL = 9,
	CGN_PCP_USER_EX_QUOTA = 10,
	CGN_PCP_CANNOT_PROVIDE_EXTERNAL = 11,
	CGN_PCP_ADDRESS_MISMATCH = 12,
	CGN_PCP_EXCESSIVE_REMOTE_PEERS = 13,
	CGN_PCP_INITIATION = 14,
	CGN_PCP_AUTHENTICATION_REQUIRED = 15,
	CGN_PCP_AUTHENTICATION_FAILED = 16,
	CGN_PCP_AUTHENTICATION_SUCCEEDED = 17,
	CGN_PCP_AUTHORIZATION_FAILED = 18,
	CGN_PCP_SESSION_TERMINATED = 19,
	CGN_PCP_UNKNOWN_SESSION_ID = 20,
	CGN_PCP_DOWNGRADE_ATTACK_DETECTED = 21,
	CGN_PCP_AUTHENTICATION_REQUEST = 22,
	CGN_PCP_AUTHENTICATION_REPLY = 23,
	CGN_PCP_THIRD_PARTY_ID_UNKNOWN = 24,
	CGN_PCP_THIRD_PARTY_MISSING_OPTION = 25,
	CGN_PCP_UNSUPP_THIRD_PARTY_ID_LENGTH = 26,
	CGN_PCP_RESULTS,
};

/** The name of a result code as the RFCs write it. @return a constant text; NULL: the codec does not know the code */
const char *cgn_pcp_codes_result_name(unsigned int result);

/**
 * The lifetime of an error answer.
 *
 * The RFCs give no lifetime for CANNOT_PROVIDE_EXTERNAL and for the codes of authentication. They get the short one.
 * The server knows better if the reason has a lifetime of its own, such as another mapping with the port.
 *
 * @return seconds; 0 for CGN_PCP_SUCCESS, because a mapping has its own lifetime
 */
uint32_t cgn_pcp_codes_lifetime_s(enum cgn_pcp_result result);

#endif /* CGN_PCP_CODES_H */
