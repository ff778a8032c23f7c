/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_PARSE_H
#define CGN_PARSE_H

/**
 * @file
 * Parser: makes a struct cgn_pkt from a received frame. It checks every length before it reads the field
 * behind it, and every field before the field is used. No other file makes these checks.
 *
 * The inline functions are the fast path. It takes untagged (or VLAN-stripped) frames to our station in one
 * segment, with whole UDP or TCP packets without IPv4 options. For all other frames, and for frames that
 * the fast path would refuse, cgn_parse_slow() begins anew. All rules are therefore in one place.
 */

#include "dataplane/pkt/pkt.h"
#include "shared/csum.h"

/** Octets of headers that the fast path needs. A TCP header is longer; its length is checked later. */
#define CGN_PARSE_MIN ((unsigned int)(sizeof(struct rte_ipv4_hdr) + sizeof(struct rte_udp_hdr)))

/** Receive flags that the fast path looks at: bad checksums and a stripped tag. */
#define CGN_PARSE_RX_FLAGS \
	(RTE_MBUF_F_RX_IP_CKSUM_BAD | RTE_MBUF_F_RX_L4_CKSUM_BAD | RTE_MBUF_F_RX_VLAN_STRIPPED)

/*
 * Words of a frame in memory order: the first six octets of the frame, and the EtherType with the octets
 * behind it.
 */
#if RTE_BYTE_ORDER == RTE_LITTLE_ENDIAN
#define CGN_PARSE_MAC(w)    ((w) << 16)
#define CGN_PARSE_TYPE      UINT32_C(0x00450008)
#define CGN_PARSE_TYPE_MASK UINT32_C(0x00ffffff)
#else
#define CGN_PARSE_MAC(w)    ((w) >> 16)
#define CGN_PARSE_TYPE      UINT32_C(0x08004500)
#define CGN_PARSE_TYPE_MASK UINT32_C(0xffffff00)
#endif

/** The full parser. cgn_parse() tries the fast path first. */
enum cgn_verdict cgn_parse_slow(struct cgn_pkt *p, const struct cgn_pkt_port *port);

/**
 * Parse the IPv4 packet at p->l3_off: a reassembled datagram, or one taken out of a softwire.
 *
 * CGN_PF_WAS_FRAG and CGN_PF_BROADCAST of p->flags are kept. The receive flags of the mbuf must refer to
 * this IPv4 header. Code that removes an outer header must therefore clear them.
 *
 * @return CGN_V_NONE or the verdict of a drop
 */
enum cgn_verdict cgn_parse_ip4(struct cgn_pkt *p);

/**
 * Check the packet that an ICMP error (CGN_PK_ICMP_ERROR) quotes.
 *
 * The quoted transport checksum is not verified. Only the first eight octets of the quoted transport header
 * must be there (RFC 5508 REQ-3).
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
	/*
	 * 2^16 is 1 modulo 65535. The folded sum is therefore FFFF exactly if 65535 divides `sum`, which is not 0.
	 */
	return sum % UINT16_MAX == 0;
}

/** Compare the destination of a frame with our station. @return 0: the frame is for our station */
static inline uint64_t
cgn_parse_mac_diff(const struct rte_mbuf *m, const struct cgn_pkt_port *port)
{
	uint64_t ours, theirs;

	/*
	 * The first eight octets of struct cgn_pkt_port are the MAC address and the VLAN. The first eight octets
	 * of a frame are the destination MAC address and two octets of the source. CGN_PARSE_MAC() drops the last
	 * two octets.
	 */
	memcpy(&ours, port, sizeof(ours));
	memcpy(&theirs, rte_pktmbuf_mtod(m, const void *), sizeof(theirs));
	return CGN_PARSE_MAC(ours ^ theirs);
}

/**
 * Compare a frame with the frames that the fast path takes: to our station, untagged or stripped, in one
 * segment.
 *
 * @param flags  receive flags to look at; RTE_MBUF_F_RX_VLAN_STRIPPED must be one of them
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

/** Whether a frame may take the fast path, according to its Ethernet header and its fixed IPv4 header. */
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
 * @param room  octets in the mbuf from @p at on, minus CGN_PARSE_MIN; the packet may be shorter
 * @return false: take the slow path; only p->kind, proto, tcp_flags and the endpoints have changed
 */
static inline bool
cgn_parse_fast_end(struct cgn_pkt *p, const struct rte_ipv4_hdr *ip, uint16_t at, unsigned int room)
{
	const struct rte_udp_hdr *udp = (const struct rte_udp_hdr *)(ip + 1);
	const struct rte_tcp_hdr *tcp = (const struct rte_tcp_hdr *)(ip + 1);
	unsigned int total = rte_be_to_cpu_16(ip->total_length);
	unsigned int body = total -
			CGN_PARSE_MIN; /* data of UDP; if the packet is too short, it wraps and fails the next test */

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
 * Parse a received frame. The caller has set p->m, p->port and p->side. All other fields are set here,
 * except the scratch fields of the engine. Padding behind the IP packet is trimmed.
 *
 * @return CGN_V_NONE: the packet is processed further; else the verdict of the drop
 */
static inline enum cgn_verdict
cgn_parse(struct cgn_pkt *p, const struct cgn_pkt_port *port)
{
	if (likely(cgn_parse_is_fast(p->m, port) && cgn_parse_rest(p)))
		return CGN_V_NONE;
	return cgn_parse_slow(p, port);
}

#endif /* CGN_PARSE_H */
