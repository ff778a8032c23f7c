/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_PORTMAP_H
#define CGN_PORTMAP_H

/**
 * @file
 * Port mapping for subscribers. Creates and connects the leases, the protocols (NAT-PMP) and the relay.
 *
 * At the start, the functions are called in this order:
 *  1. cgn_portmap_create() opens the store.
 *  2. cgn_portmap_restore(), until no lease is left. The workers run then, but receive no packets yet.
 *  3. cgn_portmap_start().
 *
 * A reload may change natpmp.role. Leases stay. Between a server and a relay with a NAT in front, the epoch of all clients
 * begins anew: what one of them has told, the other one does not have, so the clients ask again.
 *
 * Units:   milliseconds of the loop's clock.
 * Threads: the control thread.
 */

#include "controlplane/lease/leases.h"
#include "controlplane/lease/lessor.h"
#include "controlplane/link/ip_responder.h"
#include "controlplane/natpmp/natpmp_announce.h"
#include "controlplane/natpmp/natpmp_server.h"
#include "controlplane/pcp/pcp_server.h"
#include "controlplane/relay/relay.h"
#include "controlplane/workers/dpclient.h"
#include "shared/record_door.h"

struct cgn_portmap;

/** What cgn_portmap_create() needs. All pointers outlive the port mapping. */
struct cgn_portmap_cfg {
	const struct cgn_conf *conf;
	const struct cgn_planes *planes;
	struct cgn_loop *loop; /* for the threads of the store; NULL: the store gets no threads */
	struct cgn_timerq *timers;
	struct cgn_dpclient *client;
	struct cgn_ip_responder *responder;
	/** Send an IPv4 packet to the inside, by its route. */
	void (*route)(void *ctx, const void *packet, size_t len);
	/** Send an IPv4 packet to the outside, by its route. */
	void (*route_out)(void *ctx, const void *packet, size_t len);
	/** Send an IPv4 packet into the softwire that ends at an address. */
	void (*wire)(void *ctx, const struct cgn_ip6 *b4, const void *packet, size_t len);
	/** Send a UDP datagram through the SA of its receiver, by the host plane. It is lost if there is none. */
	void (*protected)(
			void *ctx, const struct cgn_return_addr *to, const void *data, size_t len);
	/** The identity of the authenticated peer that has an inside address. NULL: there is none */
	const char *(*peer)(void *ctx, const struct cgn_ip *addr);
	void *ctx;
	uint32_t seed;
	bool is_reload; /* a reload makes it: no request is answered before cgn_portmap_start() */
};

/**
 * Open the store, read it, and listen on the UDP ports. If the store cannot be used, cgnd runs without it
 * (lease/keeper.h).
 *
 * @return 0 or -errno
 */
int
cgn_portmap_create(struct cgn_portmap **out, const struct cgn_portmap_cfg *cfg, uint64_t now_ms);

/** Take a datagram to UDP port 5351, or of a relay's upstream to port 5350, that came through an IPsec SA. */
void cgn_portmap_input_protected(struct cgn_portmap *m, const struct cgn_return_addr *from,
		const void *data, size_t len, uint64_t now_ms);

/** Send no more requests to workers and to the NAT in front, because they are about to be stopped. */
void cgn_portmap_close(struct cgn_portmap *m);

/** Release it. All commands must be answered or cancelled before. NULL is allowed. */
void cgn_portmap_destroy(struct cgn_portmap *m);

/** Ask the workers to bring back leases. @return leases that are not back yet; call again while there are any */
uint32_t cgn_portmap_restore(struct cgn_portmap *m, uint64_t now_ms);

/** The workers receive packets from now on: log what was restored, and announce. */
void cgn_portmap_start(struct cgn_portmap *m, uint64_t now_ms);

/** Record leases from now on. @param door  outlives the port mapping; NULL: record none */
void cgn_portmap_set_records(struct cgn_portmap *m, struct cgn_record_door *door);

/** Prepare for another configuration. @return 0 or -errno: nothing is prepared */
int cgn_portmap_prepare(struct cgn_portmap *m, const struct cgn_conf *next);

/** Release what was prepared. */
void cgn_portmap_abandon(struct cgn_portmap *m);

/** Use another configuration. If the relay is switched on or off by it, it was prepared before. */
void cgn_portmap_set_conf(struct cgn_portmap *m, const struct cgn_conf *conf, uint64_t now_ms);

/** The leases. */
struct cgn_leases *cgn_portmap_leases(struct cgn_portmap *m);

/** The lessor. */
struct cgn_lessor *cgn_portmap_lessor(struct cgn_portmap *m);

/** Whether a thread writes or opens the store now. */
bool cgn_portmap_store_is_busy(const struct cgn_portmap *m);

/** The state of the store. */
enum cgn_keeper_state cgn_portmap_store(const struct cgn_portmap *m);

/** Number of homes behind softwires that have a realm. */
uint32_t cgn_portmap_realms(const struct cgn_portmap *m);

/** Find the realm of the home that an IPv6 address belongs to. @return 0: it has none */
uint32_t cgn_portmap_realm_of(const struct cgn_portmap *m, const struct cgn_ip6 *home);

/** The group of a client with leases. @return index into conf groups; CGN_GROUP_NONE: it is in none any more */
uint32_t cgn_portmap_group_of(const struct cgn_portmap *m, uint32_t realm, rte_be32_t addr);

/** The last known address of a home's B4. NULL: the realm is not in use, or it is 0 */
const struct cgn_ip6 *cgn_portmap_b4(const struct cgn_portmap *m, uint32_t realm);

/** The announcements, for their counters. */
const struct cgn_natpmp_announce *cgn_portmap_announce(const struct cgn_portmap *m);

/** The NAT-PMP server, for its counters. */
const struct cgn_natpmp_server *cgn_portmap_server(const struct cgn_portmap *m);

/** The PCP server, for its counters. */
const struct cgn_pcp_server *cgn_portmap_pcp(const struct cgn_portmap *m);

/** The relay, for its counters; NULL: natpmp.role was never relay. */
struct cgn_relay *cgn_portmap_relay(const struct cgn_portmap *m);

#endif /* CGN_PORTMAP_H */
