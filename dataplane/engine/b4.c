/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The B4: everything from the home goes into the softwire to the AFTR, everything out of the softwire goes
 * to the home.
 */
#include "dataplane/engine/b4.h"

#include "dataplane/engine/decap.h"
#include "dataplane/engine/encap.h"
#include "dataplane/engine/icmp_reply.h"
#include "dataplane/engine/punt.h"
#include "dataplane/engine/softwire_mtu.h"
#include "dataplane/engine/tunnel.h"
#include "dataplane/pkt/icmp.h"
#include "dataplane/pkt/parse.h"

#include <netinet/in.h>

#include <rte_prefetch.h>

/* Whether an address means cgnd itself: a local address or the B4's address in the softwire. */
static bool
is_b4_local(const struct cgn_engine *e, rte_be32_t addr)
{
	return addr == CGN_SOFTWIRE_B4_ADDR ||
			cgn_address_is_local(&e->addrs, addr, CGN_SIDE_INSIDE);
}

/* Drop a packet and tell its sender why: a host of the home, or a host outside through the softwire. */
static void
b4_refuse(struct cgn_engine *e, struct cgn_pkt *p, enum cgn_verdict v, uint16_t mtu)
{
	if (v == CGN_V_TTL)
		cgn_icmp_reply(e, p, CGN_ICMP_TIME_EXCEEDED, CGN_ICMP_TIME_EXCEEDED_TTL, 0);
	else if (v == CGN_V_MTU)
		cgn_icmp_reply(e, p, CGN_ICMP_UNREACHABLE, CGN_ICMP_UNREACHABLE_TOO_BIG, mtu);
	else if (v == CGN_V_NO_ROUTE)
		cgn_icmp_reply(e, p, CGN_ICMP_UNREACHABLE, CGN_ICMP_UNREACHABLE_NET, 0);
	cgn_context_drop(e, p, v);
}

/* From the home: everything but packets for cgnd itself goes to the AFTR. */
static void
walk_up(struct cgn_engine *e, struct cgn_pkt *p)
{
	const struct cgn_softwire *w = &e->tunnel->wires.at[e->tunnel->remote];
	const struct cgn_nexthop *back;
	enum cgn_verdict v = cgn_address_judge(&e->addrs, p->src, CGN_SIDE_INSIDE);
	uint16_t mtu;

	back = cgn_routes_lookup(&e->routes[CGN_SIDE_INSIDE], p->src);
	if (v != CGN_V_NONE)
		v = CGN_V_MARTIAN;
	else if (back == NULL || back->port != p->port || is_b4_local(e, p->src))
		v = CGN_V_SPOOFED;
	/* The source is checked first: cgnd must not answer a forged one. */
	if (v == CGN_V_NONE && is_b4_local(e, p->dst)) {
		cgn_punt(e, p, CGN_V_LOCAL);
		return;
	}
	/* A local destination was punted above. 192.0.0.1 is not special here: it is the AFTR, at the other
	 * end. */
	if (v == CGN_V_NONE)
		v = cgn_address_judge(&e->addrs, p->dst, CGN_SIDE_INSIDE);
	if (v == CGN_V_NONE && (p->flags & CGN_PF_BROADCAST) != 0)
		v = CGN_V_MULTICAST;
	if (v == CGN_V_NONE && cgn_routes_lookup(&e->routes[CGN_SIDE_INSIDE], p->dst) != NULL)
		v = CGN_V_NO_ROUTE; /* both ends are in the home: cgnd does not route between its hosts */
	if (v != CGN_V_NONE) {
		cgn_context_drop(e, p, v);
		return;
	}
	if (cgn_pkt_ip4(p)->time_to_live <= 1) {
		b4_refuse(e, p, CGN_V_TTL, 0);
		return;
	}
	mtu = cgn_softwire_mtu_exceeded(e, w, p);
	if (mtu != 0) {
		b4_refuse(e, p, CGN_V_MTU, mtu);
		return;
	}
	cgn_rewrite_ttl(p);
	cgn_encap_pkt(e, w, p, CGN_V_OUT);
}

/* Whether the AFTR sends NAT-PMP and PCP from an address. It answers a PCP proxy over IPv6, but announces in the
 * softwire. */
static bool
is_server(const struct cgn_conf_natpmp *c, rte_be32_t addr)
{
	return cgn_conf_is_proxy(c) ? addr == CGN_SOFTWIRE_AFTR_ADDR
				    : cgn_conf_is_upstream(c, addr);
}

/* Answers and announcements of the AFTR that the NAT-PMP relay needs. */
static bool
is_for_relay(const struct cgn_engine *e, const struct cgn_pkt *p)
{
	const struct cgn_conf_natpmp *c = &e->conf->natpmp;

	return c->role == CGN_NATPMP_RELAY && p->kind == CGN_PK_UDP &&
			p->sport == RTE_BE16(CGN_NATPMP_PORT) && is_server(c, p->src) &&
			(p->dst != CGN_ALL_HOSTS || p->dport == RTE_BE16(CGN_NATPMP_ANNOUNCE_PORT));
}

