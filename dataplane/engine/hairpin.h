/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_HAIRPIN_H
#define CGN_HAIRPIN_H

/**
 * @file
 * Hairpinning: from one subscriber to another by a pool address (RFC 4787 REQ-9). After the outbound
 * translation the packet is processed as if it came in from outside.
 */

#include "dataplane/engine/context.h"

/**
 * Begin the second half of a hairpin: process a translated packet, or one that cgnd made itself, as if it
 * came in from outside.
 *
 * @param pool_addr  its destination
 */
void cgn_hairpin(struct cgn_engine *e, struct cgn_pkt *p, const struct cgn_ext_addr *pool_addr);

/** The same for a packet whose first half another worker did. It was parsed again. */
void cgn_hairpin_received(struct cgn_engine *e, struct cgn_pkt *p);

#endif /* CGN_HAIRPIN_H */
