/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Looks up mappings, subscribers and next hops as the stages of the engine do, without their side effects.
 */
#include "dataplane/tap/tap_look.h"

#include "dataplane/engine/address.h"
#include "dataplane/engine/decap.h"
#include "dataplane/engine/tunnel.h"
#include "dataplane/pkt/parse.h"
#include "dataplane/softwire/outer.h"

#include <netinet/in.h>

/* --- next hops ------------------------------------------------------------------------------- */

/* Whether a neighbour is resolved, and its MAC address. */
static void
look_neighbour(const struct cgn_engine *e, struct cgn_tap_hop *h)
{
	const struct cgn_neighs *t = &e->out.neighs;
	const struct cgn_neigh *n = &t->at[cgn_neighs_find(t, h->port, &h->addr)];

	/* Entry 0, if there is none, is never known. */
	h->state = n->hdr_len == 0 ? CGN_TAP_HOP_UNRESOLVED : CGN_TAP_HOP_KNOWN;
	if (n->hdr_len != 0)
		memcpy(h->mac, n->hdr, sizeof(h->mac));
}

static void
look_hop(const struct cgn_engine *e, enum cgn_side side, rte_be32_t to, struct cgn_tap_hop *h)
{
	const struct cgn_nexthop *nh = cgn_routes_lookup(&e->routes[side], to);

	h->to.ip4 = to;
	h->state = CGN_TAP_HOP_NO_ROUTE;
	if (nh == NULL)
		return;
	h->port = (uint8_t)nh->port;
	h->mtu = nh->mtu;
	h->addr.ip4 = nh->gateway != 0 ? nh->gateway : to;
	look_neighbour(e, h);
}

/* The next hop to the B4 of a softwire. */
static void
look_hop6(const struct cgn_engine *e, uint32_t realm, struct cgn_tap_hop *h)
{
	const struct cgn_softwire *w = &e->tunnel->wires.at[realm];
	const struct cgn_nexthop6 *nh = cgn_route6_lookup(e->tunnel->routes, &w->b4);

	h->to = (struct cgn_ip){ .is_ip6 = true, .ip6 = w->b4 };
	h->state = CGN_TAP_HOP_NO_ROUTE;
	if (nh == NULL)
		return;
	h->port = (uint8_t)nh->port;
	h->mtu = nh->mtu;
	h->addr = nh->gateway.is_ip6 ? nh->gateway : h->to;
	look_neighbour(e, h);
}

/* --- mappings -------------------------------------------------------------------------------- */

static void
note_mapping(const struct cgn_engine *e, const struct cgn_mapping *m, struct cgn_tap_mapping *t,
		enum cgn_tap_found found)
{
	struct cgn_mapping_info info;

	cgn_nat_mapping_info(&e->nat, m, e->now, &info);
	t->found = (uint8_t)found;
	t->in = info.in;
	t->ext = info.ext;
	t->realm = info.realm;
	t->rem_addr = info.rem_addr;
	t->rem_port = info.rem_port;
	t->flags = info.flags;
	t->tcp_state = info.tcp_state;
}

/* The mapping of an inside endpoint. */
static void
look_from(const struct cgn_engine *e, struct cgn_tap_mapping *t, enum cgn_tap_found found)
{
	const struct cgn_mappings *maps = &e->nat.maps;
	uint64_t hash = cgn_index_hash(&maps->index, t->realm, t->in.addr, t->in.port, t->in.proto);
	uint32_t ref = cgn_mappings_find(maps, hash, t->realm, t->in.addr, t->in.port, t->in.proto);

	t->found = CGN_TAP_NONE;
	if (ref != 0)
		note_mapping(e, &maps->at[ref], t, found);
}

/* The mapping of an external endpoint. */
static void
look_to(const struct cgn_engine *e, struct cgn_tap_mapping *t, enum cgn_tap_found found)
{
	const struct cgn_ext_addr *a = cgn_ext_find(&e->nat.ext, t->ext.addr);
	uint32_t slot, ref;

	t->found = CGN_TAP_NOT_SOUGHT;
	if (a == NULL)
		return;
	t->found = CGN_TAP_ELSEWHERE;
	if (a->worker != e->worker)
		return;
	slot = *cgn_ext_slot(&e->nat.ext, a->ord, t->ext.proto, rte_be_to_cpu_16(t->ext.port));
	ref = cgn_ext_mapping(&e->nat.ext, slot);
	t->found = cgn_ext_is_held(slot) ? CGN_TAP_HOLD_DOWN : CGN_TAP_NONE;
	if (ref != 0)
		note_mapping(e, &e->nat.maps.at[ref], t, found);
}

/* The endpoint of the inside or of the outside that a packet is translated by. @return false: it has none */
static bool
key_of(const struct cgn_pkt *p, bool is_source, struct cgn_ep4 *ep, bool *is_error)
{
	struct cgn_quote q;

	*is_error = p->kind == CGN_PK_ICMP_ERROR;
	if (p->kind <= CGN_PK_ICMP_QUERY) {
		*ep = (struct cgn_ep4){ .addr = is_source ? p->src : p->dst,
			.port = is_source ? p->sport : p->dport,
			.proto = p->proto };
		return true;
	}
	/* An error goes the way back of the packet that it quotes. */
	if (!*is_error || cgn_parse_quote(p, &q) != CGN_V_NONE)
		return false;
	*ep = (struct cgn_ep4){ .addr = is_source ? q.dst : q.src,
		.port = is_source ? q.dport : q.sport,
		.proto = q.proto };
	return true;
}

