/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Packets from inside to outside.
 *
 * A burst is handled in passes, so that waits for memory overlap: parse all packets, look up all mappings,
 * then forward. Anything but an established flow leaves this path at the first test and takes a function
 * marked noinline.
 */
#include "dataplane/engine/inside.h"

#include "dataplane/engine/hairpin.h"
#include "dataplane/engine/icmp_reply.h"
#include "dataplane/engine/newflows.h"
#include "dataplane/engine/pass_through.h"
#include "dataplane/engine/punt.h"
#include "dataplane/engine/reassemble.h"
#include "dataplane/engine/source.h"
#include "dataplane/engine/tcp_reset.h"
#include "dataplane/engine/tunnel.h"
#include "dataplane/nat/drain_reset.h"
#include "dataplane/nat/icmpnat.h"
#include "dataplane/pkt/parse.h"

#include <rte_prefetch.h>

/* The subscriber of an ICMP error is the destination of the packet that it quotes, whichever router inside
 * sends the error. */
static rte_be32_t
quoted_subscriber(const struct cgn_pkt *p)
{
	struct cgn_quote q;

	return cgn_parse_quote(p, &q) == CGN_V_NONE ? q.dst : p->src;
}

/* Forward a packet without translation, if its source is genuine. */
static void
pass_through(struct cgn_engine *e, struct cgn_pkt *p)
{
	enum cgn_verdict v = cgn_source_check(e, p);

	if (v == CGN_V_NONE)
		cgn_pass_through_send(e, p, CGN_SIDE_OUTSIDE);
	else
		cgn_context_drop(e, p, v);
}

/* Handle a destination that needs a closer look: local, invalid, or passed through. @return false: the
 * packet is finished */
static bool
inside_may_go_to(struct cgn_engine *e, struct cgn_pkt *p)
{
	enum cgn_verdict v;

	/* A home router has a pool address that is also the address of its port. A packet to it is a
	 * hairpin. */
	if (cgn_address_is_local(&e->addrs, p->dst, CGN_SIDE_INSIDE) &&
			cgn_ext_find(&e->nat.ext, p->dst) == NULL) {
		/* A datagram for cgnd itself is reassembled before it is punted. */
		if (p->kind == CGN_PK_FRAGMENT)
			return true;
		/* A request to cgnd acts for its source address (RFC 6886 section 5), so a forged source is
		 * not served. */
		v = cgn_source_check_request(e, p);
		if (cgn_source_is_forged(v))
			cgn_context_drop(e, p, v);
		else
			cgn_punt(e, p, CGN_V_LOCAL);
		return false;
	}
	v = cgn_address_judge(&e->addrs, p->dst, CGN_SIDE_OUTSIDE);
	if (v == CGN_V_NONE && cgn_address_is_edge(&e->addrs, p->dst, CGN_SIDE_INSIDE))
		v = CGN_V_MARTIAN;
	if (v != CGN_V_NONE) {
		cgn_context_drop(e, p, v);
		return false;
	}
	if (e->conf->nat.n_pass_through != 0 && (p->flags & CGN_PF_BROADCAST) == 0 &&
			cgn_pass_through_has(e, p->dst)) {
		pass_through(e, p);
		return false;
	}
	return true;
}

/* Check the destination of a packet. @return false: the packet is finished */
static inline bool
may_go_out(struct cgn_engine *e, struct cgn_pkt *p)
{
	if (unlikely(!e->addrs.is_ordinary[p->dst & 0xff]) && !inside_may_go_to(e, p))
		return false;
	if (unlikely((p->flags & CGN_PF_BROADCAST) != 0)) {
		cgn_context_drop(e, p, CGN_V_MULTICAST);
		return false;
	}
	return true;
}

/* Hand a packet to the worker that owns its subscriber. @return false: this worker owns it */
static __rte_noinline bool
hand_to_owner(struct cgn_engine *e, struct cgn_pkt *p, rte_be32_t inside)
{
	unsigned int owner = cgn_owner_of(&e->owner, inside);

	if (owner == e->worker)
		return false;
	e->n_handed++;
	cgn_context_handover(e, owner, p, CGN_PKT_RX);
	return true;
}

/* As may_go_out(), and hand the packet to its owner. The slow path has not looked for the owner yet. */
static bool
may_go_on(struct cgn_engine *e, struct cgn_pkt *p)
{
	if (!may_go_out(e, p))
		return false;
	return e->n_workers == 1 ||
			!hand_to_owner(e, p,
					p->kind == CGN_PK_ICMP_ERROR ? quoted_subscriber(p)
								     : p->src);
}

