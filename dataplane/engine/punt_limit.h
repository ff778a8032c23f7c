/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_PUNT_LIMIT_H
#define CGN_PUNT_LIMIT_H

/**
 * @file
 * Limits of the packets that one worker hands to the control thread.
 *
 * The packets of all workers go to one thread. Each kind of sender therefore has a limit, and each sender
 * has a share of this limit:
 *
 *   - Packets: a share for each subscriber, home, remote host or IPv6 network, and a limit for each side.
 *   - The upstream NAT of a NAT-PMP relay: a separate limit, because it answers for all subscribers.
 *   - Frames of the link (ARP, neighbour discovery): there are three kinds of senders. They are a known
 *     neighbour with the right MAC address, an address that is being resolved, and a stranger (any other
 *     sender). Each kind has a limit per port. For a gateway only its share counts.
 *
 * A forger can invent any number of stations. They are strangers. They use up the limit of strangers, but
 * not the limits of known neighbours, of addresses that are being resolved, or of packets. A new host
 * is a stranger too. It has a share, so a forger must invent many stations to keep it out. The new host
 * repeats its request until a request gets through. Then it is a known neighbour.
 *
 * With a host plane, packets for local addresses have a limit for each class (host.punts_per_s) and side
 * instead of the limit of their side. Each class has a table of shares for each port. Neighbours that speak
 * BGP or BFD have another limit and another table than hosts that are further away. The share of one sender
 * is an eighth of the limit for routing and IPsec. It is half of the limit for other packets, so that one TCP
 * connection can be fast.
 *
 * Besides these, each port has three tables of shares. Invented senders can use up all shares of a table.
 * Senders that they must not harm therefore have another table.
 *
 * Threads: single owner, the worker. Memory: about 65 kB per port, allocated at init.
 */

#include "dataplane/engine/owner.h"
#include "dataplane/link/neigh.h"
#include "dataplane/nat/rand.h"
#include "dataplane/pkt/pkt.h"
#include "shared/bucket.h"
#include "shared/conf.h"

/** The kind of the sender of a frame of the link. */
enum cgn_punt_limit_sender {
	CGN_PUNT_NEIGHBOUR, /* a known neighbour with its MAC address */
	CGN_PUNT_ASKED,     /* its address is being resolved */
	CGN_PUNT_STRANGER,
	CGN_PUNT_COUNT,
};

/** Limits of one port. */
struct cgn_punt_limit_port {
	struct cgn_shares
			packets; /* shares of subscribers, homes, remote hosts and IPv6 networks */
	struct cgn_shares
			neighbours; /* shares of known neighbours and of addresses being resolved */
	struct cgn_shares strangers; /* shares of all other stations */
	struct cgn_bucket link[CGN_PUNT_COUNT];
	struct cgn_shares classes[CGN_PUNT_CLASS_COUNT]; /* with a host plane */
	struct cgn_shares peers; /* with a host plane: routing, of known neighbours */
};

/** Limits of one worker. The tables of neighbours and owners are only read here. */
struct cgn_punt_limits {
	const struct cgn_neighs *neighs;
	const struct cgn_owner *owner;
	struct cgn_punt_limit_port *ports;
	size_t n_ports;
	struct cgn_bucket sides[CGN_SIDE_COUNT];
	struct cgn_bucket upstream;
	struct cgn_bucket classes[CGN_SIDE_COUNT][CGN_PUNT_CLASS_COUNT]; /* with a host plane */
	struct cgn_bucket peers[CGN_SIDE_COUNT]; /* routing, from known neighbours */
};

/**
 * Allocate and fill.
 *
 * @param neighs  neighbours of the worker; like @p owner, it is not read before the first packet
 * @param rnd     for the keys of the shares
 * @return 0, -ENOMEM
 */
int cgn_punt_limits_init(struct cgn_punt_limits *t, const struct cgn_conf *conf,
		const struct cgn_neighs *neighs, const struct cgn_owner *owner,
		struct cgn_rand *rnd, cgn_tick now);

/** Release what init made. Zeroed memory is allowed. */
void cgn_punt_limits_fini(struct cgn_punt_limits *t);

/** Whether a packet comes from the upstream NAT of a NAT-PMP relay. */
bool cgn_punt_limit_is_upstream(const struct cgn_conf *conf, const struct cgn_pkt *p);

/** Whether a frame of the link (ARP, neighbour discovery) may go to the control thread now. It is charged to its sender. */
bool cgn_punt_limit_allows_link(struct cgn_punt_limits *t, const struct cgn_pkt *p, cgn_tick now);

/**
 * Whether a packet for an address of cgnd may go to the control thread now. It is charged to its sender.
 *
 * @param class  of the packet; CGN_PUNT_CLASS_COUNT: there is no host plane
 */
bool cgn_punt_limit_allows(struct cgn_punt_limits *t, const struct cgn_conf *conf,
		const struct cgn_pkt *p, enum cgn_punt_class class, cgn_tick now);

#endif /* CGN_PUNT_LIMIT_H */
