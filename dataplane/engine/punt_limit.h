/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_PUNT_LIMIT_H
#define CGN_PUNT_LIMIT_H

/**
 * @file
 * What one worker lets through to the control thread.
 *
 * All workers' ports and both sides wait in one queue for one thread, so each kind of sender has a limit
 * of its own, and within it each sender has a share:
 *
 *   - IPv4 packets: a share for each subscriber, home or outside host; a limit for each side.
 *   - The NAT in front of a relay, which answers for all of the home at once: a limit of its own.
 *   - Frames of the link (ARP, neighbour discovery), by what the worker knows of the sender's address:
 *     a neighbour with the MAC address that is known; an address that is being resolved; anybody else.
 *     Each of the three has a limit for each port. Gateways have none beyond their share.
 *
 * A forger can invent any number of stations. They are "anybody else": they fill that limit, but take
 * nothing from known neighbours, from the answers that cgnd waits for, or from IPv4 packets. A newcomer
 * competes with them. He has a share, so a forger needs many stations to keep him out, and he asks again
 * until he is heard; then he is a known neighbour.
 *
 * Shares are kept for each port and kind: invented senders fill all shares of a table, so whom they
 * must not hurt cannot be in the same table.
 *
 * Threads: single owner, the worker. Memory: some 25 kB a port, allocated at init.
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

struct cgn_punt_limit_port {
	struct cgn_shares packets; /* IPv4: of a subscriber, a home or an outside host */
	struct cgn_shares
			neighbours; /* of a known neighbour, or of an address that is being resolved */
	struct cgn_shares strangers; /* of another station */
	struct cgn_bucket link[CGN_PUNT_COUNT];
};

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

/** Whether a packet comes from the NAT in front of a relay. */
bool cgn_punt_limit_is_upstream(const struct cgn_conf *conf, const struct cgn_pkt *p);

/** Whether a packet may go to the control thread now. Takes from the limits of its sender. */
bool cgn_punt_limit_allows(struct cgn_punt_limits *t, const struct cgn_conf *conf,
		const struct cgn_pkt *p, cgn_tick now);

#endif /* CGN_PUNT_LIMIT_H */
