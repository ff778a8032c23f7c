/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Output of a worker: transmit buffers, neighbours to resolve, held packets and fragments.
 */
#include "dataplane/link/out.h"

#include "dataplane/engine/engine_cfg.h"
#include "dataplane/pkt/fragment.h"

#include <errno.h>

/* A neighbour is requested again after this time. The control thread itself repeats faster. */
#define ASK_AGAIN cgn_ticks(1)

/* Packets are held no longer than this. The control thread tries three times within five seconds and then
 * reports the result, unless its report or the request was lost. */
#define HOLD_TIME cgn_ticks(10)

/* Requests that may be sent at once, for neighbours that are not gateways: by all workers together, and by
 * one worker at least. */
#define ASK_BURST     512u
#define ASK_BURST_MIN 32u

/* Fragments of one datagram: 64 KiB over a link of CGN_MTU_MIN octets are 119. */
#define FRAGMENTS_MAX 128

/* Octets that every IPv4 link carries (RFC 791). */
#define FRAGMENT_MIN 68u

int
cgn_out_init(struct cgn_out *o, const struct cgn_engine_cfg *cfg, const struct cgn_conf *conf,
		struct cgn_stats *stats)
{
	memset(o, 0, sizeof(*o));
	o->ops = cfg->ops;
	o->ctx = cfg->ctx;
	o->mp = cfg->mp;
	o->stats = stats;
	o->worker = cfg->worker;
	o->n_ports = (unsigned int)conf->n_ports;
	o->multi_seg = cfg->tx_multi_seg;
	/* The other half is for unknown sources (engine/source.c). */
	o->asks_per_s = RTE_MAX(CGN_ASKS_PER_S / 2 / conf->workers, 1u);
	o->asks_burst = RTE_MAX(ASK_BURST / conf->workers, ASK_BURST_MIN);
	cgn_bucket_init(&o->ask_tokens, cfg->now);
	o->routes_number = 1;
	memcpy(o->ports, cfg->ports, o->n_ports * sizeof(*o->ports));
	return cgn_neighs_init(&o->neighs);
}

void
cgn_out_fini(struct cgn_out *o)
{
	for (unsigned int i = 0; i < o->n_ports; i++)
		rte_pktmbuf_free_bulk(o->buf[i].m, o->buf[i].n);
	cgn_neighs_fini(&o->neighs);
}

static void
out_count(struct cgn_out *o, enum cgn_verdict v)
{
	if (v != CGN_V_NONE)
		cgn_counter_add(&o->stats->verdict[v], 1);
}

void
cgn_out_drop(struct cgn_out *o, struct rte_mbuf *m, enum cgn_verdict v)
{
	out_count(o, v);
	rte_pktmbuf_free(m);
}

void
cgn_out_lose(struct cgn_out *o, struct rte_mbuf *m, enum cgn_verdict was, enum cgn_verdict v)
{
	if (was == CGN_V_NONE)
		cgn_counter_add(&o->stats->counter[CGN_C_OWN_TX_LOST], 1);
	cgn_out_drop(o, m, was == CGN_V_NONE ? CGN_V_NONE : v);
}

static void
count_sent(struct cgn_out *o, const uint8_t *verdict, uint16_t n)
{
	uint16_t from = 0;

	/* Most bursts have one verdict: compare each with the next. */
	if (likely(n > 0 && memcmp(verdict, verdict + 1, n - 1u) == 0)) {
		if (verdict[0] != CGN_V_NONE)
			cgn_counter_add(&o->stats->verdict[verdict[0]], n);
		return;
	}
	for (uint16_t i = 1; i <= n; i++) {
		if (i < n && verdict[i] == verdict[from])
			continue;
		if (verdict[from] != CGN_V_NONE)
			cgn_counter_add(&o->stats->verdict[verdict[from]], i - from);
		from = i;
	}
}

void
cgn_out_flush_port(struct cgn_out *o, uint16_t port)
{
	struct cgn_out_buf *b = &o->buf[port];
	uint16_t sent = o->ops->tx(o->ctx, port, b->m, b->n);

	count_sent(o, b->verdict, sent);
	for (uint16_t i = sent; i < b->n; i++)
		cgn_out_lose(o, b->m[i], (enum cgn_verdict)b->verdict[i], CGN_V_TX_FULL);
	b->n = 0;
}

