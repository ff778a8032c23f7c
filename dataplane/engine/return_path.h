/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RETURN_PATH_H
#define CGN_RETURN_PATH_H

/**
 * @file
 * The way of a packet that the engine makes itself, as an answer or a reset: to the next hop, into a softwire,
 * or to a pool address as a hairpin. And how many answers each receiver may get.
 */

#include "dataplane/engine/context.h"
#include "dataplane/softwire/softwire.h"

/** Where such a packet goes; one of home, nh and wire is set. */
struct cgn_return_path {
	const struct cgn_ext_home *home; /* of the pool address that it goes to */
	struct cgn_nexthop *nh;
	const struct cgn_softwire *wire; /* behind which the receiver is */
	rte_be32_t src;                  /* the local address that it comes from */
};

/**
 * Find the way to a receiver.
 *
 * @param side   where the receiver is
 * @param realm  of the receiver, if it is inside
 * @param port   by which the packet came that is answered
 * @return false: there is no route
 */
bool cgn_return_path_find(const struct cgn_engine *e, rte_be32_t to, enum cgn_side side,
		uint32_t realm, uint16_t port, struct cgn_return_path *path);

/**
 * Send a packet, whose data begins at its IPv4 header.
 *
 * @param port  by which the packet came that is answered
 */
void cgn_return_path_send(struct cgn_engine *e, const struct cgn_return_path *path,
		struct rte_mbuf *m, rte_be32_t to, uint16_t port);

/** Send a packet of our own, whose data begins at its IPv4 header, to a pool address. */
void
cgn_return_path_hairpin(struct cgn_engine *e, struct cgn_pkt *p, const struct cgn_ext_home *home);

/**
 * Whether an answer may be made. Each side has a budget of its own, and of that each remote host or
 * subscriber has a share: a host that provokes errors without end takes no answers from others.
 * Source: RFC 1812 section 4.3.2.8.
 *
 * @param to, sport  source address and port of the packet that is answered
 */
bool cgn_return_path_allows(struct cgn_engine *e, enum cgn_side side, uint32_t realm, rte_be32_t to,
		rte_be16_t sport);

#endif /* CGN_RETURN_PATH_H */
