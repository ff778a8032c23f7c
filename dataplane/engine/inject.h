/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_INJECT_H
#define CGN_INJECT_H

/**
 * @file
 * Packets that the control thread sends through a worker.
 */

#include "dataplane/engine/context.h"

/** Send a packet of the control thread, which begins at its IPv4 header, to a side. */
void cgn_inject_route(struct cgn_engine *e, struct rte_mbuf *m, enum cgn_side to);

/** Send a packet into a softwire. It begins with an IPv6 header whose destination says which. */
void cgn_inject_softwire(struct cgn_engine *e, struct rte_mbuf *m);

#endif /* CGN_INJECT_H */
