/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Rate limits of punted packets: by side, by port, by kind of sender and by sender.
 */
#include "dataplane/engine/punt_limit.h"

#include <errno.h>
#include <netinet/icmp6.h>
#include <stdlib.h>

#include <rte_arp.h>

/* Packets per second that one source may send to cgnd itself. NAT-PMP's own limit is above it. A station
 * may answer for many addresses (proxy ARP), so frames of the link get more. */
#define SOURCE_PER_S  64
#define STATION_PER_S 256
/* Packets per second of all sources of a side. Outside, anybody can send with any source address. */
#define INSIDE_PER_S  100000
#define OUTSIDE_PER_S 4096
/* Packets per second of the upstream NAT, which answers for all subscribers at once. */
#define UPSTREAM_PER_S 2048
/* Frames of the link per second, for each kind of sender and each port. The burst is half of the queue. */
#define LINK_PER_S 4096
#define LINK_BURST 512
/* With a host plane: one sender of other packets gets half of their limit. */
#define OTHER_PARTS 2
/* With a host plane: packets of a class that may come at once. It is a quarter of the queue. */
#define CLASS_BURST (CGN_PUNT_QUEUE / 4u)

int
cgn_punt_limits_init(struct cgn_punt_limits *t, const struct cgn_conf *conf,
		const struct cgn_neighs *neighs, const struct cgn_owner *owner,
		struct cgn_rand *rnd, cgn_tick now)
{
	t->neighs = neighs;
	t->owner = owner;
	t->n_ports = conf->n_ports;
	t->ports = calloc(conf->n_ports, sizeof(*t->ports));
	if (t->ports == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < t->n_ports; i++) {
		struct cgn_punt_limit_port *p = &t->ports[i];

		cgn_shares_init(&p->packets, cgn_rand_u64(rnd), now);
		cgn_shares_init(&p->neighbours, cgn_rand_u64(rnd), now);
		cgn_shares_init(&p->strangers, cgn_rand_u64(rnd), now);
		for (unsigned int k = 0; k < CGN_PUNT_COUNT; k++)
			cgn_bucket_init(&p->link[k], now);
		for (unsigned int k = 0; k < CGN_PUNT_CLASS_COUNT; k++)
			cgn_shares_init(&p->classes[k], cgn_rand_u64(rnd), now);
		cgn_shares_init(&p->peers, cgn_rand_u64(rnd), now);
	}
	for (unsigned int side = 0; side < CGN_SIDE_COUNT; side++)
		cgn_bucket_init(&t->sides[side], now);
	cgn_bucket_init(&t->upstream, now);
	for (unsigned int side = 0; side < CGN_SIDE_COUNT; side++) {
		cgn_bucket_init(&t->peers[side], now);
		for (unsigned int k = 0; k < CGN_PUNT_CLASS_COUNT; k++)
			cgn_bucket_init(&t->classes[side][k], now);
	}
	return 0;
}

void
cgn_punt_limits_fini(struct cgn_punt_limits *t)
{
	free(t->ports);
	t->ports = NULL;
}

bool
cgn_punt_limit_is_upstream(const struct cgn_conf *conf, const struct cgn_pkt *p)
{
	const struct rte_ipv6_hdr *ip;

	if (conf->natpmp.role != CGN_NATPMP_RELAY || p->side != CGN_SIDE_OUTSIDE)
		return false;
	if (p->kind != CGN_PK_IP6)
		return cgn_conf_is_upstream(&conf->natpmp, p->src);
	ip = rte_pktmbuf_mtod_offset(p->m, const struct rte_ipv6_hdr *, p->l3_off);
	return cgn_conf_is_upstream6(&conf->natpmp, (const uint8_t *)&ip->src_addr);
}

/* --- frames of the link -------------------------------------------------------------------- */

