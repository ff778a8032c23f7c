/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RELAY_B4_H
#define CGN_RELAY_B4_H

/**
 * @file
 * The NAT-PMP relay of a B4: it has no NAT of its own, so requests go into the softwire and answers come out of
 * it without any translation of ports or addresses.
 *
 * A request keeps the client's own source address and port on its way to the AFTR, which has to know
 * whom to map a port to; only its destination becomes natpmp.upstream. On the way back the source becomes
 * the gateway address that the client asked. No mapping is remembered: a restart loses nothing.
 * Which of several gateway addresses a client asked is noted for the answer; without the note it is
 * that of the client's link.
 *
 * The AFTR's address and epoch are asked once a minute from 192.0.0.2, heard from announcements and from what
 * passes, and announced at home by multicast when they change.
 *
 * Source:  draft-woodyatt-spnatpmp-appl-01 section 3.2.1, RFC 6333 section 6.5.
 * Units:   milliseconds of the loop's clock.
 * Threads: the control thread.
 */

#include "controlplane/link/ip_responder.h"
#include "controlplane/relay/relay.h"
#include "shared/control_counters.h"

struct cgn_relay_b4;

/** What the relay of a B4 uses. All pointers outlive it. */
struct cgn_relay_b4_cfg {
	const struct cgn_conf *conf;
	struct cgn_timerq *timers;
	struct cgn_ip_responder *responder;
	/** Send an IPv4 packet into the softwire. */
	void (*wire)(void *ctx, const void *packet, size_t len);
	/** Send an IPv4 packet to a host at home. */
	void (*route)(void *ctx, const void *packet, size_t len);
	void *ctx;
};

/** What the relay of a B4 counts. */
struct cgn_relay_b4_stats {
	CGN_RELAY_B4_COUNTERS(CGN_STATS_FIELD)
};

/** Create it and listen. @return 0, -ENOMEM or -errno of cgn_ip_responder_listen() */
int cgn_relay_b4_create(struct cgn_relay_b4 **out, const struct cgn_relay_b4_cfg *cfg);

/** Release it. NULL is allowed. */
void cgn_relay_b4_destroy(struct cgn_relay_b4 *w);

/** Packets come from now on: ask the AFTR, announce. */
void cgn_relay_b4_start(struct cgn_relay_b4 *w, uint64_t now_ms);

/** Use another snapshot. */
void cgn_relay_b4_set_conf(struct cgn_relay_b4 *w, const struct cgn_conf *conf);

/**
 * Take an IPv4 packet that came out of the softwire and is not for cgnd itself.
 *
 * @return false: no answer or announcement of NAT-PMP, to be forwarded to its host at home
 */
bool cgn_relay_b4_input(struct cgn_relay_b4 *w, const void *packet, size_t len, uint64_t now_ms);

/** The relay, for its counters. */
struct cgn_relay *cgn_relay_b4_relay(struct cgn_relay_b4 *w);

/** The counters. */
const struct cgn_relay_b4_stats *cgn_relay_b4_stats(const struct cgn_relay_b4 *w);

#endif /* CGN_RELAY_B4_H */
