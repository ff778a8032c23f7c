/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_B4_H
#define CGN_B4_H

/**
 * @file
 * The path of a packet through a B4, which has no NAT: from the home into the softwire and back.
 */

#include "dataplane/engine/context.h"

/** Process a received burst of any port of a B4. */
void cgn_b4_burst(struct cgn_engine *e, uint16_t port, struct rte_mbuf **m, uint16_t n);

#endif /* CGN_B4_H */
