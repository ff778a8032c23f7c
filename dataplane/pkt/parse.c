/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The full parser: Ethernet, VLAN, IPv4 with options, fragments, TCP, UDP, ICMP and quoted packets.
 */
#include "dataplane/pkt/parse.h"

#include <netinet/in.h>

#include <rte_arp.h>

#define IPOPT_EOL   0
#define IPOPT_NOP   1
#define IPOPT_RR    7
#define IPOPT_LSRR  131
#define IPOPT_SSRR  137
#define IP4_LEN_MAX 65535u

/* Octets from the IP header to the end of the frame. */
static uint32_t
octets_from_l3(const struct cgn_pkt *p)
{
	return p->m->pkt_len < p->l3_off ? 0 : p->m->pkt_len - p->l3_off;
}

static enum cgn_verdict
parse_arp_frame(struct cgn_pkt *p)
{
	if (octets_from_l3(p) < sizeof(struct rte_arp_hdr))
		return CGN_V_L3_SHORT;
	p->kind = CGN_PK_ARP;
	p->total_len = sizeof(struct rte_arp_hdr);
	return cgn_pkt_pullup(p->m, p->l3_off + (uint32_t)sizeof(struct rte_arp_hdr));
}

/* Check the fixed header only. Softwire code or the control thread reads what follows. */
static enum cgn_verdict
parse_ip6(struct cgn_pkt *p)
{
	const struct rte_ipv6_hdr *ip;
	enum cgn_verdict v;
	uint32_t total;

	if (octets_from_l3(p) < sizeof(*ip))
		return CGN_V_L3_SHORT;
	v = cgn_pkt_pullup(p->m, p->l3_off + (uint32_t)sizeof(*ip));
	if (v != CGN_V_NONE)
		return v;
	ip = rte_pktmbuf_mtod_offset(p->m, const struct rte_ipv6_hdr *, p->l3_off);
	if ((rte_be_to_cpu_32(ip->vtc_flow) >> 28) != 6)
		return CGN_V_L3_HEADER;
	total = (uint32_t)sizeof(*ip) + rte_be_to_cpu_16(ip->payload_len);
	if (total > octets_from_l3(p) || total > UINT16_MAX)
		return CGN_V_L3_SHORT;
	cgn_pkt_trim(p->m, p->l3_off + total);
	p->kind = CGN_PK_IP6;
	p->total_len = (uint16_t)total;
	p->l4_off = (uint16_t)(p->l3_off + sizeof(*ip));
	return CGN_V_NONE;
}

/* Check destination, VLAN tag and EtherType. Tag 0 is a priority tag (802.1Q) and counts as untagged.
 * Leaves p->l3_off behind the Ethernet header. */
static enum cgn_verdict
parse_l2(struct cgn_pkt *p, const struct cgn_pkt_port *port, rte_be16_t *type)
{
	const struct rte_ether_hdr *eth;
	unsigned int vid = 0;
	enum cgn_verdict v;

	if (p->m->pkt_len < sizeof(*eth))
		return CGN_V_L2_SHORT;
	v = cgn_pkt_pullup(p->m, sizeof(*eth));
	if (v != CGN_V_NONE)
		return v;
	eth = rte_pktmbuf_mtod(p->m, const struct rte_ether_hdr *);
	if (rte_is_multicast_ether_addr(&eth->dst_addr))
		p->flags |= CGN_PF_BROADCAST;
	else if (!rte_is_same_ether_addr(&eth->dst_addr, &port->mac))
		return CGN_V_L2_OTHER_HOST;
	*type = eth->ether_type;
	p->l3_off = sizeof(*eth);
	if ((p->m->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) != 0) {
		vid = p->m->vlan_tci & 0xfffu;
	} else if (*type == RTE_BE16(RTE_ETHER_TYPE_VLAN)) {
		const struct rte_vlan_hdr *tag;

		if (p->m->pkt_len < sizeof(*eth) + sizeof(*tag))
			return CGN_V_L2_SHORT;
		v = cgn_pkt_pullup(p->m, sizeof(*eth) + sizeof(*tag));
		if (v != CGN_V_NONE)
			return v;
		tag = rte_pktmbuf_mtod_offset(p->m, const struct rte_vlan_hdr *, sizeof(*eth));
		vid = rte_be_to_cpu_16(tag->vlan_tci) & 0xfffu;
		*type = tag->eth_proto;
		p->l3_off += sizeof(*tag);
	}
	/* A second tag is refused: cgnd knows one level of VLANs. */
	if (vid != port->vlan || *type == RTE_BE16(RTE_ETHER_TYPE_VLAN))
		return CGN_V_L2_VLAN;
	return CGN_V_NONE;
}