void
cgn_out_flush(struct cgn_out *o)
{
	for (unsigned int i = 0; i < o->n_ports; i++) {
		if (o->buf[i].n != 0)
			cgn_out_flush_port(o, (uint16_t)i);
	}
}

void
cgn_out_frame(struct cgn_out *o, uint16_t port, struct rte_mbuf *m, enum cgn_verdict v)
{
	if (unlikely(m->nb_segs > 1 && (o->multi_seg >> port & 1) == 0)) {
		struct rte_mbuf *one = cgn_pkt_linearize(o->mp, m);

		if (one == NULL) {
			cgn_out_lose(o, m, v, CGN_V_NO_MBUF);
			return;
		}
		rte_pktmbuf_free(m);
		m = one;
	}
	cgn_out_queue(o, &o->buf[port], m, v);
}

static void
push_header(struct cgn_out *o, const struct cgn_neigh *n, struct rte_mbuf *m, enum cgn_verdict v)
{
	char *hdr = rte_pktmbuf_prepend(m, n->hdr_len);

	if (hdr == NULL) {
		cgn_out_lose(o, m, v, CGN_V_NO_MBUF);
		return;
	}
	memcpy(hdr, n->hdr, n->hdr_len);
	m->ol_flags = 0;
	cgn_out_frame(o, n->port, m, v);
}

/* Ask the control thread to resolve a neighbour. @return false: too many requests already */
static bool
out_ask(struct cgn_out *o, struct cgn_neigh *n)
{
	struct cgn_evt evt = {
		.op = CGN_EVT_NEIGH_WANTED,
		.worker = (uint16_t)o->worker,
		.u.neigh = { .addr = n->addr, .port = n->port },
	};

	/* The control thread repeats its requests, so one event per second and neighbour is enough. */
	if (n->asked_at != 0 && !cgn_tick_reached(o->now, n->asked_at + ASK_AGAIN))
		return true;
	if (n->gateway == 0 &&
			!cgn_bucket_take(&o->ask_tokens, o->asks_per_s, o->asks_burst, o->now))
		return false;
	if (o->ops->event(o->ctx, &evt))
		n->asked_at = o->now;
	else
		cgn_counter_add(&o->stats->counter[CGN_C_EVENTS_LOST], 1);
	return true;
}

static void
drop_held(struct cgn_out *o, uint32_t i, enum cgn_verdict v)
{
	struct rte_mbuf *m[CGN_NEIGH_HOLD];
	unsigned int n = cgn_neighs_take_held(&o->neighs, i, m);

	for (unsigned int k = 0; k < n; k++) {
		enum cgn_verdict was = (enum cgn_verdict)m[k]->hash.usr;

		o->neighs.n_held -= was != CGN_V_NONE;
		cgn_out_lose(o, m[k], was, v);
	}
}

/* Drop what is held for a neighbour and remove its entry. The next packet requests it anew. */
static void
out_give_up(struct cgn_out *o, uint32_t i, enum cgn_verdict v)
{
	struct cgn_neigh *n = &o->neighs.at[i];

	drop_held(o, i, v);
	n->asked_at = 0;
	if (n->gateway == 0)
		cgn_neighs_put(&o->neighs, i);
}

/* Hold a packet while its neighbour is being resolved. */
static void
hold(struct cgn_out *o, uint32_t i, struct rte_mbuf *m, enum cgn_verdict v)
{
	struct cgn_neigh *n = &o->neighs.at[i];
	bool is_asked = out_ask(o, n);

	if (n->n_held == CGN_NEIGH_HOLD || (!is_asked && n->n_held == 0)) {
		cgn_out_lose(o, m, v, CGN_V_NEIGH_FULL);
		/* Nobody asks for it, and nothing waits for it: the entry is not needed. */
		if (n->n_held == 0)
			out_give_up(o, i, CGN_V_NEIGH_FULL);
		return;
	}
	/* All places for held packets are taken. A station that exists answers within milliseconds. So the
	 * packet that has waited longest is for one that does not exist, and gives way. Forged addresses
	 * cannot keep out the packets of others. */
	if (unlikely(o->neighs.n_kept == CGN_NEIGH_HELD_MAX)) {
		if (o->neighs.oldest == i)
			drop_held(o, i, CGN_V_NEIGH_FULL);
		else
			out_give_up(o, o->neighs.oldest, CGN_V_NEIGH_FULL);
	}
	/* The device's hash is not needed any more, so the verdict takes its place until the packet is
	 * sent. */
	m->hash.usr = v;
	cgn_neighs_hold(&o->neighs, i, m, o->now);
	o->neighs.n_held += v != CGN_V_NONE;
}

