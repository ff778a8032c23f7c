/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_PUNT_H
#define CGN_PUNT_H

/**
 * @file
 * Punting: packets for cgnd itself are handed to the control thread, within the limits of punt_limit.h.
 */

#include "dataplane/engine/context.h"

/** Punt a packet: hand it to the control thread. @param v  the verdict to count */
void cgn_punt(struct cgn_engine *e, struct cgn_pkt *p, enum cgn_verdict v);

/**
 * Whether a packet from outside is a NAT-PMP announcement that the upstream NAT has sent to all hosts of
 * the link.
 */
bool cgn_punt_is_announcement(const struct cgn_engine *e, const struct cgn_pkt *p);

/** Punt a frame of ARP or neighbour discovery. Drop any other IPv6 frame. */
void cgn_punt_link(struct cgn_engine *e, struct cgn_pkt *p);

/**
 * Punt a decapsulated packet. The control thread gets the packet with an Ethernet header and an IPv6 header
 * in front. The IPv6 header contains the address of the B4.
 */
void cgn_punt_inner(struct cgn_engine *e, struct cgn_pkt *p);

#endif /* CGN_PUNT_H */
