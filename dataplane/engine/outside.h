/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_OUTSIDE_H
#define CGN_OUTSIDE_H

/**
 * @file
 * The path of a packet from outside: its mapping is found in the external index, and the packet is
 * translated and sent inside. A packet without a mapping is dropped, held (a SYN) or answered.
 */

#include "dataplane/engine/context.h"

/** Process a received burst of an outside port. */
void cgn_outside_burst(struct cgn_engine *e, uint16_t port, struct rte_mbuf **m, uint16_t n);

/**
 * Process one parsed packet that is not part of a burst. Its destination is a pool address of this worker.
 *
 * @param pool_addr  the destination
 * @param v  the verdict to count if the packet is forwarded; packets that cgnd made itself are not counted
 */
void cgn_outside_alone(struct cgn_engine *e, struct cgn_pkt *p,
		const struct cgn_ext_addr *pool_addr, enum cgn_verdict v);

#endif /* CGN_OUTSIDE_H */
