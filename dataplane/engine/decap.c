/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Decapsulation of IPv4 in IPv6 on an AFTR, and the checks on who may use a softwire.
 *
 * Most packets take the fast path: no extension headers, whole, known softwire (open_fast()). Everything
 * else goes through open_slow(), which follows the same rules in full.
 */
#include "dataplane/engine/decap.h"

#include "dataplane/engine/inside.h"
#include "dataplane/engine/punt.h"
#include "dataplane/engine/reassemble.h"
#include "dataplane/engine/request6.h"
#include "dataplane/engine/softwire_mtu.h"
#include "dataplane/engine/tunnel.h"
#include "dataplane/nat/limit.h"
#include "dataplane/pkt/parse.h"
#include "dataplane/softwire/outer.h"

#define IP6_LEN     sizeof(struct rte_ipv6_hdr)
#define ICMP6_QUERY 128 /* types below are errors */
#define ECN_CE      3

/* Offset of the inner header on the fast path, octets from the start of the frame. */
#define FAST_INNER_AT (sizeof(struct rte_ether_hdr) + IP6_LEN)

/* EtherType and IP version of an IPv6 frame, as one word of memory. */
#if RTE_BYTE_ORDER == RTE_LITTLE_ENDIAN
#define OUTER_TYPE      UINT32_C(0x0060dd86)
#define OUTER_TYPE_MASK UINT32_C(0x00f0ffff)
#else
#define OUTER_TYPE      UINT32_C(0x86dd6000)
#define OUTER_TYPE_MASK UINT32_C(0xfffff000)
#endif

/* Checksum flags of the device: they are about the outer headers, so decapsulation clears them. */
#define RX_FLAGS (RTE_MBUF_F_RX_IP_CKSUM_MASK | RTE_MBUF_F_RX_L4_CKSUM_MASK)

/* Whether a packet of an unknown B4 address carries a home's packet. A fragment alone does not show that,
 * so it passes. Without this test any IPv6 packet could take a place in the table of softwires. */
static enum cgn_verdict
judge_inner(const struct cgn_pkt *p)
{
	const struct rte_ipv6_hdr *outer = rte_pktmbuf_mtod_offset(
			p->m, const struct rte_ipv6_hdr *, p->l3_off);
	struct cgn_outer o = { .at = (uint16_t)(p->l3_off + IP6_LEN), .next = outer->proto };
	const struct rte_ipv4_hdr *ip;
	uint8_t buf[60];
	enum cgn_verdict v = CGN_V_NONE;
	unsigned int len;

	if (o.next != CGN_IP6_IPV4)
		v = cgn_outer_walk(p->m, (uint32_t)p->l3_off + p->total_len, &o);
	if (v != CGN_V_NONE || o.is_frag)
		return v;
	if (o.next != CGN_IP6_IPV4)
		return CGN_V_SOFTWIRE_NEXT;
	ip = rte_pktmbuf_read(p->m, o.at, sizeof(*ip), buf);
	if (ip == NULL)
		return CGN_V_L3_SHORT;
	len = rte_ipv4_hdr_len(ip);
	if (ip->version_ihl >> 4 != 4 || len < sizeof(*ip))
		return CGN_V_L3_HEADER;
	ip = rte_pktmbuf_read(p->m, o.at, len, buf);
	if (ip == NULL)
		return CGN_V_L3_SHORT;
	if (rte_raw_cksum(ip, len) != UINT16_MAX)
		return CGN_V_L3_CHECKSUM;
	return cgn_tunnel_is_inner(ip->src_addr) ? CGN_V_NONE : CGN_V_SOFTWIRE_SOURCE;
}

/*
 * Handle a B4 address that is not in the table: it belongs to another worker, is new, or has moved.
 *
 * @return CGN_V_NONE with *wire 0: handed over
 */
