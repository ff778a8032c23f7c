/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_PARSE_H
#define CGN_PARSE_H

/**
 * @file
 * From a received frame to struct cgn_pkt: every length is checked before the field behind it is read, and
 * every field before it is used, here and nowhere else.
 *
 * The inline part is the fast path: whole untagged (or VLAN-stripped) IPv4 without options, UDP or TCP, in
 * one segment, to our station. Everything else, and everything that the fast path would refuse, goes
 * through cgn_parse_slow() from the start, so that there is one set of rules.
 */

#include "dataplane/pkt/pkt.h"
#include "shared/csum.h"

/** Octets of headers that the fast path needs; a TCP header is longer and is checked later. */
#define CGN_PARSE_MIN ((unsigned int)(sizeof(struct rte_ipv4_hdr) + sizeof(struct rte_udp_hdr)))

/** Receive flags that the fast path looks at: bad or missing checksums, a stripped tag. */
#define CGN_PARSE_RX_FLAGS \
	(RTE_MBUF_F_RX_IP_CKSUM_BAD | RTE_MBUF_F_RX_L4_CKSUM_BAD | RTE_MBUF_F_RX_VLAN_STRIPPED)

/* Words of a frame in memory order: its first six octets, and EtherType with the octets behind it. */
#if RTE_BYTE_ORDER == RTE_LITTLE_ENDIAN
#define CGN_PARSE_MAC(w)    ((w) << 16)
#define CGN_PARSE_TYPE      UINT32_C(0x00450008)
#define CGN_PARSE_TYPE_MASK UINT32_C(0x00ffffff)
#else
#define CGN_PARSE_MAC(w)    ((w) >> 16)
#define CGN_PARSE_TYPE      UINT32_C(0x08004500)
#define CGN_PARSE_TYPE_MASK UINT32_C(0xffffff00)
#endif

/** The full parser; cgn_parse() tries the fast path first. */
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

/** Whether a frame is to another station. @return 0: to ours */
static inline uint64_t
cgn_parse_mac_diff(const struct rte_mbuf *m, const struct cgn_pkt_port *port)
{
	uint64_t ours, theirs;

	/* The first eight octets of struct cgn_pkt_port are MAC and VLAN; those of a frame are our MAC and
	 * two octets of the sender's. CGN_PARSE_MAC() drops the last two. */
	memcpy(&ours, port, sizeof(ours));
	memcpy(&theirs, rte_pktmbuf_mtod(m, const void *), sizeof(theirs));
	return CGN_PARSE_MAC(ours ^ theirs);
}

/**
 * Compare a frame with what the fast path takes: to our station, untagged or stripped, in one segment.
 *
 * @param flags  receive flags to look at, RTE_MBUF_F_RX_VLAN_STRIPPED among them
 * @return 0: no difference
 */
static inline uint64_t
cgn_parse_link_diff(const struct rte_mbuf *m, const struct cgn_pkt_port *port, uint64_t flags)
{
	uint64_t vlan = 0;

	if (port->vlan != 0) {
		vlan = RTE_MBUF_F_RX_VLAN_STRIPPED;
		if ((m->vlan_tci & 0xfffu) != port->vlan)
			return 1;
	}
	return cgn_parse_mac_diff(m, port) | ((m->ol_flags & flags) ^ vlan) | (m->nb_segs ^ 1u);
}

/** Whether a frame may take the fast path, as far as Ethernet and the fixed IPv4 header tell. */
static inline bool
cgn_parse_is_fast(const struct rte_mbuf *m, const struct cgn_pkt_port *port)
{
	const struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, const struct rte_ether_hdr *);
	const struct rte_ipv4_hdr *ip = (const struct rte_ipv4_hdr *)(eth + 1);
	uint64_t diff;
	uint32_t type;

	if (m->data_len < sizeof(*eth) + CGN_PARSE_MIN)
		return false;
	diff = cgn_parse_link_diff(m, port, CGN_PARSE_RX_FLAGS);
	memcpy(&type, &eth->ether_type,
			sizeof(type)); /* the word includes version, header length and TOS */
	diff |= (type ^ CGN_PARSE_TYPE) & CGN_PARSE_TYPE_MASK;
	diff |= ip->fragment_offset & RTE_BE16(RTE_IPV4_HDR_MF_FLAG | RTE_IPV4_HDR_OFFSET_MASK);
	return diff == 0;
}

