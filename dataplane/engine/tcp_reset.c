/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * TCP resets of the engine: at the end of a lease or an external address, and as the answer to a hairpin to a local
 * address.
 */
#include "dataplane/engine/tcp_reset.h"

#include "dataplane/engine/return_path.h"
#include "dataplane/engine/source.h"
#include "dataplane/nat/drain_reset.h"
#include "dataplane/pkt/tcp_make.h"

static void
send_segment(struct cgn_engine *e, const struct cgn_tcp_rst *rst, enum cgn_side side, uint16_t port,
		uint32_t realm, enum cgn_counter_id counter)
{
	struct rte_mbuf *m;
	struct cgn_return_path path;

	if (!cgn_return_path_find(e, rst->dst, side, realm, port, &path))
		return;
	m = counter == CGN_C_TCP_RESETS_MADE ? cgn_tcp_make_rst(e->out.mp, rst)
					     : cgn_tcp_make_probe(e->out.mp, rst);
	if (m == NULL)
		return;
	cgn_counter_add(&e->stats.counter[counter], 1);
	cgn_return_path_send(e, &path, m, rst->dst, port);
}

static void
send_reset(struct cgn_engine *e, const struct cgn_tcp_rst *rst, enum cgn_side side, uint16_t port,
		uint32_t realm)
{
	/* No acknowledgement was seen that tells what this end expects. It would ignore a reset with
	 * another number. */
	if (rst->seq != 0)
		send_segment(e, rst, side, port, realm, CGN_C_TCP_RESETS_MADE);
}

void
cgn_tcp_reset_ends(void *ctx, const struct cgn_mapping *m, const struct cgn_session *s)
{
	struct cgn_engine *e = ctx;
	/* Each end gets the sequence number that it expects next; it would ignore any other. */
	struct cgn_tcp_rst in = { .src = s->rem_addr,
		.sport = s->rem_port,
		.dst = m->in_addr,
		.dport = m->in_port,
		.seq = s->ack_in };
	struct cgn_tcp_rst out = { .src = m->ext_addr,
		.sport = m->ext_port,
		.dst = s->rem_addr,
		.dport = s->rem_port,
		.seq = s->ack_out };

	send_reset(e, &in, CGN_SIDE_INSIDE, m->in_if, m->realm);
	send_reset(e, &out, CGN_SIDE_OUTSIDE, m->in_if, 0);
}

void
cgn_tcp_reset_probe(void *ctx, const struct cgn_mapping *m, const struct cgn_session *s)
{
	const struct cgn_tcp_rst in = {
		.src = s->rem_addr, .sport = s->rem_port, .dst = m->in_addr, .dport = m->in_port
	};
	const struct cgn_tcp_rst out = {
		.src = m->ext_addr, .sport = m->ext_port, .dst = s->rem_addr, .dport = s->rem_port
	};
	struct cgn_engine *e = ctx;

	send_segment(e, &in, CGN_SIDE_INSIDE, m->in_if, m->realm, CGN_C_TCP_PROBES_MADE);
	send_segment(e, &out, CGN_SIDE_OUTSIDE, m->in_if, 0, CGN_C_TCP_PROBES_MADE);
}

/* Whether the mapping of a segment may have been ended because of the configuration. A SYN begins something new. From
 * outside, the address tells. From inside, the source must be the sender's own: a reset to a forged one would hit its host.
 * It may be no subscriber any more. */
static bool
may_be_cut(struct cgn_engine *e, const struct cgn_pkt *p)
{
	const struct cgn_ext_addr *h;

	if (p->kind != CGN_PK_TCP || (p->flags & CGN_PF_OWN) != 0 ||
			(p->tcp_flags & (RTE_TCP_SYN_FLAG | RTE_TCP_RST_FLAG)) != 0)
		return false;
	if (p->side == CGN_SIDE_INSIDE)
		return cgn_source_check_anybody(e, p) == CGN_V_NONE;
	h = cgn_ext_find(&e->nat.ext, p->dst);
	if (h != NULL && h->is_leaving)
		return true;
	h = cgn_ext_find_owned(&e->nat.ext, p->dst);
	return h != NULL && cgn_drain_reset_is_for(&e->nat, h->ord);
}

void
cgn_tcp_reset_unknown(struct cgn_engine *e, const struct cgn_pkt *p)
{
	struct cgn_tcp_rst rst;

	if (may_be_cut(e, p) && cgn_tcp_make_answer(p, &rst))
		send_segment(e, &rst, (enum cgn_side)p->side, p->port, p->realm,
				CGN_C_TCP_RESETS_MADE);
}

void
cgn_tcp_reset_hairpin(struct cgn_engine *e, const struct cgn_pkt *p)
{
	struct cgn_tcp_rst rst;
	struct rte_mbuf *m;
	struct cgn_return_path path;

	if (!cgn_tcp_make_answer(p, &rst) ||
			!cgn_return_path_find(e, p->src, CGN_SIDE_OUTSIDE, 0, p->port, &path) ||
			!cgn_return_path_allows(e, CGN_SIDE_OUTSIDE, 0, p->src, p->sport))
		return;
	m = cgn_tcp_make_rst(e->out.mp, &rst);
	if (m == NULL)
		return;
	cgn_counter_add(&e->stats.counter[CGN_C_TCP_RESETS_MADE], 1);
	cgn_return_path_send(e, &path, m, rst.dst, p->port);
}
