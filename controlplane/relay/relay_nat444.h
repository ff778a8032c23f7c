/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RELAY_NAT444_H
#define CGN_RELAY_NAT444_H

/**
 * @file
 * Sends and receives the datagrams of the relay of a home router: through the outside ports to and from the NAT in
 * front, and by multicast to the LAN.
 *
 * The WAN address is the only address of the pool. Requests leave from its UDP port 5350. No client gets a mapping of
 * this port, so the answers come to cgnd itself. Announcements of the NAT in front come to the same port.
 *
 * Source:  RFC 6886 sections 3.1 and 3.2.1.
 * Units:   milliseconds of the loop's clock.
 * Threads: the control thread.
 */

#include "controlplane/link/ip_responder.h"
#include "controlplane/relay/relay.h"

struct cgn_relay_nat444;

/** What cgn_relay_nat444_create() needs. All pointers outlive the relay. */
struct cgn_relay_nat444_cfg {
	const struct cgn_conf *conf;
	struct cgn_lessor *lessor;
	const struct cgn_leases *leases; /* its lease service says who must use IPsec */
	struct cgn_timerq *timers;
	struct cgn_ip_responder *responder;
	/** Send an IPv4 packet to the outside, by its route. */
	void (*route)(void *ctx, const void *packet, size_t len);
	/**
	 * Send a UDP datagram through the SA of its receiver: the NAT in front (natpmp.upstream_auth), or a client
	 * (groups[].natpmp_auth).
	 */
	void (*protected)(
			void *ctx, const struct cgn_return_addr *to, const void *data, size_t len);
	void *ctx;
};

/** Create the relay and listen. @return 0, -ENOMEM or -errno of cgn_ip_responder_listen() */
int cgn_relay_nat444_create(struct cgn_relay_nat444 **out, const struct cgn_relay_nat444_cfg *cfg);

/** Take a datagram to UDP port 5350 that came through an IPsec SA. */
void cgn_relay_nat444_input_protected(struct cgn_relay_nat444 *k,
		const struct cgn_return_addr *from, const void *data, size_t len, uint64_t now_ms);

/** Listen no more, and release both this object and its relay. NULL is allowed. */
void cgn_relay_nat444_destroy(struct cgn_relay_nat444 *k);

/** Use another configuration. */
void
cgn_relay_nat444_set_conf(struct cgn_relay_nat444 *k, const struct cgn_conf *conf, uint64_t now_ms);

/** Send an announcement to all hosts of each inside link. The source is the local address on that link. */
void cgn_relay_nat444_announce(struct cgn_ip_responder *responder, const struct cgn_conf *conf,
		const void *data, size_t len);

/** The relay. */
struct cgn_relay *cgn_relay_nat444_relay(struct cgn_relay_nat444 *k);

#endif /* CGN_RELAY_NAT444_H */
