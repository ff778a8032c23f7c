/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_ICMP_H
#define CGN_ICMP_H

/**
 * @file
 * ICMP types and codes without a name in DPDK 22.11 (RFC 792, RFC 1191), and a test for echo requests.
 */

#include "dataplane/pkt/pkt.h"
#include "shared/dpdk_compat.h"

#include <rte_icmp.h>

#define CGN_ICMP_UNREACHABLE   3
#define CGN_ICMP_TIME_EXCEEDED 11
#define CGN_ICMP_PARAMETER     12

/* Codes of CGN_ICMP_UNREACHABLE. */
#define CGN_ICMP_UNREACHABLE_NET      0
#define CGN_ICMP_UNREACHABLE_HOST     1
#define CGN_ICMP_UNREACHABLE_PROTOCOL 2
#define CGN_ICMP_UNREACHABLE_PORT     3
#define CGN_ICMP_UNREACHABLE_TOO_BIG  4

/* Codes of CGN_ICMP_TIME_EXCEEDED. */
#define CGN_ICMP_TIME_EXCEEDED_TTL        0
#define CGN_ICMP_TIME_EXCEEDED_REASSEMBLY 1

/** Whether a parsed packet of kind CGN_PK_ICMP_QUERY is an echo request. */
static inline bool
cgn_icmp_is_echo(const struct cgn_pkt *p)
{
	const struct rte_icmp_hdr *icmp = cgn_pkt_l4(p);

	return icmp->icmp_type == RTE_ICMP_TYPE_ECHO_REQUEST;
}

#endif /* CGN_ICMP_H */
