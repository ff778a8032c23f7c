/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_ICMP_REPLY_H
#define CGN_ICMP_REPLY_H

/**
 * @file
 * ICMP errors and echo replies that the engine sends. Nothing answers a packet of our own (CGN_PF_OWN).
 */

#include "dataplane/engine/context.h"

/** Send an ICMP error about a packet to its source, if rules and rate allow. Nothing is sent about
 * packets of our own. */
void cgn_icmp_reply(struct cgn_engine *e, const struct cgn_pkt *p, uint8_t type, uint8_t code,
		uint16_t mtu);

/** Drop a packet and tell its source why, where the verdict is one that is told. Nothing is sent about
 * packets of our own. */
void
cgn_icmp_reply_refuse(struct cgn_engine *e, struct cgn_pkt *p, enum cgn_verdict v, uint16_t mtu);

/**
 * Answer a hairpin to an own address, which no mapping admits, as the same packet from outside is
 * answered: echo reply, TCP reset or "port unreachable".
 */
void cgn_icmp_reply_hairpin(struct cgn_engine *e, struct cgn_pkt *p);

/** Answer an echo request to a pool address. */
void cgn_icmp_reply_echo(struct cgn_engine *e, struct cgn_pkt *p);

/** Report held SYNs whose six seconds are over; at most @p budget. @return true if more are due */
bool cgn_icmp_reply_syns(struct cgn_engine *e, unsigned int budget);

/** cgn_reassembly_expired_fn: tells the sender of a datagram that was not complete in time. */
void cgn_icmp_reply_frag_expired(void *ctx, const struct cgn_reassembly_expired *x);

#endif /* CGN_ICMP_REPLY_H */
