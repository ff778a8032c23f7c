/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_ICMP_MAKE_H
#define CGN_ICMP_MAKE_H

/**
 * @file
 * ICMP messages that cgnd makes.
 *
 * The result is a whole IPv4 packet without an Ethernet header, in one mbuf with at least CGN_HEADROOM
 * octets of headroom.
 */

#include "dataplane/pkt/pkt.h"

/** The contents of an ICMP error. */
struct cgn_icmp_error {
	uint8_t type;
	uint8_t code;
	uint16_t mtu;     /* next-hop MTU for type 3 code 4, else 0 */
	rte_be32_t src;   /* a local address (RFC 1812 section 4.3.2.4) */
	rte_be16_t ip_id; /* a new ID, because the message may be fragmented */
};

/**
 * Make an ICMP error about a packet. The destination of the error is the source of the packet. The error
 * quotes the packet in its present form, as much of it as fits into 576 octets (RFC 1812 section 4.3.2.3).
 * The error gets the DSCP of the packet.
 *
 * The packet may be a CGN_PK_FRAGMENT. Then only m, l3_off, l4_off, total_len, kind and flags of @p p must
 * be set.
 *
 * @return NULL if no mbuf is left, or if RFC 1812 section 4.3.2.7 forbids the error: the packet is an ICMP
 *   error, has an unknown ICMP type, is a fragment other than the first, is a broadcast or multicast, or
 *   has an invalid source
 */
struct rte_mbuf *cgn_icmp_make_error(
		struct rte_mempool *mp, const struct cgn_pkt *p, const struct cgn_icmp_error *e);

/**
 * Make an ICMP error about a packet of which only the first octets were saved.
 *
 * @param ip   the IPv4 header as it was received; it was validated then
 * @param len  number of saved octets: the whole IPv4 header and at least eight octets behind it
 */
struct rte_mbuf *cgn_icmp_make_error_raw(
		struct rte_mempool *mp, const void *ip, size_t len, const struct cgn_icmp_error *e);

/**
 * Turn an echo request (CGN_PK_ICMP_QUERY, type 8) into its reply, in place. The addresses are swapped, the
 * TTL becomes 64, and the checksums are updated. p->src and p->dst are swapped too.
 */
void cgn_icmp_make_echo_reply(struct cgn_pkt *p);

#endif /* CGN_ICMP_MAKE_H */
