/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_DISPATCH_H
#define CGN_DISPATCH_H

/**
 * @file
 * Hand-over of the packets of a received burst to the workers that own them, before the packets are parsed.
 */

#include "dataplane/engine/context.h"

/**
 * Hand over the packets of a received burst that other workers own. Only the addresses are read here; the
 * owner parses the packet. For some frames the addresses do not tell the owner (not IPv4, ICMP, not to our
 * station). Such a frame stays here and is handed over after parsing if necessary.
 *
 * Use this function for bursts whose packets belong to many workers, because a branch on the owner would
 * then be mispredicted half of the time. If the device steers packets to their owners, a check after the
 * parser (must_check_owner) is cheaper.
 *
 * @param m  on return the packets that stay here, in their order
 * @return how many packets stay here
 */
uint16_t cgn_dispatch(struct cgn_engine *e, uint16_t port, struct rte_mbuf **m, uint16_t n);

#endif /* CGN_DISPATCH_H */
