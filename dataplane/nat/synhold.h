/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_SYNHOLD_H
#define CGN_SYNHOLD_H

/**
 * @file
 * Unsolicited inbound SYNs, which are held for six seconds (RFC 5382 REQ-4).
 *
 * If an outbound SYN of the same connection is translated in these six seconds (simultaneous open), the
 * held SYN is dropped silently. Otherwise an ICMP error that quotes the SYN is sent. The store is bounded,
 * and one remote address gets at most an eighth of it. If there is no room for a SYN, the SYN is dropped
 * silently.
 *
 * Threads: single owner.
 */

#include "dataplane/pkt/pkt.h"
#include "shared/clock.h"

#define CGN_SYNHOLD_QUOTE 128 /* octets kept: IPv4 and TCP headers with all options */
#define CGN_SYNHOLD_S     6

struct cgn_synhold;

/** A held SYN whose time is over. */
struct cgn_synhold_due {
	const void *ip; /* first octets of the IPv4 packet as it arrived */
	uint16_t len;
	uint8_t port; /* port that received it */
};

/**
 * Create a store for @p max SYNs.
 *
 * @param keys  random, because senders must not know the hash
 * @return 0, -ENOMEM
 */
int cgn_synhold_create(struct cgn_synhold **out, uint32_t max, const uint64_t keys[2]);

/** Release it. NULL is allowed. */
void cgn_synhold_destroy(struct cgn_synhold *s);

/**
 * Hold a SYN. A repetition of a held SYN changes nothing.
 *
 * @return false: the store, or the share of the remote address, is full
 */
bool cgn_synhold_add(struct cgn_synhold *s, const struct cgn_pkt *p, cgn_tick now);

/** SYNs held now. */
uint32_t cgn_synhold_count(const struct cgn_synhold *s);

/** Drop the held SYN from a remote endpoint to an external endpoint. @return whether there was one */
bool cgn_synhold_cancel(struct cgn_synhold *s, rte_be32_t rem_addr, rte_be16_t rem_port,
		rte_be32_t ext_addr, rte_be16_t ext_port);

/** Take the oldest SYN out if its six seconds are over. @p out is valid until the next call. */
bool cgn_synhold_due(struct cgn_synhold *s, cgn_tick now, struct cgn_synhold_due *out);

#endif /* CGN_SYNHOLD_H */
