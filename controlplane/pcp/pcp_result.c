/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Decides the PCP result code and lifetime of each answer, for the server.
 */
#include "controlplane/pcp/pcp_result.h"

#include "controlplane/natpmp/natpmp_codec.h"

#include <errno.h>

/* What a NAT-PMP server in front has said. Codes that PCP does not have are a failure of the network. So is a refused
 * version: this cgnd does speak the version of its client. */
static enum cgn_pcp_result
result_of_natpmp(uint16_t code)
{
	switch (code) {
	case CGN_NATPMP_REFUSED:
		return CGN_PCP_NOT_AUTHORIZED;
	case CGN_NATPMP_RESOURCES:
		return CGN_PCP_NO_RESOURCES;
	case CGN_NATPMP_BAD_OPCODE:
		return CGN_PCP_UNSUPP_OPCODE;
	case CGN_NATPMP_SUBSCRIBER_LIMIT:
		return CGN_PCP_USER_EX_QUOTA;
	default:
		return CGN_PCP_NETWORK_FAILURE;
	}
}

/* @return a code, or CGN_PCP_RESULTS: none */
static enum cgn_pcp_result
result_of_errno(int ret)
{
	switch (ret) {
	case 0:
		return CGN_PCP_SUCCESS;
	case -EACCES:
	case -EADDRINUSE:
	case -EKEYREJECTED:
	case -EPERM:
		return CGN_PCP_NOT_AUTHORIZED;
	case -EADDRNOTAVAIL:
	case -ENOSPC:
		return CGN_PCP_NO_RESOURCES;
	case -EBUSY:
		return CGN_PCP_CANNOT_PROVIDE_EXTERNAL;
	case -EDQUOT:
		return CGN_PCP_USER_EX_QUOTA;
	case -EINVAL:
		return CGN_PCP_UNSUPP_PROTOCOL;
	default:
		return CGN_PCP_RESULTS;
	}
}

/* The codes of a PCP server in front pass as they are, also those that this cgnd does not know. A refused version does
 * not pass, because this cgnd does speak the version of its client. */
static bool
is_passed(const struct cgn_lease_result *r)
{
	return r->upstream_code != 0 && r->upstream_code != CGN_PCP_UNSUPP_VERSION &&
			r->upstream_by == CGN_LEASE_BY_PCP;
}

bool
cgn_pcp_result_of(const struct cgn_lease_result *r, struct cgn_pcp_outcome *out)
{
	enum cgn_pcp_result result = r->upstream_code != 0 ? result_of_natpmp(r->upstream_code)
							   : result_of_errno(r->ret);

	if (is_passed(r)) {
		out->result = (enum cgn_pcp_result)r->upstream_code;
		out->lifetime_s = r->lifetime_s;
		return true;
	}
	if (result == CGN_PCP_RESULTS)
		return false;
	out->result = result;
	out->lifetime_s = cgn_pcp_codes_lifetime_s(result);
	/* A mapping of somebody else is in the way for as long as it lives. */
	if (result == CGN_PCP_SUCCESS || r->ret == -EKEYREJECTED)
		out->lifetime_s = r->lifetime_s;
	if (result == CGN_PCP_SUCCESS && r->is_static)
		out->lifetime_s = UINT32_MAX;
	return true;
}
