/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_ANYCAST_H
#define CGN_ANYCAST_H

/**
 * @file
 * The anycast address of PCP servers. A client can ask it without knowing any address of cgnd.
 *
 * It is an address of cgnd for subscribers only. A packet from outside to it is like one to any other address that is
 * not of cgnd.
 *
 * Source:  RFC 7723.
 * Threads: any. Pure.
 */

#include "shared/conf.h"

/** 192.0.0.9, in network order. */
#define CGN_ANYCAST_ADDR RTE_BE32(UINT32_C(0xc0000009))

/** Whether cgnd has the anycast address. A B4 and a relay do not: a server in front of them may have it. */
static inline bool
cgn_anycast_is_on(const struct cgn_conf *conf)
{
	return conf->pcp.enabled && conf->pcp.anycast && conf->natpmp.role == CGN_NATPMP_SERVER &&
			conf->softwire.role != CGN_SOFTWIRE_B4;
}

#endif /* CGN_ANYCAST_H */
