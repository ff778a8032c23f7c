/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * What the stages share: dropping a packet, handing it to another worker, and queueing packets that cgnd
 * made itself.
 */
#include "dataplane/engine/context.h"

#include "dataplane/nat/life.h"

void
cgn_context_drop(struct cgn_engine *e, struct cgn_pkt *p, enum cgn_verdict v)
{
	/* The address belongs to the sender of the frame, so nobody else can make it look refused. */
	if (unlikely(v == CGN_V_STATION_LIMIT))
		cgn_life_refuse(&e->nat, &(struct cgn_ip){ .ip4 = p->src },
				CGN_REFUSAL_STATION_LIMIT, e->now);
	cgn_out_drop(&e->out, p->m, cgn_context_verdict(p, v));
}

void
cgn_context_flush_handover(struct cgn_engine *e, unsigned int worker)
{
	struct cgn_handover *h = &e->handover[worker];
	unsigned int n = e->out.ops->handover(e->out.ctx, worker, h->msg, h->n);

	cgn_counter_add(&e->stats.counter[CGN_C_HANDOVER_OUT], n);
	/* The ring is full: the other worker is overloaded. Waiting for it would stop this worker too. */
	for (unsigned int i = n; i < h->n; i++) {
		/* A packet that cgnd made itself was never received, so it has no verdict. */
		bool own = h->msg[i].verdict == CGN_V_NONE;

		cgn_out_drop(&e->out, h->msg[i].m, own ? CGN_V_NONE : CGN_V_HANDOVER_FULL);
	}
	h->n = 0;
}

static void
fill_msg(struct cgn_pktmsg *msg, const struct cgn_pkt *p, enum cgn_pktmsg_op op)
{
	cgn_context_fill_msg(msg, p->m, p->port);
	msg->op = (uint8_t)op;
	msg->verdict = (uint16_t)cgn_context_verdict(p, CGN_V_HAIRPIN);
	msg->frag_size = (p->flags & CGN_PF_WAS_FRAG) != 0 ? p->frag_size : 0;
}

void
cgn_context_handover(
		struct cgn_engine *e, unsigned int worker, struct cgn_pkt *p, enum cgn_pktmsg_op op)
{
	struct cgn_handover *h = &e->handover[worker];

	fill_msg(&h->msg[h->n++], p, op);
	if (h->n == CGN_BURST)
		cgn_context_flush_handover(e, worker);
}

bool
cgn_context_frame(const struct cgn_engine *e, struct rte_mbuf *m, uint16_t port)
{
	struct rte_ether_hdr *eth = (struct rte_ether_hdr *)rte_pktmbuf_prepend(m, sizeof(*eth));

	if (eth == NULL)
		return false;
	eth->dst_addr = e->out.ports[port].mac;
	eth->src_addr = e->out.ports[port].mac;
	eth->ether_type = RTE_BE16(RTE_ETHER_TYPE_IPV4);
	/* The parser compares the VLAN of a frame with that of its port. */
	m->vlan_tci = e->out.ports[port].vlan;
	m->ol_flags |= RTE_MBUF_F_RX_VLAN_STRIPPED;
	return true;
}

void
cgn_context_queue_own(struct cgn_engine *e, struct cgn_pkt *p, const struct cgn_ext_addr *pool_addr)
{
	if (pool_addr->worker != e->worker) {
		cgn_context_handover(e, pool_addr->worker, p, CGN_PKT_HAIRPIN);
	} else if (e->n_own < CGN_OWN_MAX) {
		fill_msg(&e->own[e->n_own++], p, CGN_PKT_HAIRPIN);
	} else {
		cgn_out_lose(&e->out, p->m, CGN_V_NONE, CGN_V_NONE);
	}
}

void
cgn_context_set_now(struct cgn_engine *e, cgn_tick now)
{
	e->now = now;
	e->out.now = now;
}
