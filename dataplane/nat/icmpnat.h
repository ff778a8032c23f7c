/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_ICMPNAT_H
#define CGN_ICMPNAT_H

/**
 * @file
 * Translation of ICMP errors (RFC 5508): by the mapping of the packet that they quote. An error neither
 * makes, refreshes nor ends a mapping (REQ-6).
 */

#include "dataplane/nat/nat.h"

/**
 * Translate an ICMP error from inside: the quoted destination becomes the external endpoint. The source
 * becomes the external address if the host itself sent the error, else @p router_src (RFC 5508 REQ-5). The
 * TTL is decremented.
 *
 * @param router_src  source address for errors of routers inside: a local address
 * @return CGN_V_NONE; CGN_V_ICMP_TYPE, _ICMP_CHECKSUM, _ICMP_EMBEDDED, _ICMP_NO_MAPPING
 */
enum cgn_verdict cgn_icmpnat_out(struct cgn_nat *n, struct cgn_pkt *p, rte_be32_t router_src);

/**
 * Translate an ICMP error from outside: the quoted source becomes the inside endpoint, the destination the
 * inside address; the source stays (RFC 5508 REQ-4). The TTL is decremented. p->realm becomes that of the
 * mapping.
 *
 * @return as above, or CGN_V_ICMP_RATE
 */
enum cgn_verdict cgn_icmpnat_in(struct cgn_nat *n, struct cgn_pkt *p, cgn_tick now);

#endif /* CGN_ICMPNAT_H */
