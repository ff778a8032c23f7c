/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_NATPMP_H
#define CGN_NATPMP_H

/**
 * @file
 * Creates and connects the modules of NAT-PMP: the server and the announcements. Also sends and receives their
 * datagrams.
 *
 * Units:   milliseconds of the loop's clock.
 * Threads: the control thread.
 */

#include "controlplane/lease/leases.h"
#include "controlplane/link/ip_responder.h"
#include "controlplane/natpmp/natpmp_announce.h"
#include "controlplane/natpmp/natpmp_server.h"

struct cgn_natpmp;

/** What cgn_natpmp_create() needs. All pointers outlive the struct cgn_natpmp. */
struct cgn_natpmp_cfg {
	const struct cgn_conf *conf;
	const struct cgn_planes *planes;
	struct cgn_timerq *timers;
	struct cgn_dpclient *client;
	struct cgn_ip_responder *responder;
	struct cgn_leases *leases; /* cgn_leases_serve() was called */
	/** Send an IPv4 packet to the inside, by its route. */
	void (*route)(void *ctx, const void *packet, size_t len);
	/** Send an IPv4 packet into the softwire that ends at an address. */
	void (*wire)(void *ctx, const struct cgn_ip6 *b4, const void *packet, size_t len);
	/** Send a UDP datagram through the SA of its receiver, by the host plane. It is lost if there is none. */
	void (*protected)(
			void *ctx, const struct cgn_return_addr *to, const void *data, size_t len);
	/** Write the announcement of PCP, see struct cgn_natpmp_announce_ops. NULL: there is no PCP */
	size_t (*pcp)(void *ctx, uint32_t epoch_s, uint8_t *out);
	void *pcp_ctx;
	void *ctx;
	uint32_t seed;
};

/** Create it. @return 0 or -ENOMEM */
int cgn_natpmp_create(struct cgn_natpmp **out, const struct cgn_natpmp_cfg *cfg);

/** Release it, after cgn_leases_stop(). NULL is allowed. */
void cgn_natpmp_destroy(struct cgn_natpmp *n);

/**
 * Take a datagram that was sent to UDP port 5351. See cgn_natpmp_server_input().
 *
 * PCP uses the same port. So portmap.c listens on it, and gives each datagram to its protocol.
 */
bool cgn_natpmp_input(struct cgn_natpmp *n, const struct cgn_ip_responder_udp *d, uint64_t now_ms);

/** Take a datagram to UDP port 5351 that came through an IPsec SA. */
void cgn_natpmp_input_protected(struct cgn_natpmp *n, const struct cgn_return_addr *from,
		const void *data, size_t len, uint64_t now_ms);

/** Announce to all clients that hold leases. */
void cgn_natpmp_tell(struct cgn_natpmp *n, uint64_t now_ms);

/** Use another configuration. */
void cgn_natpmp_set_conf(struct cgn_natpmp *n, const struct cgn_conf *conf);

/**
 * The workers receive packets from now on: announce the start to all clients that hold leases. If the epoch began anew,
 * announce it to all subscribers, because each of them may have had leases.
 */
void cgn_natpmp_start(struct cgn_natpmp *n, uint64_t now_ms);

/** The announcements. */
struct cgn_natpmp_announce *cgn_natpmp_get_announce(const struct cgn_natpmp *n);

/** The server, for its counters. */
const struct cgn_natpmp_server *cgn_natpmp_get_server(const struct cgn_natpmp *n);

#endif /* CGN_NATPMP_H */