/* Whether a UDP datagram over IPv6 is an answer of the AFTR to the PCP proxy. The tunnel endpoint takes no other one. */
static bool
is_for_proxy(const struct cgn_engine *e, const struct cgn_pkt *p, const struct rte_ipv6_hdr *ip)
{
	static const struct rte_udp_hdr answer = { .src_port = RTE_BE16(CGN_NATPMP_PORT),
		.dst_port = RTE_BE16(CGN_NATPMP_ANNOUNCE_PORT) };
	const size_t len = offsetof(struct rte_udp_hdr, dgram_len); /* both ports */
	uint8_t buf[sizeof(answer)];
	const void *ports;

	if (!cgn_conf_is_proxy(&e->conf->natpmp) ||
			!cgn_conf_is_upstream6(&e->conf->natpmp, (const uint8_t *)&ip->src_addr))
		return false;
	ports = rte_pktmbuf_read(p->m, p->l4_off, (uint32_t)len, buf);
	return ports != NULL && memcmp(ports, &answer, len) == 0;
}

/* Out of the softwire: to a host of the home, or to cgnd itself. */
static void
walk_down(struct cgn_engine *e, struct cgn_pkt *p)
{
	struct cgn_nexthop *nh;
	enum cgn_verdict v;

	if (is_for_relay(e, p) || (is_b4_local(e, p->dst) && p->kind != CGN_PK_FRAGMENT)) {
		cgn_punt_inner(e, p);
		return;
	}
	v = cgn_address_judge(&e->addrs, p->src, CGN_SIDE_INSIDE);
	if (v != CGN_V_NONE)
		v = CGN_V_MARTIAN;
	else if (cgn_routes_lookup(&e->routes[CGN_SIDE_INSIDE], p->src) != NULL)
		v = CGN_V_SPOOFED;
	else
		v = cgn_address_judge(&e->addrs, p->dst, CGN_SIDE_INSIDE);
	if (v != CGN_V_NONE) {
		cgn_context_drop(e, p, v);
		return;
	}
	nh = cgn_routes_lookup(&e->routes[CGN_SIDE_INSIDE], p->dst);
	v = cgn_out_judge(nh, p);
	if (v != CGN_V_NONE) {
		b4_refuse(e, p, v, nh == NULL ? 0 : nh->mtu);
		return;
	}
	cgn_rewrite_ttl(p);
	cgn_out_pkt(&e->out, nh, p, CGN_V_IN);
}

/* IPv6 to the tunnel endpoint. */
static void
walk_softwire(struct cgn_engine *e, struct cgn_pkt *p)
{
	const struct rte_ipv6_hdr *ip = rte_pktmbuf_mtod_offset(
			p->m, const struct rte_ipv6_hdr *, p->l3_off);
	enum cgn_verdict v;

	if (ip->proto == IPPROTO_UDP && is_for_proxy(e, p, ip)) {
		cgn_punt(e, p, CGN_V_LOCAL);
		return;
	}
	if (ip->proto == CGN_IP6_ICMP)
		v = cgn_softwire_mtu_error(e, p);
	else if (memcmp(&ip->src_addr, &e->conf->softwire.remote, sizeof(ip->src_addr)) != 0)
		v = CGN_V_SOFTWIRE_UNKNOWN;
	else
		v = cgn_decap_open(e, p, e->tunnel->remote);
	if (p->m == NULL)
		return;
	if (v != CGN_V_NONE)
		cgn_context_drop(e, p, v);
	else
		walk_down(e, p);
}

static void
b4_walk(struct cgn_engine *e, struct cgn_pkt *p)
{
	if (p->kind == CGN_PK_IP6 && p->side == CGN_SIDE_OUTSIDE && cgn_decap_is_for(e, p))
		walk_softwire(e, p);
	else if (p->kind == CGN_PK_ARP || p->kind == CGN_PK_IP6)
		cgn_punt_link(e, p);
	else if (p->side == CGN_SIDE_INSIDE)
		walk_up(e, p);
	else if (cgn_address_is_local(&e->addrs, p->dst, CGN_SIDE_OUTSIDE))
		cgn_punt(e, p, CGN_V_LOCAL);
	else
		cgn_context_drop(e, p, CGN_V_NOT_POOL);
}

void
cgn_b4_burst(struct cgn_engine *e, uint16_t port, struct rte_mbuf **m, uint16_t n)
{
	for (uint16_t i = 0; i < n; i++)
		rte_prefetch0(rte_pktmbuf_mtod(m[i], void *));
	for (uint16_t i = 0; i < n; i++) {
		struct cgn_pkt p = {
			.m = m[i], .port = (uint8_t)port, .side = (uint8_t)e->conf->ports[port].side
		};
		enum cgn_verdict v = cgn_parse(&p, &e->out.ports[port]);

		if (unlikely(v != CGN_V_NONE))
			cgn_context_drop(e, &p, v);
		else
			b4_walk(e, &p);
	}
}
