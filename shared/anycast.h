/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_ANYCAST_H
#define CGN_ANYCAST_H

/**
 * @file
 * The anycast addresses of PCP servers. A client can ask them without knowing any address of cgnd.
 *
 * They are addresses of cgnd for subscribers only. A packet from outside to them is like one to any other
 * address that is not of cgnd.
 *
 * Source:  RFC 7723.
 * Threads: any. Pure.
 */

#include "shared/conf.h"

#include <string.h>

/** 192.0.0.9, in network order. */
#define CGN_ANYCAST_ADDR RTE_BE32(UINT32_C(0xc0000009))

/** Whether cgnd has the anycast address. A B4 and a relay do not: a server in front of them may have it. */
static inline bool
cgn_anycast_is_on(const struct cgn_conf *conf)
{
	return conf->pcp.enabled && conf->pcp.anycast && conf->natpmp.role == CGN_NATPMP_SERVER &&
			conf->softwire.role != CGN_SOFTWIRE_B4;
}

/** Whether an IPv6 address is 2001:1::1, and cgnd has it. Only an AFTR takes requests over IPv6. */
static inline bool
cgn_anycast_is_ip6(const struct cgn_conf *conf, const struct cgn_ip6 *a)
{
	static const struct cgn_ip6 anycast = { .b = { 0x20, 0x01, 0x00, 0x01, [15] = 1 } };

	return memcmp(a, &anycast, sizeof(anycast)) == 0 &&
			conf->softwire.role == CGN_SOFTWIRE_AFTR && cgn_anycast_is_on(conf);
}

#endif /* CGN_ANYCAST_H */
