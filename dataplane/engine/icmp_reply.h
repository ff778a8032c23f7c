/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_ICMP_REPLY_H
#define CGN_ICMP_REPLY_H

/**
 * @file
 * ICMP errors and echo replies that the engine sends. The engine never answers a packet that cgnd made
 * itself (CGN_PF_OWN). An answer therefore never causes another answer.
 */

#include "dataplane/engine/context.h"

/**
 * Send an ICMP error about a packet to its source, if RFC 1812 section 4.3.2.7 and the rate limit allow it.
 *
 * @param mtu  next-hop MTU in octets for "fragmentation needed", else 0
 */
void cgn_icmp_reply(struct cgn_engine *e, const struct cgn_pkt *p, uint8_t type, uint8_t code,
		uint16_t mtu);

/**
 * Drop a packet. Send its source an ICMP error if the verdict calls for one.
 *
 * @param mtu  for CGN_V_MTU the MTU of the next hop in octets, else 0
 */
void
cgn_icmp_reply_refuse(struct cgn_engine *e, struct cgn_pkt *p, enum cgn_verdict v, uint16_t mtu);

/**
 * Answer the packet of a hairpin to a local address for which there is no mapping. The answer is the same
 * as for such a packet from outside: echo reply, TCP reset or "port unreachable".
 */
void cgn_icmp_reply_hairpin(struct cgn_engine *e, struct cgn_pkt *p);

/** Answer an echo request to a pool address. */
void cgn_icmp_reply_echo(struct cgn_engine *e, struct cgn_pkt *p);

/**
 * Send "port unreachable" for held SYNs whose six seconds are over; at most @p budget of them. @return true
 * if more are due
 */
bool cgn_icmp_reply_syns(struct cgn_engine *e, unsigned int *budget);

/** A cgn_reassembly_expired_fn: tells the sender that a datagram was not complete in time. */
void cgn_icmp_reply_frag_expired(void *ctx, const struct cgn_reassembly_expired *x);

#endif /* CGN_ICMP_REPLY_H */