static enum cgn_verdict
meet(struct cgn_engine *e, struct cgn_pkt *p, const struct cgn_ip6 *b4, uint32_t *wire)
{
	const struct cgn_conf_group *g = cgn_subscribers_group6(e->nat.subs, b4);
	struct cgn_nexthop6 *back;
	unsigned int owner;
	enum cgn_verdict v;

	*wire = 0;
	if (g == NULL)
		return CGN_V_SOFTWIRE_UNKNOWN;
	owner = cgn_owner_of6(&e->owner, b4);
	if (owner != e->worker) {
		cgn_context_handover(e, owner, p, CGN_PKT_RX);
		return CGN_V_NONE;
	}
	/* A new softwire must come in by the port that leads back to it. */
	back = cgn_route6_lookup(e->tunnel->routes, b4);
	if (back == NULL || back->port != p->port)
		return CGN_V_SPOOFED;
	v = judge_inner(p);
	if (v != CGN_V_NONE)
		return v;
	/* The address is new, but the home may be known: its prefix has a softwire if the B4 has changed
	 * its address. */
	*wire = cgn_tunnel_find(e, b4);
	if (*wire == 0) {
		*wire = cgn_tunnel_add(e, g, b4);
		return *wire == 0 ? CGN_V_SUBSCRIBERS_FULL : CGN_V_NONE;
	}
	v = cgn_tunnel_move(e, *wire, b4);
	if (v != CGN_V_NONE)
		*wire = 0;
	return v;
}

bool
cgn_decap_is_for(const struct cgn_engine *e, const struct cgn_pkt *p)
{
	const struct rte_ipv6_hdr *ip = rte_pktmbuf_mtod_offset(
			p->m, const struct rte_ipv6_hdr *, p->l3_off);
	const uint8_t *type;
	uint8_t buf;

	if ((p->flags & CGN_PF_BROADCAST) != 0 ||
			memcmp(&ip->dst_addr, &e->conf->softwire.local, sizeof(ip->dst_addr)) != 0)
		return false;
	if (ip->proto != CGN_IP6_ICMP)
		return true;
	type = rte_pktmbuf_read(p->m, p->l4_off, 1, &buf);
	return type != NULL && *type < ICMP6_QUERY;
}

static inline const struct rte_ipv6_hdr *
fast_outer(const struct rte_mbuf *m)
{
	return rte_pktmbuf_mtod_offset(
			m, const struct rte_ipv6_hdr *, sizeof(struct rte_ether_hdr));
}

static inline uint8_t
traffic_class(const struct rte_ipv6_hdr *ip)
{
	return (uint8_t)(rte_be_to_cpu_32(ip->vtc_flow) >> 20);
}

/* cgn_parse_ip4() for an inner packet on the fast path: one segment with at least CGN_PARSE_MIN octets from
 * @p at, where @p ip is. */
static inline bool
parse_inner_fast(struct cgn_pkt *p, const struct rte_mbuf *m, const struct rte_ipv4_hdr *ip,
		uint16_t at)
{
	unsigned int diff = ip->version_ihl ^ (unsigned int)RTE_IPV4_VHL_DEF;

	diff |= ip->fragment_offset & RTE_BE16(RTE_IPV4_HDR_MF_FLAG | RTE_IPV4_HDR_OFFSET_MASK);
	/* The next test compares the length with the segment, so any room will do here. */
	return diff == 0 && cgn_parse_ip4_csum_ok(ip) &&
			cgn_parse_fast_end(p, ip, at, UINT16_MAX) &&
			p->total_len + at == m->data_len;
}

/* Apply the outer traffic class to the inner header (RFC 6040). @return false: the combination is not
 * allowed, nothing changed */
static __rte_noinline bool
mark(const struct cgn_engine *e, struct rte_ipv4_hdr *ip, uint8_t outer)
{
	uint8_t was = ip->type_of_service;
	int tos = cgn_outer_tos(was, outer, e->conf->softwire.dscp == CGN_SOFTWIRE_DSCP_UNIFORM);

	if (tos < 0)
		return false;
	if (tos == was)
		return true;
	ip->type_of_service = (uint8_t)tos;
	ip->hdr_checksum = cgn_csum_apply(ip->hdr_checksum,
			cgn_csum_delta16(rte_cpu_to_be_16(was), rte_cpu_to_be_16((uint16_t)tos)));
	return true;
}

