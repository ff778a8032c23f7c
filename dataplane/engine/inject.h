/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_INJECT_H
#define CGN_INJECT_H

/**
 * @file
 * Packets that the control thread sends through a worker.
 */

#include "dataplane/engine/context.h"

/** Route a packet of the control thread to a side. The packet begins at its IPv4 header. */
void cgn_inject_route(struct cgn_engine *e, struct rte_mbuf *m, enum cgn_side to);

/**
 * Send a packet of the control thread into a softwire. The packet begins with an IPv6 header. The
 * destination of this header selects the softwire.
 */
void cgn_inject_softwire(struct cgn_engine *e, struct rte_mbuf *m);

#endif /* CGN_INJECT_H */
