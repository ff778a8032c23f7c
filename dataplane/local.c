/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/engine_priv.h"
#include "shared/wellknown.h"

bool
cgn_local_is_announcement(const struct cgn_engine *e, const struct cgn_pkt *p)
{
	return p->kind == CGN_PK_UDP && p->dst == CGN_ALL_HOSTS &&
			p->dport == RTE_BE16(CGN_NATPMP_ANNOUNCE_PORT) &&
			cgn_punt_is_from_upstream(e->conf, p);
}

void
cgn_local_punt(struct cgn_engine *e, struct cgn_pkt *p, enum cgn_verdict v)
{
	struct cgn_pktmsg msg = {
		.m = p->m, .op = CGN_PKT_PUNT, .port = p->port, .verdict = CGN_V_NONE
	};

	if ((p->flags & CGN_PF_OWN) != 0) {
		cgn_engine_drop(e, p, v);
		return;
	}
	if (!cgn_punt_allows(&e->punts, e->conf, p, e->now)) {
		cgn_engine_drop(e, p, CGN_V_PUNT_RATE);
		return;
	}
	if (!e->out.ops->punt(e->out.ctx, &msg)) {
		cgn_engine_drop(e, p, CGN_V_PUNT_FULL);
		return;
	}
	cgn_counter_add(&e->stats.verdict[v], 1);
}

void
cgn_local_route(struct cgn_engine *e, struct rte_mbuf *m, enum cgn_side to)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);
	struct cgn_nexthop *nh;

	if (rte_pktmbuf_data_len(m) < sizeof(*ip)) {
		rte_pktmbuf_free(m);
		return;
	}
	nh = cgn_routes_lookup(&e->routes[to], ip->dst_addr);
	if (nh == NULL) {
		cgn_counter_add(&e->stats.counter[CGN_C_OWN_TX_LOST], 1);
		rte_pktmbuf_free(m);
		return;
	}
	cgn_out_ip(&e->out, nh, ip->dst_addr, m, CGN_V_NONE);
}

static bool
is_own6(const struct cgn_engine *e, const uint8_t addr[16])
{
	if (e->tunnel != NULL && memcmp(e->conf->softwire.local.b, addr, 16) == 0)
		return true;
	for (size_t i = 0; i < e->conf->n_ports; i++) {
		const struct cgn_conf_port *c = &e->conf->ports[i];

		for (unsigned int j = 0; j < c->n_addresses; j++) {
			if (c->addresses[j].is_ip6 && memcmp(c->addresses[j].ip6.b, addr, 16) == 0)
				return true;
		}
	}
	return false;
}

void
cgn_local_link(struct cgn_engine *e, struct cgn_pkt *p)
{
	const struct rte_ipv6_hdr *ip6;
	const uint8_t *dst;
	bool is_link_multicast;

	if (p->kind == CGN_PK_ARP) {
		cgn_local_punt(e, p, CGN_V_NEIGHBOUR);
		return;
	}
	ip6 = rte_pktmbuf_mtod_offset(p->m, const struct rte_ipv6_hdr *, p->l3_off);
	dst = (const uint8_t *)&ip6->dst_addr;
	is_link_multicast = dst[0] == 0xff && dst[1] == 0x02;
	if ((e->has_ip6 || e->tunnel != NULL) && ip6->proto == IPPROTO_ICMPV6 &&
			(is_link_multicast || is_own6(e, dst)))
		cgn_local_punt(e, p, CGN_V_NEIGHBOUR);
	else
		cgn_engine_drop(e, p, CGN_V_IP6);
}
