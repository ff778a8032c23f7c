/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Reads and writes ARP packets and neighbour discovery messages for the resolver. What a frame means for the table of
 * neighbours is decided there; here it is only checked and taken apart.
 */
#include "controlplane/link/arp_nd.h"

#include <netinet/in.h>
#include <string.h>

#include <rte_arp.h>
#include <rte_ip.h>

#define ND_SOLICIT   135
#define ND_ADVERTISE 136
#define ND_HOP_LIMIT 255
#define ND_SOLICITED 0x40
#define ND_OVERRIDE  0x20
#define ND_ROUTER    0x80
#define OPT_SOURCE   1 /* link-layer address options, one unit of 8 octets on Ethernet */
#define OPT_TARGET   2

#define FRAME_MIN    60 /* octets without the frame check sequence: not every device pads */

/* A neighbour solicitation or advertisement, RFC 4861 sections 4.3 and 4.4. */
struct nd_msg {
	uint8_t type;
	uint8_t code;
	rte_be16_t csum;
	uint8_t flags;
	uint8_t reserved[3];
	struct cgn_ip6 target;
	uint8_t options[];
};

static const struct cgn_ip6 all_nodes = { .b = { 0xff, 2, [15] = 1 } };
static const struct rte_ether_addr all_nodes_mac = { .addr_bytes = { 0x33, 0x33, 0, 0, 0, 1 } };
static const struct rte_ether_addr broadcast = { .addr_bytes = { 0xff, 0xff, 0xff, 0xff, 0xff,
								 0xff } };

static bool
arp_nd_is_zero6(const struct cgn_ip6 *a)
{
	static const struct cgn_ip6 zero;

	return memcmp(a, &zero, sizeof(zero)) == 0;
}

static bool
arp_nd_parse_arp(struct cgn_arp_nd *m, const struct cgn_frame *f)
{
	struct rte_arp_hdr arp;

	if (f->l3_len < sizeof(arp))
		return false;
	memcpy(&arp, f->l3, sizeof(arp));
	if (arp.arp_hardware != RTE_BE16(RTE_ARP_HRD_ETHER) ||
			arp.arp_protocol != RTE_BE16(RTE_ETHER_TYPE_IPV4) ||
			arp.arp_hlen != RTE_ETHER_ADDR_LEN || arp.arp_plen != 4)
		return false;
	if (arp.arp_opcode != RTE_BE16(RTE_ARP_OP_REQUEST) &&
			arp.arp_opcode != RTE_BE16(RTE_ARP_OP_REPLY))
		return false;
	m->kind = arp.arp_opcode == RTE_BE16(RTE_ARP_OP_REQUEST) ? CGN_ARP_ND_REQUEST
								 : CGN_ARP_ND_ANSWER;
	m->sender.ip4 = arp.arp_data.arp_sip;
	m->target.ip4 = arp.arp_data.arp_tip;
	m->mac = arp.arp_data.arp_sha;
	m->has_mac = true;
	/* RFC 5227 section 3: an announcement has the same address in both fields. */
	m->is_announced = m->sender.ip4 == m->target.ip4;
	return true;
}

/* Walk the options behind a message. All lengths must fit (RFC 4861 section 7.1). Only the wanted kind of
 * option is read. */
static bool
arp_nd_parse_options(struct cgn_arp_nd *m, const uint8_t *opt, size_t len, uint8_t wanted)
{
	while (len != 0) {
		size_t n;

		/* A length of 0 would never end the loop; the RFC has such messages discarded. */
		if (len < 8 || opt[1] == 0)
			return false;
		n = (size_t)opt[1] * 8;
		if (n > len)
			return false;
		if (opt[0] == wanted) {
			memcpy(&m->mac, opt + 2, sizeof(m->mac));
			m->has_mac = true;
		}
		opt += n;
		len -= n;
	}
	return true;
}

