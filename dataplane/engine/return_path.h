/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RETURN_PATH_H
#define CGN_RETURN_PATH_H

/**
 * @file
 * The way of packets that the engine makes itself: ICMP answers and TCP resets. They go to a next hop, into
 * a softwire, or to a pool address as a hairpin. This file also limits how many answers a receiver gets.
 */

#include "dataplane/engine/context.h"
#include "dataplane/softwire/softwire.h"

/** Where a packet that the engine makes goes. One of pool_addr, nh and wire is set. */
struct cgn_return_path {
	const struct cgn_ext_addr *pool_addr; /* hairpin: the destination address */
	struct cgn_nexthop *nh;
	const struct cgn_softwire *wire; /* the receiver's softwire */
	rte_be32_t src;                  /* local address to use as source, network order */
};

/**
 * Find the way to a receiver.
 *
 * @param side   where the receiver is
 * @param realm  realm of the receiver, if it is inside
 * @param port  port that received the packet that is answered
 * @return false: there is no route
 */
bool cgn_return_path_find(const struct cgn_engine *e, rte_be32_t to, enum cgn_side side,
		uint32_t realm, uint16_t port, struct cgn_return_path *path);

/**
 * Send a packet on the way that was found. The data of the packet begins at its IPv4 header.
 *
 * @param port  port that received the packet that is answered
 */
void cgn_return_path_send(struct cgn_engine *e, const struct cgn_return_path *path,
		struct rte_mbuf *m, rte_be32_t to, uint16_t port);

/** Send a packet that cgnd made itself to a pool address. Its data begins at its IPv4 header. */
void cgn_return_path_hairpin(
		struct cgn_engine *e, struct cgn_pkt *p, const struct cgn_ext_addr *pool_addr);

/**
 * Whether one more answer may be sent. Each side has a limit, and each remote host or subscriber has a
 * share of this limit. A host that provokes errors all the time therefore does not take the answers of
 * other hosts.
 *
 * Source: RFC 1812 section 4.3.2.8.
 *
 * @param to, sport  source address and port of the packet that is answered
 */
bool cgn_return_path_allows(struct cgn_engine *e, enum cgn_side side, uint32_t realm, rte_be32_t to,
		rte_be16_t sport);

#endif /* CGN_RETURN_PATH_H */