void
cgn_out_expire(struct cgn_out *o)
{
	uint32_t i;

	while ((i = o->neighs.oldest) != 0 &&
			cgn_tick_reached(o->now, o->neighs.at[i].held_at + HOLD_TIME))
		out_give_up(o, i, CGN_V_NEIGH_FAILED);
}

void
cgn_out_neigh(struct cgn_out *o, uint32_t neigh, struct rte_mbuf *m, enum cgn_verdict v)
{
	struct cgn_neigh *n = &o->neighs.at[neigh];

	if (likely(n->hdr_len != 0))
		push_header(o, n, m, v);
	else
		hold(o, neigh, m, v);
}

void
cgn_out_ip(struct cgn_out *o, struct cgn_nexthop *nh, rte_be32_t dst, struct rte_mbuf *m,
		enum cgn_verdict v)
{
	uint32_t i = nh->neigh;

	if (i == 0) {
		i = cgn_neighs_get4(&o->neighs, nh->port, nh->gateway != 0 ? nh->gateway : dst);
		if (i == 0) {
			cgn_out_lose(o, m, v, CGN_V_NEIGH_FULL);
			return;
		}
		/* All packets of a gateway route go to one neighbour, so it is noted. On a link, each
		 * destination is a neighbour of its own. */
		if (nh->gateway != 0) {
			nh->neigh = i;
			o->neighs.at[i].gateway = o->routes_number;
		}
	}
	cgn_out_neigh(o, i, m, v);
}

void
cgn_out_ip6(struct cgn_out *o, struct cgn_nexthop6 *nh, const struct cgn_ip6 *dst,
		struct rte_mbuf *m, enum cgn_verdict v)
{
	const struct cgn_ip to = { .is_ip6 = true, .ip6 = *dst };
	uint32_t i = nh->neigh;

	if (i == 0) {
		i = cgn_neighs_get(&o->neighs, nh->port, nh->gateway.is_ip6 ? &nh->gateway : &to);
		if (i == 0) {
			cgn_out_lose(o, m, v, CGN_V_NEIGH_FULL);
			return;
		}
		/* All packets of this next hop go to the gateway, so its entry is kept. A destination on the
		 * link itself is looked up each time. */
		if (nh->gateway.is_ip6) {
			nh->neigh = i;
			o->neighs.at[i].gateway = o->routes_number;
		}
	}
	cgn_out_neigh(o, i, m, v);
}

static void
out_fragments(struct cgn_out *o, struct cgn_nexthop *nh, struct cgn_pkt *p, enum cgn_verdict v)
{
	struct rte_mbuf *frag[FRAGMENTS_MAX];
	/* Fragments of a datagram that came with DF stay as small as they came. */
	bool as_came = (p->flags & CGN_PF_DF) != 0 && p->frag_size < nh->mtu;
	int n = cgn_fragment(o->mp, p,
			as_came ? (uint16_t)RTE_MAX(p->frag_size, FRAGMENT_MIN) : nh->mtu, frag,
			FRAGMENTS_MAX);

	if (n <= 0) {
		cgn_out_lose(o, p->m, v, n == -ENOSPC ? CGN_V_MTU : CGN_V_NO_MBUF);
		return;
	}
	cgn_counter_add(&o->stats->counter[CGN_C_FRAGMENTED], 1);
	cgn_counter_add(&o->stats->counter[CGN_C_FRAGMENTS_MADE], (uint64_t)n);
	/* The last fragment carries the verdict, so the datagram is counted once. */
	for (int i = 0; i < n; i++)
		cgn_out_ip(o, nh, p->dst, frag[i], i == n - 1 ? v : CGN_V_NONE);
	rte_pktmbuf_free(p->m);
}

