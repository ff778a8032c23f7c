/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_NATPMP_ANNOUNCE_H
#define CGN_NATPMP_ANNOUNCE_H

/**
 * @file
 * Announcements: the external address response, unasked, to one client after the other.
 *
 * A CGN pairs addresses with subscribers, so one packet to a whole link would tell everybody
 * somebody's address. Each client gets a series of its own, to its own address (behind a softwire:
 * one for the home, to CGN_LESSOR_ALL): ten packets, the
 * first gap 250 ms, each further one twice as long, with the epoch of the moment. A new event begins
 * a client's series anew. When many clients are to be told, their series begin one after the other
 * at CGN_NATPMP_ANNOUNCE_PER_S; gaps within a series stay what they are.
 *
 * A series begins with a question to the worker for the client's address.
 *
 * Source:  RFC 6886 sections 3.2.1 and 4.3.2.
 * Units:   milliseconds of the loop's clock.
 * Threads: the control thread. No I/O but through struct cgn_natpmp_announce_ops.
 * Memory:  about 120 octets for a client while its series lasts (128 seconds).
 */

#include "controlplane/lease/lessor.h"
#include "controlplane/loop/timerq.h"
#include "controlplane/natpmp/natpmp_codec.h"
#include "shared/conf.h"
#include "shared/control_counters.h"

#define CGN_NATPMP_ANNOUNCE_COUNT 10  /* packets of a series */
#define CGN_NATPMP_ANNOUNCE_PER_S 500 /* series begun */

/** Series beside which no series of a stranger begins: one minute of beginnings. */
#define CGN_NATPMP_ANNOUNCE_STRANGERS (60 * CGN_NATPMP_ANNOUNCE_PER_S)

struct cgn_natpmp_announce;

/** How announcements leave. */
struct cgn_natpmp_announce_ops {
	/** Send a datagram from port 5351 of the address that a client knows as its gateway. */
	void (*send)(void *ctx, uint32_t realm, rte_be32_t gateway, rte_be32_t to,
			uint16_t udp_port, const void *data, size_t len);
	/** The local address that a client is most likely to know as its gateway; 0: none. */
	rte_be32_t (*gateway)(void *ctx, uint32_t realm, rte_be32_t to);
};

/** What announcements use. All pointers outlive them. */
struct cgn_natpmp_announce_cfg {
	const struct cgn_conf *conf;
	struct cgn_lessor *lessor;
	struct cgn_realms *realms; /* held by the series of homes; NULL: there are none */
	struct cgn_timerq *timers;
	const struct cgn_natpmp_announce_ops *ops;
	void *ctx;
	uint32_t seed;
};

/** What the announcements count. */
struct cgn_natpmp_announce_stats {
	CGN_NATPMP_ANNOUNCE_COUNTERS(CGN_STATS_FIELD)
};

/** Create it. @return 0 or -ENOMEM */
int cgn_natpmp_announce_create(
		struct cgn_natpmp_announce **out, const struct cgn_natpmp_announce_cfg *cfg);

/** Release it; the lessor has no call of it under way. NULL is allowed. */
void cgn_natpmp_announce_destroy(struct cgn_natpmp_announce *a);

/** Use another snapshot. */
void cgn_natpmp_announce_set_conf(struct cgn_natpmp_announce *a, const struct cgn_conf *conf);

/** Begin the series of a client, or begin it anew. Nothing if natpmp.announce is off. */
void cgn_natpmp_announce_client(
		struct cgn_natpmp_announce *a, uint32_t realm, rte_be32_t addr, uint64_t now_ms);

/**
 * Begin the series of a client that may have had something, which nobody knows, unless it is under way. While
 * there are CGN_NATPMP_ANNOUNCE_STRANGERS series, nothing: there are more of such clients than can be told, or
 * they are made up.
 */
void cgn_natpmp_announce_stranger(
		struct cgn_natpmp_announce *a, uint32_t realm, rte_be32_t addr, uint64_t now_ms);

/** Whether a client's series is under way. */
bool cgn_natpmp_announce_has(const struct cgn_natpmp_announce *a, uint32_t realm, rte_be32_t addr);

/** Series under way. */
uint32_t cgn_natpmp_announce_open(const struct cgn_natpmp_announce *a);

/** The counters. */
const struct cgn_natpmp_announce_stats *
cgn_natpmp_announce_stats(const struct cgn_natpmp_announce *a);

#endif /* CGN_NATPMP_ANNOUNCE_H */
