/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_DECAP_H
#define CGN_DECAP_H

/**
 * @file
 * Out of a softwire: IPv6 packets become the IPv4 packets that they carry.
 *
 * A decapsulated packet keeps its outer headers in front of p->l3_off and walks as a native one does, in
 * the realm of its softwire.
 */

#include "dataplane/engine/context.h"

/**
 * Whether an IPv6 packet is for the tunnel endpoint.
 *
 * @return false: it is not, or is something that the control thread answers
 */
bool cgn_decap_is_for(const struct cgn_engine *e, const struct cgn_pkt *p);

/**
 * AFTR: walk a received burst of an inside port. First its IPv6 packets are taken out of their softwires
 * and forwarded. The native ones follow by cgn_inside_burst().
 *
 * @param n  at most CGN_BURST
 */
void cgn_decap_burst(struct cgn_engine *e, uint16_t port, struct rte_mbuf **m, uint16_t n);

/**
 * Take one packet out of its softwire.
 *
 * @param wire  the softwire
 * @return CGN_V_NONE: p is the inner packet; its m is NULL if it is held for reassembly; else a drop
 */
enum cgn_verdict cgn_decap_open(struct cgn_engine *e, struct cgn_pkt *p, uint32_t wire);

#endif /* CGN_DECAP_H */