/* Translate and forward a TCP, UDP or ICMP query packet. */
static __rte_always_inline void
forward_out(struct cgn_engine *e, struct cgn_pkt *p)
{
	const struct cgn_ext_addr *pool_addr = likely(e->addrs.is_ordinary[p->dst & 0xff])
			? NULL
			: cgn_ext_find(&e->nat.ext, p->dst);
	struct cgn_nexthop *nh = NULL;
	struct cgn_mapping *m;
	enum cgn_verdict v;

	/* All these tests come before the translation: a packet that cannot be forwarded must not make a
	 * mapping. */
	if (unlikely(cgn_pkt_ip4(p)->time_to_live <= 1)) {
		cgn_icmp_reply_refuse(e, p, CGN_V_TTL, 0);
		return;
	}
	if (likely(pool_addr == NULL)) {
		nh = cgn_routes_lookup(&e->routes[CGN_SIDE_OUTSIDE], p->dst);
		if (unlikely(nh == NULL || cgn_out_is_too_big(nh, p))) {
			cgn_icmp_reply_refuse(e, p, nh == NULL ? CGN_V_NO_ROUTE : CGN_V_MTU,
					nh == NULL ? 0 : nh->mtu);
			return;
		}
	} else if (!e->conf->nat.hairpin) {
		cgn_context_drop(e, p, CGN_V_HAIRPIN_OFF);
		return;
	}
	v = cgn_nat_out(&e->nat, p, e->now, &m);
	if (unlikely(v != CGN_V_NONE)) {
		if (v == CGN_V_NO_SESSION && cgn_drain_reset_is_on(&e->nat))
			cgn_tcp_reset_unknown(e, p);
		cgn_icmp_reply_refuse(e, p, v, 0);
		return;
	}
	cgn_nat_apply_out(&e->nat, p, m);
	if (unlikely(pool_addr != NULL))
		cgn_hairpin(e, p, pool_addr);
	else
		cgn_out_pkt(&e->out, nh, p, CGN_V_OUT);
}

/* Translate and forward an ICMP error by the mapping of the packet that it quotes. */
static void
forward_icmp_error_out(struct cgn_engine *e, struct cgn_pkt *p)
{
	const struct cgn_ext_addr *pool_addr = cgn_ext_find(&e->nat.ext, p->dst);
	struct cgn_nexthop *nh = cgn_routes_lookup(&e->routes[CGN_SIDE_OUTSIDE], p->dst);
	enum cgn_verdict v = CGN_V_NONE;

	if (cgn_pkt_ip4(p)->time_to_live <= 1)
		v = CGN_V_TTL;
	else if (pool_addr == NULL && nh == NULL)
		v = CGN_V_NO_ROUTE;
	else if (pool_addr != NULL && !e->conf->nat.hairpin)
		v = CGN_V_HAIRPIN_OFF;
	/* A router inside may have any address. An address of a subscriber must pass the source check. */
	if (v == CGN_V_NONE &&
			(p->realm != 0 || cgn_subscribers_group4(e->nat.subs, p->src) != NULL))
		v = cgn_source_check(e, p);
	if (v == CGN_V_NONE)
		v = cgn_icmpnat_out(&e->nat, p,
				cgn_address_for_errors(&e->addrs,
						&e->conf->ports[nh == NULL ? p->port : nh->port]));
	if (v != CGN_V_NONE) {
		cgn_context_drop(e, p, v);
		return;
	}
	if (pool_addr != NULL)
		cgn_hairpin(e, p, pool_addr);
	else
		cgn_out_pkt(&e->out, nh, p, CGN_V_OUT);
}

void
cgn_inside_alone(struct cgn_engine *e, struct cgn_pkt *p)
{
	switch ((enum cgn_pkt_kind)p->kind) {
	case CGN_PK_TCP:
	case CGN_PK_UDP:
	case CGN_PK_ICMP_QUERY:
		cgn_inside_ready(e, p, p->realm);
		p->ref = 0;
		forward_out(e, p);
		return;
	case CGN_PK_ICMP_ERROR:
		forward_icmp_error_out(e, p);
		return;
	case CGN_PK_ICMP_OTHER:
		cgn_context_drop(e, p, CGN_V_ICMP_TYPE);
		return;
	case CGN_PK_OTHER_L4:
		cgn_icmp_reply_refuse(e, p, CGN_V_PROTOCOL, 0);
		return;
	case CGN_PK_FRAGMENT:
	case CGN_PK_IP6:
	case CGN_PK_ARP:
		break;
	}
	cgn_context_drop(e, p, CGN_V_L3_HEADER);
}

static void
walk_fragment_inside(struct cgn_engine *e, struct cgn_pkt *p)
{
	enum cgn_verdict v = CGN_V_NONE;

	/* Only packets that can be forwarded, and requests to cgnd, may take room in the reassembly store
	 * (A-FIL-6). */
	if (!cgn_address_is_local(&e->addrs, p->dst, CGN_SIDE_INSIDE))
		v = cgn_source_check(e, p);
	if (v != CGN_V_NONE) {
		cgn_context_drop(e, p, v);
		return;
	}
	if (cgn_reassemble(e, p) && may_go_on(e, p))
		cgn_inside_alone(e, p);
}

