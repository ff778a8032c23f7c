/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TUNNEL_H
#define CGN_TUNNEL_H

/**
 * @file
 * The softwires of an engine. An AFTR has one for each home. A B4 has only one.
 *
 * A home is the subscriber behind one softwire. The softwire is found by the address of the B4, from which
 * the packets of the home come, or by the subscriber's prefix. The number of a softwire is the realm of its
 * home. Mappings and packets contain the realm to tell the home. Realm 0 is native IPv4.
 *
 * Threads: single owner, the worker.
 */

#include "dataplane/link/route6.h"
#include "dataplane/nat/nat.h"
#include "dataplane/softwire/reassembly6.h"
#include "dataplane/softwire/softwire.h"
#include "shared/wellknown.h"

struct cgn_engine;

/** The softwires of an engine, with the routes to them and the fragments of their outer packets. */
struct cgn_tunnel {
	struct cgn_softwires wires;       /* a B4 has only one, to the AFTR */
	const struct cgn_routes6 *routes; /* of the engine: the side of the softwires */
	uint32_t routes_number; /* counts the reloads; a next hop is of the routes with one number */
	struct cgn_reassembly6 *frags;
	uint32_t remote; /* B4: number of the softwire */
	uint32_t ident;  /* IPv6 identification for the next packet that is fragmented */
};

/** Set up the softwires of an engine that has its routes. e->tunnel stays NULL if softwire.role is off. @return 0, -ENOMEM */
int cgn_tunnel_create(struct cgn_engine *e);

/** Release it. NULL is allowed. */
void cgn_tunnel_destroy(struct cgn_tunnel *t);

/** The engine has other routes now. Each softwire looks for its next hop again when it is used. */
void cgn_tunnel_new_routes(struct cgn_tunnel *t);

/** Part of cgn_tunnel_next_hop() for a softwire that has not been used since the routes are new. */
struct cgn_nexthop6 *cgn_tunnel_find_next_hop(struct cgn_tunnel *t, const struct cgn_softwire *w);

/** Next hop to the B4 of a softwire; NULL: there is no route, or the softwire was removed. */
static inline struct cgn_nexthop6 *
cgn_tunnel_next_hop(struct cgn_tunnel *t, const struct cgn_softwire *w)
{
	return likely(w->routes == t->routes_number) ? w->nh : cgn_tunnel_find_next_hop(t, w);
}

/**
 * Whether a host of a home may use an IPv4 source address. It may use private addresses and 192.0.0.0/29,
 * but not the address of the AFTR (RFC 6333 section 11).
 */
bool cgn_tunnel_is_inner(rte_be32_t src);

/**
 * The softwire of the home that an IPv6 address belongs to. If there is none, it is made.
 *
 * @param[out] err  0, -EACCES: the address belongs to no subscriber, -ENOSPC: the table is full
 * @return its number, 0: none
 */
uint32_t cgn_tunnel_get(struct cgn_engine *e, const struct cgn_ip6 *addr, int *err);

/**
 * Make a softwire. If the table is full, an idle softwire without a subscriber is removed first.
 *
 * @param g   the group of the address
 * @param b4  address of the B4
 * @return its number; 0: the table is full
 */
uint32_t
cgn_tunnel_add(struct cgn_engine *e, const struct cgn_conf_group *g, const struct cgn_ip6 *b4);

/**
 * Note that the packets of a home now come from another address of its prefix: the B4 has another address,
 * or the home has two B4s.
 *
 * @return CGN_V_NONE; CGN_V_SOFTWIRE_MOVED: too soon after the last move
 */
enum cgn_verdict cgn_tunnel_move(struct cgn_engine *e, uint32_t i, const struct cgn_ip6 *b4);

/** The softwire of the prefix that a B4 address belongs to, 0: none. */
uint32_t cgn_tunnel_find(const struct cgn_engine *e, const struct cgn_ip6 *addr);

/** A cgn_nat_home_fn: the prefix of a home. @param engine  the engine */
const struct cgn_ip6 *cgn_tunnel_home(const void *engine, uint32_t realm);

/** A cgn_nat_home_fn: the address of the B4 of a home, as it is now. @param engine  the engine */
const struct cgn_ip6 *cgn_tunnel_b4(const void *engine, uint32_t realm);

/**
 * Housekeeping: drop packets that are still incomplete after their time, and remove idle softwires.
 *
 * @param[in,out] budget  the most packets
 * @return true: more is due now
 */
bool cgn_tunnel_expire(struct cgn_engine *e, unsigned int *budget);

#endif /* CGN_TUNNEL_H */
