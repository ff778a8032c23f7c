/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_SOFTWIRE_MTU_H
#define CGN_SOFTWIRE_MTU_H

/**
 * @file
 * The MTU of a softwire: the smallest of softwire.tunnel_mtu, the MTU of the route to the B4, and the path
 * MTU that ICMPv6 has reported (RFC 8201).
 *
 * Units: octets of an IPv6 packet.
 */

#include "dataplane/engine/context.h"
#include "dataplane/link/route6.h"
#include "dataplane/softwire/softwire.h"

/**
 * Seconds until a learned path MTU is forgotten, so that a larger one is tried again (RFC 8201 section 4).
 */
#define CGN_SOFTWIRE_MTU_LEARNED_S 600

/**
 * The MTU of a softwire for which cgn_tunnel_next_hop() has found a route. The function is inline because it is called
 * for every packet into a softwire.
 */
static inline uint16_t
cgn_softwire_mtu(const struct cgn_engine *e, const struct cgn_softwire *w)
{
	uint16_t tunnel = e->conf->softwire.tunnel_mtu;
	uint16_t mtu = tunnel < w->nh->mtu ? tunnel : w->nh->mtu;

	if (w->path_mtu != 0 && w->path_mtu < mtu &&
			!cgn_tick_reached(
					e->now, w->mtu_at + cgn_ticks(CGN_SOFTWIRE_MTU_LEARNED_S)))
		mtu = w->path_mtu;
	return mtu;
}

/**
 * Whether a packet is too long for a softwire and must not be fragmented.
 *
 * @return 0: the packet may be sent; else the MTU to tell its sender, in octets of the IPv4 packet (RFC
 *   2473 section 7.2)
 */
uint16_t cgn_softwire_mtu_exceeded(
		const struct cgn_engine *e, const struct cgn_softwire *w, const struct cgn_pkt *p);

/**
 * Process an ICMPv6 error from the path of a softwire: "packet too big" lowers the path MTU of the
 * softwire. @return the verdict
 */
enum cgn_verdict cgn_softwire_mtu_error(struct cgn_engine *e, struct cgn_pkt *p);

#endif /* CGN_SOFTWIRE_MTU_H */
