/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Punting of packets for cgnd itself to the control thread.
 */
#include "dataplane/engine/punt.h"

#include "dataplane/engine/reassemble6.h"
#include "dataplane/engine/source.h"
#include "dataplane/engine/tunnel.h"
#include "shared/local_service.h"
#include "shared/wellknown.h"

bool
cgn_punt_is_announcement(const struct cgn_engine *e, const struct cgn_pkt *p)
{
	return p->kind == CGN_PK_UDP && p->dst == CGN_ALL_HOSTS &&
			p->dport == RTE_BE16(CGN_NATPMP_ANNOUNCE_PORT) &&
			cgn_punt_limit_is_upstream(e->conf, p);
}

/* Free places that must remain in the queue behind a packet of a class. They are kept for the classes that are
 * more urgent. The last eighth is for frames of the link. */
static const uint16_t spare[CGN_PUNT_CLASS_COUNT + 1] = {
	[CGN_PUNT_OTHER] = CGN_PUNT_QUEUE / 2,
	[CGN_PUNT_NATPMP] = CGN_PUNT_QUEUE * 3 / 8,
	[CGN_PUNT_IPSEC] = CGN_PUNT_QUEUE / 4,
	[CGN_PUNT_ROUTING] = CGN_PUNT_QUEUE / 8,
	[CGN_PUNT_CLASS_COUNT] = 0,
};

static const enum cgn_counter_id lost_counter[CGN_PUNT_CLASS_COUNT] = {
	[CGN_PUNT_OTHER] = CGN_C_PUNT_LOST_OTHER,
	[CGN_PUNT_NATPMP] = CGN_C_PUNT_LOST_NATPMP,
	[CGN_PUNT_IPSEC] = CGN_C_PUNT_LOST_IPSEC,
	[CGN_PUNT_ROUTING] = CGN_C_PUNT_LOST_ROUTING,
};

/* What a packet for a local address is about. */
static struct cgn_local_packet
punt_read(const struct cgn_pkt *p)
{
	uint8_t buf[4];
	uint8_t proto;

	if (p->kind == CGN_PK_IP6)
		proto = rte_pktmbuf_mtod_offset(p->m, const struct rte_ipv6_hdr *, p->l3_off)
					->proto;
	else
		proto = cgn_pkt_ip4(p)->next_proto_id;
	return cgn_local_service_read(p->kind == CGN_PK_IP6, proto,
			rte_pktmbuf_read(p->m, p->l4_off, sizeof(buf), buf));
}

/*
 * Judge a packet for a local address where there is a host plane.
 *
 * @param[out] class  that limits it. What the port does not give the host is OTHER: cgnd only refuses it
 * @return CGN_V_NONE, or why it must not reach the host
 */
static enum cgn_verdict
judge_for_host(const struct cgn_engine *e, const struct cgn_pkt *p, enum cgn_punt_class *class)
{
	const struct cgn_local_packet what = punt_read(p);
	/* Nothing that comes out of a softwire reaches the host. */
	bool is_hosts = p->realm == 0 &&
			cgn_conf_port_has_host(
					&e->conf->ports[p->port], cgn_local_service_of(&what));

	*class = cgn_local_service_class(&what);
	if (!is_hosts && *class != CGN_PUNT_NATPMP)
		*class = CGN_PUNT_OTHER;
	return is_hosts ? cgn_source_check_host(e, p) : CGN_V_NONE;
}

/* Queue a packet within its limits. @param class  CGN_PUNT_CLASS_COUNT: none
 * @return CGN_V_NONE, CGN_V_PUNT_RATE, CGN_V_PUNT_FULL */
static enum cgn_verdict
punt_queue(struct cgn_engine *e, const struct cgn_pkt *p, bool is_link, enum cgn_punt_class class)
{
	bool is_allowed = is_link ? cgn_punt_limit_allows_link(&e->punts, p, e->now)
				  : cgn_punt_limit_allows(&e->punts, e->conf, p, class, e->now);
	const struct cgn_pktmsg msg = {
		.m = p->m, .op = CGN_PKT_PUNT, .port = p->port, .verdict = CGN_V_NONE
	};
	enum cgn_verdict v = CGN_V_NONE;

	if (!is_allowed)
		v = CGN_V_PUNT_RATE;
	else if (!e->out.ops->punt(e->out.ctx, &msg, spare[class]))
		v = CGN_V_PUNT_FULL;
	if (v != CGN_V_NONE && class != CGN_PUNT_CLASS_COUNT)
		cgn_counter_add(&e->stats.counter[lost_counter[class]], 1);
	return v;
}

void
cgn_punt(struct cgn_engine *e, struct cgn_pkt *p, enum cgn_verdict v)
{
	enum cgn_punt_class class = CGN_PUNT_CLASS_COUNT;
	enum cgn_verdict lost = CGN_V_NONE;

	/* cgnd must not answer what it has sent itself. */
	if ((p->flags & CGN_PF_OWN) != 0) {
		cgn_context_drop(e, p, v);
		return;
	}
	if (e->conf->host.is_on && v == CGN_V_LOCAL)
		lost = judge_for_host(e, p, &class);
	if (lost == CGN_V_NONE)
		lost = punt_queue(e, p, v == CGN_V_NEIGHBOUR, class);
	if (lost == CGN_V_NONE)
		cgn_counter_add(&e->stats.verdict[v], 1);
	else
		cgn_context_drop(e, p, lost);
}