/**
 * Fill in addresses and transport header of a whole TCP or UDP packet without IPv4 options.
 *
 * @param at    offset of the IPv4 header, octets from the start of the data
 * @param room  octets there beyond CGN_PARSE_MIN; the packet may be shorter
 * @return false: take the slow path; only p->kind, proto, tcp_flags and the endpoints have changed
 */
static inline bool
cgn_parse_fast_end(struct cgn_pkt *p, const struct rte_ipv4_hdr *ip, uint16_t at, unsigned int room)
{
	const struct rte_udp_hdr *udp = (const struct rte_udp_hdr *)(ip + 1);
	const struct rte_tcp_hdr *tcp = (const struct rte_tcp_hdr *)(ip + 1);
	unsigned int total = rte_be_to_cpu_16(ip->total_length);
	unsigned int body = total -
			CGN_PARSE_MIN; /* of UDP; wraps round if the packet is too short, and then fails the next test */

	if (body > room)
		return false;
	if (likely(ip->next_proto_id == IPPROTO_UDP)) {
		if (rte_be_to_cpu_16(udp->dgram_len) - (unsigned int)sizeof(*udp) > body)
			return false;
		p->kind = CGN_PK_UDP;
		p->proto = CGN_PROTO_UDP;
		p->tcp_flags = 0;
	} else {
		unsigned int l4 = total - (unsigned int)sizeof(*ip), len;

		if (ip->next_proto_id != IPPROTO_TCP || l4 < sizeof(*tcp))
			return false;
		len = (tcp->data_off >> 4) * 4u;
		if (len < sizeof(*tcp) || len > l4)
			return false;
		p->kind = CGN_PK_TCP;
		p->proto = CGN_PROTO_TCP;
		p->tcp_flags = tcp->tcp_flags;
	}
	memcpy(p->ends, (const uint8_t *)ip + offsetof(struct rte_ipv4_hdr, src_addr),
			sizeof(p->ends));
	if (p->sport == 0 || p->dport == 0)
		return false;
	p->l3_off = at;
	p->l4_off = (uint16_t)(at + sizeof(*ip));
	p->total_len = (uint16_t)total;
	p->flags = (ip->fragment_offset & RTE_BE16(RTE_IPV4_HDR_DF_FLAG)) != 0 ? CGN_PF_DF : 0;
	return true;
}

/** Parse a frame that cgn_parse_is_fast() accepted. @return false: take the slow path */
static inline bool
cgn_parse_rest(struct cgn_pkt *p)
{
	struct rte_mbuf *m = p->m;
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod_offset(
			m, const struct rte_ipv4_hdr *, sizeof(struct rte_ether_hdr));
	unsigned int len = m->data_len - (unsigned int)sizeof(struct rte_ether_hdr);

	if ((m->ol_flags & RTE_MBUF_F_RX_IP_CKSUM_GOOD) == 0 && !cgn_parse_ip4_csum_ok(ip))
		return false;
	if (!cgn_parse_fast_end(p, ip, sizeof(struct rte_ether_hdr), len - CGN_PARSE_MIN))
		return false;
	if (p->total_len != len) {
		m->data_len = (uint16_t)(p->total_len + sizeof(struct rte_ether_hdr));
		m->pkt_len = m->data_len;
	}
	return true;
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
	if (likely(cgn_parse_is_fast(p->m, port) && cgn_parse_rest(p)))
		return CGN_V_NONE;
	return cgn_parse_slow(p, port);
}

#endif /* CGN_PARSE_H */
