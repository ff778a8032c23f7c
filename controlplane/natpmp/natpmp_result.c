/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Decides the NAT-PMP result code of each answer, for the server.
 */
#include "controlplane/natpmp/natpmp_result.h"

#include <errno.h>

int
cgn_natpmp_result(const struct cgn_conf_natpmp *conf, const struct cgn_lease_result *r)
{
	/* A relay passes codes on as they are, also those that this cgnd does not know. */
	if (r->upstream_code != 0)
		return r->upstream_code;
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
