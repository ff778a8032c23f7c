/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/engine/outside.h"

#include "dataplane/engine/encap.h"
#include "dataplane/engine/icmp_reply.h"
#include "dataplane/engine/punt.h"
#include "dataplane/engine/reassemble.h"
#include "dataplane/engine/tunnel.h"
#include "dataplane/nat/icmpnat.h"
#include "dataplane/pkt/icmp.h"
#include "dataplane/pkt/parse.h"

#include <rte_prefetch.h>

/* Packets between the fetch of a softwire, which its mapping names, and its use. */
#define WIRES_AHEAD 8u

/* An inbound packet that no mapping admits. */
static void
unsolicited(struct cgn_engine *e, struct cgn_pkt *p, enum cgn_verdict v)
{
	bool is_syn = p->kind == CGN_PK_TCP && cgn_tcpfsm_event(p->tcp_flags) == CGN_TCP_EV_SYN;

	if (v == CGN_V_NO_MAPPING && cgn_address_is_local(&e->addrs, p->dst, CGN_SIDE_OUTSIDE)) {
		/* A source of a pool does not come in from outside: this is a hairpin, which the control
		 * thread cannot answer. */
		if (cgn_ext_find(&e->nat.ext, p->src) != NULL)
			cgn_icmp_reply_hairpin(e, p);
		else
			cgn_punt(e, p, CGN_V_LOCAL);
		return;
	}
	if (v == CGN_V_NO_MAPPING && e->conf->nat.pool_echo && p->kind == CGN_PK_ICMP_QUERY &&
			cgn_icmp_is_echo(p)) {
		cgn_icmp_reply_echo(e, p);
		return;
	}
	if (is_syn && e->conf->nat.syn_unreachable &&
			(v == CGN_V_NO_MAPPING || v == CGN_V_FILTERED)) {
		if (cgn_synhold_add(e->nat.syns, p, e->now))
			v = CGN_V_SYN_HELD;
		else
			cgn_counter_add(&e->stats.counter[CGN_C_SYN_HOLD_OVERFLOW], 1);
	}
	cgn_context_drop(e, p, v);
}

/* The inside next hop of a mapping's packet, checked. NULL: the packet is dealt with. */
static inline struct cgn_nexthop *
next_hop(struct cgn_engine *e, struct cgn_pkt *p, rte_be32_t in_addr)
{
	struct cgn_nexthop *nh = cgn_routes_lookup(&e->routes[CGN_SIDE_INSIDE], in_addr);

	if (likely(nh != NULL && !cgn_out_is_too_big(nh, p)))
		return nh;
	cgn_icmp_reply_refuse(
			e, p, nh == NULL ? CGN_V_NO_ROUTE : CGN_V_MTU, nh == NULL ? 0 : nh->mtu);
	return NULL;
}

/* Fetch the softwire of a packet whose mapping is fetched; what is in hold-down has none. */
static inline void
fetch_wire(const struct cgn_engine *e, const struct cgn_pkt *p)
{
	uint32_t ref = (p->ref & CGN_EXT_HELD) == 0 ? p->ref : 0;

	rte_prefetch0(&e->tunnel->wires.at[e->nat.maps.at[ref].realm]);
}

/*
 * Translate and forward TCP, UDP and ICMP queries to a pool address of this worker.
 *
 * @param end  of the burst that the packet is of, whose next softwires are fetched; p: it is of none
 */
