/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_DISPATCH_H
#define CGN_DISPATCH_H

/**
 * @file
 * Whose packets of a received burst are, before they are parsed.
 */

#include "dataplane/engine/context.h"

/**
 * Hand over those packets of a received burst that other workers own, before more of them is looked at than
 * whose they are; their owners parse them. Judged are IPv4 frames to our station that are not ICMP,
 * by their addresses; whose the others are is seen when they are parsed.
 *
 * This is for bursts that are mixed, where a branch on whose a packet is would be guessed wrong half the
 * time. Where the device steers, asking after the parser (asks_owner) costs less.
 *
 * @param m  on return the packets that stay, in their order
 * @return how many of them
 */
uint16_t cgn_dispatch(struct cgn_engine *e, uint16_t port, struct rte_mbuf **m, uint16_t n);

#endif /* CGN_DISPATCH_H */
