/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_OUTER_H
#define CGN_OUTER_H

/**
 * @file
 * The outer headers of a softwire's packet: all headers between the IPv6 header and the IPv4 packet.
 *
 * Extension headers are read from left to right (RFC 2473 section 3.3, RFC 8200 section 4.1): hop-by-hop
 * options (only as the first header), destination options, routing headers without segments left, and one
 * fragment header.
 */

#include "dataplane/pkt/pkt.h"

/** IPv6 next header numbers. */
#define CGN_IP6_HOP_BY_HOP 0
#define CGN_IP6_IPV4       4
#define CGN_IP6_ROUTING    43
#define CGN_IP6_FRAGMENT   44
#define CGN_IP6_ICMP       58
#define CGN_IP6_DEST_OPTS  60

/** A fragment header as it is in a packet (RFC 8200 section 4.5). */
struct cgn_ip6_frag {
	uint8_t next;
	uint8_t reserved;
	rte_be16_t field; /* offset in octets, low bit: more */
	rte_be32_t id;
};
static_assert(sizeof(struct cgn_ip6_frag) == 8, "on the wire");

#define CGN_IP6_FRAG_OFF  0xfff8u
#define CGN_IP6_FRAG_MORE 1u

/** Position of a walk over the outer headers, and the fragment header if there was one. */
struct cgn_outer {
	uint16_t at;   /* octets from the start of the mbuf's data to the end of the headers */
	uint8_t next;  /* type of what follows there */
	bool is_frag;  /* there was a fragment header, and the walk ended behind it */
	bool more;     /* fragment header: more fragments follow */
	uint16_t off;  /* fragment header: offset in octets */
	rte_be32_t id; /* fragment header: identification */
};

/**
 * Read a fragment header at @p o->at. On return, @p o is behind it.
 *
 * @param h    the header, inside the packet
 * @param end  octets from the start of the mbuf's data to the end of the IPv6 packet
 * @return false: the fragment is empty, badly cut, or reaches behind the greatest length
 */
bool cgn_outer_take_fragment(const uint8_t h[8], uint32_t end, struct cgn_outer *o);

/**
 * Read the headers of a packet. The walk begins at @p o->at with a header of type @p o->next. It ends at
 * the first header that is not an extension header. In a packet that is not whole, it ends behind the
 * fragment header. An atomic fragment (RFC 6946) is a whole packet.
 *
 * @param end  octets from the start of the mbuf's data to the end of the IPv6 packet
 * @return CGN_V_NONE; CGN_V_SOFTWIRE_HEADER: a header is malformed, too long, or in a wrong place
 */
enum cgn_verdict cgn_outer_walk(const struct rte_mbuf *m, uint32_t end, struct cgn_outer *o);

/**
 * ECN and DSCP of the inner packet after decapsulation (RFC 6040 section 4.2, RFC 2983).
 *
 * @param outer    traffic class of the IPv6 header; @p inner is the TOS of the IPv4 header
 * @param uniform  take the outer DSCP
 * @return the new TOS of the inner packet; -1: the packet must be dropped
 */
static inline int
cgn_outer_tos(uint8_t inner, uint8_t outer, bool uniform)
{
	uint8_t dscp = (uniform ? outer : inner) & 0xfc;
	uint8_t i = inner & 3, o = outer & 3;

	if (i == 0)
		return o == 3 ? -1 : dscp;
	if (o == 3 || (o == 1 && i == 2))
		return dscp | o;
	return dscp | i;
}

#endif /* CGN_OUTER_H */