/* --- packets --------------------------------------------------------------------------------- */

static void
note_group(struct cgn_tap_record *r, const struct cgn_conf_group *g)
{
	if (g != NULL)
		memcpy(r->group, g->name, sizeof(r->group));
}

/* Take the IPv4 packet out of an IPv6 packet of a softwire. @return false: there is none, or not a whole one */
static bool
open_softwire(const struct cgn_engine *e, struct cgn_pkt *p, struct cgn_tap_record *r)
{
	const struct cgn_softwires *t = &e->tunnel->wires;
	const struct rte_ipv6_hdr *ip = rte_pktmbuf_mtod_offset(
			p->m, const struct rte_ipv6_hdr *, p->l3_off);
	struct cgn_outer o = { .at = (uint16_t)(p->l3_off + sizeof(*ip)), .next = ip->proto };

	memcpy(&r->b4, &ip->src_addr, sizeof(r->b4));
	note_group(r, cgn_subscribers_group6(e->nat.subs, &r->b4));
	p->realm = cgn_softwires_find(t, cgn_softwires_hash(t, &r->b4), &r->b4);
	if (p->realm == 0)
		p->realm = cgn_tunnel_find(e, &r->b4);
	if (o.next != CGN_IP6_IPV4 &&
			cgn_outer_walk(p->m, (uint32_t)p->l3_off + p->total_len, &o) != CGN_V_NONE)
		return false;
	r->is_fragment = o.is_frag;
	if (o.is_frag || o.next != CGN_IP6_IPV4)
		return false;
	p->l3_off = o.at;
	p->flags = 0;
	p->m->ol_flags = 0;
	r->parsed = (uint8_t)cgn_parse_ip4(p);
	return r->parsed == CGN_V_NONE;
}

/* Whether another worker has the mappings of an inside endpoint. */
static bool
is_elsewhere(const struct cgn_engine *e, const struct cgn_tap_record *r)
{
	return (cgn_ip6_is_zero(&r->b4) ? cgn_owner_of(&e->owner, r->from.in.addr)
					: cgn_owner_of6(&e->owner, &r->b4)) != e->worker;
}

/* Whether a packet goes to its destination as it is: to no pool address, whose mapping says where, nor to cgnd itself. */
static bool
leads_on(const struct cgn_engine *e, const struct cgn_pkt *p)
{
	return cgn_ext_find(&e->nat.ext, p->dst) == NULL &&
			!cgn_address_is_local(&e->addrs, p->dst, (enum cgn_side)p->side);
}

static void
look_inside(const struct cgn_engine *e, const struct cgn_pkt *p, struct cgn_tap_record *r)
{
	struct cgn_tap_mapping *t = &r->from;
	bool is_native = cgn_ip6_is_zero(&r->b4);

	if (is_native) {
		note_group(r, cgn_subscribers_group4(e->nat.subs, p->src));
		look_hop(e, CGN_SIDE_INSIDE, p->src, &r->back);
	}
	if (leads_on(e, p))
		look_hop(e, CGN_SIDE_OUTSIDE, p->dst, &r->hop);
	if (!key_of(p, true, &t->in, &r->is_error))
		return;
	t->realm = p->realm;
	if (is_elsewhere(e, r))
		t->found = CGN_TAP_ELSEWHERE;
	else if (!is_native && t->realm == 0)
		t->found = CGN_TAP_NONE; /* the home has no softwire yet */
	else
		look_from(e, t, CGN_TAP_FOUND);
}

/* A packet from outside, or the second half of a hairpin: its destination is a pool address. */
static void
look_outside(const struct cgn_engine *e, const struct cgn_pkt *p, struct cgn_tap_record *r)
{
	struct cgn_tap_mapping *t = &r->to;

	if (key_of(p, false, &t->ext, &r->is_error))
		look_to(e, t, CGN_TAP_FOUND);
	/* Passed through, without a translation. */
	if (leads_on(e, p))
		look_hop(e, CGN_SIDE_INSIDE, p->dst, &r->hop);
}

/* The subscriber of a mapping, and the next hop to it. */
static void
follow_mapping(const struct cgn_engine *e, struct cgn_tap_record *r)
{
	const struct cgn_tap_mapping *t = &r->to;

	if (t->found != CGN_TAP_FOUND && t->found != CGN_TAP_MADE)
		return;
	if (r->side == CGN_SIDE_OUTSIDE && t->realm == 0)
		note_group(r, cgn_subscribers_group4(e->nat.subs, t->in.addr));
	if (t->realm == 0)
		look_hop(e, CGN_SIDE_INSIDE, t->in.addr, &r->hop);
	else if (e->tunnel != NULL)
		look_hop6(e, t->realm, &r->hop);
}

