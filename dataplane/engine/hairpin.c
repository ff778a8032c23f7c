/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The second half of a hairpin: here, or on the worker that owns the pool address.
 */
#include "dataplane/engine/hairpin.h"

#include "dataplane/engine/outside.h"

/* Replace the outer headers of a decapsulated packet by one Ethernet header, so that the other worker can
 * parse it. The outer headers are longer, so there is room. */
static void
bare(struct cgn_engine *e, struct cgn_pkt *p)
{
	uint16_t off = (uint16_t)(p->l3_off - sizeof(struct rte_ether_hdr));

	rte_pktmbuf_adj(p->m, p->l3_off);
	cgn_context_frame(e, p->m, p->port);
	p->l3_off = sizeof(struct rte_ether_hdr);
	p->l4_off = (uint16_t)(p->l4_off - off);
}

void
cgn_hairpin(struct cgn_engine *e, struct cgn_pkt *p, const struct cgn_ext_addr *pool_addr)
{
	if (pool_addr->worker != e->worker) {
		if (p->realm != 0)
			bare(e, p);
		cgn_context_handover(e, pool_addr->worker, p, CGN_PKT_HAIRPIN);
		return;
	}
	/* From here on the packet is like one from outside. */
	p->side = CGN_SIDE_OUTSIDE;
	p->realm = 0;
	/* A hairpin is one hop, not two (A-HP-3). */
	cgn_rewrite_ttl_back(p);
	cgn_outside_alone(e, p, pool_addr, CGN_V_HAIRPIN);
}

void
cgn_hairpin_received(struct cgn_engine *e, struct cgn_pkt *p)
{
	const struct cgn_ext_addr *pool_addr = cgn_ext_find(&e->nat.ext, p->dst);

	if (pool_addr == NULL || pool_addr->worker != e->worker)
		cgn_context_drop(e, p, CGN_V_NOT_POOL);
	else
		cgn_hairpin(e, p, pool_addr);
}
