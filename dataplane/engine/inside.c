/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/engine/inside.h"

#include "dataplane/engine/hairpin.h"
#include "dataplane/engine/icmp_reply.h"
#include "dataplane/engine/punt.h"
#include "dataplane/engine/reassemble.h"
#include "dataplane/engine/source.h"
#include "dataplane/engine/tunnel.h"
#include "dataplane/nat/icmpnat.h"
#include "dataplane/pkt/parse.h"

#include <rte_prefetch.h>

/* New flows between the fetch of a subscriber, or of its ports, and their use. */
#define SUBS_AHEAD  8u
#define PORTS_AHEAD 4u

/* Whose an ICMP error is: of the host it tells about, whichever router inside sends it. */
static rte_be32_t
subject_of(const struct cgn_pkt *p)
{
	struct cgn_quote q;

	return cgn_parse_quote(p, &q) == CGN_V_NONE ? q.dst : p->src;
}

static bool
is_pass_through(const struct cgn_engine *e, rte_be32_t dst)
{
	for (size_t i = 0; i < e->conf->nat.n_pass_through; i++) {
		if (cgn_prefix_has4(&e->conf->nat.pass_through[i], dst))
			return true;
	}
	return false;
}

static void
pass_through(struct cgn_engine *e, struct cgn_pkt *p)
{
	struct cgn_nexthop *nh = cgn_routes_lookup(&e->routes[CGN_SIDE_OUTSIDE], p->dst);
	enum cgn_verdict v = cgn_source_check(e, p);

	if (v == CGN_V_NONE)
		v = cgn_out_judge(nh, p);
	if (v != CGN_V_NONE) {
		cgn_icmp_reply_refuse(e, p, v, nh == NULL ? 0 : nh->mtu);
		return;
	}
	cgn_rewrite_ttl(p);
	cgn_out_pkt(&e->out, nh, p, CGN_V_PASS_THROUGH);
}

/* A destination that may be cgnd's own, nobody's or passed through. @return false: dealt with */
static bool
may_go_to(struct cgn_engine *e, struct cgn_pkt *p)
{
	enum cgn_verdict v;

	if (cgn_address_is_local(&e->addrs, p->dst, CGN_SIDE_INSIDE) &&
			cgn_ext_find(&e->nat.ext, p->dst) == NULL) {
		if (p->kind == CGN_PK_FRAGMENT)
			return true;
		/* Who speaks to cgnd itself acts for its source address (RFC 6886 section 5). */
		v = cgn_source_check(e, p);
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
			is_pass_through(e, p->dst)) {
		pass_through(e, p);
		return false;
	}
	return true;
}

/* Where a packet may go at all. @return false: the packet is dealt with */
static inline bool
may_go_out(struct cgn_engine *e, struct cgn_pkt *p)
{
	if (unlikely(!e->addrs.is_plain[p->dst & 0xff]) && !may_go_to(e, p))
		return false;
	if (unlikely((p->flags & CGN_PF_BROADCAST) != 0)) {
		cgn_context_drop(e, p, CGN_V_MULTICAST);
		return false;
	}
	return true;
}

/* Give a packet to the worker that owns its subscriber. @return false: that is this one */
static __rte_noinline bool
hand_over(struct cgn_engine *e, struct cgn_pkt *p, rte_be32_t inside)
{
	unsigned int owner = cgn_owner_of(&e->owner, inside);

	if (owner == e->worker)
		return false;
	e->n_handed++;
	cgn_context_handover(e, owner, p, CGN_PKT_RX);
	return true;
}

/* may_go_out() for a packet that was looked at closely: perhaps it is another worker's. */
static bool
may_go_on(struct cgn_engine *e, struct cgn_pkt *p)
{
	if (!may_go_out(e, p))
		return false;
	return e->n_workers == 1 ||
			!hand_over(e, p, p->kind == CGN_PK_ICMP_ERROR ? subject_of(p) : p->src);
}

