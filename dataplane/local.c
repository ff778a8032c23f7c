/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/engine_priv.h"
#include "shared/wellknown.h"

/* Packets per second that one source may send to cgnd itself; NAT-PMP's own limit lies above it. A station
 * may answer for many addresses (proxy ARP), so frames of the link get more. */
#define PUNT_PER_S      64
#define PUNT_LINK_PER_S 256
/* The NAT in front answers for all of the home at once. */
#define PUNT_UPSTREAM_PER_S 2048
/* What all sources of a side may send. Outside anybody can send with any source; without a bound of its own
 * that side would fill the queue in which subscribers' requests wait. */
#define PUNT_INSIDE_PER_S  100000
#define PUNT_OUTSIDE_PER_S 4096

static bool
is_link_frame(const struct cgn_pkt *p)
{
	return p->kind == CGN_PK_ARP || p->kind == CGN_PK_IP6;
}

/* Who has the share of a packet: the station of a link frame, a softwire's home with all of its hosts, a
 * native subscriber with all of its addresses, or a host outside. A home or a subscriber could use any of
 * its addresses, so one address is never the key where somebody has many. */
static uint64_t
sharer_of(const struct cgn_engine *e, const struct cgn_pkt *p)
{
	const struct rte_ether_hdr *eth = rte_pktmbuf_mtod(p->m, const struct rte_ether_hdr *);
	uint64_t station = 0;

	if (is_link_frame(p)) {
		memcpy(&station, &eth->src_addr, sizeof(eth->src_addr));
		return station;
	}
	if (p->realm != 0)
		return (uint64_t)p->realm << 32;
	return p->side == CGN_SIDE_INSIDE ? cgn_owner_subscriber(&e->owner, p->src) : p->src;
}

/* Each port has shares for itself. */
static struct cgn_bucket *
share_of(struct cgn_engine *e, const struct cgn_pkt *p)
{
	uint64_t key = sharer_of(e, p);

	return cgn_shares_of(&e->punt_shares, (key << 8 | key >> 56) ^ p->port);
}

static bool
is_from_upstream(const struct cgn_engine *e, const struct cgn_pkt *p)
{
	return e->conf->natpmp.role == CGN_NATPMP_RELAY && p->side == CGN_SIDE_OUTSIDE &&
			!is_link_frame(p) && p->src == e->conf->natpmp.upstream;
}

static bool
side_allows(struct cgn_engine *e, const struct cgn_pkt *p)
{
	uint32_t rate = p->side == CGN_SIDE_OUTSIDE ? PUNT_OUTSIDE_PER_S : PUNT_INSIDE_PER_S;

	/* Frames of the link are few, and the next hop answers by them. */
	return is_link_frame(p) || is_from_upstream(e, p) ||
			cgn_bucket_take(&e->punt_tokens[p->side], rate, rate, e->now);
}

bool
cgn_local_is_announcement(const struct cgn_engine *e, const struct cgn_pkt *p)
{
	return p->kind == CGN_PK_UDP && p->dst == CGN_ALL_HOSTS &&
			p->dport == RTE_BE16(CGN_NATPMP_ANNOUNCE_PORT) && is_from_upstream(e, p);
}

void
cgn_local_punt(struct cgn_engine *e, struct cgn_pkt *p, enum cgn_verdict v)
{
	uint32_t rate = is_link_frame(p) ? PUNT_LINK_PER_S
					 : RTE_MAX(e->conf->natpmp.requests_per_s, PUNT_PER_S);
	uint32_t most = is_from_upstream(e, p) ? PUNT_UPSTREAM_PER_S : rate;
	struct cgn_pktmsg msg = {
		.m = p->m, .op = CGN_PKT_PUNT, .port = p->port, .verdict = CGN_V_NONE
	};

	if ((p->flags & CGN_PF_OWN) != 0) {
		cgn_engine_drop(e, p, v);
		return;
	}
	if (!cgn_bucket_take(share_of(e, p), most, most, e->now) || !side_allows(e, p)) {
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
