/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_OUTSIDE_H
#define CGN_OUTSIDE_H

/**
 * @file
 * The way of a packet from outside: the external index leads to its mapping, and it is translated and sent
 * inside. What no mapping admits is dropped, held (a SYN) or answered.
 */

#include "dataplane/engine/context.h"

/** Walk a received burst of an outside port. */
void cgn_outside_burst(struct cgn_engine *e, uint16_t port, struct rte_mbuf **m, uint16_t n);

/**
 * Walk a parsed packet to a pool address of this worker that is not one of a burst.
 *
 * @param home  of the pool address
 * @param v     what it counts as when it is forwarded; packets of our own do not count
 */
void cgn_outside_alone(struct cgn_engine *e, struct cgn_pkt *p, const struct cgn_ext_home *home,
		enum cgn_verdict v);

#endif /* CGN_OUTSIDE_H */
