/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Sending of the control thread's packets: routed, or into a softwire.
 */
#include "dataplane/engine/inject.h"

#include "dataplane/engine/encap.h"
#include "dataplane/engine/tunnel.h"

static void
inject_lose(struct cgn_engine *e, struct rte_mbuf *m)
{
	cgn_counter_add(&e->stats.counter[CGN_C_OWN_TX_LOST], 1);
	rte_pktmbuf_free(m);
}

static void
inject_route6(struct cgn_engine *e, struct rte_mbuf *m, enum cgn_side to)
{
	const struct rte_ipv6_hdr *ip = rte_pktmbuf_mtod(m, const struct rte_ipv6_hdr *);
	struct cgn_nexthop6 *nh;
	struct cgn_ip6 dst;

	if (rte_pktmbuf_data_len(m) < sizeof(*ip)) {
		inject_lose(e, m);
		return;
	}
	memcpy(&dst, &ip->dst_addr, sizeof(dst));
	nh = cgn_route6_lookup(&e->routes6[to], &dst);
	if (nh == NULL || m->pkt_len > nh->mtu)
		inject_lose(e, m);
	else
		cgn_out_ip6(&e->out, nh, &dst, m, CGN_V_NONE);
}

void
cgn_inject_route(struct cgn_engine *e, struct rte_mbuf *m, enum cgn_side to)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);
	struct cgn_nexthop *nh;

	if (rte_pktmbuf_data_len(m) < sizeof(*ip)) {
		inject_lose(e, m);
		return;
	}
	if (ip->version_ihl >> 4 == 6) {
		inject_route6(e, m, to);
		return;
	}
	nh = cgn_routes_lookup(&e->routes[to], ip->dst_addr);
	/* No packet for shared address space leaves without a route for it (RFC 6598 section 4). */
	if (nh == NULL || m->pkt_len > nh->mtu ||
			cgn_address_judge(&e->addrs, ip->dst_addr, to) != CGN_V_NONE)
		inject_lose(e, m);
	else
		cgn_out_ip(&e->out, nh, ip->dst_addr, m, CGN_V_NONE);
}

void
cgn_inject_softwire(struct cgn_engine *e, struct rte_mbuf *m)
{
	struct rte_ipv6_hdr *ip = rte_pktmbuf_mtod(m, struct rte_ipv6_hdr *);
	/* A B4 may get an answer before this worker has a softwire for it. Then this one stands in. */
	struct cgn_softwire unseen = { 0 };
	const struct cgn_softwire *w = &unseen;
	struct cgn_pkt p = { .m = m, .flags = CGN_PF_OWN };
	unsigned int owner;
	uint32_t i;

	if (e->tunnel == NULL ||
			rte_pktmbuf_data_len(m) < sizeof(*ip) + sizeof(struct rte_ipv4_hdr)) {
		cgn_out_lose(&e->out, m, CGN_V_NONE, CGN_V_NONE);
		return;
	}
	memcpy(&unseen.b4, &ip->dst_addr, sizeof(unseen.b4));
	owner = cgn_owner_of6(&e->owner, &unseen.b4);
	if (e->conf->softwire.role == CGN_SOFTWIRE_B4) {
		w = &e->tunnel->wires.at[e->tunnel->remote];
	} else if (owner != e->worker) {
		/* Only the owner knows the softwire, and the MTU of its path. */
		cgn_context_handover(e, owner, &p, CGN_PKT_SOFTWIRE_ON);
		return;
	} else {
		i = cgn_tunnel_find(e, &unseen.b4);
		unseen.nh = cgn_route6_lookup(e->tunnel->routes, &unseen.b4);
		unseen.routes = e->tunnel->routes_number;
		if (i != 0)
			w = &e->tunnel->wires.at[i];
	}
	rte_pktmbuf_adj(m, sizeof(*ip));
	cgn_encap_ip(e, w, m, CGN_V_NONE);
}
