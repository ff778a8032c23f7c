/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_NEIGH_H
#define CGN_NEIGH_H

/**
 * @file
 * The neighbours of one worker. Each entry has the Ethernet header for the neighbour, and a bounded queue
 * of packets that wait while its address is being resolved. All queues together are bounded too, because
 * senders can use any number of destinations that do not exist.
 *
 * The control thread resolves addresses (ARP, ND). When it gives up a neighbour, the entry is removed,
 * because a link may have more addresses than the table has entries. An entry that is neither known nor a
 * gateway exists only while it holds packets (out.c). There are never more such entries than held packets,
 * whatever the control thread does.
 *
 * Threads: single owner. Memory: reserved at init, committed as used.
 */

#include "shared/addr.h"
#include "shared/clock.h"

#include <stdalign.h>

#include <rte_mbuf.h>

#define CGN_NEIGH_MAX      65536 /* entries at a time; a connected /16 inside */
#define CGN_NEIGH_HOLD     8 /* packets held per entry (RFC 1122 section 2.3.2.2 wants one at least) */
#define CGN_NEIGH_HELD_MAX 1024 /* packets held over all entries */

/** A neighbour. Addresses in network order. */
struct cgn_neigh {
	alignas(64) uint8_t hdr[18]; /* Ethernet header, with the VLAN tag if the port has one */
	uint8_t hdr_len;             /* 14 or 18; 0: not known */
	uint8_t n_held;
	/* A route refers to the entry, so it is not removed: number of the routes (out.h). 0: none does */
	uint8_t gateway;
	bool is_over; /* its station has too many addresses: it cannot be the source of new mappings or requests */
	uint16_t port;
	struct cgn_ip addr;
	cgn_tick asked_at;
	uint32_t next;  /* next of the bucket, or of the free entries */
	uint32_t older; /* list of entries with held packets by age of the first one; 0: none */
	uint32_t newer;
	cgn_tick held_at; /* when the first held packet came */
	struct rte_mbuf *held
			[CGN_NEIGH_HOLD]; /* data starts at the IP header, the verdict is in hash.usr */
};

/** The neighbours of a worker. */
struct cgn_neighs {
	struct cgn_neigh *at; /* element 0 unused */
	uint32_t *buckets;
	uint32_t n;      /* entries ever used */
	uint32_t free;   /* list of freed entries; 0: none */
	uint32_t oldest; /* first of the list of entries with held packets; 0: none */
	uint32_t newest;
	uint32_t n_kept; /* packets held; at most CGN_NEIGH_HELD_MAX */
	uint32_t n_held; /* the part of n_kept that was received, not made by cgnd; out.c counts it */
	uint32_t n_known;
};

/** Reserve the table. @return 0, -ENOMEM */
int cgn_neighs_init(struct cgn_neighs *t);

/** Release the table. Held packets are freed. */
void cgn_neighs_fini(struct cgn_neighs *t);

/** The entry of an address on a port. If there is none, it is made. @return 0: the table is full */
uint32_t cgn_neighs_get(struct cgn_neighs *t, uint16_t port, const struct cgn_ip *addr);

/** Entry of an address on a port, 0: there is none. */
uint32_t cgn_neighs_find(const struct cgn_neighs *t, uint16_t port, const struct cgn_ip *addr);

/** Free an entry that holds no packets and is not a gateway. */
void cgn_neighs_put(struct cgn_neighs *t, uint32_t i);

/**
 * Hold a packet for an entry. The caller has checked that the entry and the table have room for it.
 *
 * @param m    owned by the table from now on
 * @param now  time of the packet
 */
void cgn_neighs_hold(struct cgn_neighs *t, uint32_t i, struct rte_mbuf *m, cgn_tick now);

/**
 * Take out the packets that are held for an entry, in the order in which they came.
 *
 * @return number of packets, which the caller owns now
 */
unsigned int
cgn_neighs_take_held(struct cgn_neighs *t, uint32_t i, struct rte_mbuf *out[CGN_NEIGH_HOLD]);

/**
 * The same as cgn_neighs_get() for IPv4. It is called for each packet to a destination on a connected link.
 */
uint32_t cgn_neighs_get4(struct cgn_neighs *t, uint16_t port, rte_be32_t addr);

#endif /* CGN_NEIGH_H */
