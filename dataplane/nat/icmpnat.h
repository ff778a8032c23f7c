/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_ICMPNAT_H
#define CGN_ICMPNAT_H

/**
 * @file
 * Translation of ICMP errors (RFC 5508). The mapping of the quoted packet decides how an error is
 * translated. An error does not make, refresh or end a mapping (REQ-6).
 */

#include "dataplane/nat/nat.h"

/**
 * Translate an ICMP error from inside: the quoted destination becomes the external endpoint. If the inside
 * host of the mapping sent the error, its source becomes the external address. Otherwise it becomes @p
 * router_src (RFC 5508 REQ-5). The TTL is decremented.
 *
 * @param router_src  a local address, the source of errors that a router inside sent
 * @return CGN_V_NONE; CGN_V_ICMP_TYPE, _ICMP_CHECKSUM, _ICMP_EMBEDDED, _ICMP_NO_MAPPING
 */
enum cgn_verdict cgn_icmpnat_out(struct cgn_nat *n, struct cgn_pkt *p, rte_be32_t router_src);

/**
 * Translate an ICMP error from outside: the quoted source becomes the inside endpoint, and the destination
 * becomes the inside address. The source does not change (RFC 5508 REQ-4). The TTL is decremented. p->realm
 * becomes the realm of the mapping.
 *
 * @return as cgn_icmpnat_out(), or CGN_V_ICMP_RATE; CGN_V_FILTERED: the mapping has filters, and none of them lets in
 *   the host that the quoted packet was sent to
 */
enum cgn_verdict cgn_icmpnat_in(struct cgn_nat *n, struct cgn_pkt *p, cgn_tick now);

#endif /* CGN_ICMPNAT_H */
