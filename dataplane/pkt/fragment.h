/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_FRAGMENT_H
#define CGN_FRAGMENT_H

/**
 * @file
 * Fragmentation of an IPv4 packet for the MTU of a link (RFC 791 section 3.2).
 */

#include "dataplane/pkt/pkt.h"

/** Most fragments of one packet: 65535 octets at the smallest MTU that IPv4 allows. */
#define CGN_FRAGMENT_MAX 1490

/**
 * Cut a packet into fragments. Each fragment is a new mbuf that begins with an IPv4 header and has at least
 * CGN_HEADROOM octets of headroom. The fragments are in order, and their offsets are multiples of eight.
 *
 * Options with the copied flag are in every fragment, others only in the first. DF and ID are kept. A
 * packet with DF may be cut only if it came in fragments (CGN_PF_WAS_FRAG). The caller checks that. A
 * packet that is itself a fragment can be cut again.
 *
 * @param p    the packet, whose IPv4 header is at p->l3_off; it is not changed, and the caller still owns
 *   it
 * @param mtu  MTU of the link, in octets of the IPv4 packet; at least 68 (RFC 791)
 * @param out  the fragments
 * @param max  entries of @p out
 * @return number of fragments; -EINVAL: the MTU leaves no room for data; -ENOSPC: more than @p max
 *   fragments; -ENOMEM: no mbuf is left. On failure there are no fragments.
 */
int cgn_fragment(struct rte_mempool *mp, const struct cgn_pkt *p, uint16_t mtu,
		struct rte_mbuf **out, unsigned int max);

#endif /* CGN_FRAGMENT_H */