enum cgn_verdict
cgn_parse_slow(struct cgn_pkt *p, const struct cgn_pkt_port *port)
{
	rte_be16_t type = 0;
	enum cgn_verdict v;

	p->flags = 0;
	p->proto = CGN_PROTO_COUNT;
	p->tcp_flags = 0;
	p->src = p->dst = 0;
	p->sport = p->dport = 0;
	p->l4_off = 0;
	v = parse_l2(p, port, &type);
	if (v != CGN_V_NONE)
		return v;
	if (type == RTE_BE16(RTE_ETHER_TYPE_IPV4))
		return cgn_parse_ip4(p);
	if (type == RTE_BE16(RTE_ETHER_TYPE_IPV6))
		return parse_ip6(p);
	if (type == RTE_BE16(RTE_ETHER_TYPE_ARP))
		return parse_arp_frame(p);
	return CGN_V_L2_ETHERTYPE;
}

/* Check the IPv4 options (RFC 791): each is one octet (end, no-operation) or has its length in the second
 * octet. */
static enum cgn_verdict
walk_options(const uint8_t *opt, unsigned int len)
{
	unsigned int i = 0;

	while (i < len && opt[i] != IPOPT_EOL) {
		if (opt[i] == IPOPT_NOP) {
			i++;
			continue;
		}
		if (len - i < 2 || opt[i + 1] < 2 || opt[i + 1] > len - i)
			return CGN_V_L3_HEADER;
		if (opt[i] == IPOPT_RR || opt[i] == IPOPT_LSRR || opt[i] == IPOPT_SSRR)
			return CGN_V_L3_SOURCE_ROUTE;
		i += opt[i + 1];
	}
	return CGN_V_NONE;
}

/* Check the header checksum. If the device has checked it, its result counts. */
static enum cgn_verdict
check_ip4_csum(struct rte_mbuf *m, struct rte_ipv4_hdr *ip, unsigned int hdr_len)
{
	uint64_t rx = m->ol_flags & RTE_MBUF_F_RX_IP_CKSUM_MASK;

	if (rx == RTE_MBUF_F_RX_IP_CKSUM_GOOD)
		return CGN_V_NONE;
	if (rx == RTE_MBUF_F_RX_IP_CKSUM_NONE) {
		/* This happens only on virtual devices. The header is valid, but its sender never filled in
		 * the checksum. */
		ip->hdr_checksum = 0;
		ip->hdr_checksum = (rte_be16_t)~rte_raw_cksum(ip, hdr_len);
		m->ol_flags ^= RTE_MBUF_F_RX_IP_CKSUM_BAD;
		return CGN_V_NONE;
	}
	if (rx == RTE_MBUF_F_RX_IP_CKSUM_BAD || rte_raw_cksum(ip, hdr_len) != 0xffff)
		return CGN_V_L3_CHECKSUM;
	return CGN_V_NONE;
}

/* Make the IPv4 header contiguous, check it and cut the padding behind the packet. */
static enum cgn_verdict
parse_ip4_header(struct cgn_pkt *p)
{
	uint32_t avail = octets_from_l3(p);
	struct rte_ipv4_hdr *ip;
	unsigned int hdr_len;
	enum cgn_verdict v;

	if (avail < sizeof(*ip))
		return CGN_V_L3_SHORT;
	v = cgn_pkt_pullup(p->m, p->l3_off + (uint32_t)sizeof(*ip));
	if (v != CGN_V_NONE)
		return v;
	ip = cgn_pkt_ip4(p);
	hdr_len = rte_ipv4_hdr_len(ip);
	if ((ip->version_ihl >> 4) != 4 || hdr_len < sizeof(*ip))
		return CGN_V_L3_HEADER;
	p->total_len = rte_be_to_cpu_16(ip->total_length);
	if (hdr_len > avail || p->total_len > avail)
		return CGN_V_L3_SHORT;
	if (p->total_len < hdr_len)
		return CGN_V_L3_HEADER;
	v = cgn_pkt_pullup(p->m, p->l3_off + hdr_len);
	if (v != CGN_V_NONE)
		return v;
	cgn_pkt_trim(p->m, (uint32_t)p->l3_off + p->total_len);
	ip = cgn_pkt_ip4(p); /* cgn_pkt_pullup() may have moved it */
	p->l4_off = (uint16_t)(p->l3_off + hdr_len);
	v = check_ip4_csum(p->m, ip, hdr_len);
	if (v != CGN_V_NONE)
		return v;
	return walk_options((const uint8_t *)(ip + 1), hdr_len - (unsigned int)sizeof(*ip));
}