/* The address that a neighbour discovery packet is about. An advertisement may have another source. */
static struct cgn_ip6
speaks_for6(const struct cgn_pkt *p)
{
	const struct rte_ipv6_hdr *ip = rte_pktmbuf_mtod_offset(
			p->m, const struct rte_ipv6_hdr *, p->l3_off);
	struct nd_neighbor_advert na = { 0 };
	const void *at = rte_pktmbuf_read(p->m, p->l4_off, sizeof(na), &na);
	struct cgn_ip6 who;

	/* The packet may be at an odd address. */
	if (at != NULL && at != &na)
		memcpy(&na, at, sizeof(na));
	if (at != NULL && na.nd_na_type == ND_NEIGHBOR_ADVERT)
		memcpy(&who, &na.nd_na_target, sizeof(who));
	else
		memcpy(&who, &ip->src_addr, sizeof(who));
	return who;
}

/* The address that a frame of the link is about. */
static struct cgn_ip
speaks_for(const struct cgn_pkt *p)
{
	const struct rte_arp_hdr *arp = rte_pktmbuf_mtod_offset(
			p->m, const struct rte_arp_hdr *, p->l3_off);
	struct cgn_ip who = { .is_ip6 = p->kind == CGN_PK_IP6 };

	if (who.is_ip6)
		who.ip6 = speaks_for6(p);
	else
		memcpy(&who.ip4, &arp->arp_data.arp_sip, sizeof(who.ip4));
	return who;
}

bool
cgn_punt_limit_allows_link(struct cgn_punt_limits *t, const struct cgn_pkt *p, cgn_tick now)
{
	const struct rte_ether_hdr *eth = rte_pktmbuf_mtod(p->m, const struct rte_ether_hdr *);
	struct cgn_punt_limit_port *port = &t->ports[p->port];
	const struct cgn_ip who = speaks_for(p);
	uint32_t i = cgn_neighs_find(t->neighs, p->port, &who);
	const struct cgn_neigh *n = &t->neighs->at[i];
	enum cgn_punt_limit_sender sender = CGN_PUNT_STRANGER;
	struct cgn_shares *shares = &port->neighbours;
	uint64_t key = 0;

	memcpy(&key, &eth->src_addr, sizeof(eth->src_addr));
	if (i != 0 && n->hdr_len == 0) {
		/* Any station may answer, so the share belongs to the address. Bit 63 keeps it apart from
		 * the shares of neighbours, whose keys are MAC addresses. */
		sender = CGN_PUNT_ASKED;
		key = UINT64_C(1) << 63 | i;
	} else if (i != 0 && memcmp(n->hdr, &eth->src_addr, sizeof(eth->src_addr)) == 0) {
		sender = CGN_PUNT_NEIGHBOUR;
	} else {
		shares = &port->strangers;
	}
	if (!cgn_bucket_take(cgn_shares_of(shares, key, now), STATION_PER_S, STATION_PER_S, now))
		return false;
	/* A gateway has no limit but its share: all subscribers need it. */
	return (sender != CGN_PUNT_STRANGER && n->gateway != 0) ||
			cgn_bucket_take(&port->link[sender], LINK_PER_S, LINK_BURST, now);
}

/* --- packets ------------------------------------------------------------------------------- */

static struct cgn_ip
punt_source(const struct cgn_pkt *p)
{
	struct cgn_ip who = { .is_ip6 = p->kind == CGN_PK_IP6 };
	const struct rte_ipv6_hdr *ip;

	if (who.is_ip6) {
		ip = rte_pktmbuf_mtod_offset(p->m, const struct rte_ipv6_hdr *, p->l3_off);
		memcpy(&who.ip6, &ip->src_addr, sizeof(who.ip6));
	} else {
		who.ip4 = p->src;
	}
	return who;
}

/* Key of the share of a packet: a home with all its hosts, a native subscriber with all its addresses, a
 * host outside, or an IPv6 network of 64 bits. A subscriber can use any of its addresses, so a single
 * address is no key where it has many. */
static uint64_t
punt_sharer(const struct cgn_punt_limits *t, const struct cgn_pkt *p)
{
	struct cgn_ip who;
	uint64_t key;

	if (p->realm != 0)
		return (uint64_t)p->realm << 32;
	if (p->kind != CGN_PK_IP6)
		return p->side == CGN_SIDE_INSIDE ? cgn_owner_subscriber(t->owner, p->src) : p->src;
	who = punt_source(p);
	memcpy(&key, &who.ip6, sizeof(key));
	return key;
}

