/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Reassembly of IPv6 fragments to local addresses.
 */
#include "dataplane/engine/reassemble6.h"

#include "dataplane/engine/source.h"
#include "dataplane/softwire/reassembly6.h"

#include <rte_jhash.h>

#define IP6_LEN  sizeof(struct rte_ipv6_hdr)
#define FRAG_LEN sizeof(struct cgn_ip6_frag)
#define ECN_CE   3u
#define ECN_AT   20 /* lowest bit of ECN in the first word of an IPv6 header */

#define RX_FLAGS (RTE_MBUF_F_RX_IP_CKSUM_MASK | RTE_MBUF_F_RX_L4_CKSUM_MASK)

static struct rte_ipv6_hdr *
header_of(const struct cgn_pkt *p)
{
	return rte_pktmbuf_mtod_offset(p->m, struct rte_ipv6_hdr *, p->l3_off);
}

static uint32_t
ecn_of(const struct rte_ipv6_hdr *ip)
{
	return rte_be_to_cpu_32(ip->vtc_flow) >> ECN_AT & ECN_CE;
}

bool
cgn_reassemble6_is_fragment(const struct cgn_pkt *p)
{
	return header_of(p)->proto == CGN_IP6_FRAGMENT;
}

/* Octets of a transport header that the first fragment must have (RFC 7112). */
static unsigned int
l4_octets(uint8_t next)
{
	return next == IPPROTO_TCP ? sizeof(struct rte_tcp_hdr) : sizeof(struct rte_udp_hdr);
}

/* Read the fragment header, and check the fragment. */
static enum cgn_verdict
judge_fragment6(const struct cgn_engine *e, struct cgn_pkt *p, struct cgn_outer *o)
{
	uint32_t end = (uint32_t)p->l3_off + p->total_len;
	enum cgn_verdict v;

	if (p->l4_off + FRAG_LEN > end)
		return CGN_V_L3_SHORT;
	v = cgn_pkt_pullup(p->m, p->l4_off + (uint32_t)FRAG_LEN);
	if (v != CGN_V_NONE)
		return v;
	o->at = p->l4_off;
	if (!cgn_outer_take_fragment(rte_pktmbuf_mtod_offset(p->m, const uint8_t *, o->at), end, o))
		return CGN_V_FRAG_LENGTH;
	if (o->off == 0 && o->more && end - o->at < l4_octets(o->next))
		return CGN_V_FRAG_TINY;
	/* The whole packet has the port of the fragment that came last. The others are checked here. */
	return cgn_source_check_host(e, p);
}

/* Make the packet whole: remove the fragment header, and correct the IPv6 header.
 *
 * @param at  octets from the start of the mbuf's data to the end of the fragment header */
static enum cgn_verdict
make_whole6(struct cgn_pkt *p, uint16_t at, uint8_t next, bool is_ce)
{
	uint16_t head = (uint16_t)(at - FRAG_LEN);
	uint8_t *data = rte_pktmbuf_mtod(p->m, uint8_t *);
	struct rte_ipv6_hdr *ip;

	if (p->m->pkt_len - at > UINT16_MAX - IP6_LEN)
		return CGN_V_FRAG_LENGTH;
	memmove(data + FRAG_LEN, data, head);
	rte_pktmbuf_adj(p->m, (uint16_t)FRAG_LEN);
	/* The device checked the fragments, not the packet. */
	p->m->ol_flags &= ~RX_FLAGS;
	p->l4_off = head;
	p->l3_off = (uint16_t)(head - IP6_LEN);
	p->total_len = (uint16_t)(p->m->pkt_len - p->l3_off);
	ip = header_of(p);
	ip->payload_len = rte_cpu_to_be_16((uint16_t)(p->total_len - IP6_LEN));
	ip->proto = next;
	if (is_ce && ecn_of(ip) != 0) /* RFC 3168 section 5.3 */
		ip->vtc_flow |= rte_cpu_to_be_32(ECN_CE << ECN_AT);
	return CGN_V_NONE;
}

