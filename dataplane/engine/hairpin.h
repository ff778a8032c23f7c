/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_HAIRPIN_H
#define CGN_HAIRPIN_H

/**
 * @file
 * Hairpinning: a subscriber sends a packet to another subscriber by a pool address (RFC 4787 REQ-9). The
 * first half of a hairpin is the outbound translation. In the second half the packet is processed as if it
 * came in from outside.
 */

#include "dataplane/engine/context.h"

/**
 * Begin the second half of a hairpin: process a translated packet, or one that cgnd made itself, as if it
 * came in from outside.
 *
 * @param pool_addr  the destination of the packet
 */
void cgn_hairpin(struct cgn_engine *e, struct cgn_pkt *p, const struct cgn_ext_addr *pool_addr);

/**
 * Do the second half of a hairpin whose first half another worker has done. The packet was parsed again.
 */
void cgn_hairpin_received(struct cgn_engine *e, struct cgn_pkt *p);

#endif /* CGN_HAIRPIN_H */
