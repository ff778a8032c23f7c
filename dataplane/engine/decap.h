/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_DECAP_H
#define CGN_DECAP_H

/**
 * @file
 * Decapsulation: takes the IPv4 packets out of the IPv6 packets of a softwire.
 *
 * The outer headers of a decapsulated packet stay in front of p->l3_off. After decapsulation the packet is
 * processed like a native packet, in the realm of its softwire.
 */

#include "dataplane/engine/context.h"

/**
 * Whether an IPv6 packet is for the tunnel endpoint and belongs to a softwire. ICMPv6 queries to the tunnel
 * endpoint do not: the control thread answers them.
 */
bool cgn_decap_is_for(const struct cgn_engine *e, const struct cgn_pkt *p);

/**
 * AFTR: process a received burst of an inside port. First the packets of softwires are processed, then
 * cgn_inside_burst() processes the native packets.
 *
 * @param n  at most CGN_BURST
 */
void cgn_decap_burst(struct cgn_engine *e, uint16_t port, struct rte_mbuf **m, uint16_t n);

/**
 * Decapsulate one packet.
 *
 * @param wire  the softwire
 * @return CGN_V_NONE: p is the inner packet, or p->m is NULL because the packet is held for reassembly;
 *   else the verdict of a drop
 */
enum cgn_verdict cgn_decap_open(struct cgn_engine *e, struct cgn_pkt *p, uint32_t wire);

#endif /* CGN_DECAP_H */
