/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_PARSE_H
#define CGN_PARSE_H

/**
 * @file
 * From a received frame to struct cgn_pkt: every length is checked before the field behind it is
 * read, every field before it is used, here and nowhere else.
 *
 * The inline part takes what nearly all packets are: whole untagged (or VLAN-stripped) IPv4 without
 * options, UDP or TCP, in one segment, to our station. Everything else, and everything that it
 * would refuse, goes through cgn_parse_slow() from the start, so that there is one set of rules.
 */

#include "dataplane/pkt/pkt.h"
#include "shared/csum.h"

/** Octets before the transport header of a packet of the fast path. */
#define CGN_PARSE_L4 (sizeof(struct rte_ether_hdr) + sizeof(struct rte_ipv4_hdr))

/** Receive flags that need the slow path: bad or missing checksums. */
#define CGN_PARSE_RX_SLOW (RTE_MBUF_F_RX_IP_CKSUM_BAD | RTE_MBUF_F_RX_L4_CKSUM_BAD)

/* Words of a frame as they lie in memory: its first six octets, and type with the octets behind. */
#if RTE_BYTE_ORDER == RTE_LITTLE_ENDIAN
#define CGN_PARSE_MAC(w)    ((w) << 16)
#define CGN_PARSE_TYPE      UINT32_C(0x00450008)
#define CGN_PARSE_TYPE_MASK UINT32_C(0x00ffffff)
#else
#define CGN_PARSE_MAC(w)    ((w) >> 16)
#define CGN_PARSE_TYPE      UINT32_C(0x08004500)
#define CGN_PARSE_TYPE_MASK UINT32_C(0xffffff00)
#endif

/** The whole parser; cgn_parse() is its short cut. */
enum cgn_verdict cgn_parse_slow(struct cgn_pkt *p, const struct cgn_pkt_port *port);

/**
 * Parse the IPv4 packet at p->l3_off: a reassembled datagram, or one taken out of a softwire.
 *
 * CGN_PF_WAS_FRAG and CGN_PF_BROADCAST of p->flags are kept. Receive flags of the mbuf must be
 * about this header: whoever removes an outer header clears them.
 *
 * @return CGN_V_NONE or the verdict of a drop
 */
enum cgn_verdict cgn_parse_ip4(struct cgn_pkt *p);

/**
 * Check the packet that an ICMP error (CGN_PK_ICMP_ERROR) quotes.
 *
 * The quoted transport checksum is not verified, and nothing behind the first eight octets of the
 * quoted transport header is needed (RFC 5508 REQ-3).
 *
 * @return CGN_V_NONE, CGN_V_ICMP_CHECKSUM, CGN_V_ICMP_EMBEDDED
 */
enum cgn_verdict cgn_parse_quote(const struct cgn_pkt *p, struct cgn_quote *q);

/** Whether the checksum of an IPv4 header without options is right. */
static inline bool
cgn_parse_ip4_csum_ok(const struct rte_ipv4_hdr *ip)
{
	uint64_t a, b, sum;
	uint32_t c;

	memcpy(&a, ip, sizeof(a));
	memcpy(&b, (const uint8_t *)ip + 8, sizeof(b));
	memcpy(&c, (const uint8_t *)ip + 16, sizeof(c));
	sum = a + b;
	sum += sum < a; /* end-around carry */
	sum += c;
	sum += sum < c;
	/* 2^16 is 1 modulo 65535, so the folded sum is FFFF just when 65535 divides this; it is not 0. */
	return sum % UINT16_MAX == 0;
}

/** Whether a frame is untagged or stripped, IPv4 to our station, whole and of one segment. */
static inline bool
cgn_parse_is_plain(const struct rte_mbuf *m, const struct cgn_pkt_port *port)
{
	const struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, const struct rte_ether_hdr *);
	const struct rte_ipv4_hdr *ip = (const struct rte_ipv4_hdr *)(eth + 1);
	uint64_t ours, theirs, diff;
	uint32_t type;

	/* Eight octets of a port are its address and VLAN, of a frame our address and two of theirs. */
	memcpy(&ours, port, sizeof(ours));
	memcpy(&theirs, eth, sizeof(theirs));
	memcpy(&type, &eth->ether_type, sizeof(type)); /* and version, header length, TOS */
	diff = CGN_PARSE_MAC(ours ^ theirs);
	diff |= (type ^ CGN_PARSE_TYPE) & CGN_PARSE_TYPE_MASK;
	diff |= ip->fragment_offset & RTE_BE16(RTE_IPV4_HDR_MF_FLAG | RTE_IPV4_HDR_OFFSET_MASK);
	diff |= (m->ol_flags & CGN_PARSE_RX_SLOW) | (m->nb_segs ^ 1u);
	if ((m->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) != 0)
		diff |= (m->vlan_tci & 0xfffu) ^ port->vlan;
	else
		diff |= port->vlan;
	return diff == 0;
}

