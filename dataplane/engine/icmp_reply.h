/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_ICMP_REPLY_H
#define CGN_ICMP_REPLY_H

/**
 * @file
 * ICMP errors and echo replies that the engine sends. It never answers a packet that cgnd made itself
 * (CGN_PF_OWN), so answers do not cause answers.
 */

#include "dataplane/engine/context.h"

/**
 * Send an ICMP error about a packet to its source, if the rules (RFC 1812 section 4.3.2.7) and the rate
 * allow it.
 *
 * @param mtu  next-hop MTU in octets for "fragmentation needed", else 0
 */
void cgn_icmp_reply(struct cgn_engine *e, const struct cgn_pkt *p, uint8_t type, uint8_t code,
		uint16_t mtu);

/**
 * Drop a packet. Send its source an ICMP error if the verdict calls for one.
 *
 * @param mtu  of CGN_V_MTU: the next hop's, in octets; else 0
 */
void
cgn_icmp_reply_refuse(struct cgn_engine *e, struct cgn_pkt *p, enum cgn_verdict v, uint16_t mtu);

/**
 * Answer a hairpin to a local address that has no mapping, as the same packet from outside would be
 * answered: echo reply, TCP reset or "port unreachable".
 */
void cgn_icmp_reply_hairpin(struct cgn_engine *e, struct cgn_pkt *p);

/** Answer an echo request to a pool address. */
void cgn_icmp_reply_echo(struct cgn_engine *e, struct cgn_pkt *p);

/**
 * Send "port unreachable" for held SYNs whose six seconds are over; at most @p budget. @return true if more
 * are due
 */
bool cgn_icmp_reply_syns(struct cgn_engine *e, unsigned int budget);

/** cgn_reassembly_expired_fn: tells the sender that its datagram was not complete in time. */
void cgn_icmp_reply_frag_expired(void *ctx, const struct cgn_reassembly_expired *x);

#endif /* CGN_ICMP_REPLY_H */
