/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Source check of packets from inside (A-FIL-6, D-SEC-1), and the rate at which unknown sources are
 * resolved.
 */
#include "dataplane/engine/source.h"

#include "dataplane/engine/tunnel.h"
#include "shared/wellknown.h"

#include <errno.h>
#include <stdlib.h>

/* Requests to resolve unknown sources that may be sent at once: by all ports and workers together, and by
 * one port of one worker at least. */
#define ASKS_BURST     512u
#define ASKS_BURST_MIN 32u

/* A station gets 1/4 of the rate of its port, and 1/2 of the burst. A router with some hundred addresses
 * behind it is known at once. */
#define ASK_STATION_RATE  4
#define ASK_STATION_BURST 2

/* All ports and workers together never ask for more than the control thread can resolve, whatever a forger
 * sends. Each port has a table of shares of its own. In a common table, invented stations of one port could
 * use up the shares of all. */
int
cgn_source_init(struct cgn_engine *e)
{
	struct cgn_source_asks *a = &e->asks;
	size_t n_ports = e->conf->n_ports;
	unsigned int n = 0;

	a->shares = calloc(n_ports, sizeof(*a->shares));
	if (a->shares == NULL)
		return -ENOMEM;
	for (size_t port = 0; port < n_ports; port++) {
		n += e->conf->ports[port].side == CGN_SIDE_INSIDE;
		cgn_bucket_init(&a->tokens[port], e->now);
		cgn_shares_init(&a->shares[port], cgn_rand_u64(&e->nat.rnd), e->now);
	}
	n = RTE_MAX(n, 1u) * e->n_workers;
	/* The other half is for unknown destinations (link/out.c). */
	a->per_s = RTE_MAX(CGN_ASKS_PER_S / 2 / n, 1u);
	a->burst = RTE_MAX(ASKS_BURST / n, ASKS_BURST_MIN);
	return 0;
}

void
cgn_source_fini(struct cgn_engine *e)
{
	free(e->asks.shares);
}

/* Ask the control thread to resolve a source. Mostly this is not needed: a host sends ARP before its first
 * packet, which makes it known. But a host that knew cgnd's MAC address before cgnd started sends no
 * ARP. */
static void
ask_for_source(struct cgn_engine *e, const struct cgn_pkt *p, const struct rte_ether_addr *mac)
{
	struct cgn_evt evt = {
		.op = CGN_EVT_NEIGH_WANTED,
		.worker = (uint16_t)e->worker,
		.u.neigh = { .addr = { .ip4 = p->src }, .port = p->port },
	};
	struct cgn_source_asks *a = &e->asks;
	uint64_t station = 0;

	memcpy(&station, mac, sizeof(*mac));
	if (cgn_bucket_take(cgn_shares_of(&a->shares[p->port], station, e->now),
			    RTE_MAX(a->per_s / ASK_STATION_RATE, 1u), a->burst / ASK_STATION_BURST,
			    e->now) &&
			cgn_bucket_take(&a->tokens[p->port], a->per_s, a->burst, e->now) &&
			!e->out.ops->event(e->out.ctx, &evt))
		cgn_counter_add(&e->stats.counter[CGN_C_EVENTS_LOST], 1);
}

/* Compare the station of a source on the link with the one that sent the frame (A-FIL-6, D-SEC-1). */
static enum cgn_verdict
check_station(struct cgn_engine *e, const struct cgn_pkt *p)
{
	const struct rte_ether_hdr *eth = rte_pktmbuf_mtod(p->m, const struct rte_ether_hdr *);
	const struct cgn_ip src = { .ip4 = p->src };
	const struct cgn_neigh *n =
			&e->out.neighs.at[cgn_neighs_find(&e->out.neighs, p->port, &src)];

	if (n->hdr_len == 0) { /* also if there is no entry: entry 0 */
		ask_for_source(e, p, &eth->src_addr);
		return CGN_V_STATION_UNKNOWN;
	}
	if (memcmp(n->hdr, &eth->src_addr, sizeof(eth->src_addr)) != 0)
		return CGN_V_STATION;
	return n->is_over ? CGN_V_STATION_LIMIT : CGN_V_NONE;
}

/* The next hop back to an IPv4 source inside. It must lead to the port that the packet came in by (RFC 3704).
 * @return NULL: the source is forged */
static inline const struct cgn_nexthop *
way_back(const struct cgn_engine *e, const struct cgn_pkt *p)
{
	const struct cgn_nexthop *back = cgn_routes_lookup(&e->routes[CGN_SIDE_INSIDE], p->src);

	if (back == NULL || back->port != p->port ||
			cgn_address_is_local(&e->addrs, p->src, CGN_SIDE_INSIDE))
		return NULL;
	return back;
}

