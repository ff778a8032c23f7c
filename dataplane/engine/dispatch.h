/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_DISPATCH_H
#define CGN_DISPATCH_H

/**
 * @file
 * Distribution of a received burst to the workers that own its packets, before the packets are parsed.
 */

#include "dataplane/engine/context.h"

/**
 * Hand over the packets of a received burst that other workers own. Only the addresses are looked at; the
 * owner parses the packet. A frame whose owner the addresses do not tell (not IPv4, ICMP, not to our
 * station) stays here and is handed over after parsing if need be.
 *
 * Use it for bursts with packets of many workers, where a branch on the owner would be mispredicted half
 * the time. Where the device steers, a check after the parser (must_check_owner) is cheaper.
 *
 * @param m  on return the packets that stay, in their order
 * @return how many packets stay
 */
uint16_t cgn_dispatch(struct cgn_engine *e, uint16_t port, struct rte_mbuf **m, uint16_t n);

#endif /* CGN_DISPATCH_H */
