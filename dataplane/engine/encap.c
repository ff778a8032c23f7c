/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Encapsulation of IPv4 in IPv6 (RFC 2473), with outer fragmentation.
 */
#include "dataplane/engine/encap.h"

#include "dataplane/engine/softwire_mtu.h"
#include "dataplane/engine/tunnel.h"
#include "dataplane/pkt/fragment.h"

#include <errno.h>

#define IP6_LEN sizeof(struct rte_ipv6_hdr)
/* Room for the headers that the fast path puts in front of an inner packet. */
#define FAST_HEAD  (sizeof(struct rte_ether_hdr) + IP6_LEN)
#define PIECES_MAX 128 /* pieces of one inner datagram that came in fragments */

static void
fill_outer(const struct cgn_engine *e, const struct cgn_softwire *w, struct rte_ipv6_hdr *ip,
		uint8_t tos, uint8_t next, size_t len)
{
	const struct cgn_conf_softwire *c = &e->conf->softwire;
	/* The ECN bits are copied in both modes (RFC 6040 section 4.1). */
	uint32_t tc = c->dscp == CGN_SOFTWIRE_DSCP_UNIFORM ? tos : tos & 3u;

	/* Flow label 0, so routers that hash it send all flows of a home the same way. */
	ip->vtc_flow = rte_cpu_to_be_32(UINT32_C(6) << 28 | tc << 20);
	ip->payload_len = rte_cpu_to_be_16((uint16_t)len);
	ip->proto = next;
	ip->hop_limits = (uint8_t)c->hop_limit;
	memcpy(&ip->src_addr, &c->local, sizeof(ip->src_addr));
	memcpy(&ip->dst_addr, &w->b4, sizeof(ip->dst_addr));
}

/* Send an IPv6 packet towards a B4. */
static void
send_outer(struct cgn_engine *e, const struct cgn_softwire *w, struct rte_mbuf *m,
		enum cgn_verdict v)
{
	cgn_out_ip6(&e->out, cgn_tunnel_next_hop(e->tunnel, w), &w->b4, m, v);
}

/* One outer fragment: its headers and a copy of a part of the payload. */
static struct rte_mbuf *
cut_fragment6(struct cgn_engine *e, const struct cgn_softwire *w, const struct rte_mbuf *m,
		uint32_t at, uint16_t n, uint8_t tos)
{
	struct rte_mbuf *f = rte_pktmbuf_alloc(e->out.mp);
	bool more = at + n < m->pkt_len;
	struct cgn_ip6_frag *fh;
	const void *from;
	char *hdr;

	if (f == NULL)
		return NULL;
	hdr = rte_pktmbuf_append(f, (uint16_t)(IP6_LEN + sizeof(*fh) + n));
	if (hdr == NULL) {
		rte_pktmbuf_free(f);
		return NULL;
	}
	fill_outer(e, w, (struct rte_ipv6_hdr *)hdr, tos, CGN_IP6_FRAGMENT, sizeof(*fh) + n);
	fh = (struct cgn_ip6_frag *)(hdr + IP6_LEN);
	*fh = (struct cgn_ip6_frag){
		.next = CGN_IP6_IPV4,
		.field = rte_cpu_to_be_16((uint16_t)(at | (more ? CGN_IP6_FRAG_MORE : 0))),
		.id = rte_cpu_to_be_32(e->tunnel->ident),
	};
	from = rte_pktmbuf_read(m, at, n, fh + 1);
	if (from != fh + 1)
		memcpy(fh + 1, from, n);
	f->port = m->port;
	return f;
}

