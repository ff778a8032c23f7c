/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TUNNEL_H
#define CGN_TUNNEL_H

/**
 * @file
 * The softwires of an engine: those of an AFTR, one for each home, or the one of a B4.
 *
 * A softwire is found by the address that its packets come from, or by the prefix of its subscriber.
 * Mappings and packets name it by its number, the realm.
 *
 * Threads: single owner, the worker.
 */

#include "dataplane/link/route6.h"
#include "dataplane/nat/nat.h"
#include "dataplane/softwire/reassembly6.h"
#include "dataplane/softwire/softwire.h"
#include "shared/wellknown.h"

struct cgn_engine;

struct cgn_tunnel {
	struct cgn_softwires wires; /* of a B4: one, to the AFTR */
	struct cgn_routes6 routes;
	struct cgn_reassembly6 *frags;
	uint32_t remote; /* B4: the softwire */
	uint32_t ident;  /* of the next packet that is fragmented */
};

/** Set up what softwires need; *out stays NULL if softwire.role is off. @return 0, -ENOMEM */
int cgn_tunnel_create(struct cgn_tunnel **out, const struct cgn_conf *conf, struct cgn_rand *rnd,
		cgn_tick now);

/** Release it. NULL is allowed. */
void cgn_tunnel_destroy(struct cgn_tunnel *t);

/** Whether an inner source may come out of a home (RFC 6333 section 11). */
bool cgn_tunnel_is_inner(rte_be32_t src);

/** The softwire of a subscriber by an address of its prefix, made if there is none. 0: none. */
uint32_t cgn_tunnel_get(struct cgn_engine *e, const struct cgn_ip6 *addr, int *err);

/**
 * Make a softwire. If the table is full, an idle one without a subscriber is forgotten for it.
 *
 * @param g   the group of the address
 * @param b4  where its packets come from
 * @return its number; 0: the table is full
 */
uint32_t
cgn_tunnel_add(struct cgn_engine *e, const struct cgn_conf_group *g, const struct cgn_ip6 *b4);

/**
 * Take note that the packets of a subscriber come from another address of its prefix: it has moved, or
 * there are two.
 *
 * @return CGN_V_NONE; CGN_V_SOFTWIRE_MOVED: too soon after the last time
 */
enum cgn_verdict cgn_tunnel_move(struct cgn_engine *e, uint32_t i, const struct cgn_ip6 *b4);

/** The softwire of a B4 address's prefix, 0: none. */
uint32_t cgn_tunnel_find(const struct cgn_engine *e, const struct cgn_ip6 *addr);

/** cgn_nat_home_fn. @param engine  the engine */
const struct cgn_ip6 *cgn_tunnel_home(const void *engine, uint32_t realm);

/**
 * Housekeeping: reassembly that takes too long, softwires that are idle.
 *
 * @param budget  chains and softwires to look at in this call
 * @return true: more is due now
 */
bool cgn_tunnel_expire(struct cgn_engine *e, unsigned int budget);

#endif /* CGN_TUNNEL_H */