/* Whether an address on the inside belongs to the sender: by the route back to it, and by its station on a link. */
static inline enum cgn_verdict
check_way(struct cgn_engine *e, const struct cgn_pkt *p)
{
	const struct cgn_nexthop *back = way_back(e, p);

	if (back == NULL)
		return CGN_V_SPOOFED;
	if (back->gateway == 0 && e->conf->ports[p->port].source_check == CGN_SOURCE_NEIGHBOUR)
		return check_station(e, p);
	return CGN_V_NONE;
}

enum cgn_verdict
cgn_source_check(void *ctx, const struct cgn_pkt *p)
{
	struct cgn_engine *e = ctx;
	enum cgn_verdict v;

	/* The softwire itself identifies the home; decapsulation has checked its outer source. */
	if (p->realm != 0)
		return cgn_tunnel_is_inner(p->src) ? CGN_V_NONE : CGN_V_SOFTWIRE_SOURCE;
	v = cgn_address_judge(&e->addrs, p->src, CGN_SIDE_INSIDE);
	if (v != CGN_V_NONE || cgn_address_is_edge(&e->addrs, p->src, CGN_SIDE_INSIDE))
		return CGN_V_MARTIAN;
	if (cgn_subscribers_group4(e->nat.subs, p->src) == NULL)
		return CGN_V_NOT_SUBSCRIBER;
	return check_way(e, p);
}

enum cgn_verdict
cgn_source_check_anybody(struct cgn_engine *e, const struct cgn_pkt *p)
{
	enum cgn_verdict v = cgn_source_check(e, p);

	return v == CGN_V_NOT_SUBSCRIBER ? check_way(e, p) : v;
}

enum cgn_verdict
cgn_source_check_request(struct cgn_engine *e, const struct cgn_pkt *p)
{
	enum cgn_verdict v = cgn_source_check(e, p);

	if (e->conf->pcp.n_third_party == 0 || p->kind != CGN_PK_UDP ||
			p->dport != RTE_BE16(CGN_NATPMP_PORT))
		return v;
	if (v == CGN_V_NOT_SUBSCRIBER)
		return check_way(e, p);
	/* The broadcast address of a link may be in a prefix of pcp.third_party, and no station has it. */
	return v == CGN_V_MARTIAN ? CGN_V_SPOOFED : v;
}

/* An IPv6 source of the host plane. */
static enum cgn_verdict
check_host6(const struct cgn_engine *e, const struct cgn_pkt *p)
{
	static const uint8_t none[10];
	const struct rte_ipv6_hdr *ip = rte_pktmbuf_mtod_offset(
			p->m, const struct rte_ipv6_hdr *, p->l3_off);
	const struct cgn_nexthop6 *back;
	struct cgn_ip6 src;

	memcpy(&src, &ip->src_addr, sizeof(src));
	/* The first 80 bits are 0: unspecified, loopback, and addresses with an IPv4 address in them (RFC 4291 section
	 * 2.5.5), which are no sources on a link. */
	if (src.b[0] == 0xff || memcmp(src.b, none, sizeof(none)) == 0 ||
			cgn_address_is_local6(e->conf, src.b, CGN_SIDE_INSIDE))
		return CGN_V_MARTIAN;
	back = cgn_route6_lookup(&e->routes6[CGN_SIDE_INSIDE], &src);
	/* An inside source cannot come from outside. The host would answer to the inside. */
	if (p->side == CGN_SIDE_OUTSIDE)
		return back == NULL ? CGN_V_NONE : CGN_V_MARTIAN;
	return back != NULL && back->port == p->port ? CGN_V_NONE : CGN_V_SPOOFED;
}

enum cgn_verdict
cgn_source_check_host(const struct cgn_engine *e, const struct cgn_pkt *p)
{
	if (p->kind == CGN_PK_IP6)
		return check_host6(e, p);
	/* Outside, may_come_in() has refused local, pool and martian sources. */
	if (p->side == CGN_SIDE_OUTSIDE)
		return CGN_V_NONE;
	if (cgn_address_judge(&e->addrs, p->src, CGN_SIDE_INSIDE) != CGN_V_NONE ||
			cgn_address_is_edge(&e->addrs, p->src, CGN_SIDE_INSIDE))
		return CGN_V_MARTIAN;
	return way_back(e, p) == NULL ? CGN_V_SPOOFED : CGN_V_NONE;
}

bool
cgn_source_is_forged(enum cgn_verdict v)
{
	return v == CGN_V_SPOOFED || v == CGN_V_STATION || v == CGN_V_STATION_UNKNOWN ||
			v == CGN_V_STATION_LIMIT;
}