/* Check a fragment. A first fragment must hold the ports and flags, and no other may overwrite them (RFC
 * 1858 section 3, RFC 3128). */
static enum cgn_verdict
parse_fragment(struct cgn_pkt *p, const struct rte_ipv4_hdr *ip)
{
	unsigned int field = rte_be_to_cpu_16(ip->fragment_offset);
	unsigned int off = (field & RTE_IPV4_HDR_OFFSET_MASK) * RTE_IPV4_HDR_OFFSET_UNITS;
	unsigned int hdr_len = (unsigned int)p->l4_off - p->l3_off;
	unsigned int payload = p->total_len - hdr_len;
	bool more = (field & RTE_IPV4_HDR_MF_FLAG) != 0;

	if (payload == 0 || (more && payload % RTE_IPV4_HDR_OFFSET_UNITS != 0))
		return CGN_V_FRAG_LENGTH;
	if (off + payload + hdr_len > IP4_LEN_MAX)
		return CGN_V_FRAG_LENGTH;
	/* Offset 8 would overwrite the flags of the first fragment. 16 octets hold ports and flags. */
	if (ip->next_proto_id == IPPROTO_TCP && (off == 8 || (off == 0 && payload < 16)))
		return CGN_V_FRAG_TINY;
	p->kind = CGN_PK_FRAGMENT;
	return CGN_V_NONE;
}

/* A virtual device delivers packets whose checksum was never completed: the field holds the sum of the
 * pseudo-header. Incremental updates need the real checksum. */
static void
complete_l4_csum(struct cgn_pkt *p, size_t at, unsigned int len)
{
	const struct rte_ipv4_hdr *ip = cgn_pkt_ip4(p);
	uint8_t *field = (uint8_t *)cgn_pkt_l4(p) + at;
	rte_be16_t csum;
	uint32_t sum;

	if ((p->m->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK) != RTE_MBUF_F_RX_L4_CKSUM_NONE)
		return;
	p->m->ol_flags ^= RTE_MBUF_F_RX_L4_CKSUM_BAD; /* the remaining flag says "good" */
	memcpy(&csum, field, sizeof(csum));
	/* 0 means that a UDP sender has made no checksum (RFC 768). */
	if (csum == 0 && p->kind == CGN_PK_UDP)
		return;
	memset(field, 0, sizeof(csum));
	sum = cgn_csum_sum32(ip->src_addr) + cgn_csum_sum32(ip->dst_addr) +
			rte_cpu_to_be_16(ip->next_proto_id) + rte_cpu_to_be_16((uint16_t)len) +
			cgn_pkt_sum(p->m, p->l4_off, len);
	csum = (rte_be16_t)~cgn_csum_fold(sum);
	if (csum == 0 && p->kind == CGN_PK_UDP)
		csum = 0xffff;
	memcpy(field, &csum, sizeof(csum));
}

static enum cgn_verdict
parse_udp(struct cgn_pkt *p, unsigned int payload)
{
	struct rte_udp_hdr *udp;
	unsigned int len;
	enum cgn_verdict v;

	if (payload < sizeof(*udp))
		return CGN_V_L4_SHORT;
	v = cgn_pkt_pullup(p->m, p->l4_off + (uint32_t)sizeof(*udp));
	if (v != CGN_V_NONE)
		return v;
	udp = cgn_pkt_l4(p);
	len = rte_be_to_cpu_16(udp->dgram_len);
	if (len < sizeof(*udp))
		return CGN_V_L4_HEADER;
	if (len > payload)
		return CGN_V_L4_SHORT;
	p->kind = CGN_PK_UDP;
	p->proto = CGN_PROTO_UDP;
	p->sport = udp->src_port;
	p->dport = udp->dst_port;
	complete_l4_csum(p, offsetof(struct rte_udp_hdr, dgram_cksum), len);
	return CGN_V_NONE;
}