static __rte_always_inline void
forward(struct cgn_engine *e, struct cgn_pkt *p, uint32_t ref, enum cgn_verdict ok,
		const struct cgn_pkt *end)
{
	struct cgn_nexthop *nh;
	struct cgn_mapping *m;
	uint16_t mtu;
	enum cgn_verdict v = cgn_nat_in(&e->nat, p, ref, e->now, &m);

	if (unlikely(v != CGN_V_NONE)) {
		unsolicited(e, p, v);
		return;
	}
	if (unlikely(cgn_pkt_ip4(p)->time_to_live <= 1)) {
		cgn_icmp_reply_refuse(e, p, CGN_V_TTL, 0);
		return;
	}
	if (unlikely(m->realm != 0)) {
		if (end - p > (int)WIRES_AHEAD)
			fetch_wire(e, p + WIRES_AHEAD);
		mtu = cgn_encap_forward(e, p, m, ok);
		if (unlikely(mtu != 0))
			cgn_icmp_reply_refuse(e, p, CGN_V_MTU, mtu);
		return;
	}
	nh = next_hop(e, p, m->in_addr);
	if (unlikely(nh == NULL))
		return;
	cgn_nat_apply_in(p, m);
	cgn_out_pkt(&e->out, nh, p, ok);
}

static void
forward_icmp_error(struct cgn_engine *e, struct cgn_pkt *p, enum cgn_verdict ok)
{
	enum cgn_verdict v = CGN_V_TTL;
	struct cgn_nexthop *nh;

	if (cgn_pkt_ip4(p)->time_to_live > 1)
		v = cgn_icmpnat_in(&e->nat, p, e->now);
	if (v == CGN_V_ICMP_NO_MAPPING &&
			cgn_address_is_local(&e->addrs, p->dst, CGN_SIDE_OUTSIDE)) {
		/* Perhaps about what cgnd itself has sent. */
		cgn_punt(e, p, CGN_V_LOCAL);
		return;
	}
	if (v != CGN_V_NONE) {
		cgn_context_drop(e, p, v);
		return;
	}
	if (p->realm != 0) {
		cgn_encap_pkt(e, &e->tunnel->wires.at[p->realm], p, ok);
		return;
	}
	nh = next_hop(e, p, p->dst);
	if (nh != NULL)
		cgn_out_pkt(&e->out, nh, p, ok);
}

/* Destination is no pool address: cgnd itself, or a destination that is passed through. */
static void
walk_not_pool(struct cgn_engine *e, struct cgn_pkt *p)
{
	struct cgn_nexthop *nh;
	enum cgn_verdict v;
	bool pass = false;

	if (cgn_address_is_local(&e->addrs, p->dst, CGN_SIDE_OUTSIDE)) {
		cgn_punt(e, p, CGN_V_LOCAL);
		return;
	}
	for (size_t i = 0; !pass && i < e->conf->nat.n_pass_through; i++)
		pass = cgn_prefix_has4(&e->conf->nat.pass_through[i], p->src);
	if (!pass || cgn_subscribers_group4(e->nat.subs, p->dst) == NULL) {
		cgn_context_drop(e, p, CGN_V_NOT_POOL);
		return;
	}
	if (cgn_address_is_edge(&e->addrs, p->dst, CGN_SIDE_INSIDE)) {
		cgn_context_drop(e, p, CGN_V_MARTIAN);
		return;
	}
	nh = cgn_routes_lookup(&e->routes[CGN_SIDE_INSIDE], p->dst);
	v = cgn_out_judge(nh, p);
	if (v != CGN_V_NONE) {
		cgn_icmp_reply_refuse(e, p, v, nh == NULL ? 0 : nh->mtu);
		return;
	}
	cgn_rewrite_ttl(p);
	cgn_out_pkt(&e->out, nh, p, CGN_V_PASS_THROUGH);
}

/* The ends of softwires and what is told to homes from there are of no other network (RFC 6333
 * section 5.7). */
static bool
is_softwire_end(const struct cgn_engine *e, rte_be32_t src)
{
	return e->conf->softwire.role == CGN_SOFTWIRE_AFTR &&
			rte_be_to_cpu_32(src) >> 3 == UINT32_C(0xc0000000) >> 3;
}

