/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RELAY_HELD_H
#define CGN_RELAY_HELD_H

/**
 * @file
 * Remembers which host of a home has which mapping through the PCP proxy of a B4. The AFTR makes the mappings. The proxy
 * needs the table for two things: to delete all mappings of a NAT-PMP client one by one, and to pass updates of
 * mappings on.
 *
 * The table has CGN_RELAY_HELD_MAX places. If it is full, a new mapping takes the place of the one that ends first.
 * The AFTR keeps that one, but the proxy can no longer do those two things for it.
 *
 * Units:   ports in host order, milliseconds of the loop's clock.
 * Threads: single owner.
 * Cost:    O(CGN_RELAY_HELD_MAX)
 */

#include "controlplane/lease/lease_owner.h"
#include "controlplane/link/return_addr.h"

#define CGN_RELAY_HELD_MAX 1024

/** A mapping of a host. */
struct cgn_relay_held {
	uint64_t until_ms; /* 0: the place is free */
	rte_be32_t host;
	uint16_t in_port;
	uint8_t proto; /* number of the IP protocol */
	bool is_natpmp;
	uint8_t nonce[CGN_LEASE_NONCE];
	rte_be32_t ext;
	uint16_t ext_port;
	bool is_moved;             /* by an update; the updates after it repeat that */
	struct cgn_return_addr to; /* where the host has asked from */
};

/** The table. All zero: empty. */
struct cgn_relay_held_table {
	struct cgn_relay_held at[CGN_RELAY_HELD_MAX];
};

/** Note a mapping, in place of what its host had for the same inside port. */
void
cgn_relay_held_put(struct cgn_relay_held_table *t, const struct cgn_relay_held *x, uint64_t now_ms);

/** Find the mapping of an inside port. @return NULL: it is not known. It is valid until the next put */
struct cgn_relay_held *cgn_relay_held_find(struct cgn_relay_held_table *t, rte_be32_t host,
		uint8_t proto, uint16_t in_port, uint64_t now_ms);

/** Find a mapping that a host has made with NAT-PMP. @return NULL: there is none */
struct cgn_relay_held *cgn_relay_held_natpmp(
		struct cgn_relay_held_table *t, rte_be32_t host, uint8_t proto, uint64_t now_ms);

/** Note that the AFTR has moved a mapping to another external address or port. */
void
cgn_relay_held_move(struct cgn_relay_held *x, rte_be32_t ext, uint16_t ext_port, uint64_t until_ms);

/** Forget a mapping. NULL is allowed. */
void cgn_relay_held_drop(struct cgn_relay_held *x);

#endif /* CGN_RELAY_HELD_H */