/* Walk the extension headers and reassemble the outer packet. p->m becomes NULL if a fragment was held. */
static enum cgn_verdict
walk_headers(struct cgn_engine *e, struct cgn_pkt *p, uint32_t wire, struct cgn_outer *o,
		uint8_t *class)
{
	uint32_t end = (uint32_t)p->l3_off + p->total_len;
	enum cgn_verdict v = cgn_outer_walk(p->m, end, o);
	struct cgn_reassembly6_key key = { .sender = wire };
	struct cgn_reassembly6_out out = { 0 };
	struct cgn_ip source;

	if (v != CGN_V_NONE || !o->is_frag)
		return v;
	source = (struct cgn_ip){ .is_ip6 = true };
	memcpy(&source.ip6,
			&rte_pktmbuf_mtod_offset(p->m, const struct rte_ipv6_hdr *, p->l3_off)
					 ->src_addr,
			sizeof(source.ip6));
	key.id = o->id;
	v = cgn_reassembly6_add(e->tunnel->frags, &key, p->m, o, end, (*class & ECN_CE) == ECN_CE,
			e->now, &out);
	if (out.n_freed != 0)
		cgn_counter_add(&e->stats.verdict[out.freed], out.n_freed);
	if (v == CGN_V_FRAG_FULL || (out.n_freed != 0 && out.freed == CGN_V_FRAG_FULL))
		cgn_limit_tell_fragments(&e->nat, &source, e->now);
	if (v != CGN_V_NONE)
		return v;
	p->m = out.whole;
	if (out.whole == NULL)
		return CGN_V_NONE;
	cgn_counter_add(&e->stats.verdict[CGN_V_REASSEMBLED], out.n_merged);
	*class |= out.is_ce ? ECN_CE : 0;
	*o = (struct cgn_outer){ .at = out.at, .next = out.next };
	v = cgn_outer_walk(p->m, p->m->pkt_len, o);
	return v == CGN_V_NONE && o->is_frag ? CGN_V_SOFTWIRE_HEADER : v;
}

enum cgn_verdict
cgn_decap_open(struct cgn_engine *e, struct cgn_pkt *p, uint32_t wire)
{
	const struct rte_ipv6_hdr *ip = rte_pktmbuf_mtod_offset(
			p->m, const struct rte_ipv6_hdr *, p->l3_off);
	uint8_t class = traffic_class(ip);
	struct cgn_outer o = { .at = (uint16_t)(p->l3_off + IP6_LEN), .next = ip->proto };
	enum cgn_verdict v = CGN_V_NONE;

	if (unlikely(o.next != CGN_IP6_IPV4)) {
		v = walk_headers(e, p, wire, &o, &class);
		if (v != CGN_V_NONE || p->m == NULL)
			return v;
		if (o.next != CGN_IP6_IPV4)
			return CGN_V_SOFTWIRE_NEXT;
	}
	p->m->ol_flags &= ~RX_FLAGS;
	p->realm = wire;
	p->l3_off = o.at;
	if (p->m->nb_segs != 1 || p->m->data_len < o.at + CGN_PARSE_MIN ||
			!parse_inner_fast(p, p->m, cgn_pkt_ip4(p), o.at)) {
		p->flags = 0;
		v = cgn_parse_ip4(p);
	}
	return v == CGN_V_NONE && !mark(e, cgn_pkt_ip4(p), class) ? CGN_V_SOFTWIRE_ECN : v;
}

/* Handle a destination that needs a closer look. @return false: the packet is finished */
static bool
decap_may_go_to(struct cgn_engine *e, struct cgn_pkt *p)
{
	bool is_local = p->dst == CGN_SOFTWIRE_AFTR_ADDR ||
			(cgn_address_is_local(&e->addrs, p->dst, CGN_SIDE_INSIDE) &&
					cgn_ext_find(&e->nat.ext, p->dst) == NULL);
	enum cgn_verdict v = CGN_V_NONE;

	if (is_local && p->kind != CGN_PK_FRAGMENT) {
		if (cgn_tunnel_is_inner(p->src))
			cgn_punt_inner(e, p);
		else
			cgn_context_drop(e, p, CGN_V_SOFTWIRE_SOURCE);
		return false;
	}
	if (!is_local)
		v = cgn_address_judge(&e->addrs, p->dst, CGN_SIDE_OUTSIDE);
	if (v == CGN_V_NONE)
		return true;
	cgn_context_drop(e, p, v);
	return false;
}

