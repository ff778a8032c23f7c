/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The softwires of an engine: made, found, moved and expired.
 */
#include "dataplane/engine/tunnel.h"

#include "dataplane/engine/context.h"
#include "shared/softwire_addr.h"

#include <errno.h>
#include <stdlib.h>

#define WALK_MAX \
	32 /* softwires that one turn looks at. To look at one is a small part of ending a mapping */

/* Look for the next hop of a softwire. */
static void
route_softwire(struct cgn_tunnel *t, uint32_t i)
{
	struct cgn_softwire *w = &t->wires.at[i];

	w->nh = cgn_route6_lookup(t->routes, &w->b4);
	w->routes = t->routes_number;
}

void
cgn_tunnel_new_routes(struct cgn_tunnel *t)
{
	t->routes_number++;
}

struct cgn_nexthop6 *
cgn_tunnel_find_next_hop(struct cgn_tunnel *t, const struct cgn_softwire *w)
{
	if (!w->is_live)
		return NULL;
	route_softwire(t, (uint32_t)(w - t->wires.at));
	return w->nh;
}

int
cgn_tunnel_create(struct cgn_engine *e)
{
	const struct cgn_conf *conf = e->conf;
	struct cgn_rand *rnd = &e->nat.rnd;
	bool is_b4 = conf->softwire.role == CGN_SOFTWIRE_B4;
	struct cgn_ip6 whole = conf->softwire.remote;
	struct cgn_tunnel *t;
	uint64_t seed[2];
	int ret;

	if (conf->softwire.role == CGN_SOFTWIRE_OFF)
		return 0;
	t = calloc(1, sizeof(*t));
	if (t == NULL)
		return -ENOMEM;
	for (unsigned int i = 0; i < 2; i++)
		seed[i] = cgn_rand_u64(rnd);
	t->ident = cgn_rand_u32(rnd);
	t->routes = &e->routes6[is_b4 ? CGN_SIDE_OUTSIDE : CGN_SIDE_INSIDE];
	ret = cgn_softwires_init(&t->wires, is_b4 ? 1 : CGN_SOFTWIRES_MAX, seed);
	if (ret == 0)
		ret = cgn_reassembly6_create(&t->frags, conf->nat.fragments_max, cgn_rand_u32(rnd));
	if (ret < 0) {
		cgn_tunnel_destroy(t);
		return ret;
	}
	/* A B4 has one softwire, which exists from the start. */
	if (is_b4) {
		t->remote = cgn_softwires_add(&t->wires, &whole, &whole, 128, e->now);
		route_softwire(t, t->remote);
	}
	e->tunnel = t;
	return 0;
}

void
cgn_tunnel_destroy(struct cgn_tunnel *t)
{
	if (t == NULL)
		return;
	cgn_reassembly6_destroy(t->frags);
	cgn_softwires_fini(&t->wires);
	free(t);
}

/* Mappings and fragments name a softwire by its number, so a number in use must not be given to another
 * home. Fragments of inner packets need no test: they expire before any softwire does. */
static bool
is_softwire_used(void *ctx, const struct cgn_softwire *w)
{
	const struct cgn_engine *e = ctx;
	const struct cgn_tunnel *t = e->tunnel;

	return cgn_subscribers_find6(e->nat.subs, &w->prefix) != CGN_SUB_NONE ||
			cgn_reassembly6_holds(t->frags, (uint32_t)(w - t->wires.at));
}

bool
cgn_tunnel_expire(struct cgn_engine *e, unsigned int *budget)
{
	struct cgn_tunnel *t = e->tunnel;
	unsigned int n = cgn_reassembly6_expire(t->frags, e->now, *budget);
	bool more = false;

	*budget -= RTE_MIN(*budget, n);
	if (n != 0)
		cgn_counter_add(&e->stats.verdict[CGN_V_FRAG_TIMEOUT], n);
	if (e->conf->softwire.role == CGN_SOFTWIRE_AFTR)
		more = cgn_softwires_expire(&t->wires, e->now, WALK_MAX, is_softwire_used, e);
	return more | cgn_reassembly6_is_due(t->frags, e->now);
}

