/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_HAIRPIN_H
#define CGN_HAIRPIN_H

/**
 * @file
 * From one subscriber to another by a pool address: the second half of the way, as if the translated packet
 * came in from outside (RFC 4787 REQ-9).
 */

#include "dataplane/engine/context.h"

/**
 * Take a translated packet, or one made here, whose destination is a pool address, as if it came in
 * from outside: the second half of a hairpin.
 *
 * @param v  what it counts as when it is forwarded
 */
void cgn_hairpin(struct cgn_engine *e, struct cgn_pkt *p, const struct cgn_ext_home *home);

/** The same for a packet that another worker turned round; it was parsed again. */
void cgn_hairpin_received(struct cgn_engine *e, struct cgn_pkt *p);

#endif /* CGN_HAIRPIN_H */
