/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_FRAGMENT_H
#define CGN_FRAGMENT_H

/**
 * @file
 * Fragmentation of an IPv4 packet to a link's MTU (RFC 791 section 3.2).
 */

#include "dataplane/pkt/pkt.h"

/** Most fragments of one packet: 65535 octets over the smallest MTU that IPv4 allows. */
#define CGN_FRAGMENT_MAX 1490

/**
 * Cut a packet into fragments. Each is a new mbuf that begins with its IPv4 header and has at least
 * CGN_HEADROOM octets in front. They are in order, at offsets that are multiples of eight.
 *
 * Options with the copied flag are in every fragment, others only in the first. DF and ID are kept. Only a
 * packet that came in fragments (CGN_PF_WAS_FRAG) may be cut with DF set; the caller checks that. A packet
 * that is itself a fragment can be cut further.
 *
 * @param p    its header is at p->l3_off; stays the caller's, unchanged
 * @param mtu  of the link, IPv4 octets; at least 68 (RFC 791)
 * @param out  the fragments
 * @param max  entries of @p out
 * @return number of fragments; -EINVAL the MTU leaves no room, -ENOSPC more than @p max, -ENOMEM no mbuf
 *   left. On failure nothing is kept.
 */
int cgn_fragment(struct rte_mempool *mp, const struct cgn_pkt *p, uint16_t mtu,
		struct rte_mbuf **out, unsigned int max);

#endif /* CGN_FRAGMENT_H */