static bool
arp_nd_parse_nd(struct cgn_arp_nd *m, const struct cgn_frame *f)
{
	const struct rte_ipv6_hdr *ip = (const void *)f->l3;
	const struct nd_msg *nd = (const void *)(f->l3 + sizeof(*ip));
	size_t len;

	if (f->l3_len < sizeof(*ip) + sizeof(*nd) || f->l3[0] >> 4 != 6)
		return false;
	len = rte_be_to_cpu_16(ip->payload_len);
	/* A hop limit of 255 proves that no router has forwarded the message: its sender is on the link. */
	if (ip->proto != IPPROTO_ICMPV6 || ip->hop_limits != ND_HOP_LIMIT || len < sizeof(*nd) ||
			len > f->l3_len - sizeof(*ip))
		return false;
	if ((nd->type != ND_SOLICIT && nd->type != ND_ADVERTISE) || nd->code != 0 ||
			nd->target.b[0] == 0xff ||
			!cgn_frame_csum_ok(nd, len, rte_ipv6_phdr_cksum(ip, 0)))
		return false;
	m->sender.is_ip6 = m->target.is_ip6 = true;
	memcpy(&m->target.ip6, &nd->target, sizeof(nd->target));
	if (nd->type == ND_SOLICIT) {
		m->kind = CGN_ARP_ND_REQUEST;
		memcpy(&m->sender.ip6, &ip->src_addr, sizeof(m->sender.ip6));
	} else {
		m->kind = CGN_ARP_ND_ANSWER;
		m->sender.ip6 = m->target.ip6;
		m->is_announced = (nd->flags & ND_SOLICITED) == 0;
		m->is_weak = (nd->flags & ND_OVERRIDE) == 0;
		/* RFC 4861 section 7.1.2: an advertisement to a group is never solicited. */
		if (*(const uint8_t *)&ip->dst_addr == 0xff && !m->is_announced)
			return false;
	}
	if (!arp_nd_parse_options(m, nd->options, len - sizeof(*nd),
			    nd->type == ND_SOLICIT ? OPT_SOURCE : OPT_TARGET))
		return false;
	/* RFC 4861 section 7.1.1: a probe for duplicate addresses has no source address, so it may not carry the
	 * option with the source's MAC address. */
	return !(nd->type == ND_SOLICIT && arp_nd_is_zero6(&m->sender.ip6) && m->has_mac);
}

bool
cgn_arp_nd_parse(struct cgn_arp_nd *m, const struct cgn_frame *f)
{
	*m = (struct cgn_arp_nd){ 0 };
	if (f->ethertype == RTE_ETHER_TYPE_ARP)
		return arp_nd_parse_arp(m, f);
	if (f->ethertype == RTE_ETHER_TYPE_IPV6)
		return arp_nd_parse_nd(m, f);
	return false;
}

/* Write an ARP packet. @param to  NULL: a broadcast, whose target MAC address stays zero */
static size_t
arp_nd_make_arp(uint8_t *buf, const struct cgn_arp_nd_from *from, uint16_t op, rte_be32_t local,
		const struct rte_ether_addr *to, rte_be32_t target)
{
	struct rte_arp_hdr arp = {
		.arp_hardware = RTE_BE16(RTE_ARP_HRD_ETHER),
		.arp_protocol = RTE_BE16(RTE_ETHER_TYPE_IPV4),
		.arp_hlen = RTE_ETHER_ADDR_LEN,
		.arp_plen = 4,
		.arp_opcode = rte_cpu_to_be_16(op),
		.arp_data = { .arp_sha = from->mac, .arp_sip = local, .arp_tip = target },
	};
	size_t off;

	/* The padding must be zeros: it would otherwise show octets of the stack to the link. */
	memset(buf, 0, CGN_ARP_ND_MAX);
	off = cgn_frame_head(buf, to == NULL ? &broadcast : to, &from->mac, from->vlan,
			RTE_ETHER_TYPE_ARP);
	if (to != NULL)
		arp.arp_data.arp_tha = *to;
	memcpy(buf + off, &arp, sizeof(arp));
	off += sizeof(arp);
	return off < FRAME_MIN ? FRAME_MIN : off;
}

/* A message to be written. */
struct nd_out {
	uint8_t type;
	uint8_t flags;
	uint8_t option; /* the type of the link-layer address option */
	struct cgn_ip6 src;
	struct cgn_ip6 dst;
	struct cgn_ip6 target;
	struct rte_ether_addr to;
};

