/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Distribution of a received burst to the owners of its packets.
 */
#include "dataplane/engine/dispatch.h"

#include "dataplane/pkt/parse.h"

#include <rte_prefetch.h>

/* EtherType and IP version of an IPv4 frame, as one word of memory. */
#if RTE_BYTE_ORDER == RTE_LITTLE_ENDIAN
#define IP4_TYPE      UINT32_C(0x00400008)
#define IP4_TYPE_MASK UINT32_C(0x00f0ffff)
#else
#define IP4_TYPE      UINT32_C(0x08004000)
#define IP4_TYPE_MASK UINT32_C(0xfffff000)
#endif

/* Whether the addresses of a frame tell its owner. Those of ICMP do not: the subscriber of an ICMP error is
 * the destination of the packet that it quotes. */
static inline bool
is_judged(const struct rte_mbuf *m, const struct cgn_pkt_port *in)
{
	const struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, const struct rte_ether_hdr *);
	const struct rte_ipv4_hdr *ip = (const struct rte_ipv4_hdr *)(eth + 1);
	uint32_t type;

	if (m->data_len < sizeof(*eth) + sizeof(*ip))
		return false;
	memcpy(&type, &eth->ether_type, sizeof(type));
	return (cgn_parse_mac_diff(m, in) | ((type ^ IP4_TYPE) & IP4_TYPE_MASK)) == 0 &&
			ip->next_proto_id != IPPROTO_ICMP;
}

/* The owner of a frame; this worker if the addresses do not tell. */
static inline unsigned int
frame_owner(const struct cgn_engine *e, const struct rte_mbuf *m, const struct cgn_pkt_port *in,
		enum cgn_side side)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod_offset(
			m, const struct rte_ipv4_hdr *, sizeof(struct rte_ether_hdr));
	const struct cgn_ext_addr *pool_addr;

	if (unlikely(!is_judged(m, in)))
		return e->worker;
	if (side == CGN_SIDE_INSIDE)
		return cgn_owner_of(&e->owner, ip->src_addr);
	pool_addr = cgn_ext_find(&e->nat.ext, ip->dst_addr);
	return likely(pool_addr != NULL) ? pool_addr->worker : e->worker;
}

/* Always inline: `side` becomes a constant in each of the two callers. */
static __rte_always_inline uint16_t
dispatch_side(struct cgn_engine *e, uint16_t port, struct rte_mbuf **m, uint16_t n,
		enum cgn_side side)
{
	const struct cgn_pkt_port in = e->out.ports[port];
	uint16_t frame_at = cgn_context_fetch_frames(e, port, m, n);
	uint16_t kept = 0;

	for (unsigned int i = 0; i < n; i++) {
		struct rte_mbuf *this = m[i];
		unsigned int owner;
		struct cgn_handover *h;

		if (i + CGN_FRAMES_AHEAD < n)
			cgn_context_fetch_frame(m[i + CGN_FRAMES_AHEAD], frame_at);
		owner = frame_owner(e, this, &in, side);
		/* No branch here, because nobody can predict the owner. The message is always written, and
		 * counts only if another worker owns the packet. In the same way m[] is compacted. */
		h = &e->handover[owner];
		cgn_context_fill_msg(&h->msg[h->n], this, port);
		h->n += owner != e->worker;
		m[kept] = this;
		kept = (uint16_t)(kept + (owner == e->worker));
		if (unlikely(h->n == CGN_BURST))
			cgn_context_flush_handover(e, owner);
	}
	e->n_handed += (uint64_t)(n - kept);
	return kept;
}

uint16_t
cgn_dispatch(struct cgn_engine *e, uint16_t port, struct rte_mbuf **m, uint16_t n)
{
	return e->conf->ports[port].side == CGN_SIDE_INSIDE
			? dispatch_side(e, port, m, n, CGN_SIDE_INSIDE)
			: dispatch_side(e, port, m, n, CGN_SIDE_OUTSIDE);
}