const struct cgn_ip6 *
cgn_tunnel_home(const void *engine, uint32_t realm)
{
	const struct cgn_engine *e = engine;

	return &e->tunnel->wires.at[realm].prefix;
}

const struct cgn_ip6 *
cgn_tunnel_b4(const void *engine, uint32_t realm)
{
	const struct cgn_engine *e = engine;

	return &e->tunnel->wires.at[realm].b4;
}

uint32_t
cgn_tunnel_find(const struct cgn_engine *e, const struct cgn_ip6 *addr)
{
	const struct cgn_conf_group *g = cgn_subscribers_group6(e->nat.subs, addr);
	struct cgn_ip6 prefix;

	if (g == NULL)
		return 0;
	prefix = cgn_ip6_prefix(addr, g->subscriber_prefix6_len);
	return cgn_softwires_find_prefix(&e->tunnel->wires, &prefix, g->subscriber_prefix6_len);
}

/* Remove an idle softwire without a subscriber, so that a new one fits in. */
static bool
make_softwire_place(struct cgn_engine *e)
{
	struct cgn_softwires *t = &e->tunnel->wires;
	/* A fragment may still name a softwire for fragment_s seconds. */
	uint32_t keep_s = RTE_MAX(
			(uint32_t)CGN_SOFTWIRE_KEEP_S, e->conf->nat.timeouts.fragment_s + 1);
	uint32_t i = cgn_softwires_sample(t, e->now - cgn_ticks(keep_s), is_softwire_used, e);

	if (i != 0)
		cgn_softwires_del(t, i);
	return i != 0;
}

uint32_t
cgn_tunnel_add(struct cgn_engine *e, const struct cgn_conf_group *g, const struct cgn_ip6 *b4)
{
	struct cgn_tunnel *t = e->tunnel;
	uint8_t len = g->subscriber_prefix6_len;
	struct cgn_ip6 prefix = cgn_ip6_prefix(b4, len);
	uint32_t i = cgn_softwires_add(&t->wires, b4, &prefix, len, e->now);

	if (i == 0 && make_softwire_place(e))
		i = cgn_softwires_add(&t->wires, b4, &prefix, len, e->now);
	if (i != 0)
		route_softwire(t, i);
	return i;
}

uint32_t
cgn_tunnel_get(struct cgn_engine *e, const struct cgn_ip6 *addr, int *err)
{
	const struct cgn_conf_group *g = NULL;
	uint32_t i;

	*err = -EACCES;
	if (e->tunnel == NULL)
		return 0;
	g = cgn_subscribers_group6(e->nat.subs, addr);
	if (g == NULL)
		return 0;
	i = cgn_tunnel_find(e, addr);
	if (i == 0)
		i = cgn_tunnel_add(e, g, addr);
	*err = i == 0 ? -ENOSPC : 0;
	return i;
}

enum cgn_verdict
cgn_tunnel_move(struct cgn_engine *e, uint32_t i, const struct cgn_ip6 *b4)
{
	struct cgn_tunnel *t = e->tunnel;
	struct cgn_softwire *w = &t->wires.at[i];

	/* A home that moves keeps its mappings (RFC 7785 section 4). Moves are limited, because a forged
	 * source moves the home, too. A softwire that was made for a lease has not been seen: its first
	 * packet is no move. */
	if (w->is_seen && w->has_moved &&
			!cgn_tick_reached(e->now,
					w->moved_at + cgn_ticks(e->conf->softwire.move_min_s)))
		return CGN_V_SOFTWIRE_MOVED;
	if (w->is_seen) {
		w->has_moved = true;
		w->moved_at = e->now;
		cgn_counter_add(&e->stats.counter[CGN_C_SOFTWIRE_MOVES], 1);
	}
	cgn_softwires_move(&t->wires, i, b4);
	route_softwire(t, i);
	return CGN_V_NONE;
}

bool
cgn_tunnel_is_inner(rte_be32_t src)
{
	return cgn_softwire_is_inner(src);
}
