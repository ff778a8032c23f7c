/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_PUNT_LIMIT_H
#define CGN_PUNT_LIMIT_H

/**
 * @file
 * What one worker lets through to the control thread.
 *
 * All workers' packets go to one thread, so each kind of sender has a limit, and within it each sender has
 * a share:
 *
 *   - IPv4 packets: a share for each subscriber, home or outside host; a limit for each side.
 *   - The NAT upstream of a NAT-PMP relay, which answers for all subscribers at once: a limit of its own.
 *   - Frames of the link (ARP, neighbour discovery), by what the worker knows of the sender's address: a
 *     neighbour with the known MAC address; an address that is being resolved; a stranger. Each of the
 *     three has a limit per port. Gateways are bound by their share only.
 *
 * A forger can invent any number of stations. They are strangers: they use up that limit, but take nothing
 * from known neighbours, from the answers that cgnd waits for, or from IPv4 packets. A new host competes
 * with them. It has a share, so a forger needs many stations to keep it out, and it repeats its request
 * until it is heard. Then it is a known neighbour.
 *
 * Shares are kept per port and kind. Invented senders can use up all shares of a table, so those that they
 * must not hurt are in another table.
 *
 * Threads: single owner, the worker. Memory: about 25 kB per port, allocated at init.
 */

#include "dataplane/engine/owner.h"
#include "dataplane/link/neigh.h"
#include "dataplane/nat/rand.h"
#include "dataplane/pkt/pkt.h"
#include "shared/bucket.h"
#include "shared/conf.h"

/** What the worker knows of the sender of a frame of the link. */
enum cgn_punt_limit_sender {
	CGN_PUNT_NEIGHBOUR, /* a known neighbour with its MAC address */
	CGN_PUNT_ASKED,     /* its address is being resolved */
	CGN_PUNT_STRANGER,
	CGN_PUNT_COUNT,
};

/** Limits of one port. */
struct cgn_punt_limit_port {
	struct cgn_shares packets; /* IPv4: of a subscriber, a home or an outside host */
	struct cgn_shares
			neighbours; /* of a known neighbour, or of an address that is being resolved */
	struct cgn_shares strangers; /* of another station */
	struct cgn_bucket link[CGN_PUNT_COUNT];
};

/** Limits of one worker. The neighbours and the owner table are read only here. */
struct cgn_punt_limits {
	const struct cgn_neighs *neighs;
	const struct cgn_owner *owner;
	struct cgn_punt_limit_port *ports;
	size_t n_ports;
	struct cgn_bucket sides[CGN_SIDE_COUNT];
	struct cgn_bucket upstream;
};

/**
 * Allocate and fill.
 *
 * @param neighs  of the worker; not used before the first packet, as owner
 * @param rnd     for the keys of the shares
 * @return 0, -ENOMEM
 */
int cgn_punt_limits_init(struct cgn_punt_limits *t, const struct cgn_conf *conf,
		const struct cgn_neighs *neighs, const struct cgn_owner *owner,
		struct cgn_rand *rnd, cgn_tick now);

/** Release what init made. Zeroed memory is allowed. */
void cgn_punt_limits_fini(struct cgn_punt_limits *t);

/** Whether a packet comes from the NAT upstream of a NAT-PMP relay. */
bool cgn_punt_limit_is_upstream(const struct cgn_conf *conf, const struct cgn_pkt *p);

/** Whether a packet may go to the control thread now. Takes from the limits of its sender. */
bool cgn_punt_limit_allows(struct cgn_punt_limits *t, const struct cgn_conf *conf,
		const struct cgn_pkt *p, cgn_tick now);

#endif /* CGN_PUNT_LIMIT_H */
