/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_NEIGH_H
#define CGN_NEIGH_H

/**
 * @file
 * Neighbours as one worker knows them: the Ethernet header to each, and a bounded hold queue while
 * an address is being resolved. Resolving (ARP, ND) is the control thread's work.
 *
 * Threads: single owner. Memory: reserved at init, committed as used.
 */

#include "shared/addr.h"
#include "shared/clock.h"

#include <stdalign.h>

#include <rte_mbuf.h>

#define CGN_NEIGH_MAX  65536 /* entries; a connected /16 inside */
#define CGN_NEIGH_HOLD 8 /* packets held per entry (RFC 1122 section 2.3.2.2 wants one at least) */

enum cgn_neigh_state {
	CGN_NEIGH_UNKNOWN, /* asked for, no answer yet */
	CGN_NEIGH_KNOWN,
};

struct cgn_neigh {
	alignas(64) uint8_t hdr[18]; /* Ethernet header, with the VLAN tag if the port has one */
	uint8_t hdr_len;             /* 14 or 18; 0: not known */
	uint8_t n_held;
	uint16_t port;
	struct cgn_ip addr;
	cgn_tick asked_at;
	uint32_t next; /* of the same bucket */
	struct rte_mbuf *held
			[CGN_NEIGH_HOLD]; /* data starts at the IP header, verdict in hash.usr */
};

struct cgn_neighs {
	struct cgn_neigh *at; /* element 0 unused */
	uint32_t *buckets;
	uint32_t n; /* entries in use: they are never given back, a link has no more than it has */
	uint32_t n_held;
	uint32_t n_known;
};

/** Reserve the table. @return 0, -ENOMEM */
int cgn_neighs_init(struct cgn_neighs *t);

/** Release it; held packets are freed. */
void cgn_neighs_fini(struct cgn_neighs *t);

/** Entry of an address on a port, made if there is none; 0: the table is full. */
uint32_t cgn_neighs_get(struct cgn_neighs *t, uint16_t port, const struct cgn_ip *addr);

/** The same for IPv4, once per packet to a connected destination. */
uint32_t cgn_neighs_get4(struct cgn_neighs *t, uint16_t port, rte_be32_t addr);

#endif /* CGN_NEIGH_H */
