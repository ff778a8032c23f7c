/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/engine_priv.h"
#include "dataplane/pkt/icmp.h"
#include "dataplane/pkt/icmp_make.h"
#include "dataplane/pkt/parse.h"
#include "dataplane/pkt/tcp_make.h"
#include "dataplane/source.h"
#include "dataplane/tunnel.h"

/* Of the ICMP errors that a side may get, one host gets this part, but at least so many per second. */
#define ICMP_SHARES    8u
#define ICMP_SHARE_MIN 64u

/* Send a packet of our own, whose data begins at its IPv4 header, to a pool address. */
static void
turn_own(struct cgn_engine *e, struct cgn_pkt *p, const struct cgn_ext_home *home)
{
	if (cgn_engine_frame(e, p->m, p->port)) {
		cgn_engine_turn(e, p, home);
	} else {
		cgn_counter_add(&e->stats.counter[CGN_C_OWN_TX_LOST], 1);
		rte_pktmbuf_free(p->m);
	}
}

/* Where an answer to an address goes: to the next hop, or round to a pool address. */
struct way {
	const struct cgn_ext_home *home;
	struct cgn_nexthop *nh;
	const struct cgn_softwire *wire; /* behind which the address is */
	rte_be32_t src;                  /* the address of ours that it comes from */
};

/* The way back to somebody behind a softwire. */
static struct way
way_into(const struct cgn_engine *e, uint32_t realm)
{
	bool is_b4 = e->conf->softwire.role == CGN_SOFTWIRE_B4;

	return (struct way){
		.wire = &e->tunnel->wires.at[realm],
		.src = is_b4 ? CGN_SOFTWIRE_B4_ADDR : CGN_SOFTWIRE_AFTR_ADDR,
	};
}

static bool
find_way(const struct cgn_engine *e, rte_be32_t to, enum cgn_side side, uint16_t port,
		struct way *w)
{
	*w = (struct way){ 0 };
	if (side == CGN_SIDE_OUTSIDE)
		w->home = cgn_ext_find(&e->nat.ext, to);
	if (w->home == NULL) {
		w->nh = cgn_routes_lookup(&e->routes[side], to);
		if (w->nh == NULL)
			return false;
		port = w->nh->port;
	}
	w->src = cgn_address_for_errors(&e->addrs, &e->conf->ports[port]);
	return true;
}

static void
send_way(struct cgn_engine *e, struct rte_mbuf *m, rte_be32_t to, uint16_t port,
		const struct way *w)
{
	struct cgn_pkt p = { .m = m, .port = (uint8_t)port, .flags = CGN_PF_OWN };

	if (w->wire != NULL)
		cgn_encap_ip(e, w->wire, m, CGN_V_NONE);
	else if (w->home != NULL)
		turn_own(e, &p, w->home);
	else
		cgn_out_ip(&e->out, w->nh, to, m, CGN_V_NONE);
}

static void
send_icmp(struct cgn_engine *e, struct rte_mbuf *m, rte_be32_t to, uint16_t port,
		const struct way *w)
{
	cgn_counter_add(&e->stats.counter[CGN_C_ICMP_MADE], 1);
	send_way(e, m, to, port, w);
}

/* A block of ports of a pool address: it is one subscriber's, who has few of them. */
static uint64_t
block_at(const struct cgn_engine *e, const struct cgn_ext_home *home, rte_be16_t port)
{
	uint16_t first = e->conf->pools[home->pool].port_min;
	uint16_t in_pool = (uint16_t)(rte_be_to_cpu_16(port) - first);

	for (size_t g = 0; g < e->conf->n_groups; g++) {
		if (e->conf->groups[g].pool == home->pool)
			return (uint64_t)(in_pool / e->conf->groups[g].block_size) << 32 |
					home->addr;
	}
	return home->addr;
}

/* Who has the share of answers to an address: a home with all of its hosts, a native subscriber with all of
 * its addresses, a block of a pool address, or a host outside. */
static uint64_t
sharer_of(const struct cgn_engine *e, enum cgn_side side, uint32_t realm, rte_be32_t to,
		rte_be16_t port)
{
	const struct cgn_ext_home *home;

	if (realm != 0)
		return (uint64_t)realm << 32;
	if (side == CGN_SIDE_INSIDE)
		return cgn_owner_subscriber(&e->owner, to);
	home = cgn_ext_find(&e->nat.ext, to);
	return home == NULL ? to : block_at(e, home, port);
}

/* Whether an answer may be made to an address. Each side has a budget of its own, and of that each remote
 * host or subscriber has a share: who provokes errors without end takes no answers from others.
 * Source: RFC 1812 section 4.3.2.8. */
