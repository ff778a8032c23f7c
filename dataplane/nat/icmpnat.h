/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_ICMPNAT_H
#define CGN_ICMPNAT_H

/**
 * @file
 * ICMP errors through the NAT (RFC 5508): the quoted packet is translated by its own mapping, which
 * the error neither makes, refreshes nor ends (REQ-6).
 */

#include "dataplane/nat/nat.h"

/**
 * Translate an ICMP error from inside: quoted destination H:p -> X:e, source -> X if the host itself
 * sent it, else @p own (RFC 5508 REQ-5). TTL is decremented.
 *
 * @param own  cgnd's own address outside, for errors of routers inside
 * @return CGN_V_NONE; CGN_V_ICMP_TYPE, _ICMP_CHECKSUM, _ICMP_EMBEDDED, _ICMP_NO_MAPPING
 */
enum cgn_verdict cgn_icmpnat_out(struct cgn_nat *n, struct cgn_pkt *p, rte_be32_t own);

/**
 * Translate an ICMP error from outside: quoted source X:e -> H:p, destination -> H, source unchanged
 * (RFC 5508 REQ-4). TTL is decremented. p->realm becomes that of the mapping.
 *
 * @return as above, or CGN_V_ICMP_RATE
 */
enum cgn_verdict cgn_icmpnat_in(struct cgn_nat *n, struct cgn_pkt *p, cgn_tick now);

#endif /* CGN_ICMPNAT_H */
