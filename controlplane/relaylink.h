/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RELAYLINK_H
#define CGN_RELAYLINK_H

/**
 * @file
 * The datagrams of a relay of a home router: to and from the NAT in front by the outside ports, to
 * the LAN by multicast.
 *
 * Requests leave from port 5350 of the WAN address, which is the pool's only one; no client is ever
 * given that port, so that answers come to cgnd itself. Announcements come to the same port.
 *
 * Source:  RFC 6886 sections 3.1 and 3.2.1.
 * Units:   milliseconds of the loop's clock.
 * Threads: the control thread.
 */

#include "controlplane/natpmp/relay.h"
#include "controlplane/responder.h"

struct cgn_relaylink;

struct cgn_relaylink_cfg {
	const struct cgn_conf *conf;
	struct cgn_lessor *lessor;
	struct cgn_timerq *timers;
	struct cgn_responder *responder;
	/** Send an IPv4 packet to the outside, by its route. */
	void (*route)(void *ctx, const void *packet, size_t len);
	void *ctx;
};

/** Create the relay and listen. @return 0, -ENOMEM or -errno of cgn_responder_listen() */
int cgn_relaylink_create(struct cgn_relaylink **out, const struct cgn_relaylink_cfg *cfg);

/** Release it and the relay. NULL is allowed. */
void cgn_relaylink_destroy(struct cgn_relaylink *k);

/** Use another snapshot. */
void cgn_relaylink_set_conf(struct cgn_relaylink *k, const struct cgn_conf *conf);

/** Send an announcement to all hosts of the inside links, from the own address on each. */
void cgn_relaylink_announce(struct cgn_responder *responder, const struct cgn_conf *conf,
		const void *data, size_t len);

/** The relay. */
struct cgn_relay *cgn_relaylink_relay(struct cgn_relaylink *k);

#endif /* CGN_RELAYLINK_H */