void
cgn_out_pkt_slow(struct cgn_out *o, struct cgn_nexthop *nh, struct cgn_pkt *p, enum cgn_verdict v)
{
	if (unlikely(p->total_len > nh->mtu ||
			    ((p->flags & (CGN_PF_DF | CGN_PF_WAS_FRAG)) ==
							    (CGN_PF_DF | CGN_PF_WAS_FRAG) &&
					    p->total_len > p->frag_size))) {
		out_fragments(o, nh, p, v);
		return;
	}
	rte_pktmbuf_adj(p->m, p->l3_off);
	cgn_out_ip(o, nh, p->dst, p->m, v);
}

static void
make_header(const struct cgn_out *o, struct cgn_neigh *n, const uint8_t mac[6])
{
	const struct cgn_pkt_port *port = &o->ports[n->port];
	uint8_t *h = n->hdr;

	memcpy(h, mac, 6);
	memcpy(h + 6, &port->mac, 6);
	h += 12;
	if (port->vlan != 0) {
		const rte_be16_t tag[2] = { RTE_BE16(RTE_ETHER_TYPE_VLAN),
			rte_cpu_to_be_16(port->vlan) };

		memcpy(h, tag, sizeof(tag));
		h += sizeof(tag);
	}
	h[0] = n->addr.is_ip6 ? 0x86 : 0x08;
	h[1] = n->addr.is_ip6 ? 0xdd : 0x00;
	n->hdr_len = (uint8_t)(h + 2 - n->hdr);
}

int
cgn_out_neigh_set(struct cgn_out *o, const struct cgn_cmd_neigh *cmd)
{
	uint32_t i = cgn_neighs_get(&o->neighs, cmd->port, &cmd->addr);
	struct cgn_neigh *n = &o->neighs.at[i];
	struct rte_mbuf *m[CGN_NEIGH_HOLD];
	unsigned int held;

	if (i == 0)
		return -ENOSPC;
	o->neighs.n_known += n->hdr_len == 0;
	make_header(o, n, cmd->mac);
	n->is_over = cmd->is_over;
	held = cgn_neighs_take_held(&o->neighs, i, m);
	for (unsigned int k = 0; k < held; k++) {
		enum cgn_verdict v = (enum cgn_verdict)m[k]->hash.usr;

		o->neighs.n_held -= v != CGN_V_NONE;
		push_header(o, n, m[k], v);
	}
	return 0;
}

void
cgn_out_neigh_del(struct cgn_out *o, const struct cgn_cmd_neigh *cmd)
{
	uint32_t i = cgn_neighs_find(&o->neighs, cmd->port, &cmd->addr);
	struct cgn_neigh *n = &o->neighs.at[i];

	if (i == 0)
		return;
	o->neighs.n_known -= n->hdr_len != 0;
	n->hdr_len = 0;
	out_give_up(o, i, CGN_V_NEIGH_FAILED);
}

void
cgn_out_new_routes(struct cgn_out *o)
{
	o->routes_number = (uint8_t)(o->routes_number % UINT8_MAX + 1);
	o->sweep_at = 1;
}

/* The next hops of the new routes look up their gateways with the next packet, and mark them with the new number. So an
 * entry with an older number is not referred to any more. */
bool
cgn_out_sweep(struct cgn_out *o, unsigned int budget)
{
	for (; budget > 0 && o->sweep_at != 0; budget--) {
		struct cgn_neigh *n = &o->neighs.at[o->sweep_at];

		if (o->sweep_at > o->neighs.n) {
			o->sweep_at = 0;
			break;
		}
		if (n->gateway != 0 && n->gateway != o->routes_number) {
			n->gateway = 0;
			/* Only what is known, or holds packets, has an entry. */
			if (n->hdr_len == 0 && n->n_held == 0)
				cgn_neighs_put(&o->neighs, o->sweep_at);
		}
		o->sweep_at++;
	}
	return o->sweep_at != 0;
}

void
cgn_out_drop_held(struct cgn_out *o)
{
	for (uint32_t i = 1; i <= o->neighs.n; i++)
		drop_held(o, i, CGN_V_SHUTDOWN);
}