/* A source that is not plain: nobody's, or our own from outside, which is a spoofed hairpin. */
static bool
is_martian_source(const struct cgn_engine *e, rte_be32_t src)
{
	return cgn_address_judge(&e->addrs, src, CGN_SIDE_OUTSIDE) != CGN_V_NONE ||
			is_softwire_end(e, src) || cgn_ext_find(&e->nat.ext, src) != NULL ||
			cgn_address_is_local(&e->addrs, src, CGN_SIDE_OUTSIDE) ||
			cgn_address_is_edge(&e->addrs, src, CGN_SIDE_OUTSIDE);
}

/*
 * Whether a packet may come in from outside. Its destination need not be judged if it is a pool's.
 *
 * @return false: the packet is dealt with
 */
static inline bool
may_come_in(struct cgn_engine *e, struct cgn_pkt *p, bool is_to_pool)
{
	enum cgn_verdict v = CGN_V_NONE;

	if (unlikely(!e->addrs.is_plain[p->src & 0xff]) && is_martian_source(e, p->src))
		v = CGN_V_MARTIAN;
	else if (unlikely(!is_to_pool) && e->addrs.octet[p->dst & 0xff] >= CGN_OCTET_MULTICAST)
		v = cgn_address_judge(&e->addrs, p->dst, CGN_SIDE_OUTSIDE);
	else if (unlikely((p->flags & CGN_PF_BROADCAST) != 0))
		v = CGN_V_MULTICAST;
	if (likely(v == CGN_V_NONE))
		return true;
	if (v == CGN_V_MULTICAST && cgn_punt_is_announcement(e, p))
		cgn_punt(e, p, CGN_V_LOCAL);
	else
		cgn_context_drop(e, p, v);
	return false;
}

void
cgn_outside_alone(struct cgn_engine *e, struct cgn_pkt *p, const struct cgn_ext_home *home,
		enum cgn_verdict v)
{
	enum cgn_verdict ok = cgn_context_verdict(p, v);

	switch ((enum cgn_pkt_kind)p->kind) {
	case CGN_PK_TCP:
	case CGN_PK_UDP:
	case CGN_PK_ICMP_QUERY:
		forward(e, p,
				*cgn_ext_slot(&e->nat.ext, home->ord, p->proto,
						rte_be_to_cpu_16(p->dport)),
				ok, p);
		return;
	case CGN_PK_ICMP_ERROR:
		forward_icmp_error(e, p, ok);
		return;
	case CGN_PK_ICMP_OTHER:
		cgn_context_drop(e, p, CGN_V_ICMP_TYPE);
		return;
	case CGN_PK_OTHER_L4:
		cgn_context_drop(e, p, CGN_V_PROTOCOL);
		return;
	case CGN_PK_FRAGMENT:
	case CGN_PK_IP6:
	case CGN_PK_ARP:
		break;
	}
	cgn_context_drop(e, p, CGN_V_L3_HEADER);
}

static void
walk_fragment(struct cgn_engine *e, struct cgn_pkt *p, const struct cgn_ext_home *home)
{
	if (!cgn_reassemble(e, p))
		return;
	if (home == NULL)
		walk_not_pool(e, p);
	else
		cgn_outside_alone(e, p, home, CGN_V_IN);
}

static void
walk_other(struct cgn_engine *e, struct cgn_pkt *p)
{
	const struct cgn_ext_home *home;

	if (p->kind == CGN_PK_ARP || p->kind == CGN_PK_IP6) {
		cgn_punt_link(e, p);
		return;
	}
	home = cgn_ext_find(&e->nat.ext, p->dst);
	if (!may_come_in(e, p, home != NULL))
		return;
	if (home != NULL && home->worker != e->worker)
		cgn_context_handover(e, home->worker, p, CGN_PKT_RX);
	else if (p->kind == CGN_PK_FRAGMENT &&
			(home != NULL || cgn_address_is_local(&e->addrs, p->dst, CGN_SIDE_OUTSIDE)))
		walk_fragment(e, p, home);
	else if (home == NULL)
		walk_not_pool(e, p);
	else
		cgn_outside_alone(e, p, home, CGN_V_IN);
}