/* Write a discovery message. Without a source address it has no link-layer address option (RFC 4861 section 4.3). */
static size_t
arp_nd_make_nd(uint8_t *buf, const struct cgn_arp_nd_from *from, const struct nd_out *o)
{
	const size_t len = sizeof(struct nd_msg) + (arp_nd_is_zero6(&o->src) ? 0 : 8);
	size_t off = cgn_frame_head(buf, &o->to, &from->mac, from->vlan, RTE_ETHER_TYPE_IPV6);
	struct rte_ipv6_hdr *ip = (void *)(buf + off);
	struct nd_msg *nd = (void *)(buf + off + sizeof(*ip));

	*ip = (struct rte_ipv6_hdr){
		.vtc_flow = RTE_BE32(0x60000000),
		.payload_len = rte_cpu_to_be_16((uint16_t)len),
		.proto = IPPROTO_ICMPV6,
		.hop_limits = ND_HOP_LIMIT,
	};
	memcpy(&ip->src_addr, &o->src, sizeof(o->src));
	memcpy(&ip->dst_addr, &o->dst, sizeof(o->dst));
	memset(nd, 0, len);
	nd->type = o->type;
	nd->flags = o->flags;
	memcpy(&nd->target, &o->target, sizeof(o->target));
	if (len > sizeof(*nd)) {
		nd->options[0] = o->option;
		nd->options[1] = 1;
		memcpy(nd->options + 2, &from->mac, sizeof(from->mac));
	}
	nd->csum = rte_ipv6_udptcp_cksum(ip, nd);
	return off + sizeof(*ip) + len;
}

size_t
cgn_arp_nd_request(uint8_t buf[static CGN_ARP_ND_MAX], const struct cgn_arp_nd_from *from,
		const struct cgn_ip *local, const struct cgn_ip *target,
		const struct rte_ether_addr *to)
{
	struct nd_out o = { .type = ND_SOLICIT, .option = OPT_SOURCE };

	if (!target->is_ip6)
		return arp_nd_make_arp(buf, from, RTE_ARP_OP_REQUEST, local->ip4, to, target->ip4);
	o.src = local->ip6;
	o.target = target->ip6;
	if (to != NULL) {
		o.dst = target->ip6;
		o.to = *to;
	} else {
		/* The solicited-node group ff02::1:ffXX:XXXX and its Ethernet group 33:33:ff:XX:XX:XX. */
		o.dst = (struct cgn_ip6){ .b = { 0xff, 2, [11] = 1, 0xff } };
		memcpy(o.dst.b + 13, target->ip6.b + 13, 3);
		o.to = (struct rte_ether_addr){ .addr_bytes = { 0x33, 0x33 } };
		memcpy(o.to.addr_bytes + 2, o.dst.b + 12, 4);
	}
	return arp_nd_make_nd(buf, from, &o);
}

size_t
cgn_arp_nd_answer(uint8_t buf[static CGN_ARP_ND_MAX], const struct cgn_arp_nd_from *from,
		const struct cgn_ip *local, const struct cgn_arp_nd *request,
		const struct rte_ether_addr *to)
{
	struct nd_out o = {
		.type = ND_ADVERTISE,
		.flags = ND_ROUTER | ND_SOLICITED | ND_OVERRIDE,
		.option = OPT_TARGET,
		.to = *to,
	};

	if (!local->is_ip6)
		return arp_nd_make_arp(
				buf, from, RTE_ARP_OP_REPLY, local->ip4, to, request->sender.ip4);
	o.src = o.target = local->ip6;
	o.dst = request->sender.ip6;
	/* RFC 4861 section 7.2.4: the answer to a probe for duplicates goes to all nodes and is not "solicited". */
	if (arp_nd_is_zero6(&o.dst)) {
		o.dst = all_nodes;
		o.to = all_nodes_mac;
		o.flags = ND_ROUTER | ND_OVERRIDE;
	}
	return arp_nd_make_nd(buf, from, &o);
}

size_t
cgn_arp_nd_announce(uint8_t buf[static CGN_ARP_ND_MAX], const struct cgn_arp_nd_from *from,
		const struct cgn_ip *local)
{
	struct nd_out o = {
		.type = ND_ADVERTISE,
		.flags = ND_ROUTER | ND_OVERRIDE,
		.option = OPT_TARGET,
		.dst = all_nodes,
		.to = all_nodes_mac,
	};

	if (!local->is_ip6)
		return arp_nd_make_arp(buf, from, RTE_ARP_OP_REQUEST, local->ip4, NULL, local->ip4);
	o.src = o.target = local->ip6;
	return arp_nd_make_nd(buf, from, &o);
}
