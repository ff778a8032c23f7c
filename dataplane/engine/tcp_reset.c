/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * TCP resets of the engine: at the end of a lease, and as the answer to a hairpin to a local address.
 */
#include "dataplane/engine/tcp_reset.h"

#include "dataplane/engine/return_path.h"
#include "dataplane/pkt/tcp_make.h"

static void
send_reset(struct cgn_engine *e, const struct cgn_tcp_rst *rst, enum cgn_side side, uint16_t port,
		uint32_t realm)
{
	struct rte_mbuf *m;
	struct cgn_return_path path;

	/* No acknowledgement was seen that tells what this end expects. It would ignore a reset with
	 * another number. */
	if (rst->seq == 0)
		return;
	if (!cgn_return_path_find(e, rst->dst, side, realm, port, &path))
		return;
	m = cgn_tcp_make_rst(e->out.mp, rst);
	if (m == NULL)
		return;
	cgn_counter_add(&e->stats.counter[CGN_C_TCP_RESETS_MADE], 1);
	cgn_return_path_send(e, &path, m, rst->dst, port);
}

void
cgn_tcp_reset_lease(void *ctx, const struct cgn_mapping *m, const struct cgn_session *s)
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