/* The entry of the known neighbour that has sent a packet. 0: it comes from a host behind a neighbour */
static uint32_t
neighbour_of(const struct cgn_punt_limits *t, const struct cgn_pkt *p)
{
	const struct rte_ether_hdr *eth = rte_pktmbuf_mtod(p->m, const struct rte_ether_hdr *);
	const struct cgn_ip who = punt_source(p);
	uint32_t i = cgn_neighs_find(t->neighs, p->port, &who);
	const struct cgn_neigh *n = &t->neighs->at[i];
	bool is_known = i != 0 && n->hdr_len != 0 &&
			memcmp(n->hdr, &eth->src_addr, sizeof(eth->src_addr)) == 0;

	return is_known ? i : 0;
}

/* What one sender gets of the limit of a class. */
static uint32_t
class_share(const struct cgn_conf *conf, enum cgn_punt_class class)
{
	uint32_t rate = conf->host.punts_per_s[class];

	switch (class) {
	case CGN_PUNT_NATPMP:
		return RTE_MAX(conf->natpmp.requests_per_s, SOURCE_PER_S);
	case CGN_PUNT_OTHER:
		return RTE_MAX(rate / OTHER_PARTS, 1u);
	case CGN_PUNT_ROUTING:
	case CGN_PUNT_IPSEC:
	case CGN_PUNT_CLASS_COUNT:
		break;
	}
	return cgn_shares_rate(rate);
}

/* Take from the share of one sender, and then from the limit of all. A burst is no more than a part of the
 * queue, so that one class does not fill the queue before the others have their places. */
static bool
take_both(struct cgn_bucket *one, uint32_t share, struct cgn_bucket *all, uint32_t rate,
		cgn_tick now)
{
	uint32_t least = rate / CGN_TICK_HZ + 1; /* what comes in a tick */

	return cgn_bucket_take(one, share,
			       RTE_MAX(RTE_MIN(share, CLASS_BURST), share / CGN_TICK_HZ + 1),
			       now) &&
			cgn_bucket_take(all, rate, RTE_MAX(RTE_MIN(rate, CLASS_BURST), least), now);
}

/* The limits of a packet where there is a host plane. */
static bool
class_allows(struct cgn_punt_limits *t, const struct cgn_conf *conf, const struct cgn_pkt *p,
		enum cgn_punt_class class, cgn_tick now)
{
	struct cgn_punt_limit_port *port = &t->ports[p->port];
	uint32_t rate = conf->host.punts_per_s[class];
	uint32_t share = class_share(conf, class);
	uint32_t peer = class == CGN_PUNT_ROUTING ? neighbour_of(t, p) : 0;

	/* Nobody outside is served with NAT-PMP but the NAT in front, which has its own limit. */
	if (class == CGN_PUNT_NATPMP && p->side == CGN_SIDE_OUTSIDE)
		rate = RTE_MIN(rate, OUTSIDE_PER_S);
	if (peer != 0)
		return take_both(cgn_shares_of(&port->peers, peer, now), share, &t->peers[p->side],
				rate, now);
	return take_both(cgn_shares_of(&port->classes[class], punt_sharer(t, p), now), share,
			&t->classes[p->side][class], rate, now);
}

bool
cgn_punt_limit_allows(struct cgn_punt_limits *t, const struct cgn_conf *conf,
		const struct cgn_pkt *p, enum cgn_punt_class class, cgn_tick now)
{
	uint32_t share = RTE_MAX(conf->natpmp.requests_per_s, SOURCE_PER_S);
	uint32_t side = p->side == CGN_SIDE_OUTSIDE ? OUTSIDE_PER_S : INSIDE_PER_S;
	struct cgn_shares *packets = &t->ports[p->port].packets;

	if (cgn_punt_limit_is_upstream(conf, p) &&
			(class == CGN_PUNT_NATPMP || class == CGN_PUNT_CLASS_COUNT))
		return cgn_bucket_take(&t->upstream, UPSTREAM_PER_S, UPSTREAM_PER_S, now);
	if (class != CGN_PUNT_CLASS_COUNT)
		return class_allows(t, conf, p, class, now);
	return cgn_bucket_take(cgn_shares_of(packets, punt_sharer(t, p), now), share, share, now) &&
			cgn_bucket_take(&t->sides[p->side], side, side, now);
}