static bool
rate_allows(struct cgn_engine *e, enum cgn_side side, uint32_t realm, rte_be32_t to,
		rte_be16_t port)
{
	uint32_t rate = e->conf->nat.icmp_errors_per_s;
	uint32_t share = RTE_MIN(rate, RTE_MAX(rate / ICMP_SHARES, ICMP_SHARE_MIN));
	struct cgn_bucket *b = cgn_shares_of(
			&e->icmp_shares[side], sharer_of(e, side, realm, to, port));

	if (cgn_bucket_take(b, share, share, e->now) &&
			cgn_bucket_take(&e->icmp_tokens[side], rate, rate, e->now))
		return true;
	cgn_counter_add(&e->stats.counter[CGN_C_ICMP_SUPPRESSED], 1);
	return false;
}

/* @param err  its source 0: an own address on the way */
static void
send_error(struct cgn_engine *e, const struct cgn_pkt *p, struct cgn_icmp_error *err)
{
	struct rte_mbuf *m;
	struct way w;

	if ((p->flags & CGN_PF_OWN) != 0)
		return;
	if (p->realm != 0)
		w = way_into(e, p->realm);
	else if (!find_way(e, p->src, (enum cgn_side)p->side, p->port, &w))
		return;
	if (!rate_allows(e, (enum cgn_side)p->side, p->realm, p->src, p->sport))
		return;
	if (err->src == 0)
		err->src = w.src;
	err->ip_id = cgn_nat_ident(&e->nat, err->src, p->src, IPPROTO_ICMP);
	m = cgn_icmp_make_error(e->out.mp, p, err);
	if (m != NULL)
		send_icmp(e, m, p->src, p->port, &w);
}

void
cgn_reply_icmp(struct cgn_engine *e, const struct cgn_pkt *p, uint8_t type, uint8_t code,
		uint16_t mtu)
{
	struct cgn_icmp_error err = { .type = type, .code = code, .mtu = mtu };

	if (type != CGN_ICMP_TIME_EXCEEDED || e->conf->ports[p->port].ttl_exceeded)
		send_error(e, p, &err);
}

void
cgn_reply_refuse(struct cgn_engine *e, struct cgn_pkt *p, enum cgn_verdict v, uint16_t mtu)
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
		{ CGN_V_SUB_RATE, CGN_ICMP_UNREACHABLE, CGN_ICMP_UNREACHABLE_HOST },
		{ CGN_V_SUB_SESSIONS, CGN_ICMP_UNREACHABLE, CGN_ICMP_UNREACHABLE_HOST },
		{ CGN_V_POOL_PORTS, CGN_ICMP_UNREACHABLE, CGN_ICMP_UNREACHABLE_HOST },
		{ CGN_V_POOL_FULL, CGN_ICMP_UNREACHABLE, CGN_ICMP_UNREACHABLE_HOST },
		{ CGN_V_MAPPINGS_FULL, CGN_ICMP_UNREACHABLE, CGN_ICMP_UNREACHABLE_HOST },
		{ CGN_V_SESSIONS_FULL, CGN_ICMP_UNREACHABLE, CGN_ICMP_UNREACHABLE_HOST },
		{ CGN_V_SUBSCRIBERS_FULL, CGN_ICMP_UNREACHABLE, CGN_ICMP_UNREACHABLE_HOST },
	};

	for (unsigned int i = 0; i < RTE_DIM(told); i++) {
		/* A source that is not where it belongs is told nothing. */
		if (told[i].v == v &&
				(p->side == CGN_SIDE_OUTSIDE ||
						cgn_source_check(e, p) == CGN_V_NONE))
			cgn_reply_icmp(e, p, told[i].type, told[i].code, mtu);
	}
	cgn_engine_drop(e, p, v);
}

void
cgn_reply_echo(struct cgn_engine *e, struct cgn_pkt *p)
{
	struct way w;

	if (!find_way(e, p->src, CGN_SIDE_OUTSIDE, p->port, &w) ||
			!rate_allows(e, CGN_SIDE_OUTSIDE, 0, p->src, p->sport)) {
		cgn_engine_drop(e, p, CGN_V_PUNT_RATE);
		return;
	}
	cgn_icmp_make_echo_reply(p);
	cgn_counter_add(&e->stats.verdict[CGN_V_LOCAL], 1);
	p->flags = (uint8_t)((p->flags | CGN_PF_OWN) & ~CGN_PF_REQUEST);
	if (w.home == NULL) {
		cgn_out_pkt(&e->out, w.nh, p, CGN_V_NONE);
		return;
	}
	rte_pktmbuf_adj(p->m, p->l3_off);
	turn_own(e, p, w.home);
}