/** Transport header of the fast path. @return false: let the slow path look */
static inline bool
cgn_parse_l4_plain(struct cgn_pkt *p, const struct rte_ipv4_hdr *ip, unsigned int payload)
{
	const struct rte_udp_hdr *udp = (const struct rte_udp_hdr *)(ip + 1);

	if (ip->next_proto_id == IPPROTO_UDP) {
		unsigned int len = rte_be_to_cpu_16(udp->dgram_len);

		if (len < sizeof(*udp) || len > payload)
			return false;
		p->kind = CGN_PK_UDP;
		p->proto = CGN_PROTO_UDP;
		p->tcp_flags = 0;
	} else if (ip->next_proto_id == IPPROTO_TCP && payload >= sizeof(struct rte_tcp_hdr)) {
		const struct rte_tcp_hdr *tcp = (const struct rte_tcp_hdr *)(ip + 1);
		unsigned int len = (tcp->data_off >> 4) * 4u;

		if (len < sizeof(*tcp) || len > payload)
			return false;
		p->kind = CGN_PK_TCP;
		p->proto = CGN_PROTO_TCP;
		p->tcp_flags = tcp->tcp_flags;
	} else {
		return false;
	}
	p->sport = udp->src_port; /* at the same place in TCP */
	p->dport = udp->dst_port;
	return p->sport != 0 && p->dport != 0;
}

/**
 * Parse a received frame. p->m, p->port and p->side are the caller's; all other fields but the
 * engine's scratch are filled. Padding behind the IP packet is trimmed.
 *
 * @return CGN_V_NONE if the packet may go on, else the verdict of its drop
 */
static inline enum cgn_verdict
cgn_parse(struct cgn_pkt *p, const struct cgn_pkt_port *port)
{
	struct rte_mbuf *m = p->m;
	const struct rte_ipv4_hdr *ip;
	unsigned int total;

	if (m->data_len < CGN_PARSE_L4 + sizeof(struct rte_udp_hdr) || !cgn_parse_is_plain(m, port))
		return cgn_parse_slow(p, port);
	ip = rte_pktmbuf_mtod_offset(m, const struct rte_ipv4_hdr *, sizeof(struct rte_ether_hdr));
	total = rte_be_to_cpu_16(ip->total_length);
	if (total > m->data_len - sizeof(struct rte_ether_hdr) ||
			total < sizeof(*ip) + sizeof(struct rte_udp_hdr))
		return cgn_parse_slow(p, port);
	if ((m->ol_flags & RTE_MBUF_F_RX_IP_CKSUM_GOOD) == 0 && !cgn_parse_ip4_csum_ok(ip))
		return CGN_V_L3_CHECKSUM;
	if (!cgn_parse_l4_plain(p, ip, total - (unsigned int)sizeof(*ip)))
		return cgn_parse_slow(p, port);
	p->src = ip->src_addr;
	p->dst = ip->dst_addr;
	p->l3_off = sizeof(struct rte_ether_hdr);
	p->l4_off = CGN_PARSE_L4;
	p->total_len = (uint16_t)total;
	p->flags = (ip->fragment_offset & RTE_BE16(RTE_IPV4_HDR_DF_FLAG)) != 0 ? CGN_PF_DF : 0;
	if (m->data_len != total + sizeof(struct rte_ether_hdr)) {
		m->data_len = (uint16_t)(total + sizeof(struct rte_ether_hdr));
		m->pkt_len = m->data_len;
	}
	return CGN_V_NONE;
}

#endif /* CGN_PARSE_H */
