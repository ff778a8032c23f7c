/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/engine/hairpin.h"

#include "dataplane/engine/outside.h"

/* Leave only an Ethernet header in front of a decapsulated packet: another worker parses it. */
static void
bare(struct cgn_engine *e, struct cgn_pkt *p)
{
	uint16_t off = (uint16_t)(p->l3_off - sizeof(struct rte_ether_hdr));

	/* The outer headers leave room for it. */
	rte_pktmbuf_adj(p->m, p->l3_off);
	cgn_context_frame(e, p->m, p->port);
	p->l3_off = sizeof(struct rte_ether_hdr);
	p->l4_off = (uint16_t)(p->l4_off - off);
}

void
cgn_hairpin(struct cgn_engine *e, struct cgn_pkt *p, const struct cgn_ext_home *home)
{
	if (home->worker != e->worker) {
		if (p->realm != 0)
			bare(e, p);
		cgn_context_handover(e, home->worker, p, CGN_PKT_HAIRPIN);
		return;
	}
	p->side = CGN_SIDE_OUTSIDE;
	p->realm = 0;
	/* Out and back in is one hop (A-HP-3). */
	cgn_rewrite_ttl_back(p);
	cgn_outside_alone(e, p, home, CGN_V_HAIRPIN);
}

void
cgn_hairpin_received(struct cgn_engine *e, struct cgn_pkt *p)
{
	const struct cgn_ext_home *home = cgn_ext_find(&e->nat.ext, p->dst);

	if (home == NULL || home->worker != e->worker)
		cgn_context_drop(e, p, CGN_V_NOT_POOL);
	else
		cgn_hairpin(e, p, home);
}
