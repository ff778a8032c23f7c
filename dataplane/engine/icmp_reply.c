/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * ICMP errors and echo replies of the engine: whether to send, to whom, from which address.
 */
#include "dataplane/engine/icmp_reply.h"

#include "dataplane/engine/return_path.h"
#include "dataplane/engine/source.h"
#include "dataplane/engine/tcp_reset.h"
#include "dataplane/pkt/icmp.h"
#include "dataplane/pkt/icmp_make.h"

static void
send_icmp(struct cgn_engine *e, struct rte_mbuf *m, rte_be32_t to, uint16_t port,
		const struct cgn_return_path *path)
{
	cgn_counter_add(&e->stats.counter[CGN_C_ICMP_MADE], 1);
	cgn_return_path_send(e, path, m, to, port);
}

/* Send an ICMP error, if the way back and the rate allow it. @param err  its source may be 0: then it is
 * the local address on the way back */
static void
send_error(struct cgn_engine *e, const struct cgn_pkt *p, struct cgn_icmp_error *err)
{
	struct rte_mbuf *m;
	struct cgn_return_path path;

	if ((p->flags & CGN_PF_OWN) != 0)
		return;
	/* The rate limit comes last, so that an error without a route takes no token. */
	if (!cgn_return_path_find(e, p->src, (enum cgn_side)p->side, p->realm, p->port, &path))
		return;
	if (!cgn_return_path_allows(e, (enum cgn_side)p->side, p->realm, p->src, p->sport))
		return;
	if (err->src == 0)
		err->src = path.src;
	err->ip_id = cgn_nat_ident(&e->nat, err->src, p->src, IPPROTO_ICMP);
	m = cgn_icmp_make_error(e->out.mp, p, err);
	if (m != NULL)
		send_icmp(e, m, p->src, p->port, &path);
}

void
cgn_icmp_reply(struct cgn_engine *e, const struct cgn_pkt *p, uint8_t type, uint8_t code,
		uint16_t mtu)
{
	struct cgn_icmp_error err = { .type = type, .code = code, .mtu = mtu };

	if (type != CGN_ICMP_TIME_EXCEEDED || e->conf->ports[p->port].ttl_exceeded)
		send_error(e, p, &err);
}

void
cgn_icmp_reply_refuse(struct cgn_engine *e, struct cgn_pkt *p, enum cgn_verdict v, uint16_t mtu)
{
	static const struct {
		enum cgn_verdict v;
		uint8_t type;
		uint8_t code;
	} told[] = {
		{ CGN_V_TTL, CGN_ICMP_TIME_EXCEEDED, CGN_ICMP_TIME_EXCEEDED_TTL },
		{ CGN_V_MTU, CGN_ICMP_UNREACHABLE, CGN_ICMP_UNREACHABLE_TOO_BIG },
		{ CGN_V_NO_ROUTE, CGN_ICMP_UNREACHABLE, CGN_ICMP_UNREACHABLE_NET },
		{ CGN_V_PROTOCOL, CGN_ICMP_UNREACHABLE, CGN_ICMP_UNREACHABLE_PROTOCOL },
		/* Soft errors (RFC 6888 REQ-11 b): the application may try again. */
		{ CGN_V_SUB_PORTS, CGN_ICMP_UNREACHABLE, CGN_ICMP_UNREACHABLE_HOST },
		{ CGN_V_SUB_MAPPINGS, CGN_ICMP_UNREACHABLE, CGN_ICMP_UNREACHABLE_HOST },
		{ CGN_V_SUB_PROTOCOL, CGN_ICMP_UNREACHABLE, CGN_ICMP_UNREACHABLE_HOST },
		{ CGN_V_SUB_RATE, CGN_ICMP_UNREACHABLE, CGN_ICMP_UNREACHABLE_HOST },
		{ CGN_V_SUB_SESSIONS, CGN_ICMP_UNREACHABLE, CGN_ICMP_UNREACHABLE_HOST },
		{ CGN_V_POOL_PORTS, CGN_ICMP_UNREACHABLE, CGN_ICMP_UNREACHABLE_HOST },
		{ CGN_V_POOL_FULL, CGN_ICMP_UNREACHABLE, CGN_ICMP_UNREACHABLE_HOST },
		{ CGN_V_MAPPINGS_FULL, CGN_ICMP_UNREACHABLE, CGN_ICMP_UNREACHABLE_HOST },
		{ CGN_V_SESSIONS_FULL, CGN_ICMP_UNREACHABLE, CGN_ICMP_UNREACHABLE_HOST },
		{ CGN_V_SUBSCRIBERS_MAX, CGN_ICMP_UNREACHABLE, CGN_ICMP_UNREACHABLE_HOST },
		{ CGN_V_SUBSCRIBERS_FULL, CGN_ICMP_UNREACHABLE, CGN_ICMP_UNREACHABLE_HOST },
	};

	for (unsigned int i = 0; i < RTE_DIM(told); i++) {
		/* A forged source gets no error: the error would hit the host whose address was forged. */
		if (told[i].v == v &&
				(p->side == CGN_SIDE_OUTSIDE ||
						cgn_source_check(e, p) == CGN_V_NONE))
			cgn_icmp_reply(e, p, told[i].type, told[i].code, mtu);
	}
	cgn_context_drop(e, p, v);
}

