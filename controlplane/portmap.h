/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_PORTMAP_H
#define CGN_PORTMAP_H

/**
 * @file
 * Port mapping for subscribers: puts the leases, the protocols (NAT-PMP) and the relay together.
 *
 * At the start the order is: create (opens the store), restore until nothing is left (the workers
 * run, packets do not come yet), start.
 *
 * Units:   milliseconds of the loop's clock.
 * Threads: the control thread.
 */

#include "controlplane/lease/keeper.h"
#include "controlplane/lease/lessor.h"
#include "controlplane/link/ip_responder.h"
#include "controlplane/natpmp/natpmp_announce.h"
#include "controlplane/natpmp/natpmp_server.h"
#include "controlplane/relay/relay.h"
#include "controlplane/workers/dpclient.h"

struct cgn_portmap;

/** What port mapping uses. All pointers outlive it. */
struct cgn_portmap_cfg {
	const struct cgn_conf *conf;
	const struct cgn_planes *planes;
	struct cgn_loop *loop; /* for the thread of the store; NULL: it has none */
	struct cgn_timerq *timers;
	struct cgn_dpclient *client;
	struct cgn_ip_responder *responder;
	/** Send an IPv4 packet to the inside, by its route. */
	void (*route)(void *ctx, const void *packet, size_t len);
	/** The same to the outside. */
	void (*route_out)(void *ctx, const void *packet, size_t len);
	/** Send an IPv4 packet into the softwire that ends at an address. */
	void (*wire)(void *ctx, const struct cgn_ip6 *b4, const void *packet, size_t len);
	void *ctx;
	uint32_t seed;
};

/**
 * Open the store, read it, and listen. A store that cannot be used is done without (lease/keeper.h).
 *
 * @return 0 or -errno
 */
int
cgn_portmap_create(struct cgn_portmap **out, const struct cgn_portmap_cfg *cfg, uint64_t now_ms);

/** Ask nobody any more: workers and the NAT in front are about to go. */
void cgn_portmap_close(struct cgn_portmap *m);

/** Release it; all commands have been answered or cancelled. NULL is allowed. */
void cgn_portmap_destroy(struct cgn_portmap *m);

/** Bring leases back. @return how many are still to come; call again while there are any */
uint32_t cgn_portmap_restore(struct cgn_portmap *m, uint64_t now_ms);

/** Packets come from now on: say what was restored, announce. */
void cgn_portmap_start(struct cgn_portmap *m, uint64_t now_ms);

/** Use another snapshot. */
void cgn_portmap_set_conf(struct cgn_portmap *m, const struct cgn_conf *conf);

/** The table of leases. */
struct cgn_lessor *cgn_portmap_lessor(struct cgn_portmap *m);

/** Whether a thread of the store is at work. */
bool cgn_portmap_store_is_busy(const struct cgn_portmap *m);

/** What has become of the store. */
enum cgn_keeper_state cgn_portmap_store(const struct cgn_portmap *m);

/** Homes behind softwires that hold something. */
uint32_t cgn_portmap_realms(const struct cgn_portmap *m);

/** The announcements, for their counters. */
const struct cgn_natpmp_announce *cgn_portmap_announce(const struct cgn_portmap *m);

/** The server, for its counters. */
const struct cgn_natpmp_server *cgn_portmap_server(const struct cgn_portmap *m);

/** The relay, for its counters; NULL: natpmp.role is server. */
struct cgn_relay *cgn_portmap_relay(const struct cgn_portmap *m);

#endif /* CGN_PORTMAP_H */
