/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Reads the header of an IPv4 or IPv6 packet.
 */
#include "controlplane/link/ip_packet.h"

#include "shared/dpdk_compat.h"

#include <string.h>

#include <rte_byteorder.h>
#include <rte_ip.h>

static bool
read4(struct cgn_ip_packet *p)
{
	const struct rte_ipv4_hdr *ip = (const void *)p->data;
	size_t head, total;

	if (p->len < sizeof(*ip))
		return false;
	head = rte_ipv4_hdr_len(ip);
	total = rte_be_to_cpu_16(ip->total_length);
	if (head < sizeof(*ip) || total < head || total > p->len)
		return false;
	p->len = total;
	p->src.ip4 = ip->src_addr;
	p->dst.ip4 = ip->dst_addr;
	p->proto = ip->next_proto_id;
	p->tos = ip->type_of_service;
	p->is_fragment = (ip->fragment_offset & ~RTE_BE16(RTE_IPV4_HDR_DF_FLAG)) != 0;
	p->l4 = p->data + head;
	p->l4_len = total - head;
	return true;
}

static bool
read6(struct cgn_ip_packet *p)
{
	const struct rte_ipv6_hdr *ip = (const void *)p->data;
	size_t total;

	if (p->len < sizeof(*ip))
		return false;
	total = sizeof(*ip) + rte_be_to_cpu_16(ip->payload_len);
	if (total > p->len)
		return false;
	p->len = total;
	p->src.is_ip6 = p->dst.is_ip6 = true;
	memcpy(&p->src.ip6, &ip->src_addr, sizeof(p->src.ip6));
	memcpy(&p->dst.ip6, &ip->dst_addr, sizeof(p->dst.ip6));
	p->proto = ip->proto;
	p->tos = (uint8_t)(rte_be_to_cpu_32(ip->vtc_flow) >> 20);
	p->l4 = p->data + sizeof(*ip);
	p->l4_len = total - sizeof(*ip);
	return true;
}

bool
cgn_ip_packet_read(struct cgn_ip_packet *p, const void *data, size_t len)
{
	*p = (struct cgn_ip_packet){ .data = data, .len = len };
	if (len == 0)
		return false;
	switch (p->data[0] >> 4) {
	case 4:
		return read4(p);
	case 6:
		return read6(p);
	default:
		return false;
	}
}