void
cgn_icmp_reply_echo(struct cgn_engine *e, struct cgn_pkt *p)
{
	struct cgn_return_path path;

	if (!cgn_return_path_find(e, p->src, CGN_SIDE_OUTSIDE, 0, p->port, &path) ||
			!cgn_return_path_allows(e, CGN_SIDE_OUTSIDE, 0, p->src, p->sport)) {
		cgn_context_drop(e, p, CGN_V_PUNT_RATE);
		return;
	}
	/* The request becomes the reply, so it is counted here. The reply itself has no verdict. */
	cgn_icmp_make_echo_reply(p);
	cgn_counter_add(&e->stats.verdict[CGN_V_LOCAL], 1);
	p->flags = (uint8_t)((p->flags | CGN_PF_OWN) & ~CGN_PF_REQUEST);
	if (path.pool_addr == NULL) {
		cgn_out_pkt(&e->out, path.nh, p, CGN_V_NONE);
		return;
	}
	/* A packet that goes to a pool address is framed again. */
	rte_pktmbuf_adj(p->m, p->l3_off);
	cgn_return_path_hairpin(e, p, path.pool_addr);
}

void
cgn_icmp_reply_hairpin(struct cgn_engine *e, struct cgn_pkt *p)
{
	/* The answer comes from the address that was meant, as if that host sent it. */
	struct cgn_icmp_error err = {
		.type = CGN_ICMP_UNREACHABLE, .code = CGN_ICMP_UNREACHABLE_PORT, .src = p->dst
	};

	if (p->kind == CGN_PK_ICMP_QUERY && cgn_icmp_is_echo(p)) {
		cgn_icmp_reply_echo(e, p);
		return;
	}
	if (p->kind == CGN_PK_TCP)
		cgn_tcp_reset_hairpin(e, p);
	else if (p->kind == CGN_PK_UDP)
		send_error(e, p, &err);
	cgn_context_drop(e, p, CGN_V_NO_MAPPING);
}

bool
cgn_icmp_reply_syns(struct cgn_engine *e, unsigned int *budget)
{
	struct cgn_synhold_due due;

	for (; *budget > 0 && cgn_synhold_due(e->nat.syns, e->now, &due); --*budget) {
		struct cgn_icmp_error err = { .type = CGN_ICMP_UNREACHABLE,
			.code = CGN_ICMP_UNREACHABLE_PORT };
		const struct rte_ipv4_hdr *ip = due.ip;
		rte_be32_t to = ip->src_addr;
		rte_be16_t sport = 0;
		struct rte_mbuf *m;
		struct cgn_return_path path;

		cgn_counter_add(&e->stats.counter[CGN_C_SYN_HOLD_EXPIRED], 1);
		if (due.len >= rte_ipv4_hdr_len(ip) + sizeof(sport))
			memcpy(&sport, (const uint8_t *)ip + rte_ipv4_hdr_len(ip), sizeof(sport));
		if (cgn_return_path_find(e, to, CGN_SIDE_OUTSIDE, 0, due.port, &path) &&
				cgn_return_path_allows(e, CGN_SIDE_OUTSIDE, 0, to, sport)) {
			err.src = path.src;
			err.ip_id = cgn_nat_ident(&e->nat, path.src, to, IPPROTO_ICMP);
			m = cgn_icmp_make_error_raw(e->out.mp, due.ip, due.len, &err);
			if (m != NULL)
				send_icmp(e, m, to, due.port, &path);
		}
	}
	return *budget == 0;
}

void
cgn_icmp_reply_frag_expired(void *ctx, const struct cgn_reassembly_expired *x)
{
	struct cgn_engine *e = ctx;
	struct cgn_pkt first;

	if (!x->has_first)
		return;
	first = *x->first;
	first.realm = x->realm;
	if (first.side == CGN_SIDE_OUTSIDE || cgn_source_check(e, &first) == CGN_V_NONE)
		cgn_icmp_reply(e, &first, CGN_ICMP_TIME_EXCEEDED, CGN_ICMP_TIME_EXCEEDED_REASSEMBLY,
				0);
}