static enum cgn_verdict
parse_tcp(struct cgn_pkt *p, unsigned int payload)
{
	struct rte_tcp_hdr *tcp;
	unsigned int len;
	enum cgn_verdict v;

	if (payload < sizeof(*tcp))
		return CGN_V_L4_SHORT;
	v = cgn_pkt_pullup(p->m, p->l4_off + (uint32_t)sizeof(*tcp));
	if (v != CGN_V_NONE)
		return v;
	tcp = cgn_pkt_l4(p);
	len = (tcp->data_off >> 4) * 4u;
	if (len < sizeof(*tcp))
		return CGN_V_L4_HEADER;
	if (len > payload)
		return CGN_V_L4_SHORT;
	v = cgn_pkt_pullup(p->m, p->l4_off + len);
	if (v != CGN_V_NONE)
		return v;
	tcp = cgn_pkt_l4(p);
	p->kind = CGN_PK_TCP;
	p->proto = CGN_PROTO_TCP;
	p->tcp_flags = tcp->tcp_flags;
	p->sport = tcp->src_port;
	p->dport = tcp->dst_port;
	complete_l4_csum(p, offsetof(struct rte_tcp_hdr, cksum), payload);
	return CGN_V_NONE;
}

/* Kind of an ICMP type: queries have an identifier, errors quote a packet (RFC 5508 sections 3 and 7). */
static enum cgn_pkt_kind
icmp_kind(uint8_t type, bool *request)
{
	*request = type == 8 || type == 13 || type == 17;
	switch (type) {
	case 0:
	case 8:
	case 13:
	case 14:
	case 17:
	case 18:
		return CGN_PK_ICMP_QUERY;
	case 3:
	case 4:
	case 5:
	case 11:
	case 12:
		return CGN_PK_ICMP_ERROR;
	default:
		return CGN_PK_ICMP_OTHER;
	}
}

static enum cgn_verdict
parse_icmp(struct cgn_pkt *p, unsigned int payload)
{
	const struct rte_icmp_hdr *icmp;
	unsigned int want = sizeof(*icmp);
	enum cgn_verdict v;
	bool request;

	if (payload < sizeof(*icmp))
		return CGN_V_L4_SHORT;
	v = cgn_pkt_pullup(p->m, p->l4_off + want);
	if (v != CGN_V_NONE)
		return v;
	icmp = cgn_pkt_l4(p);
	p->proto = CGN_PROTO_ICMP;
	p->kind = (uint8_t)icmp_kind(icmp->icmp_type, &request);
	if (p->kind == CGN_PK_ICMP_QUERY) {
		p->sport = p->dport = icmp->icmp_ident;
		p->flags |= request ? CGN_PF_REQUEST : 0;
	} else if (p->kind == CGN_PK_ICMP_ERROR) {
		want = RTE_MIN(payload, (unsigned int)CGN_PKT_PULLUP);
	}
	return cgn_pkt_pullup(p->m, p->l4_off + want);
}

enum cgn_verdict
cgn_parse_ip4(struct cgn_pkt *p)
{
	const struct rte_ipv4_hdr *ip;
	unsigned int payload;
	enum cgn_verdict v;

	p->flags &= CGN_PF_WAS_FRAG | CGN_PF_BROADCAST;
	p->proto = CGN_PROTO_COUNT;
	p->tcp_flags = 0;
	p->sport = p->dport = 0;
	v = parse_ip4_header(p);
	if (v != CGN_V_NONE)
		return v;
	ip = cgn_pkt_ip4(p);
	p->src = ip->src_addr;
	p->dst = ip->dst_addr;
	if ((ip->fragment_offset & RTE_BE16(RTE_IPV4_HDR_DF_FLAG)) != 0)
		p->flags |= CGN_PF_DF;
	if ((ip->fragment_offset & RTE_BE16(RTE_IPV4_HDR_MF_FLAG | RTE_IPV4_HDR_OFFSET_MASK)) != 0)
		return parse_fragment(p, ip);
	payload = (unsigned int)p->l3_off + p->total_len - p->l4_off;
	switch (ip->next_proto_id) {
	case IPPROTO_UDP:
		v = parse_udp(p, payload);
		break;
	case IPPROTO_TCP:
		v = parse_tcp(p, payload);
		break;
	case IPPROTO_ICMP:
		return parse_icmp(p, payload);
	default:
		p->kind = CGN_PK_OTHER_L4;
		return CGN_V_NONE;
	}
	/* Port 0 is reserved. A mapping must not have it. */
	if (v == CGN_V_NONE && (p->sport == 0 || p->dport == 0))
		return CGN_V_L4_PORT_ZERO;
	return v;
}

