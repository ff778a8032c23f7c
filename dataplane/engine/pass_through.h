/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_PASS_THROUGH_H
#define CGN_PASS_THROUGH_H

/**
 * @file
 * Packets that are forwarded without translation, because the configuration passes their remote address
 * through (nat.pass_through, RFC 6888 REQ-6).
 */

#include "dataplane/engine/context.h"

/** Whether packets to and from a remote address are passed through. */
bool cgn_pass_through_has(const struct cgn_engine *e, rte_be32_t remote);

/** Route a packet to a side without translation. A packet that cannot be sent is refused. */
void cgn_pass_through_send(struct cgn_engine *e, struct cgn_pkt *p, enum cgn_side to);

#endif /* CGN_PASS_THROUGH_H */
