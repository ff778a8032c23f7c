/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Packets from outside to inside, and the second half of a hairpin.
 *
 * A burst is handled in passes, so that waits for memory overlap: parse all packets, read their external
 * index slots, then forward.
 */
#include "dataplane/engine/outside.h"

#include "dataplane/engine/encap.h"
#include "dataplane/engine/icmp_reply.h"
#include "dataplane/engine/pass_through.h"
#include "dataplane/engine/punt.h"
#include "dataplane/engine/reassemble.h"
#include "dataplane/engine/tcp_reset.h"
#include "dataplane/engine/tunnel.h"
#include "dataplane/nat/drain_reset.h"
#include "dataplane/nat/icmpnat.h"
#include "dataplane/pkt/icmp.h"
#include "dataplane/pkt/parse.h"

#include <rte_prefetch.h>

/* How many packets ahead a softwire is prefetched. Its number is in the mapping, which is prefetched
 * earlier. */
#define WIRES_AHEAD 8u

/* A packet from outside that no mapping accepts. */
static void
unsolicited(struct cgn_engine *e, struct cgn_pkt *p, enum cgn_verdict v)
{
	bool is_syn = p->kind == CGN_PK_TCP && cgn_tcpfsm_event(p->tcp_flags) == CGN_TCP_EV_SYN;

	if (v == CGN_V_NO_MAPPING && cgn_address_is_local(&e->addrs, p->dst, CGN_SIDE_OUTSIDE)) {
		/* A packet from a pool address is a hairpin here: from outside it would have been dropped
		 * as a martian. The control thread cannot answer a hairpin. */
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
	if (cgn_drain_reset_is_on(&e->nat))
		cgn_tcp_reset_unknown(e, p);
	/* The answer to an unsolicited SYN waits, because the inside may be opening the same connection
	 * (RFC 5382 REQ-4). */
	if (is_syn && e->conf->nat.syn_unreachable &&
			(v == CGN_V_NO_MAPPING || v == CGN_V_FILTERED)) {
		if (cgn_synhold_add(e->nat.syns, p, e->now))
			v = CGN_V_SYN_HELD;
		else
			cgn_counter_add(&e->stats.counter[CGN_C_SYN_HOLD_OVERFLOW], 1);
	}
	cgn_context_drop(e, p, v);
}

/* The next hop to an inside address. @return NULL: no route or too big, the packet is finished */
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

/* Prefetch the softwire of a packet whose mapping was prefetched. A port in hold-down, or with filters, has none. */
static inline void
fetch_wire(const struct cgn_engine *e, const struct cgn_pkt *p)
{
	uint32_t ref = (p->ref & CGN_EXT_HELD) == 0 ? p->ref : 0;

	rte_prefetch0(&e->tunnel->wires.at[e->nat.maps.at[ref].realm]);
}

/*
 * Translate and forward a TCP, UDP or ICMP query packet to a pool address of this worker.
 *
 * @param end  end of the packet's burst, whose next softwires are prefetched; p: it is in no burst
 */
static __rte_always_inline void
forward_in(struct cgn_engine *e, struct cgn_pkt *p, uint32_t ref, enum cgn_verdict ok,
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
forward_icmp_error_in(struct cgn_engine *e, struct cgn_pkt *p, enum cgn_verdict ok)
{
	enum cgn_verdict v = CGN_V_TTL;
	struct cgn_nexthop *nh;

	if (cgn_pkt_ip4(p)->time_to_live > 1)
		v = cgn_icmpnat_in(&e->nat, p, e->now);
	if (v == CGN_V_ICMP_NO_MAPPING &&
			cgn_address_is_local(&e->addrs, p->dst, CGN_SIDE_OUTSIDE)) {
		/* It may be about a packet that cgnd itself sent. */
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

/* The destination is no pool address: cgnd itself, or a subscriber whose packets are passed through. */
static void
walk_not_pool(struct cgn_engine *e, struct cgn_pkt *p)
{
	if (cgn_address_is_local(&e->addrs, p->dst, CGN_SIDE_OUTSIDE))
		cgn_punt(e, p, CGN_V_LOCAL);
	else if (!cgn_pass_through_has(e, p->src) ||
			cgn_subscribers_group4(e->nat.subs, p->dst) == NULL)
		cgn_context_drop(e, p, CGN_V_NOT_POOL);
	else if (cgn_address_is_edge(&e->addrs, p->dst, CGN_SIDE_INSIDE))
		cgn_context_drop(e, p, CGN_V_MARTIAN);
	else
		cgn_pass_through_send(e, p, CGN_SIDE_INSIDE);
}

/* 192.0.0.0/29 exists only inside softwires (RFC 6333 section 5.7). */
static bool
is_softwire_end_addr(const struct cgn_engine *e, rte_be32_t src)
{
	return e->conf->softwire.role == CGN_SOFTWIRE_AFTR &&
			rte_be_to_cpu_32(src) >> 3 == UINT32_C(0xc0000000) >> 3;
}

/* Check a source whose first octet needs a closer look. A local or pool address from outside is a spoofed
 * hairpin. */
static bool
is_martian_source(const struct cgn_engine *e, rte_be32_t src)
{
	return cgn_address_judge(&e->addrs, src, CGN_SIDE_OUTSIDE) != CGN_V_NONE ||
			is_softwire_end_addr(e, src) || cgn_ext_find(&e->nat.ext, src) != NULL ||
			cgn_address_is_local(&e->addrs, src, CGN_SIDE_OUTSIDE) ||
			cgn_address_is_edge(&e->addrs, src, CGN_SIDE_OUTSIDE);
}

/*
 * Check source and destination of a packet from outside. A pool address needs no check as destination.
 *
 * @return false: the packet is finished
 */
static inline bool
may_come_in(struct cgn_engine *e, struct cgn_pkt *p, bool is_to_pool)
{
	enum cgn_verdict v = CGN_V_NONE;

	if (unlikely(!e->addrs.is_ordinary[p->src & 0xff]) && is_martian_source(e, p->src))
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

/* A packet that the NAT does not translate. A pool of one address may share it with the port, and then it is for the
 * host. */
static void
punt_or_drop(struct cgn_engine *e, struct cgn_pkt *p, enum cgn_verdict v)
{
	if (e->conf->host.is_on && cgn_address_is_local(&e->addrs, p->dst, CGN_SIDE_OUTSIDE))
		cgn_punt(e, p, CGN_V_LOCAL);
	else
		cgn_context_drop(e, p, v);
}

void
cgn_outside_alone(struct cgn_engine *e, struct cgn_pkt *p, const struct cgn_ext_addr *pool_addr,
		enum cgn_verdict v)
{
	enum cgn_verdict ok = cgn_context_verdict(p, v);

	switch ((enum cgn_pkt_kind)p->kind) {
	case CGN_PK_TCP:
	case CGN_PK_UDP:
	case CGN_PK_ICMP_QUERY:
		forward_in(e, p,
				*cgn_ext_slot(&e->nat.ext, pool_addr->ord, p->proto,
						rte_be_to_cpu_16(p->dport)),
				ok, p);
		return;
	case CGN_PK_ICMP_ERROR:
		forward_icmp_error_in(e, p, ok);
		return;
	case CGN_PK_ICMP_OTHER:
		punt_or_drop(e, p, CGN_V_ICMP_TYPE);
		return;
	case CGN_PK_OTHER_L4:
		punt_or_drop(e, p, CGN_V_PROTOCOL);
		return;
	case CGN_PK_FRAGMENT:
	case CGN_PK_IP6:
	case CGN_PK_ARP:
		break;
	}
	cgn_context_drop(e, p, CGN_V_L3_HEADER);
}

static void
walk_fragment_outside(struct cgn_engine *e, struct cgn_pkt *p, const struct cgn_ext_addr *pool_addr)
{
	if (!cgn_reassemble(e, p))
		return;
	if (pool_addr == NULL)
		walk_not_pool(e, p);
	else
		cgn_outside_alone(e, p, pool_addr, CGN_V_IN);
}

static void
walk_other_outside(struct cgn_engine *e, struct cgn_pkt *p)
{
	const struct cgn_ext_addr *pool_addr;

	if (p->kind == CGN_PK_ARP || p->kind == CGN_PK_IP6) {
		cgn_punt_link(e, p);
		return;
	}
	pool_addr = cgn_ext_find(&e->nat.ext, p->dst);
	if (!may_come_in(e, p, pool_addr != NULL))
		return;
	if (pool_addr != NULL && pool_addr->worker != e->worker)
		cgn_context_handover(e, pool_addr->worker, p, CGN_PKT_RX);
	else if (p->kind == CGN_PK_FRAGMENT &&
			(pool_addr != NULL ||
					cgn_address_is_local(&e->addrs, p->dst, CGN_SIDE_OUTSIDE)))
		walk_fragment_outside(e, p, pool_addr);
	else if (pool_addr == NULL)
		walk_not_pool(e, p);
	else
		cgn_outside_alone(e, p, pool_addr, CGN_V_IN);
}

/* Find the pool address that a parsed packet goes to. @return NULL: not of this worker, the packet is
 * finished */
static __rte_noinline const struct cgn_ext_addr *
find_pool_addr(struct cgn_engine *e, struct cgn_pkt *p)
{
	const struct cgn_ext_addr *pool_addr = cgn_ext_find(&e->nat.ext, p->dst);

	if (!may_come_in(e, p, pool_addr != NULL))
		return NULL;
	if (pool_addr == NULL) {
		walk_not_pool(e, p);
		return NULL;
	}
	if (pool_addr->worker == e->worker)
		return pool_addr;
	e->n_handed++;
	cgn_context_handover(e, pool_addr->worker, p, CGN_PKT_RX);
	return NULL;
}

/* Parse a packet that the fast parser did not take. @return as take_outside() */
static __rte_noinline const struct cgn_ext_addr *
take_slow_outside(struct cgn_engine *e, struct cgn_pkt *p)
{
	enum cgn_verdict v = cgn_parse_slow(p, &e->out.ports[p->port]);

	if (v == CGN_V_NONE && p->kind <= CGN_PK_ICMP_QUERY)
		return find_pool_addr(e, p);
	if (v == CGN_V_NONE)
		walk_other_outside(e, p);
	else
		cgn_context_drop(e, p, v);
	return NULL;
}

/* Parse a packet of a burst and check it. @return its pool address; NULL: the packet is finished */
static __rte_always_inline const struct cgn_ext_addr *
take_outside(struct cgn_engine *e, struct cgn_pkt *p, const struct cgn_pkt_port *in)
{
	const struct cgn_ext_addr *pool_addr;

	if (unlikely(!cgn_parse_is_fast(p->m, in) || !cgn_parse_rest(p)))
		return take_slow_outside(e, p);
	pool_addr = cgn_ext_find(&e->nat.ext, p->dst);
	if (unlikely(pool_addr == NULL || pool_addr->worker != e->worker))
		return find_pool_addr(e, p);
	return likely(may_come_in(e, p, true)) ? pool_addr : NULL;
}

void
cgn_outside_burst(struct cgn_engine *e, uint16_t port, struct rte_mbuf **m, uint16_t n)
{
	const struct cgn_pkt_port in = e->out.ports[port];
	const uint32_t *slot[CGN_BURST];
	struct cgn_pkt *p = e->pkts;
	uint16_t frame_at = cgn_context_fetch_frames(e, port, m, n);
	unsigned int k = 0;

	for (unsigned int i = 0; i < n; i++) {
		const struct cgn_ext_addr *pool_addr;

		if (i + CGN_FRAMES_AHEAD < n)
			cgn_context_fetch_frame(m[i + CGN_FRAMES_AHEAD], frame_at);
		p->m = m[i];
		p->port = (uint8_t)port;
		p->side = CGN_SIDE_OUTSIDE;
		p->realm = 0;
		pool_addr = take_outside(e, p, &in);
		if (unlikely(pool_addr == NULL))
			continue;
		slot[k] = cgn_ext_slot(
				&e->nat.ext, pool_addr->ord, p->proto, rte_be_to_cpu_16(p->dport));
		rte_prefetch0(slot[k]);
		k++;
		p++;
	}
	for (unsigned int i = 0; i < k; i++) {
		e->pkts[i].ref = *slot[i];
		cgn_context_fetch(e, &e->pkts[i]);
	}
	for (unsigned int i = 0; e->tunnel != NULL && i < RTE_MIN(k, WIRES_AHEAD); i++)
		fetch_wire(e, &e->pkts[i]);
	for (struct cgn_pkt *q = e->pkts, *end = p; q < end; q++) {
		if (end - q > (int)CGN_FETCH_AHEAD)
			cgn_context_fetch(e, q + CGN_FETCH_AHEAD);
		cgn_context_fetch_coming(e);
		forward_in(e, q, q->ref, CGN_V_IN, end);
	}
}
