/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_ICMP_MAKE_H
#define CGN_ICMP_MAKE_H

/**
 * @file
 * ICMP messages that cgnd makes.
 *
 * The result is a whole IPv4 packet without an Ethernet header, in one mbuf with at least CGN_HEADROOM
 * octets in front.
 */

#include "dataplane/pkt/pkt.h"

/** What an ICMP error says. */
struct cgn_icmp_error {
	uint8_t type;
	uint8_t code;
	uint16_t mtu;     /* next-hop MTU of 3/4, else 0 */
	rte_be32_t src;   /* a local address (RFC 1812 section 4.3.2.4) */
	rte_be16_t ip_id; /* a new one: the message may be fragmented */
};

/**
 * Make an ICMP error about a packet, to its source. It quotes the packet in its present form, as much as
 * fits into 576 octets (RFC 1812 section 4.3.2.3), and copies its DSCP.
 *
 * Also for CGN_PK_FRAGMENT; then p needs m, l3_off, l4_off, total_len, kind and flags.
 *
 * @return NULL if RFC 1812 section 4.3.2.7 forbids it (about an ICMP error or an unknown ICMP type, a
 *   fragment but the first, a broadcast or multicast, an invalid source) or no mbuf is left
 */
struct rte_mbuf *cgn_icmp_make_error(
		struct rte_mempool *mp, const struct cgn_pkt *p, const struct cgn_icmp_error *e);

/**
 * The same about a packet of which the first octets were saved.
 *
 * @param ip   the IPv4 header as it came, validated then
 * @param len  octets saved: the whole header and at least eight behind it
 */
struct rte_mbuf *cgn_icmp_make_error_raw(
		struct rte_mempool *mp, const void *ip, size_t len, const struct cgn_icmp_error *e);

/**
 * Turn an echo request (CGN_PK_ICMP_QUERY, type 8) into its reply, in place: addresses swapped,
 * TTL 64, checksums updated. p->src and p->dst follow.
 */
void cgn_icmp_make_echo_reply(struct cgn_pkt *p);

#endif /* CGN_ICMP_MAKE_H */