static void
note_ip4(const struct cgn_pkt *p, struct cgn_tap_record *r)
{
	const struct rte_ipv4_hdr *ip = cgn_pkt_ip4(p);

	r->src = ip->src_addr;
	r->dst = ip->dst_addr;
	r->id = ip->packet_id;
	r->l4 = ip->next_proto_id;
	r->is_fragment |= p->kind == CGN_PK_FRAGMENT;
}

/* Make an mbuf of one segment with the octets of a packet. */
static bool
copy_packet(const struct rte_mbuf *m, uint8_t *copy, struct rte_mbuf *c)
{
	/* An mbuf counts its octets in 16 bits. No device gives so many. */
	if (m->pkt_len > UINT16_MAX - CGN_HEADROOM)
		return false;
	*c = *m;
	c->buf_addr = copy;
	c->buf_len = UINT16_MAX;
	c->data_off = CGN_HEADROOM;
	c->data_len = (uint16_t)m->pkt_len;
	c->nb_segs = 1;
	c->next = NULL;
	for (uint32_t at = CGN_HEADROOM; m != NULL; m = m->next) {
		memcpy(copy + at, rte_pktmbuf_mtod(m, const void *), m->data_len);
		at += m->data_len;
	}
	return true;
}

void
cgn_tap_look_before(const struct cgn_engine *e, const struct rte_mbuf *m, uint8_t *copy,
		struct cgn_tap_record *r)
{
	struct rte_mbuf c;
	struct cgn_pkt p = { .m = &c, .port = r->port, .side = r->side };

	r->parsed = CGN_V_NONE;
	if (!copy_packet(m, copy, &c))
		return;
	r->parsed = (uint8_t)cgn_parse(&p, &e->out.ports[r->port]);
	if (r->parsed != CGN_V_NONE || p.kind == CGN_PK_ARP)
		return;
	if (p.kind == CGN_PK_IP6 &&
			(e->tunnel == NULL || e->conf->softwire.role != CGN_SOFTWIRE_AFTR ||
					!cgn_decap_is_for(e, &p) || !open_softwire(e, &p, r)))
		return;
	note_ip4(&p, r);
	if (e->conf->softwire.role == CGN_SOFTWIRE_B4)
		return;
	if (r->side == CGN_SIDE_INSIDE)
		look_inside(e, &p, r);
	if (r->side == CGN_SIDE_OUTSIDE || cgn_ext_find(&e->nat.ext, p.dst) != NULL)
		look_outside(e, &p, r);
	follow_mapping(e, r);
}

/* The group of a mapping's subscriber. */
static void
note_group_of(const struct cgn_engine *e, const struct cgn_tap_mapping *t, struct cgn_tap_record *r)
{
	if (t->realm == 0)
		note_group(r, cgn_subscribers_group4(e->nat.subs, t->in.addr));
	else if (e->tunnel != NULL)
		note_group(r,
				cgn_subscribers_group6(
						e->nat.subs, &e->tunnel->wires.at[t->realm].b4));
}

void
cgn_tap_look_left(const struct cgn_engine *e, const struct rte_mbuf *m, uint8_t *copy,
		struct cgn_tap_record *r)
{
	/* The endpoint that is translated: outside it is the source, inside the destination. */
	const bool is_outside = r->side == CGN_SIDE_OUTSIDE;
	struct cgn_tap_mapping *t = is_outside ? &r->to : &r->from;
	struct cgn_pkt_port port = e->out.ports[r->port];
	struct rte_mbuf c;
	struct cgn_pkt p = { .m = &c, .port = r->port, .side = r->side };
	bool is_error;

	if (e->conf->softwire.role == CGN_SOFTWIRE_B4 || !copy_packet(m, copy, &c) ||
			m->pkt_len < sizeof(struct rte_ether_hdr))
		return;
	/* The parser takes what comes for cgnd. This frame is for somebody else. */
	port.mac = rte_pktmbuf_mtod(&c, const struct rte_ether_hdr *)->dst_addr;
	if (cgn_parse(&p, &port) != CGN_V_NONE || p.kind == CGN_PK_ARP || p.kind == CGN_PK_IP6 ||
			!key_of(&p, is_outside, is_outside ? &t->ext : &t->in, &is_error))
		return;
	if (is_outside)
		look_to(e, t, CGN_TAP_FOUND);
	else
		look_from(e, t, CGN_TAP_FOUND);
	if (t->found == CGN_TAP_FOUND)
		note_group_of(e, t, r);
	else
		*t = (struct cgn_tap_mapping){ .found = CGN_TAP_NOT_SOUGHT };
}

void
cgn_tap_look_after(const struct cgn_engine *e, struct cgn_tap_record *r)
{
	struct cgn_tap_mapping *t = &r->from;

	if (t->found != CGN_TAP_NONE)
		return;
	if (t->realm == 0 && !cgn_ip6_is_zero(&r->b4)) {
		/* The first packet of a home makes its softwire. */
		t->realm = cgn_tunnel_find(e, &r->b4);
		if (t->realm == 0)
			return;
	}
	look_from(e, t, CGN_TAP_MADE);
}
