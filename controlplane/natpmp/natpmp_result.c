/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Decides the NAT-PMP result code of each answer, for the server.
 */
#include "controlplane/natpmp/natpmp_result.h"

#include "shared/log.h"

#include <errno.h>

CGN_LOG_TYPE("natpmp");

/* What a PCP server in front has said. NAT-PMP has no twin for the other codes. */
static int
result_of_pcp(uint16_t code)
{
	/* The index is a code of RFC 6887 section 7.4. natpmp/ does not know the files of pcp/. */
	static const uint16_t results[] = {
		[2] = CGN_NATPMP_REFUSED,
		[4] = CGN_NATPMP_BAD_OPCODE,
		[7] = CGN_NATPMP_NETWORK,
		[8] = CGN_NATPMP_RESOURCES,
		[10] = CGN_NATPMP_SUBSCRIBER_LIMIT,
	};

	if (code < sizeof(results) / sizeof(results[0]) && results[code] != 0)
		return results[code];
	CGN_LOG(PCP_CODE_UNKNOWN, "NAT-PMP has no result code for PCP's code=%u", code);
	return CGN_NATPMP_RESOURCES;
}

int
cgn_natpmp_result(const struct cgn_conf_natpmp *conf, const struct cgn_lease_result *r)
{
	/* A relay passes codes of NAT-PMP on as they are, also those that this cgnd does not know. But a refused version is a
	 * failure of the network for the client, because this cgnd does speak the version of its client. */
	if (r->upstream_code == CGN_NATPMP_BAD_VERSION)
		return CGN_NATPMP_NETWORK;
	if (r->upstream_code != 0 && r->upstream_by == CGN_LEASE_BY_NATPMP)
		return r->upstream_code;
	if (r->upstream_code != 0)
		return result_of_pcp(r->upstream_code);
	switch (r->ret) {
	case 0:
		return CGN_NATPMP_OK;
	case -EACCES:
	case -EINVAL:
	case -EPERM:
	case -EKEYREJECTED:
		return CGN_NATPMP_REFUSED;
	case -EADDRNOTAVAIL:
		return CGN_NATPMP_NETWORK;
	case -ENOSPC:
		return CGN_NATPMP_RESOURCES;
	case -EDQUOT:
		/* The draft defines code 6, but some clients know only 4. */
		return conf->subscriber_limit_code;
	default:
		return -1;
	}
}