static inline bool
decap_admits(struct cgn_engine *e, struct cgn_pkt *p)
{
	return likely(e->addrs.is_ordinary[p->dst & 0xff]) || decap_may_go_to(e, p);
}

static void
decap_fragment(struct cgn_engine *e, struct cgn_pkt *p)
{
	if (!cgn_tunnel_is_inner(p->src))
		cgn_context_drop(e, p, CGN_V_SOFTWIRE_SOURCE);
	else if (cgn_reassemble(e, p) && decap_admits(e, p))
		cgn_inside_alone(e, p);
}

/* Everything but TCP, UDP and ICMP queries. */
static void
decap_other(struct cgn_engine *e, struct cgn_pkt *p)
{
	if (!decap_admits(e, p))
		return;
	if (p->kind == CGN_PK_FRAGMENT)
		decap_fragment(e, p);
	else
		cgn_inside_alone(e, p);
}

/* An ICMPv6 error belongs to the worker of the softwire that it is about. */
static void
take_error(struct cgn_engine *e, struct cgn_pkt *p)
{
	const size_t at = p->l4_off + 8u + offsetof(struct rte_ipv6_hdr, dst_addr);
	const struct cgn_ip6 *subject;
	unsigned int owner = e->worker;
	struct cgn_ip6 buf;

	subject = rte_pktmbuf_read(p->m, (uint32_t)at, sizeof(buf), &buf);
	if (subject != NULL && e->conf->softwire.role == CGN_SOFTWIRE_AFTR)
		owner = cgn_owner_of6(&e->owner, subject);
	if (owner != e->worker)
		cgn_context_handover(e, owner, p, CGN_PKT_RX);
	else
		cgn_context_drop(e, p, cgn_softwire_mtu_error(e, p));
}

static const struct rte_ipv6_hdr *
outer_of(const struct cgn_pkt *p)
{
	return rte_pktmbuf_mtod_offset(p->m, const struct rte_ipv6_hdr *, p->l3_off);
}

/* Find the softwire of a packet. @return 0: the packet is finished */
static uint32_t
find_wire(struct cgn_engine *e, struct cgn_pkt *p)
{
	struct cgn_softwires *t = &e->tunnel->wires;
	enum cgn_verdict v = CGN_V_NONE;
	const struct cgn_nexthop6 *back;
	struct cgn_softwire *w;
	struct cgn_ip6 b4;
	uint32_t wire;

	memcpy(&b4, &outer_of(p)->src_addr, sizeof(b4));
	wire = cgn_softwires_find(t, cgn_softwires_hash(t, &b4), &b4);
	if (wire == 0) {
		v = meet(e, p, &b4, &wire);
		if (v == CGN_V_NONE && wire == 0)
			return 0;
	}
	w = &t->at[wire];
	back = cgn_tunnel_next_hop(e->tunnel, w);
	/* A known softwire, too, must come in by the port that leads back to it. */
	if (v == CGN_V_NONE && (back == NULL || back->port != p->port))
		v = CGN_V_SPOOFED;
	if (v != CGN_V_NONE) {
		cgn_context_drop(e, p, v);
		return 0;
	}
	w->is_seen = true;
	w->last_seen = e->now;
	return wire;
}

/* Decapsulate a packet on the slow path. @return true: it is TCP, UDP or a query and goes on; false: it is
 * finished */
static bool
take_softwire(struct cgn_engine *e, struct cgn_pkt *p)
{
	enum cgn_verdict v;
	uint32_t wire;

	if (outer_of(p)->proto == CGN_IP6_ICMP) {
		take_error(e, p);
		return false;
	}
	wire = find_wire(e, p);
	if (wire == 0)
		return false;
	v = cgn_decap_open(e, p, wire);
	/* A fragment that is held is not finished, so it has no verdict yet. */
	if (p->m == NULL)
		return false;
	if (v != CGN_V_NONE) {
		cgn_context_drop(e, p, v);
		return false;
	}
	if (p->kind > CGN_PK_ICMP_QUERY) {
		decap_other(e, p);
		return false;
	}
	return decap_admits(e, p);
}