/* Octets of the ICMP payload that belong to the quoted packet. Three types may have its length in 32-bit
 * words in their header, with extensions behind it (RFC 4884 section 4). */
static unsigned int
quote_octets(const struct cgn_pkt *p, const uint8_t *icmp)
{
	unsigned int there = (unsigned int)p->l3_off + p->total_len - p->l4_off - 8;
	unsigned int words = 0;

	if (icmp[0] == 3 || icmp[0] == 11 || icmp[0] == 12)
		words = icmp[5];
	return words == 0 ? there : RTE_MIN(there, words * 4);
}

/* Check the quoted IPv4 header. */
static enum cgn_verdict
quote_header(const struct rte_ipv4_hdr *ip, struct cgn_quote *q)
{
	unsigned int hdr_len, total;

	if (q->len < sizeof(*ip) + 8 || (ip->version_ihl >> 4) != 4)
		return CGN_V_ICMP_EMBEDDED;
	hdr_len = rte_ipv4_hdr_len(ip);
	total = rte_be_to_cpu_16(ip->total_length);
	q->len = (uint16_t)RTE_MIN(q->len, total);
	if (hdr_len < sizeof(*ip) || q->len < hdr_len + 8)
		return CGN_V_ICMP_EMBEDDED;
	if (rte_raw_cksum(ip, hdr_len) != 0xffff)
		return CGN_V_ICMP_EMBEDDED;
	if ((ip->fragment_offset & RTE_BE16(RTE_IPV4_HDR_OFFSET_MASK)) != 0)
		return CGN_V_ICMP_EMBEDDED;
	q->l4_off = (uint16_t)(q->ip_off + hdr_len);
	q->src = ip->src_addr;
	q->dst = ip->dst_addr;
	return CGN_V_NONE;
}

/* Read the first eight octets of the quoted transport header. */
static enum cgn_verdict
quote_l4(const uint8_t *l4, uint8_t ip_proto, struct cgn_quote *q)
{
	const struct rte_udp_hdr *udp = (const struct rte_udp_hdr *)l4;
	const struct rte_icmp_hdr *icmp = (const struct rte_icmp_hdr *)l4;

	q->has_l4_csum = true;
	q->is_query_request = false;
	q->sport = udp->src_port;
	q->dport = udp->dst_port;
	switch (ip_proto) {
	case IPPROTO_UDP:
		q->proto = CGN_PROTO_UDP;
		return CGN_V_NONE;
	case IPPROTO_TCP:
		q->proto = CGN_PROTO_TCP;
		/* The checksum of TCP ends at octet 18, which a short quote does not have. */
		q->has_l4_csum = q->len >= (unsigned int)q->l4_off - q->ip_off + 18;
		return CGN_V_NONE;
	case IPPROTO_ICMP:
		q->proto = CGN_PROTO_ICMP;
		q->sport = q->dport = icmp->icmp_ident;
		return icmp_kind(icmp->icmp_type, &q->is_query_request) == CGN_PK_ICMP_QUERY
				? CGN_V_NONE
				: CGN_V_ICMP_EMBEDDED;
	default:
		return CGN_V_ICMP_EMBEDDED;
	}
}

enum cgn_verdict
cgn_parse_quote(const struct cgn_pkt *p, struct cgn_quote *q)
{
	const uint8_t *icmp = cgn_pkt_l4(p);
	const struct rte_ipv4_hdr *ip = (const struct rte_ipv4_hdr *)(icmp + 8);
	unsigned int len = (unsigned int)p->l3_off + p->total_len - p->l4_off;
	enum cgn_verdict v;

	if (cgn_pkt_sum(p->m, p->l4_off, len) != 0xffff)
		return CGN_V_ICMP_CHECKSUM;
	*q = (struct cgn_quote){
		.ip_off = (uint16_t)(p->l4_off + 8),
		.len = (uint16_t)quote_octets(p, icmp),
	};
	v = quote_header(ip, q);
	if (v != CGN_V_NONE)
		return v;
	return quote_l4((const uint8_t *)ip + (q->l4_off - q->ip_off), ip->next_proto_id, q);
}