/* Whether an IPv6 address is the tunnel endpoint, or a local one that can be reached by the port of a packet. */
static bool
is_local6(const struct cgn_engine *e, const struct cgn_pkt *p, const uint8_t addr[16])
{
	if (e->tunnel != NULL && memcmp(e->conf->softwire.local.b, addr, 16) == 0)
		return true;
	return cgn_address_is_local6(e->conf, addr, (enum cgn_side)p->side);
}

/* Whether an IPv6 packet may be for the host: a port that gives it something, and a local address. */
static bool
is_to_host6(const struct cgn_engine *e, const struct cgn_pkt *p, const uint8_t dst[16])
{
	return e->conf->host.is_on && e->conf->ports[p->port].n_host != 0 &&
			(p->flags & CGN_PF_BROADCAST) == 0 &&
			cgn_address_is_local6(e->conf, dst, (enum cgn_side)p->side);
}

/* Give an IPv6 packet to the host, if it is what the port lists. */
static void
punt_host6(struct cgn_engine *e, struct cgn_pkt *p)
{
	struct cgn_local_packet what;

	if (cgn_reassemble6_is_fragment(p) && !cgn_reassemble6(e, p))
		return;
	what = punt_read(p);
	if (cgn_conf_port_has_host(&e->conf->ports[p->port], cgn_local_service_of(&what)))
		cgn_punt(e, p, CGN_V_LOCAL);
	else
		cgn_context_drop(e, p, CGN_V_IP6);
}

/* Neighbour discovery counts as a frame of the link. Its hop limit proves that no router has forwarded it (RFC 4861
 * section 7.1). */
static bool
is_discovery(const struct cgn_pkt *p, const struct rte_ipv6_hdr *ip6)
{
	const struct cgn_local_packet what = punt_read(p);

	return ip6->hop_limits == 255 && cgn_local_service_is_discovery(&what);
}

void
cgn_punt_link(struct cgn_engine *e, struct cgn_pkt *p)
{
	const struct rte_ipv6_hdr *ip6;
	const uint8_t *dst;
	bool is_link_multicast;

	if (p->kind == CGN_PK_ARP) {
		cgn_punt(e, p, CGN_V_NEIGHBOUR);
		return;
	}
	ip6 = rte_pktmbuf_mtod_offset(p->m, const struct rte_ipv6_hdr *, p->l3_off);
	dst = (const uint8_t *)&ip6->dst_addr;
	/* Neighbour discovery goes to multicast addresses of the link, ff02::/16, or to cgnd itself. */
	is_link_multicast = dst[0] == 0xff && dst[1] == 0x02;
	if ((e->has_ip6 || e->tunnel != NULL) && ip6->proto == IPPROTO_ICMPV6 &&
			(is_link_multicast || is_local6(e, p, dst)))
		cgn_punt(e, p,
				is_link_multicast || is_discovery(p, ip6) ? CGN_V_NEIGHBOUR
									  : CGN_V_LOCAL);
	else if (is_to_host6(e, p, dst))
		punt_host6(e, p);
	else /* hosts and routers of each link send multicast all the time, which is no loss */
		cgn_context_drop(e, p, dst[0] == 0xff ? CGN_V_IP6_MULTICAST : CGN_V_IP6);
}

void
cgn_punt_inner(struct cgn_engine *e, struct cgn_pkt *p)
{
	const struct cgn_softwire *w = &e->tunnel->wires.at[p->realm];
	struct rte_ether_hdr eth;
	struct rte_ether_hdr *to;
	struct rte_ipv6_hdr *ip;
	uint16_t head = sizeof(eth) + sizeof(*ip);

	/* The outer headers in front may include extension headers. The control thread gets them in one
	 * fixed form. */
	memcpy(&eth, rte_pktmbuf_mtod(p->m, const void *), sizeof(eth));
	eth.ether_type = RTE_BE16(RTE_ETHER_TYPE_IPV6);
	rte_pktmbuf_adj(p->m, (uint16_t)(p->l3_off - head));
	to = rte_pktmbuf_mtod(p->m, struct rte_ether_hdr *);
	*to = eth;
	ip = (struct rte_ipv6_hdr *)(to + 1);
	*ip = (struct rte_ipv6_hdr){
		.vtc_flow = RTE_BE32(UINT32_C(6) << 28),
		.payload_len = rte_cpu_to_be_16(p->total_len),
		.proto = CGN_IP6_IPV4,
		.hop_limits = 1,
	};
	memcpy(&ip->src_addr, &w->b4, sizeof(ip->src_addr));
	memcpy(&ip->dst_addr, &e->conf->softwire.local, sizeof(ip->dst_addr));
	p->l4_off = (uint16_t)(p->l4_off - (p->l3_off - head));
	p->l3_off = head;
	cgn_punt(e, p, CGN_V_LOCAL);
}