#define FAST 1u /* p->ref of a gathered packet that may take the fast path */

/* Whether the outer headers allow the fast path. @param local  our end of all softwires */
static inline bool
is_fast_outer(const struct rte_mbuf *m, const struct cgn_pkt_port *in, const uint64_t local[2])
{
	const struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, const struct rte_ether_hdr *);
	const struct rte_ipv6_hdr *ip = (const struct rte_ipv6_hdr *)(eth + 1);
	uint64_t dst[2], diff;
	uint32_t type;

	if (m->data_len < FAST_INNER_AT + CGN_PARSE_MIN)
		return false;
	memcpy(&type, &eth->ether_type,
			sizeof(type)); /* the word includes version and traffic class */
	memcpy(dst, &ip->dst_addr, sizeof(dst));
	if (cgn_parse_link_diff(m, in, RTE_MBUF_F_RX_VLAN_STRIPPED) != 0)
		return false;
	diff = (type ^ OUTER_TYPE) & OUTER_TYPE_MASK;
	diff |= (unsigned int)ip->proto ^ CGN_IP6_IPV4;
	return diff == 0 && dst[0] == local[0] && dst[1] == local[1];
}

/* Whether a frame outside the fast path is IPv6, so that it keeps its place among the softwire packets. A
 * VLAN tag is allowed here; the parser checks it. */
static inline bool
is_ip6(const struct rte_mbuf *m)
{
	uint32_t at = offsetof(struct rte_ether_hdr, ether_type);
	rte_be16_t buf;
	const rte_be16_t *type = rte_pktmbuf_read(m, at, sizeof(buf), &buf);

	if (type != NULL && *type == RTE_BE16(RTE_ETHER_TYPE_VLAN))
		type = rte_pktmbuf_read(m, at + sizeof(struct rte_vlan_hdr), sizeof(buf), &buf);
	return type != NULL && *type == RTE_BE16(RTE_ETHER_TYPE_IPV6);
}

/*
 * Separate the IPv6 packets of a burst from the native ones. e->pkts[].m gets the IPv6 packets. Those on
 * the fast path also get hash and bucket of the B4's address, and ref = FAST.
 *
 * @return behind the last one
 */
static inline struct cgn_pkt *
gather(struct cgn_engine *e, uint16_t port, struct rte_mbuf **m, unsigned int n,
		struct rte_mbuf **rest)
{
	const struct cgn_softwires *t = &e->tunnel->wires;
	const struct cgn_pkt_port in = e->out.ports[port];
	struct cgn_pkt *p = e->pkts;
	uint16_t frame_at = cgn_context_fetch_frames(e, port, m, n);
	uint64_t local[2];

	memcpy(local, &e->conf->softwire.local, sizeof(local));
	for (struct rte_mbuf **end = m + n, **tail = end - RTE_MIN(n, CGN_FRAMES_AHEAD); m < end;
			m++) {
		struct cgn_ip6 b4;

		if (m < tail)
			cgn_context_fetch_frame(m[CGN_FRAMES_AHEAD], frame_at);
		if (unlikely(!is_fast_outer(*m, &in, local))) {
			if (!is_ip6(*m)) {
				*rest++ = *m;
				continue;
			}
			*p++ = (struct cgn_pkt){ .m = *m };
			continue;
		}
		p->ref = FAST;
		memcpy(&b4, &fast_outer(*m)->src_addr, sizeof(b4));
		p->m = *m;
		p->hash = cgn_softwires_hash(t, &b4);
		p->bucket = cgn_index_bucket_no(&t->index, p->hash);
		rte_prefetch0(&t->index.buckets[p->bucket]);
		p++;
	}
	return p;
}

/* Store the first candidate of a gathered packet's bucket in its realm and prefetch the softwire. Entry 0
 * matches nothing. */
static inline void
find_candidate(const struct cgn_softwires *t, struct cgn_pkt *p)
{
	p->realm = cgn_index_probe(&t->index.buckets[p->bucket], cgn_index_sig(p->hash));
	rte_prefetch0(&t->at[p->realm]);
}