/* Answer a TCP segment with a reset by the way of its source. */
static void
reset_hairpin(struct cgn_engine *e, const struct cgn_pkt *p)
{
	struct cgn_tcp_rst rst;
	struct rte_mbuf *m;
	struct way w;

	if (!cgn_tcp_make_answer(p, &rst) || !find_way(e, p->src, CGN_SIDE_OUTSIDE, p->port, &w) ||
			!rate_allows(e, CGN_SIDE_OUTSIDE, 0, p->src, p->sport))
		return;
	m = cgn_tcp_make_rst(e->out.mp, &rst);
	if (m == NULL)
		return;
	cgn_counter_add(&e->stats.counter[CGN_C_TCP_RESETS_MADE], 1);
	send_way(e, m, rst.dst, p->port, &w);
}

void
cgn_reply_own_hairpin(struct cgn_engine *e, struct cgn_pkt *p)
{
	/* It is the addressed host that answers, so from the address that was meant. */
	struct cgn_icmp_error err = {
		.type = CGN_ICMP_UNREACHABLE, .code = CGN_ICMP_UNREACHABLE_PORT, .src = p->dst
	};

	if (p->kind == CGN_PK_ICMP_QUERY && cgn_icmp_is_echo(p)) {
		cgn_reply_echo(e, p);
		return;
	}
	if (p->kind == CGN_PK_TCP)
		reset_hairpin(e, p);
	else if (p->kind == CGN_PK_UDP)
		send_error(e, p, &err);
	cgn_engine_drop(e, p, CGN_V_NO_MAPPING);
}

bool
cgn_reply_syns(struct cgn_engine *e, unsigned int budget)
{
	struct cgn_synhold_due due;

	while (cgn_synhold_due(e->nat.syns, e->now, &due)) {
		struct cgn_icmp_error err = { .type = CGN_ICMP_UNREACHABLE,
			.code = CGN_ICMP_UNREACHABLE_PORT };
		const struct rte_ipv4_hdr *ip = due.ip;
		rte_be32_t to = ip->src_addr;
		rte_be16_t sport = 0;
		struct rte_mbuf *m;
		struct way w;

		cgn_counter_add(&e->stats.counter[CGN_C_SYN_HOLD_EXPIRED], 1);
		if (due.len >= rte_ipv4_hdr_len(ip) + sizeof(sport))
			memcpy(&sport, (const uint8_t *)ip + rte_ipv4_hdr_len(ip), sizeof(sport));
		if (find_way(e, to, CGN_SIDE_OUTSIDE, due.port, &w) &&
				rate_allows(e, CGN_SIDE_OUTSIDE, 0, to, sport)) {
			err.src = w.src;
			err.ip_id = cgn_nat_ident(&e->nat, w.src, to, IPPROTO_ICMP);
			m = cgn_icmp_make_error_raw(e->out.mp, due.ip, due.len, &err);
			if (m != NULL)
				send_icmp(e, m, to, due.port, &w);
		}
		if (--budget == 0)
			return true;
	}
	return false;
}

void
cgn_reply_frag_expired(void *ctx, const struct cgn_frag_expired *x)
{
	struct cgn_engine *e = ctx;
	struct cgn_pkt first;

	if (!x->has_first)
		return;
	first = *x->first;
	first.realm = x->realm;
	if (first.side == CGN_SIDE_OUTSIDE || cgn_source_check(e, &first) == CGN_V_NONE)
		cgn_reply_icmp(e, &first, CGN_ICMP_TIME_EXCEEDED, CGN_ICMP_TIME_EXCEEDED_REASSEMBLY,
				0);
}

static void
send_reset(struct cgn_engine *e, const struct cgn_tcp_rst *rst, enum cgn_side side, uint16_t port,
		uint32_t realm)
{
	struct rte_mbuf *m;
	struct way w;

	if (rst->seq == 0)
		return;
	if (realm != 0)
		w = way_into(e, realm);
	else if (!find_way(e, rst->dst, side, port, &w))
		return;
	m = cgn_tcp_make_rst(e->out.mp, rst);
	if (m == NULL)
		return;
	cgn_counter_add(&e->stats.counter[CGN_C_TCP_RESETS_MADE], 1);
	send_way(e, m, rst->dst, port, &w);
}

void
cgn_reply_reset(void *ctx, const struct cgn_mapping *m, const struct cgn_session *s)
{
	struct cgn_engine *e = ctx;
	/* Each end gets the sequence number that it expects next, so that it believes the reset. */
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