/* Translate and forward a packet that is TCP, UDP or an ICMP query. */
static __rte_always_inline void
forward(struct cgn_engine *e, struct cgn_pkt *p)
{
	const struct cgn_ext_home *home = likely(e->addrs.is_plain[p->dst & 0xff])
			? NULL
			: cgn_ext_find(&e->nat.ext, p->dst);
	struct cgn_nexthop *nh = NULL;
	struct cgn_mapping *m;
	enum cgn_verdict v;

	if (unlikely(cgn_pkt_ip4(p)->time_to_live <= 1)) {
		cgn_icmp_reply_refuse(e, p, CGN_V_TTL, 0);
		return;
	}
	if (likely(home == NULL)) {
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
		cgn_icmp_reply_refuse(e, p, v, 0);
		return;
	}
	cgn_nat_apply_out(&e->nat, p, m);
	if (unlikely(home != NULL))
		cgn_hairpin(e, p, home);
	else
		cgn_out_pkt(&e->out, nh, p, CGN_V_OUT);
}

static void
forward_icmp_error(struct cgn_engine *e, struct cgn_pkt *p)
{
	const struct cgn_ext_home *home = cgn_ext_find(&e->nat.ext, p->dst);
	struct cgn_nexthop *nh = cgn_routes_lookup(&e->routes[CGN_SIDE_OUTSIDE], p->dst);
	enum cgn_verdict v = CGN_V_NONE;

	if (cgn_pkt_ip4(p)->time_to_live <= 1)
		v = CGN_V_TTL;
	else if (home == NULL && nh == NULL)
		v = CGN_V_NO_ROUTE;
	else if (home != NULL && !e->conf->nat.hairpin)
		v = CGN_V_HAIRPIN_OFF;
	/* A router inside may have any address; one that is a subscriber's must be where it belongs. */
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
	if (home != NULL)
		cgn_hairpin(e, p, home);
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
		forward(e, p);
		return;
	case CGN_PK_ICMP_ERROR:
		forward_icmp_error(e, p);
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
walk_fragment(struct cgn_engine *e, struct cgn_pkt *p)
{
	enum cgn_verdict v = CGN_V_NONE;

	/* The store is for those whose datagrams can be forwarded (A-FIL-6), and for questions to cgnd. */
	if (!cgn_address_is_local(&e->addrs, p->dst, CGN_SIDE_INSIDE))
		v = cgn_source_check(e, p);
	if (v != CGN_V_NONE) {
		cgn_context_drop(e, p, v);
		return;
	}
	if (cgn_reassemble(e, p) && may_go_on(e, p))
		cgn_inside_alone(e, p);
}

/* Everything that is not TCP, UDP or an ICMP query. */
static void
walk_other(struct cgn_engine *e, struct cgn_pkt *p)
{
	if (p->kind == CGN_PK_ARP || p->kind == CGN_PK_IP6) {
		cgn_punt_link(e, p);
		return;
	}
	if (!may_go_on(e, p))
		return;
	if (p->kind == CGN_PK_FRAGMENT)
		walk_fragment(e, p);
	else
		cgn_inside_alone(e, p);
}

/* Look closely at a packet of a burst. @return as take() */
static __rte_noinline bool
take_odd(struct cgn_engine *e, struct cgn_pkt *p)
{
	enum cgn_verdict v = cgn_parse_slow(p, &e->out.ports[p->port]);

	if (v == CGN_V_NONE && p->kind <= CGN_PK_ICMP_QUERY)
		return may_go_on(e, p);
	if (v == CGN_V_NONE)
		walk_other(e, p);
	else
		cgn_context_drop(e, p, v);
	return false;
}

/* First look at a packet of a burst. @return whether it goes on with the others, else it is dealt with */
static __rte_always_inline bool
take(struct cgn_engine *e, struct cgn_pkt *p, const struct cgn_pkt_port *in)
{
	if (unlikely(!cgn_parse_is_plain(p->m, in) || !cgn_parse_rest(p)))
		return take_odd(e, p);
	return may_go_out(e, p) && (!e->asks_owner || !hand_over(e, p, p->src));
}

/* Look on along the chain of a packet's bucket. @return whether there is a candidate */
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

/* Forward the burst's packets, of which several will make mappings: what that takes is fetched in two
 * steps, since a subscriber says where its ports are. */
static void
forward_new(struct cgn_engine *e, unsigned int n)
{
	rte_be32_t addrs[CGN_BURST];
	uint32_t subs[CGN_BURST];
	unsigned int k = 0, at = 0;
	uint32_t forgotten = cgn_subscribers_forgotten(e->nat.subs);

	for (unsigned int i = 0; i < n; i++) {
		if (e->pkts[i].ref == 0)
			addrs[k++] = e->pkts[i].src;
	}
	if (!cgn_subscribers_find_burst4(e->nat.subs, addrs, k, subs))
		k = 0;
	for (unsigned int i = 0; i < RTE_MIN(k, SUBS_AHEAD); i++)
		cgn_subscribers_fetch(e->nat.subs, subs[i]);
	for (unsigned int i = 0; i < RTE_MIN(k, PORTS_AHEAD); i++)
		cgn_subscribers_fetch_ports(e->nat.subs, subs[i]);
	cgn_context_fetch_first(e, n);
	for (unsigned int i = 0; i < n; i++) {
		if (i + CGN_FETCH_AHEAD < n)
			cgn_context_fetch(e, &e->pkts[i + CGN_FETCH_AHEAD]);
		if (e->pkts[i].ref == 0) {
			if (at + SUBS_AHEAD < k)
				cgn_subscribers_fetch(e->nat.subs, subs[at + SUBS_AHEAD]);
			if (at + PORTS_AHEAD < k)
				cgn_subscribers_fetch_ports(e->nat.subs, subs[at + PORTS_AHEAD]);
			/* A packet of a new subscriber may have made the table forget one of these. */
			if (unlikely(cgn_subscribers_forgotten(e->nat.subs) != forgotten))
				k = 0;
			e->nat.known_sub = at < k ? subs[at] : CGN_SUB_NONE;
			at++;
		}
		forward(e, &e->pkts[i]);
		e->nat.known_sub = CGN_SUB_NONE;
	}
}

void
cgn_inside_forward(struct cgn_engine *e, unsigned int k)
{
	const struct cgn_index *ix = &e->nat.maps.index;
	unsigned int n_new = 0, n_chained = 0;
	uint8_t chained[CGN_BURST]; /* packets whose entry may stand behind its bucket */

	for (unsigned int i = 0; i < k; i++) {
		struct cgn_pkt *p = &e->pkts[i];
		const struct cgn_index_bucket *b = &ix->buckets[p->bucket];

		p->ref = cgn_index_probe(b, cgn_index_sig(p->hash));
		if (likely(p->ref != 0))
			continue;
		if (b->next == 0) {
			n_new++;
			continue;
		}
		rte_prefetch0(cgn_index_next(ix, b));
		chained[n_chained++] = (uint8_t)i;
	}
	for (unsigned int i = 0; i < n_chained; i++)
		n_new += !probe_chain(ix, &e->pkts[chained[i]]);
	if (unlikely(n_new > 1) && e->pkts[0].realm == 0) {
		forward_new(e, k);
		return;
	}
	cgn_context_fetch_first(e, k);
	for (struct cgn_pkt *p = e->pkts, *end = p + k; p < end; p++) {
		if (end - p > (int)CGN_FETCH_AHEAD)
			cgn_context_fetch(e, p + CGN_FETCH_AHEAD);
		forward(e, p);
	}
}

void
cgn_inside_burst(struct cgn_engine *e, uint16_t port, struct rte_mbuf **m, uint16_t n)
{
	const struct cgn_pkt_port in = e->out.ports[port];
	struct cgn_pkt *p = e->pkts;

	for (unsigned int i = 0; i < RTE_MIN(n, CGN_FETCH_AHEAD); i++)
		rte_prefetch0(rte_pktmbuf_mtod(m[i], void *));
	for (unsigned int i = 0; i < n; i++) {
		if (i + CGN_FETCH_AHEAD < n)
			rte_prefetch0(rte_pktmbuf_mtod(m[i + CGN_FETCH_AHEAD], void *));
		p->m = m[i];
		p->port = (uint8_t)port;
		p->side = CGN_SIDE_INSIDE;
		p->realm = 0;
		if (take(e, p, &in))
			cgn_inside_ready(e, p++, 0);
	}
	cgn_inside_forward(e, (unsigned int)(p - e->pkts));
}
