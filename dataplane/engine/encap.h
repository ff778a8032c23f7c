/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_ENCAP_H
#define CGN_ENCAP_H

/**
 * @file
 * Encapsulation: puts an IPv6 header in front of an IPv4 packet and sends the result into a softwire. If
 * the IPv6 packet is too long for the path, the IPv6 packet is fragmented. The IPv4 packet stays whole (RFC
 * 6333 section 5.3).
 */

#include "dataplane/engine/context.h"
#include "dataplane/softwire/softwire.h"

/** Send a parsed packet into a softwire. The caller has decremented the TTL. */
void cgn_encap_pkt(struct cgn_engine *e, const struct cgn_softwire *w, struct cgn_pkt *p,
		enum cgn_verdict v);

/**
 * Translate a packet and send it into the softwire of its mapping.
 *
 * @return 0: sent; else the packet is too big and unchanged, and the value is the MTU to tell its sender
 */
uint16_t cgn_encap_forward(struct cgn_engine *e, struct cgn_pkt *p, const struct cgn_mapping *m,
		enum cgn_verdict v);

/** Send a packet whose data begins at its IPv4 header into a softwire. */
void cgn_encap_ip(struct cgn_engine *e, const struct cgn_softwire *w, struct rte_mbuf *m,
		enum cgn_verdict v);

#endif /* CGN_ENCAP_H */