/* Send the packet in IPv6 fragments. The IPv4 packet inside stays whole (RFC 6333 section 5.3). */
static void
send_fragments6(struct cgn_engine *e, const struct cgn_softwire *w, struct rte_mbuf *m, uint8_t tos,
		uint16_t mtu, enum cgn_verdict v)
{
	uint16_t room = (uint16_t)(rte_pktmbuf_data_room_size(e->out.mp) - RTE_PKTMBUF_HEADROOM);
	uint16_t step = (uint16_t)((RTE_MIN(mtu, room) - IP6_LEN - sizeof(struct cgn_ip6_frag)) &
			~(size_t)7);
	struct rte_mbuf *frag[CGN_REASSEMBLY6_CHAIN_MAX];
	unsigned int n = 0;

	for (uint32_t at = 0; at < m->pkt_len; at += step) {
		uint32_t left = m->pkt_len - at;
		struct rte_mbuf *f = NULL;

		if (n < RTE_DIM(frag))
			f = cut_fragment6(
					e, w, m, at, (uint16_t)RTE_MIN(left, (uint32_t)step), tos);
		if (f == NULL) {
			rte_pktmbuf_free_bulk(frag, n);
			cgn_out_lose(&e->out, m, v, CGN_V_NO_MBUF);
			return;
		}
		frag[n++] = f;
	}
	/* All fragments are made: only a packet that is sent uses up an identification. */
	e->tunnel->ident++;
	cgn_counter_add(&e->stats.counter[CGN_C_SOFTWIRE_FRAGMENTED], 1);
	cgn_counter_add(&e->stats.counter[CGN_C_FRAGMENTS_MADE], n);
	/* The last fragment carries the verdict, so the packet is counted once. */
	for (unsigned int i = 0; i < n; i++)
		send_outer(e, w, frag[i], i == n - 1 ? v : CGN_V_NONE);
	rte_pktmbuf_free(m);
}

void
cgn_encap_ip(struct cgn_engine *e, const struct cgn_softwire *w, struct rte_mbuf *m,
		enum cgn_verdict v)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);
	uint8_t tos = ip->type_of_service;
	uint32_t len = m->pkt_len;
	struct rte_ipv6_hdr *outer;
	uint16_t mtu;

	if (unlikely(cgn_tunnel_next_hop(e->tunnel, w) == NULL)) {
		cgn_out_lose(&e->out, m, v, CGN_V_NO_ROUTE);
		return;
	}
	mtu = cgn_softwire_mtu(e, w);
	if (unlikely(len + IP6_LEN > mtu)) {
		send_fragments6(e, w, m, tos, mtu, v);
		return;
	}
	outer = (struct rte_ipv6_hdr *)rte_pktmbuf_prepend(m, IP6_LEN);
	if (outer == NULL) {
		cgn_out_lose(&e->out, m, v, CGN_V_NO_MBUF);
		return;
	}
	fill_outer(e, w, outer, tos, CGN_IP6_IPV4, len);
	send_outer(e, w, m, v);
}

/* Send a datagram that was reassembled here, in fragments no larger than those it came in. */
static void
send_pieces(struct cgn_engine *e, const struct cgn_softwire *w, struct cgn_pkt *p,
		enum cgn_verdict v)
{
	struct rte_mbuf *piece[PIECES_MAX];
	/* 68 octets hold the longest IPv4 header and 8 octets of payload, the smallest fragment (RFC
	 * 791). */
	int n = cgn_fragment(e->out.mp, p, (uint16_t)RTE_MAX(p->frag_size, 68u), piece, PIECES_MAX);

	if (n <= 0) {
		cgn_out_lose(&e->out, p->m, v, n == -ENOSPC ? CGN_V_MTU : CGN_V_NO_MBUF);
		return;
	}
	for (int i = 0; i < n; i++)
		cgn_encap_ip(e, w, piece[i], i == n - 1 ? v : CGN_V_NONE);
	rte_pktmbuf_free(p->m);
}

/* The fast path: the neighbour that leads to the B4, for a packet that is whole, in one segment, small
 * enough, and whose gateway is known. @return NULL: take the slow path */