/* A host may have any address of its /64, so the /64 has the share. Each side has senders of its own. */
static struct cgn_reassembly6_key
key_of_fragment(const struct cgn_engine *e, const struct cgn_pkt *p, rte_be32_t id)
{
	const struct rte_ipv6_hdr *ip = header_of(p);
	struct cgn_reassembly6_key k = { .id = id };
	uint32_t net[2];

	memcpy(&k.src, &ip->src_addr, sizeof(k.src));
	memcpy(&k.dst, &ip->dst_addr, sizeof(k.dst));
	memcpy(net, &k.src, sizeof(net));
	k.sender = (rte_jhash_2words(net[0], net[1], e->frags6_seed) & ~UINT32_C(1)) | p->side;
	return k;
}

/* Add a fragment to the store. @return CGN_V_NONE with p->m NULL: it is held */
static enum cgn_verdict
add_fragment6(struct cgn_engine *e, struct cgn_pkt *p, const struct cgn_outer *o)
{
	const struct cgn_reassembly6_key k = key_of_fragment(e, p, o->id);
	uint32_t end = (uint32_t)p->l3_off + p->total_len;
	bool is_ce = ecn_of(header_of(p)) == ECN_CE;
	struct cgn_reassembly6_out out = { 0 };
	enum cgn_verdict v = cgn_reassembly6_add(e->frags6, &k, p->m, o, end, is_ce, e->now, &out);

	if (out.n_freed != 0)
		cgn_counter_add(&e->stats.verdict[out.freed], out.n_freed);
	if (v != CGN_V_NONE)
		return v;
	p->m = out.whole;
	if (out.whole == NULL)
		return CGN_V_NONE;
	cgn_counter_add(&e->stats.verdict[CGN_V_REASSEMBLED], out.n_merged);
	return make_whole6(p, out.at, out.next, out.is_ce);
}

bool
cgn_reassemble6(struct cgn_engine *e, struct cgn_pkt *p)
{
	struct cgn_outer o = { .next = CGN_IP6_FRAGMENT };
	enum cgn_verdict v = judge_fragment6(e, p, &o);
	unsigned int owner;
	struct cgn_ip6 src;

	if (v == CGN_V_NONE && o.is_frag) {
		/* A device may choose the worker by the ports, which only the first fragment has. */
		memcpy(&src, &header_of(p)->src_addr, sizeof(src));
		owner = cgn_owner_of6(&e->owner, &src);
		if (owner != e->worker) {
			cgn_context_handover(e, owner, p, CGN_PKT_RX);
			return false;
		}
		v = add_fragment6(e, p, &o);
		if (v == CGN_V_NONE && p->m == NULL)
			return false;
	} else if (v == CGN_V_NONE) {
		v = make_whole6(p, o.at, o.next, false);
	}
	if (v != CGN_V_NONE)
		cgn_context_drop(e, p, v);
	return v == CGN_V_NONE;
}

/* --- life cycle ---------------------------------------------------------------------------- */

int
cgn_reassemble6_init(struct cgn_engine *e)
{
	if (!e->conf->host.is_on)
		return 0;
	e->frags6_seed = cgn_rand_u32(&e->nat.rnd);
	return cgn_reassembly6_create(&e->frags6, CGN_FRAGMENTS6_MAX, cgn_rand_u32(&e->nat.rnd));
}

void
cgn_reassemble6_fini(struct cgn_engine *e)
{
	cgn_reassembly6_destroy(e->frags6);
	e->frags6 = NULL;
}

bool
cgn_reassemble6_expire(struct cgn_engine *e, unsigned int *budget)
{
	unsigned int n;

	if (e->frags6 == NULL)
		return false;
	n = cgn_reassembly6_expire(e->frags6, e->now, *budget);
	*budget -= RTE_MIN(*budget, n);
	if (n != 0)
		cgn_counter_add(&e->stats.verdict[CGN_V_FRAG_TIMEOUT], n);
	return cgn_reassembly6_is_due(e->frags6, e->now);
}

unsigned int
cgn_reassemble6_flush(struct cgn_engine *e)
{
	return e->frags6 == NULL ? 0 : cgn_reassembly6_flush(e->frags6);
}

unsigned int
cgn_reassemble6_held(const struct cgn_engine *e)
{
	return e->frags6 == NULL ? 0 : cgn_reassembly6_held(e->frags6);
}
