/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TCP_MAKE_H
#define CGN_TCP_MAKE_H

/**
 * @file
 * TCP resets that cgnd makes, and probes that ask the end of a connection for its sequence numbers.
 *
 * The result is a whole IPv4 packet without an Ethernet header, in one mbuf with at least CGN_HEADROOM
 * octets of headroom. DF is set, so the IPv4 ID has no meaning (RFC 6864).
 */

#include "dataplane/pkt/pkt.h"

/** Endpoints and sequence numbers of a reset. Network order. */
struct cgn_tcp_rst {
	rte_be32_t src;
	rte_be32_t dst;
	rte_be16_t sport;
	rte_be16_t dport;
	rte_be32_t seq;
	rte_be32_t ack;
	bool has_ack; /* ACK flag: ack is valid */
};

/** Make a reset. @return NULL if no mbuf is left */
struct rte_mbuf *cgn_tcp_make_rst(struct rte_mempool *mp, const struct cgn_tcp_rst *r);

/**
 * Make a segment with ACK, without data, and with the sequence numbers of @p r, which are 0. An end of the connection does not
 * accept it, and answers with its own numbers (RFC 9293 section 3.10.7.4).
 *
 * @return NULL if no mbuf is left
 */
struct rte_mbuf *cgn_tcp_make_probe(struct rte_mempool *mp, const struct cgn_tcp_rst *r);

/**
 * Fill in the reset that answers a segment (RFC 9293 section 3.5.2). The reset goes to the source of the
 * segment. If the segment has an ACK, its acknowledgement number is the sequence number of the reset.
 * Otherwise the reset acknowledges the segment.
 *
 * @param p  CGN_PK_TCP
 * @return false: the segment is a reset and is not answered
 */
bool cgn_tcp_make_answer(const struct cgn_pkt *p, struct cgn_tcp_rst *r);

#endif /* CGN_TCP_MAKE_H */
