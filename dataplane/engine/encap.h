/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_ENCAP_H
#define CGN_ENCAP_H

/**
 * @file
 * Encapsulation: an IPv4 packet gets an IPv6 header and goes into a softwire. If the result is too long for
 * the path, the IPv6 packet is fragmented and the IPv4 packet stays whole (RFC 6333 section 5.3).
 */

#include "dataplane/engine/context.h"
#include "dataplane/softwire/softwire.h"

/**
 * Whether a packet is too big for a softwire and must not be fragmented.
 *
 * @return 0: it may be sent; else the MTU to tell its sender, octets of IPv4 (RFC 2473 section 7.2)
 */
uint16_t cgn_encap_too_big(
		const struct cgn_engine *e, const struct cgn_softwire *w, const struct cgn_pkt *p);

/** Send a parsed packet into a softwire. The caller has decremented the TTL. */
void cgn_encap_pkt(struct cgn_engine *e, const struct cgn_softwire *w, struct cgn_pkt *p,
		enum cgn_verdict v);

/**
 * Translate a packet and send it into the softwire of its mapping.
 *
 * @return 0; else the packet is too big and unchanged, and this is the MTU to tell its sender
 */
uint16_t cgn_encap_forward(struct cgn_engine *e, struct cgn_pkt *p, const struct cgn_mapping *m,
		enum cgn_verdict v);

/** Send a packet whose data begins at its IPv4 header. */
void cgn_encap_ip(struct cgn_engine *e, const struct cgn_softwire *w, struct rte_mbuf *m,
		enum cgn_verdict v);

/**
 * Process an ICMPv6 error from the path of a softwire: "packet too big" lowers its path MTU. @return the
 * verdict
 */
enum cgn_verdict cgn_encap_error(struct cgn_engine *e, struct cgn_pkt *p);

#endif /* CGN_ENCAP_H */
