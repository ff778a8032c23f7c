/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_REWRITE_H
#define CGN_REWRITE_H

/**
 * @file
 * Changes to a parsed packet: endpoints, TTL, IPv4 ID and quoted packets. Each function also updates the
 * checksums.
 *
 * Checksums are updated incrementally (RFC 1624), so a wrong checksum stays wrong. The fields of struct
 * cgn_pkt are updated together with the packet.
 */

#include "dataplane/pkt/pkt.h"
#include "shared/csum.h"

/** Checksum delta of a TTL that is decremented: ~m + m' of the word with the TTL in its high octet. */
#define CGN_REWRITE_TTL_DELTA RTE_BE16(0xfeff)

/**
 * Replace an endpoint of a TCP, UDP or ICMP query packet, decrement its TTL and optionally set a new IPv4
 * ID. The TTL must be above zero.
 *
 * @param is_src  true: replace the source endpoint; false: the destination
 * @param port    new port, or identifier of an ICMP query
 * @param l3      checksum delta of the changed address
 * @param l4      TCP, UDP: delta of address and port; ICMP: delta of the identifier only
 * @param new_id  whether to write @p id
 */
static inline void
cgn_rewrite(struct cgn_pkt *p, bool is_src, rte_be32_t addr, rte_be16_t port, cgn_csum_delta l3,
		cgn_csum_delta l4, bool new_id, rte_be16_t id)
{
	static const uint8_t csum_at[CGN_PROTO_COUNT] = {
		[CGN_PROTO_UDP] = offsetof(struct rte_udp_hdr, dgram_cksum),
		[CGN_PROTO_TCP] = offsetof(struct rte_tcp_hdr, cksum),
		[CGN_PROTO_ICMP] = offsetof(struct rte_icmp_hdr, icmp_cksum),
	};
	struct rte_ipv4_hdr *ip = cgn_pkt_ip4(p);
	uint8_t *l4_hdr = cgn_pkt_l4(p);
	uint8_t *csum_field = l4_hdr + csum_at[p->proto];
	uint32_t sum = (uint32_t)(uint16_t)~ip->hdr_checksum + l3 + CGN_REWRITE_TTL_DELTA;
	unsigned int port_at = is_src ? 0 : 2;
	rte_be16_t old, csum;

	if (new_id) {
		sum += (uint32_t)(uint16_t)~ip->packet_id + id;
		ip->packet_id = id;
	}
	ip->hdr_checksum = (rte_be16_t)~cgn_csum_fold(sum);
	ip->time_to_live--;
	if (is_src) {
		ip->src_addr = p->src = addr;
		p->sport = port;
	} else {
		ip->dst_addr = p->dst = addr;
		p->dport = port;
	}
	if (unlikely(p->proto == CGN_PROTO_ICMP)) {
		port_at = offsetof(struct rte_icmp_hdr, icmp_ident);
		p->sport = p->dport = port;
	}
	memcpy(l4_hdr + port_at, &port, sizeof(port));
	memcpy(&old, csum_field, sizeof(old));
	csum = cgn_csum_apply(old, l4);
	if (unlikely(old == 0 || csum == 0) && p->proto == CGN_PROTO_UDP)
		csum = cgn_csum_apply_udp(old, l4);
	memcpy(csum_field, &csum, sizeof(csum));
}

/** Decrement the TTL. The TTL must be above zero. */
static inline void
cgn_rewrite_ttl(struct cgn_pkt *p)
{
	struct rte_ipv4_hdr *ip = cgn_pkt_ip4(p);

	ip->hdr_checksum = cgn_csum_apply(ip->hdr_checksum, CGN_REWRITE_TTL_DELTA);
	ip->time_to_live--;
}

/** Undo a decrement of the TTL. The two halves of a hairpin count as one hop. */
static inline void
cgn_rewrite_ttl_back(struct cgn_pkt *p)
{
	struct rte_ipv4_hdr *ip = cgn_pkt_ip4(p);

	ip->hdr_checksum = cgn_csum_apply(
			ip->hdr_checksum, cgn_csum_delta_invert(CGN_REWRITE_TTL_DELTA));
	ip->time_to_live++;
}

/** Give the packet another IPv4 ID. */
static inline void
cgn_rewrite_ip_id(struct cgn_pkt *p, rte_be16_t id)
{
	struct rte_ipv4_hdr *ip = cgn_pkt_ip4(p);

	ip->hdr_checksum = cgn_csum_apply(ip->hdr_checksum, cgn_csum_delta16(ip->packet_id, id));
	ip->packet_id = id;
}

/**
 * Replace an address of the IPv4 header and nothing else. For packets whose transport checksum has no
 * pseudo-header.
 */
static inline void
cgn_rewrite_addr(struct cgn_pkt *p, bool is_src, rte_be32_t addr)
{
	struct rte_ipv4_hdr *ip = cgn_pkt_ip4(p);
	rte_be32_t old = is_src ? ip->src_addr : ip->dst_addr;

	ip->hdr_checksum = cgn_csum_apply(ip->hdr_checksum, cgn_csum_delta32(old, addr));
	if (is_src)
		ip->src_addr = p->src = addr;
	else
		ip->dst_addr = p->dst = addr;
}

/**
 * Replace an endpoint of the packet that an ICMP error quotes.
 *
 * The quoted IPv4 checksum, the quoted transport checksum if it is there (a UDP checksum of 0 stays 0), and
 * the checksum of the ICMP message are updated. @p q is updated too.
 *
 * @param is_src  true: replace the quoted source; false: the quoted destination
 * @param port    new port, or identifier of a quoted ICMP query
 */
void cgn_rewrite_icmp_error(struct cgn_pkt *p, struct cgn_quote *q, bool is_src, rte_be32_t addr,
		rte_be16_t port);

#endif /* CGN_REWRITE_H */
