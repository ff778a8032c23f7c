/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_PUNT_H
#define CGN_PUNT_H

/**
 * @file
 * Punting: packets for cgnd itself go to the control thread, within the limits of punt_limit.h.
 */

#include "dataplane/engine/context.h"

/** Punt a packet: hand it to the control thread. @param v  what it counts as */
void cgn_punt(struct cgn_engine *e, struct cgn_pkt *p, enum cgn_verdict v);

/**
 * Whether a packet from outside is a NAT-PMP announcement of the upstream NAT, sent to all hosts of the
 * link.
 */
bool cgn_punt_is_announcement(const struct cgn_engine *e, const struct cgn_pkt *p);

/** Punt ARP and neighbour discovery; drop all other IPv6 frames. */
void cgn_punt_link(struct cgn_engine *e, struct cgn_pkt *p);

/**
 * Punt a decapsulated packet. The control thread gets it behind an Ethernet and an IPv6 header that name
 * its B4.
 */
void cgn_punt_inner(struct cgn_engine *e, struct cgn_pkt *p);

#endif /* CGN_PUNT_H */
