/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_PCP_PASS_H
#define CGN_PCP_PASS_H

/**
 * @file
 * What a relay passes on although this PCP room does not understand it: options without a rule, and messages of unknown
 * opcodes. The server takes them out of requests. The client side of the relay takes them out of answers.
 *
 * Source:  RFC 7648 section 3.4.2.
 * Threads: any. No state.
 */

#include "controlplane/lease/lease_pass.h"
#include "controlplane/pcp/pcp_options.h"

/**
 * Copy the options without a rule. They keep their order, also if one is repeated. Reserved octets and padding become 0.
 *
 * @param[out] out  NULL: there is no such option. Else the caller frees it with free()
 * @return 0 or -ENOBUFS: no memory
 */
int cgn_pcp_pass_options(struct cgn_lease_pass **out, struct cgn_pcp_cursor options);

/**
 * Copy a request of an unknown opcode.
 *
 * @param len  at most 1100
 * @return NULL: no memory. The caller frees it with free()
 */
struct cgn_lease_pass *cgn_pcp_pass_message(const uint8_t *data, size_t len);

/**
 * Whether a request of an unknown opcode may have an option that asks for another host: THIRD_PARTY or THIRD_PARTY_ID.
 * Nobody but the server in front knows where its options begin. So each multiple of four octets is tried: if the octets
 * from there to the end are options, and one of them asks for another host, the answer is yes.
 *
 * @param len  24 to 1100, a multiple of four
 */
bool cgn_pcp_pass_names_others(const uint8_t *data, size_t len);

/** The server in front has carried out a request: take the options without a rule from its answer. */
void cgn_pcp_pass_take(struct cgn_lease_pass *p, struct cgn_pcp_cursor options);

/** Add the options of the answer behind a message. @return false: there is no room, and @p m is as before */
bool cgn_pcp_pass_add(struct cgn_pcp_message *m, const struct cgn_lease_pass *p);

#endif /* CGN_PCP_PASS_H */