/* Where the destination of a parsed packet lives. @return NULL: not here, or it is dealt with */
static __rte_noinline const struct cgn_ext_home *
place(struct cgn_engine *e, struct cgn_pkt *p)
{
	const struct cgn_ext_home *home = cgn_ext_find(&e->nat.ext, p->dst);

	if (!may_come_in(e, p, home != NULL))
		return NULL;
	if (home == NULL) {
		walk_not_pool(e, p);
		return NULL;
	}
	if (home->worker == e->worker)
		return home;
	e->n_handed++;
	cgn_context_handover(e, home->worker, p, CGN_PKT_RX);
	return NULL;
}

/* Look closely at a packet of a burst. @return as take() */
static __rte_noinline const struct cgn_ext_home *
take_odd(struct cgn_engine *e, struct cgn_pkt *p)
{
	enum cgn_verdict v = cgn_parse_slow(p, &e->out.ports[p->port]);

	if (v == CGN_V_NONE && p->kind <= CGN_PK_ICMP_QUERY)
		return place(e, p);
	if (v == CGN_V_NONE)
		walk_other(e, p);
	else
		cgn_context_drop(e, p, v);
	return NULL;
}

/* First look at a packet of a burst. @return where its destination lives, NULL: it is dealt with */
static __rte_always_inline const struct cgn_ext_home *
take(struct cgn_engine *e, struct cgn_pkt *p, const struct cgn_pkt_port *in)
{
	const struct cgn_ext_home *home;

	if (unlikely(!cgn_parse_is_plain(p->m, in) || !cgn_parse_rest(p)))
		return take_odd(e, p);
	home = cgn_ext_find(&e->nat.ext, p->dst);
	if (unlikely(home == NULL || home->worker != e->worker))
		return place(e, p);
	return likely(may_come_in(e, p, true)) ? home : NULL;
}

void
cgn_outside_burst(struct cgn_engine *e, uint16_t port, struct rte_mbuf **m, uint16_t n)
{
	const struct cgn_pkt_port in = e->out.ports[port];
	const uint32_t *slot[CGN_BURST];
	struct cgn_pkt *p = e->pkts;
	unsigned int k = 0;

	for (unsigned int i = 0; i < RTE_MIN(n, CGN_FETCH_AHEAD); i++)
		rte_prefetch0(rte_pktmbuf_mtod(m[i], void *));
	for (unsigned int i = 0; i < n; i++) {
		const struct cgn_ext_home *home;

		if (i + CGN_FETCH_AHEAD < n)
			rte_prefetch0(rte_pktmbuf_mtod(m[i + CGN_FETCH_AHEAD], void *));
		p->m = m[i];
		p->port = (uint8_t)port;
		p->side = CGN_SIDE_OUTSIDE;
		p->realm = 0;
		home = take(e, p, &in);
		if (unlikely(home == NULL))
			continue;
		slot[k] = cgn_ext_slot(
				&e->nat.ext, home->ord, p->proto, rte_be_to_cpu_16(p->dport));
		rte_prefetch0(slot[k]);
		k++;
		p++;
	}
	for (unsigned int i = 0; i < k; i++)
		e->pkts[i].ref = *slot[i];
	cgn_context_fetch_first(e, k);
	for (unsigned int i = 0; e->tunnel != NULL && i < RTE_MIN(k, WIRES_AHEAD); i++)
		fetch_wire(e, &e->pkts[i]);
	for (struct cgn_pkt *q = e->pkts, *end = p; q < end; q++) {
		if (end - q > (int)CGN_FETCH_AHEAD)
			cgn_context_fetch(e, q + CGN_FETCH_AHEAD);
		forward(e, q, q->ref, CGN_V_IN, end);
	}
}