/*
 * Decapsulate a gathered packet on the fast path: its softwire is the first candidate and the inner packet
 * needs no special treatment.
 *
 * @param from  has m, and the candidate as realm
 * @param p     gets the inner packet; may be the same
 * @return false: take the slow path
 */
static inline bool
open_fast(struct cgn_engine *e, uint16_t port, const struct cgn_pkt *from, struct cgn_pkt *p)
{
	struct rte_mbuf *m = from->m;
	uint32_t wire = from->realm;
	struct cgn_softwire *w = &e->tunnel->wires.at[wire];
	const struct rte_ipv6_hdr *outer = fast_outer(m);
	struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod_offset(m, struct rte_ipv4_hdr *, FAST_INNER_AT);
	uint8_t class = traffic_class(outer);
	const struct cgn_nexthop6 *back = cgn_tunnel_next_hop(e->tunnel, w);
	uint64_t ours[2], theirs[2], diff;

	memcpy(ours, &w->b4, sizeof(ours));
	memcpy(theirs, &outer->src_addr, sizeof(theirs));
	diff = (ours[0] ^ theirs[0]) | (ours[1] ^ theirs[1]);
	/* Octets behind the inner packet take the slow path. */
	diff |= ip->total_length ^ outer->payload_len;
	/* A removed softwire has no next hop. */
	if (diff != 0 || back == NULL || back->port != port ||
			!parse_inner_fast(p, m, ip, FAST_INNER_AT))
		return false;
	if (unlikely(ip->type_of_service != class) && !mark(e, ip, class))
		return false;
	w->is_seen = true;
	w->last_seen = e->now;
	m->ol_flags &= ~RX_FLAGS;
	p->m = m;
	p->port = (uint8_t)port;
	p->side = CGN_SIDE_INSIDE;
	p->realm = wire;
	return true;
}

/* Decapsulate a gathered packet on the slow path. @return as take_softwire() */
static __rte_noinline bool
open_slow(struct cgn_engine *e, uint16_t port, struct cgn_pkt *p)
{
	enum cgn_verdict v;

	p->port = (uint8_t)port;
	p->side = CGN_SIDE_INSIDE;
	p->realm = 0;
	v = cgn_parse_slow(p, &e->out.ports[port]);
	if (v != CGN_V_NONE)
		cgn_context_drop(e, p, v);
	else if (cgn_request6_is_for(e, p))
		cgn_request6_take(e, p);
	else if (cgn_decap_is_for(e, p))
		return take_softwire(e, p);
	else
		cgn_punt_link(e, p);
	return false;
}

void
cgn_decap_burst(struct cgn_engine *e, uint16_t port, struct rte_mbuf **m, uint16_t n)
{
	const struct cgn_softwires *t = &e->tunnel->wires;
	struct rte_mbuf *rest[CGN_BURST]; /* native packets */
	struct cgn_pkt *end = gather(e, port, m, n, rest);
	struct cgn_pkt *to = e->pkts; /* write cursor: compacts the remaining packets */
	uint16_t n_ip6 = (uint16_t)(end - e->pkts);
	const struct cgn_pkt *tail = end - RTE_MIN(n_ip6, CGN_FETCH_AHEAD);

	for (unsigned int i = 0; i < RTE_MIN(n_ip6, CGN_FETCH_AHEAD); i++)
		find_candidate(t, &e->pkts[i]);
	for (struct cgn_pkt *p = e->pkts; p < end; p++) {
		if (p < tail)
			find_candidate(t, p + CGN_FETCH_AHEAD);
		if (likely(p->ref == FAST && open_fast(e, port, p, to))) {
			if (!decap_admits(e, to))
				continue;
		} else if (open_slow(e, port, p)) {
			*to = *p;
		} else {
			continue;
		}
		cgn_inside_ready(e, to, to->realm);
		to++;
	}
	cgn_inside_forward(e, (unsigned int)(to - e->pkts));
	cgn_inside_burst(e, port, rest, (uint16_t)(n - n_ip6));
}
