/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Reads and writes the headers around what cgnd itself receives and sends: Ethernet, VLAN, softwire, and IPv4 with UDP.
 * The resolver, the responder and the NAT-PMP relay use it.
 */
#include "controlplane/link/frame.h"

#include "shared/csum.h"

#include <netinet/in.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_ip.h>
#include <rte_udp.h>

static uint16_t
frame_get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static void
frame_put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

bool
cgn_frame_parse(struct cgn_frame *f, uint16_t port, const uint8_t *data, size_t len)
{
	size_t off = sizeof(struct rte_ether_hdr);
	uint16_t type;

	if (len < off)
		return false;
	type = frame_get16(data + 12);
	/* One tag only: workers drop frames with more, so none comes here. */
	if (type == RTE_ETHER_TYPE_VLAN) {
		off += sizeof(struct rte_vlan_hdr);
		if (len < off)
			return false;
		type = frame_get16(data + 16);
	}
	memcpy(&f->dst, data, sizeof(f->dst));
	memcpy(&f->src, data + 6, sizeof(f->src));
	f->l3 = data + off;
	f->l3_len = len - off;
	f->ethertype = type;
	f->port = port;
	f->is_wire = false;
	return true;
}

void
cgn_frame_open(struct cgn_frame *f, const struct cgn_ip6 *local)
{
	const struct rte_ipv6_hdr *ip = (const void *)f->l3;

	/* A frame with extension headers, or for another address, stays what it is: an IPv6 packet. */
	if (f->ethertype != RTE_ETHER_TYPE_IPV6 || f->l3_len < sizeof(*ip) ||
			ip->proto != IPPROTO_IPIP ||
			memcmp(&ip->dst_addr, local, sizeof(*local)) != 0)
		return;
	memcpy(&f->b4, &ip->src_addr, sizeof(f->b4));
	f->is_wire = true;
	f->ethertype = RTE_ETHER_TYPE_IPV4;
	f->l3 += sizeof(*ip);
	f->l3_len -= sizeof(*ip);
}

size_t
cgn_frame_head(uint8_t *buf, const struct rte_ether_addr *dst, const struct rte_ether_addr *src,
		uint16_t vlan, uint16_t ethertype)
{
	size_t off = 12;

	memcpy(buf, dst, sizeof(*dst));
	memcpy(buf + 6, src, sizeof(*src));
	if (vlan != 0) {
		frame_put16(buf + off, RTE_ETHER_TYPE_VLAN);
		frame_put16(buf + off + 2, vlan);
		off += 4;
	}
	frame_put16(buf + off, ethertype);
	return off + 2;
}

size_t
cgn_frame_udp4(void *buf, const struct cgn_ep4 *src, const struct cgn_ep4 *dst, uint8_t ttl,
		const void *data, size_t len)
{
	struct rte_ipv4_hdr *ip = buf;
	struct rte_udp_hdr *udp = (void *)(ip + 1);
	size_t total = sizeof(*ip) + sizeof(*udp) + len;

	static_assert(sizeof(*ip) + sizeof(*udp) == CGN_FRAME_UDP4_HEAD, "in front of the data");
	*ip = (struct rte_ipv4_hdr){
		.version_ihl = 0x45,
		.total_length = rte_cpu_to_be_16((uint16_t)total),
		.fragment_offset = RTE_BE16(RTE_IPV4_HDR_DF_FLAG),
		.time_to_live = ttl,
		.next_proto_id = IPPROTO_UDP,
		.src_addr = src->addr,
		.dst_addr = dst->addr,
	};
	*udp = (struct rte_udp_hdr){
		.src_port = src->port,
		.dst_port = dst->port,
		.dgram_len = rte_cpu_to_be_16((uint16_t)(sizeof(*udp) + len)),
	};
	memcpy(udp + 1, data, len);
	/* The UDP checksum covers the data, so it comes after the copy. */
	ip->hdr_checksum = rte_ipv4_cksum(ip);
	udp->dgram_cksum = rte_ipv4_udptcp_cksum(ip, udp);
	return total;
}

size_t
cgn_frame_udp6(void *buf, const struct cgn_ip6 *src, uint16_t src_port, const struct cgn_ip6 *dst,
		uint16_t dst_port, const void *data, size_t len)
{
	struct rte_ipv6_hdr *ip = buf;
	struct rte_udp_hdr *udp = (void *)(ip + 1);

	static_assert(sizeof(*ip) + sizeof(*udp) == CGN_FRAME_UDP6_HEAD, "in front of the data");
	*ip = (struct rte_ipv6_hdr){
		.vtc_flow = RTE_BE32(UINT32_C(6) << 28),
		.payload_len = rte_cpu_to_be_16((uint16_t)(sizeof(*udp) + len)),
		.proto = IPPROTO_UDP,
		.hop_limits = 64,
	};
	memcpy(&ip->src_addr, src, sizeof(ip->src_addr));
	memcpy(&ip->dst_addr, dst, sizeof(ip->dst_addr));
	*udp = (struct rte_udp_hdr){
		.src_port = rte_cpu_to_be_16(src_port),
		.dst_port = rte_cpu_to_be_16(dst_port),
		.dgram_len = ip->payload_len,
	};
	memcpy(udp + 1, data, len);
	udp->dgram_cksum = rte_ipv6_udptcp_cksum(ip, udp);
	return CGN_FRAME_UDP6_HEAD + len;
}

bool
cgn_frame_csum_ok(const void *l4, size_t len, uint16_t sum)
{
	/* The sum over a message with its own checksum is all ones if the checksum is right (RFC 1071). */
	return cgn_csum_fold((uint32_t)rte_raw_cksum(l4, len) + sum) == 0xffff;
}
