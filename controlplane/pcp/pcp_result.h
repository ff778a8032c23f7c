/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_PCP_RESULT_H
#define CGN_PCP_RESULT_H

/**
 * @file
 * The PCP result code of each result of the lease service.
 *
 * Source:  RFC 6887 sections 7.4, 11.3 and 15.
 * Threads: any. Pure.
 */

#include "controlplane/lease/lease_service.h"
#include "controlplane/pcp/pcp_codes.h"

/** A result code with its lifetime. */
struct cgn_pcp_outcome {
	enum cgn_pcp_result result;
	uint32_t lifetime_s; /* of the mapping or of the error */
};

/**
 * Decide the answer to a request.
 *
 * @return false: the result is not known, so the client gets no answer and asks again
 */
bool cgn_pcp_result_of(const struct cgn_lease_result *r, struct cgn_pcp_outcome *out);

#endif /* CGN_PCP_RESULT_H */
