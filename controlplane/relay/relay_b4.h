/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RELAY_B4_H
#define CGN_RELAY_B4_H

/**
 * @file
 * The NAT-PMP relay of a B4. A B4 has no NAT. It forwards the requests of clients through the softwire to the AFTR, and
 * the answers back to the clients. If natpmp.upstream is an IPv6 address, it is a PCP proxy instead: see the end.
 *
 * A request keeps its source: the address and port of the client. The AFTR needs them, because it maps a port to this
 * client. The relay changes only the destination, to natpmp.upstream. It changes the source of an answer to the gateway
 * address that the client has asked.
 *
 * cgnd may have several gateway addresses. So the relay notes which one a client has asked, for 128 s. An announcement
 * to a client without such a note comes from the address of cgnd on the link of the client. The relay keeps no
 * mappings, so a restart loses nothing.
 *
 * The relay also follows the external address and the epoch of the AFTR. It asks for them once a minute, from
 * 192.0.0.2. It also reads them from announcements, and from the answers that it forwards. When they show a change, it
 * announces that to the LAN by multicast.
 *
 * A PCP proxy (relay_proxy.h) asks the AFTR over IPv6 in plain mode, from UDP port 5350 of softwire.local. The AFTR
 * drops requests from another address of the home. Only PCP requests with an unknown opcode are forwarded in the
 * softwire, as above. Their answers get the epoch of the proxy. The proxy also reads the epoch of PCP announcements that the
 * AFTR sends in the softwire. It asks for the external address of 192.0.0.2.
 *
 * Source:  draft-woodyatt-spnatpmp-appl-01 section 3.2.1, RFC 6333 section 6.5, RFC 7648 section 3.3.
 * Units:   milliseconds of the loop's clock.
 * Threads: the control thread.
 */

#include "controlplane/link/ip_responder.h"
#include "controlplane/relay/relay.h"
#include "controlplane/relay/relay_proxy.h"
#include "shared/control_counters.h"

struct cgn_relay_b4;

/** What cgn_relay_b4_create() needs. All pointers outlive the relay. */
struct cgn_relay_b4_cfg {
	const struct cgn_conf *conf;
	struct cgn_timerq *timers;
	struct cgn_ip_responder *responder;
	/** Send an IPv4 packet into the softwire. */
	void (*wire)(void *ctx, const void *packet, size_t len);
	/** Send an IPv4 packet to a host of the LAN. */
	void (*route)(void *ctx, const void *packet, size_t len);
	/** Send an IPv6 packet to the outside, by its route. Only a PCP proxy needs it. */
	void (*route_out)(void *ctx, const void *packet, size_t len);
	uint32_t (*random)(void); /* as in struct cgn_relay_cfg; may be NULL */
	void *ctx;
};

/** What the relay of a B4 counts. */
struct cgn_relay_b4_stats {
	CGN_RELAY_B4_COUNTERS(CGN_STATS_FIELD)
};

/**
 * Create the relay, and listen on its UDP ports. Without natpmp.role relay, it takes nothing from them, as if nobody
 * listened.
 *
 * @return 0, -ENOMEM or -errno of cgn_ip_responder_listen()
 */
int cgn_relay_b4_create(struct cgn_relay_b4 **out, const struct cgn_relay_b4_cfg *cfg);

/** Listen no more, and release it. NULL is allowed. */
void cgn_relay_b4_destroy(struct cgn_relay_b4 *w);

/** The workers receive packets from now on: ask the AFTR, then announce. */
void cgn_relay_b4_start(struct cgn_relay_b4 *w, uint64_t now_ms);

/**
 * Prepare for another configuration. A PCP proxy and a relay that passes requests on replace each other.
 *
 * @return 0, -ENOMEM
 */
int cgn_relay_b4_prepare(struct cgn_relay_b4 *w, const struct cgn_conf *next);

/** Release what was prepared. */
void cgn_relay_b4_abandon(struct cgn_relay_b4 *w);

/**
 * Use another configuration, which may switch the relay on or off. Between a PCP proxy and a relay that passes requests
 * on, the counters of cgn_relay_b4_relay() begin anew.
 */
void cgn_relay_b4_set_conf(struct cgn_relay_b4 *w, const struct cgn_conf *conf, uint64_t now_ms);

/**
 * Take an IPv4 packet that came out of the softwire and whose destination is no local address.
 *
 * @return false: it is no answer to the relay and no announcement; the caller forwards it to its host in the LAN
 */
bool cgn_relay_b4_input(struct cgn_relay_b4 *w, const void *packet, size_t len, uint64_t now_ms);

/** The relay, for its counters. */
struct cgn_relay *cgn_relay_b4_relay(struct cgn_relay_b4 *w);

/** The counters. */
const struct cgn_relay_b4_stats *cgn_relay_b4_stats(const struct cgn_relay_b4 *w);

/** The counters of the PCP proxy. NULL: it is none */
const struct cgn_relay_proxy_stats *cgn_relay_b4_proxy_stats(const struct cgn_relay_b4 *w);

#endif /* CGN_RELAY_B4_H */
