/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_NATPMP_ANNOUNCE_H
#define CGN_NATPMP_ANNOUNCE_H

/**
 * @file
 * Announcements of a CGN. An announcement is an external address response that no client has asked for.
 *
 * In a CGN, subscribers have different external addresses. So one packet to all hosts of a link would be wrong for most
 * of them. Instead, each client gets a series of packets, sent to its address. A home behind a softwire gets one series
 * for all its hosts, sent to CGN_LESSOR_ALL.
 *
 * A series has ten packets. The first gap is 250 ms. Each further gap is twice as long. Each packet has the epoch at
 * the time when it is sent. Before the first packet, the worker is asked for the external address of the client. A new
 * event begins the series of a client anew.
 *
 * If many clients must be told, CGN_NATPMP_ANNOUNCE_PER_S series begin per second. The gaps within a series do not
 * change.
 *
 * Source:  RFC 6886 sections 3.2.1 and 4.3.2.
 * Units:   milliseconds of the loop's clock.
 * Threads: the control thread. All I/O goes through struct cgn_natpmp_announce_ops.
 * Memory:  about 120 octets for each client while its series lasts (128 seconds).
 */

#include "controlplane/lease/lessor.h"
#include "controlplane/loop/timerq.h"
#include "controlplane/natpmp/natpmp_codec.h"
#include "shared/conf.h"
#include "shared/control_counters.h"

#define CGN_NATPMP_ANNOUNCE_COUNT   10  /* packets of a series */
#define CGN_NATPMP_ANNOUNCE_PER_S   500 /* series that begin per second */

#define CGN_NATPMP_ANNOUNCE_PCP_LEN 24 /* octets of an announcement of PCP */

/** At this number of series, cgn_natpmp_announce_stranger() begins no more. It is what begins in one minute. */
#define CGN_NATPMP_ANNOUNCE_STRANGERS (60 * CGN_NATPMP_ANNOUNCE_PER_S)

struct cgn_natpmp_announce;

/** The functions that announcements call. */
struct cgn_natpmp_announce_ops {
	/** Send a datagram to a client, from port 5351 of the local address @p gateway. */
	void (*send)(void *ctx, uint32_t realm, rte_be32_t gateway, rte_be32_t to,
			uint16_t udp_port, const void *data, size_t len);
	/** Write the announcement of PCP (RFC 6887 section 14.1.3). @return octets, at most
	 * CGN_NATPMP_ANNOUNCE_PCP_LEN; 0: PCP is off. NULL: there is no PCP */
	size_t (*pcp)(void *ctx, uint32_t epoch_s, uint8_t *out);
	/** The local address that a client most likely uses as its gateway. 0: there is none */
	rte_be32_t (*gateway)(void *ctx, uint32_t realm, rte_be32_t to);
};

/** What cgn_natpmp_announce_create() needs. All pointers outlive the announcements. */
struct cgn_natpmp_announce_cfg {
	const struct cgn_conf *conf;
	struct cgn_lessor *lessor;
	struct cgn_realms *realms; /* the series of a home holds its realm; NULL: no realms */
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

/** Release it. None of its calls may be under way in the lessor. NULL is allowed. */
void cgn_natpmp_announce_destroy(struct cgn_natpmp_announce *a);

/** Use another configuration. */
void cgn_natpmp_announce_set_conf(struct cgn_natpmp_announce *a, const struct cgn_conf *conf);

/** Begin the series of a client, or begin it anew. Does nothing if natpmp.announce is off. */
void cgn_natpmp_announce_client(
		struct cgn_natpmp_announce *a, uint32_t realm, rte_be32_t addr, uint64_t now_ms);

/**
 * Begin the series of a stranger. A stranger is a client that may have had leases, but the store was lost, so nobody
 * knows. Does nothing if the series of this client is under way. Also does nothing while there are
 * CGN_NATPMP_ANNOUNCE_STRANGERS series: then there are more strangers than can be told, or somebody invents them.
 */
void cgn_natpmp_announce_stranger(
		struct cgn_natpmp_announce *a, uint32_t realm, rte_be32_t addr, uint64_t now_ms);

/** End all series. */
void cgn_natpmp_announce_cancel(struct cgn_natpmp_announce *a);

/** Whether a client's series is under way. */
bool cgn_natpmp_announce_has(const struct cgn_natpmp_announce *a, uint32_t realm, rte_be32_t addr);

/** Number of series under way. */
uint32_t cgn_natpmp_announce_open(const struct cgn_natpmp_announce *a);

/** The counters. */
const struct cgn_natpmp_announce_stats *
cgn_natpmp_announce_stats(const struct cgn_natpmp_announce *a);

#endif /* CGN_NATPMP_ANNOUNCE_H */