/* Everything but TCP, UDP and ICMP queries. */
static void
walk_other_inside(struct cgn_engine *e, struct cgn_pkt *p)
{
	if (p->kind == CGN_PK_ARP || p->kind == CGN_PK_IP6) {
		cgn_punt_link(e, p);
		return;
	}
	if (!may_go_on(e, p))
		return;
	if (p->kind == CGN_PK_FRAGMENT)
		walk_fragment_inside(e, p);
	else
		cgn_inside_alone(e, p);
}

/* Parse a packet that the fast parser did not take. @return as take_inside() */
static __rte_noinline bool
take_slow_inside(struct cgn_engine *e, struct cgn_pkt *p)
{
	enum cgn_verdict v = cgn_parse_slow(p, &e->out.ports[p->port]);

	if (v == CGN_V_NONE && p->kind <= CGN_PK_ICMP_QUERY)
		return may_go_on(e, p);
	if (v == CGN_V_NONE)
		walk_other_inside(e, p);
	else
		cgn_context_drop(e, p, v);
	return false;
}

/* Parse a packet of a burst and check its destination and owner. @return false: the packet is finished */
static __rte_always_inline bool
take_inside(struct cgn_engine *e, struct cgn_pkt *p, const struct cgn_pkt_port *in)
{
	if (unlikely(!cgn_parse_is_fast(p->m, in) || !cgn_parse_rest(p)))
		return take_slow_inside(e, p);
	return may_go_out(e, p) && (!e->must_check_owner || !hand_to_owner(e, p, p->src));
}

/* Search the spill buckets behind a packet's bucket. @return whether there is a candidate */
static bool
probe_chain(const struct cgn_index *ix, struct cgn_pkt *p)
{
	const struct cgn_index_bucket *b = cgn_index_next(ix, &ix->buckets[p->bucket]);

	while (b != NULL && p->ref == 0) {
		p->ref = cgn_index_probe(b, cgn_index_sig(p->hash));
		b = cgn_index_next(ix, b);
	}
	return p->ref != 0;
}

/* Forward a burst with several packets of new flows. */
static void
forward_new(struct cgn_engine *e, unsigned int n)
{
	struct cgn_newflows flows;

	cgn_newflows_begin(e, &flows, n);
	for (unsigned int i = 0; i < n; i++) {
		bool is_new = e->pkts[i].ref == 0;

		if (i + CGN_FETCH_AHEAD < n)
			cgn_context_fetch(e, &e->pkts[i + CGN_FETCH_AHEAD]);
		if (is_new)
			cgn_newflows_next(e, &flows);
		forward_out(e, &e->pkts[i]);
		if (is_new)
			cgn_newflows_done(e);
	}
}

void
cgn_inside_forward(struct cgn_engine *e, unsigned int k)
{
	const struct cgn_index *ix = &e->nat.maps.index;
	unsigned int n_new = 0, n_chained = 0;
	uint8_t chained[CGN_BURST]; /* packets whose entry may be in a spill bucket */

	for (unsigned int i = 0; i < k; i++) {
		struct cgn_pkt *p = &e->pkts[i];
		const struct cgn_index_bucket *b = &ix->buckets[p->bucket];

		p->ref = cgn_index_probe(b, cgn_index_sig(p->hash));
		if (likely(p->ref != 0)) {
			cgn_context_fetch(e, p);
			continue;
		}
		if (b->next == 0) {
			n_new++;
			continue;
		}
		rte_prefetch0(cgn_index_next(ix, b));
		chained[n_chained++] = (uint8_t)i;
	}
	for (unsigned int i = 0; i < n_chained; i++)
		n_new += !probe_chain(ix, &e->pkts[chained[i]]);
	/* One new flow has nothing to be prefetched ahead of it. Packets of softwires are in bursts of
	 * their own, and their subscribers are not found by IPv4 address. */
	if (unlikely(n_new > 1) && e->pkts[0].realm == 0) {
		forward_new(e, k);
		return;
	}
	for (struct cgn_pkt *p = e->pkts, *end = p + k; p < end; p++) {
		if (end - p > (int)CGN_FETCH_AHEAD)
			cgn_context_fetch(e, p + CGN_FETCH_AHEAD);
		cgn_context_fetch_coming(e);
		forward_out(e, p);
	}
}

void
cgn_inside_burst(struct cgn_engine *e, uint16_t port, struct rte_mbuf **m, uint16_t n)
{
	const struct cgn_pkt_port in = e->out.ports[port];
	uint16_t frame_at = cgn_context_fetch_frames(e, port, m, n);
	struct cgn_pkt *p = e->pkts;

	for (unsigned int i = 0; i < n; i++) {
		if (i + CGN_FRAMES_AHEAD < n)
			cgn_context_fetch_frame(m[i + CGN_FRAMES_AHEAD], frame_at);
		p->m = m[i];
		p->port = (uint8_t)port;
		p->side = CGN_SIDE_INSIDE;
		p->realm = 0;
		if (take_inside(e, p, &in))
			cgn_inside_ready(e, p++, 0);
	}
	cgn_inside_forward(e, (unsigned int)(p - e->pkts));
}