static inline const struct cgn_neigh *
fast_neigh(const struct cgn_engine *e, const struct cgn_softwire *w, const struct cgn_pkt *p)
{
	const struct cgn_nexthop6 *nh = cgn_tunnel_next_hop(e->tunnel, w);
	const struct cgn_neigh *n;

	if (nh == NULL)
		return NULL;
	n = &e->out.neighs.at[nh->neigh]; /* entry 0 is never known */
	if (n->hdr_len != sizeof(struct rte_ether_hdr) || p->m->nb_segs != 1 ||
			(unsigned int)p->m->data_off + p->l3_off < FAST_HEAD ||
			(p->flags & CGN_PF_WAS_FRAG) != 0 ||
			p->total_len + IP6_LEN > cgn_softwire_mtu(e, w))
		return NULL;
	return n;
}

/* Send a packet to the neighbour that fast_neigh() found. */
static inline void
send_fast(struct cgn_engine *e, const struct cgn_softwire *w, const struct cgn_neigh *n,
		const struct cgn_pkt *p, enum cgn_verdict v)
{
	uint8_t tos = cgn_pkt_ip4(p)->type_of_service;
	struct rte_mbuf *m = p->m;
	struct rte_ether_hdr *eth;

	m->data_off = (uint16_t)(m->data_off + p->l3_off - FAST_HEAD);
	m->data_len = (uint16_t)(p->total_len + FAST_HEAD);
	m->pkt_len = m->data_len;
	m->ol_flags = 0;
	eth = rte_pktmbuf_mtod(m, struct rte_ether_hdr *);
	fill_outer(e, w, (struct rte_ipv6_hdr *)(eth + 1), tos, CGN_IP6_IPV4, p->total_len);
	memcpy(eth, n->hdr, sizeof(*eth));
	cgn_out_queue(&e->out, &e->out.buf[n->port], m, v);
}

/* Send a packet for which fast_neigh() found none. */
static void
send_slow(struct cgn_engine *e, const struct cgn_softwire *w, struct cgn_pkt *p, enum cgn_verdict v)
{
	if (unlikely((p->flags & CGN_PF_WAS_FRAG) != 0 && p->total_len > p->frag_size)) {
		send_pieces(e, w, p, v);
		return;
	}
	if (rte_pktmbuf_adj(p->m, p->l3_off) == NULL) {
		cgn_out_lose(&e->out, p->m, v, CGN_V_NO_MBUF);
		return;
	}
	cgn_encap_ip(e, w, p->m, v);
}

void
cgn_encap_pkt(struct cgn_engine *e, const struct cgn_softwire *w, struct cgn_pkt *p,
		enum cgn_verdict v)
{
	const struct cgn_neigh *n = fast_neigh(e, w, p);

	if (likely(n != NULL))
		send_fast(e, w, n, p, v);
	else
		send_slow(e, w, p, v);
}

/* As cgn_encap_forward(). It is not inlined, so that the fast path saves no registers for it. */
static __rte_noinline uint16_t
forward_slow(struct cgn_engine *e, const struct cgn_softwire *w, struct cgn_pkt *p,
		const struct cgn_mapping *m, enum cgn_verdict v)
{
	uint16_t mtu = cgn_softwire_mtu_exceeded(e, w, p);

	if (mtu != 0)
		return mtu;
	cgn_nat_apply_in(p, m);
	send_slow(e, w, p, v);
	return 0;
}

uint16_t
cgn_encap_forward(struct cgn_engine *e, struct cgn_pkt *p, const struct cgn_mapping *m,
		enum cgn_verdict v)
{
	const struct cgn_softwire *w = &e->tunnel->wires.at[m->realm];
	const struct cgn_neigh *n = fast_neigh(e, w, p);

	if (unlikely(n == NULL))
		return forward_slow(e, w, p, m, v);
	cgn_nat_apply_in(p, m);
	send_fast(e, w, n, p, v);
	return 0;
}
