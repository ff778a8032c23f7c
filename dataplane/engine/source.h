/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_SOURCE_H
#define CGN_SOURCE_H

/**
 * @file
 * Source check of packets from inside. The source address must belong to a subscriber. The route to the
 * source address must lead to the port that received the packet. If the source address is on a directly
 * connected link, it must be an address of the station that sent the frame.
 */

#include "dataplane/engine/context.h"

/** Set up the limits of resolve requests. @return 0, -ENOMEM */
int cgn_source_init(struct cgn_engine *e);

/** Release what init made. */
void cgn_source_fini(struct cgn_engine *e);

/**
 * Check the source of a packet. If the source is an address on a link and not a known neighbour, the
 * control thread is asked to resolve it.
 *
 * @param ctx  the engine
 * @return CGN_V_NONE, CGN_V_MARTIAN, CGN_V_NOT_SUBSCRIBER, CGN_V_SPOOFED, CGN_V_STATION,
 *   CGN_V_STATION_UNKNOWN, CGN_V_STATION_LIMIT, CGN_V_SOFTWIRE_SOURCE
 */
enum cgn_verdict cgn_source_check(void *ctx, const struct cgn_pkt *p);

/** The same for a packet from inside whose source need not be a subscriber. */
enum cgn_verdict cgn_source_check_anybody(struct cgn_engine *e, const struct cgn_pkt *p);

/**
 * Check the source of a packet from inside to cgnd itself. A request of PCP may come from a host that is no subscriber
 * (pcp.third_party). cgnd believes its address, so it is checked like that of a subscriber.
 *
 * @return as cgn_source_check()
 */
enum cgn_verdict cgn_source_check_request(struct cgn_engine *e, const struct cgn_pkt *p);

/**
 * Whether a verdict means that the source address does not belong to the sender, or that its station uses
 * too many addresses. CGN_V_NOT_SUBSCRIBER does not mean that: such a host may still ping cgnd.
 */
bool cgn_source_is_forged(enum cgn_verdict v);

/**
 * Check the source of a packet for the host plane. The kernel answers it by its own routes, so the route back
 * must lead to the port that the packet came in by, whether or not the source is a subscriber. Outside, any
 * source of the internet will do.
 *
 * @return CGN_V_NONE, CGN_V_MARTIAN, CGN_V_SPOOFED
 */
enum cgn_verdict cgn_source_check_host(const struct cgn_engine *e, const struct cgn_pkt *p);

#endif /* CGN_SOURCE_H */
