/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_PUNT_H
#define CGN_PUNT_H

/**
 * @file
 * Packets for cgnd itself: they go to the control thread, limited by punt_limit.h.
 */

#include "dataplane/engine/context.h"

/** Hand a packet for cgnd itself to the control thread. */
void cgn_punt(struct cgn_engine *e, struct cgn_pkt *p, enum cgn_verdict v);

/** Whether a packet from outside is an announcement of the NAT in front, to all hosts of the link. */
bool cgn_punt_is_announcement(const struct cgn_engine *e, const struct cgn_pkt *p);

/** What to do with ARP and IPv6 frames. */
void cgn_punt_link(struct cgn_engine *e, struct cgn_pkt *p);

/** The same for a decapsulated packet: its outer header stands directly in front. */
void cgn_punt_inner(struct cgn_engine *e, struct cgn_pkt *p);

#endif /* CGN_PUNT_H */
