/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_ICMP_H
#define CGN_ICMP_H

/**
 * @file
 * ICMP types and codes that DPDK 22.11 has no names for (RFC 792, RFC 1191).
 */

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

#endif /* CGN_ICMP_H */
