/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/engine_priv.h"
#include "dataplane/pkt/parse.h"

#include <rte_prefetch.h>

/* Whose a frame is; this worker's if that cannot be said without looking further. */
static inline unsigned int
owner_of(const struct cgn_engine *e, const struct rte_mbuf *m, const struct cgn_pkt_port *in,
		enum cgn_side side)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod_offset(
			m, const struct rte_ipv4_hdr *, sizeof(struct rte_ether_hdr));
	const struct cgn_ext_home *home;

	/* Whose an ICMP error from inside is stands in what it quotes. */
	if (unlikely(!cgn_parse_is_plain(m, in) || ip->next_proto_id == IPPROTO_ICMP))
		return e->worker;
	if (side == CGN_SIDE_INSIDE)
		return cgn_owner_of(&e->owner, ip->src_addr);
	home = cgn_ext_find(&e->nat.ext, ip->dst_addr);
	return likely(home != NULL) ? home->worker : e->worker;
}

static __rte_always_inline uint16_t
deal(struct cgn_engine *e, uint16_t port, struct rte_mbuf **m, uint16_t n, enum cgn_side side)
{
	const struct cgn_pkt_port in = e->out.ports[port];
	uint16_t kept = 0;

	for (unsigned int i = 0; i < RTE_MIN(n, CGN_FETCH_AHEAD); i++)
		rte_prefetch0(rte_pktmbuf_mtod(m[i], void *));
	for (unsigned int i = 0; i < n; i++) {
		struct rte_mbuf *this = m[i];
		unsigned int owner;
		struct cgn_handover *h;

		if (i + CGN_FETCH_AHEAD < n)
			rte_prefetch0(rte_pktmbuf_mtod(m[i + CGN_FETCH_AHEAD], void *));
		owner = owner_of(e, this, &in, side);
		/* No branch: whose a packet is is a matter of chance. */
		h = &e->handover[owner];
		cgn_deal_fill(&h->msg[h->n], this, port);
		h->n += owner != e->worker;
		m[kept] = this;
		kept = (uint16_t)(kept + (owner == e->worker));
		if (unlikely(h->n == CGN_BURST))
			cgn_engine_flush_handover(e, owner);
	}
	e->n_handed += (uint64_t)(n - kept);
	return kept;
}

uint16_t
cgn_deal(struct cgn_engine *e, uint16_t port, struct rte_mbuf **m, uint16_t n)
{
	return e->conf->ports[port].side == CGN_SIDE_INSIDE ? deal(e, port, m, n, CGN_SIDE_INSIDE)
							    : deal(e, port, m, n, CGN_SIDE_OUTSIDE);
}
