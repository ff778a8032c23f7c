/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RELAY_H
#define CGN_RELAY_H

/**
 * @file
 * The NAT-PMP relay of a home router behind another NAT: the lease service of the LAN asks it instead of
 * the lessor.
 *
 * The external address is that of the outermost NAT, as the one in front says it. The epoch is the
 * smaller one of upstream's and of the local table's, so that clients see either of them lose its
 * state. Clients are told by multicast when upstream loses its state, has another address, or answers
 * again after silence; an idle relay asks it once a minute.
 *
 * Where the WAN address is none of those that need a NAT in front (RFC 1918, RFC 6598), this is the
 * outermost NAT and nobody is asked.
 *
 * Source:  draft-woodyatt-spnatpmp-appl-01 section 3.2, RFC 6886, RFC 7648 section 3.
 * Units:   milliseconds of the loop's clock.
 * Threads: the control thread. No I/O but through struct cgn_relay_ops.
 */

#include "controlplane/lease/lease_backend.h"
#include "controlplane/relay/relay_transaction.h"
#include "controlplane/relay/relay_upstream.h"
#include "shared/conf.h"
#include "shared/control_counters.h"

#define CGN_RELAY_POLL_MS 60000 /* between questions for address and epoch */

struct cgn_relay;

/** How the relay's datagrams leave. */
struct cgn_relay_ops {
	/** Send a datagram to the server in front. */
	void (*send)(void *ctx, const void *data, size_t len);
	/** Send an announcement to all hosts of the LAN. */
	void (*announce)(void *ctx, const void *data, size_t len);
};

/** What a relay is made of. All pointers outlive it. */
struct cgn_relay_cfg {
	const struct cgn_conf *conf;
	struct cgn_lessor *lessor; /* NULL: there is no local NAT (B4) */
	struct cgn_timerq *timers;
	const struct cgn_relay_ops *ops;
	void *ctx;
};

/** What the relay counts. */
struct cgn_relay_stats {
	CGN_RELAY_COUNTERS(CGN_STATS_FIELD)
};

/** The backend of the lease service. Its context is the struct cgn_relay. */
extern const struct cgn_lease_backend cgn_relay_backend;

/** Whether an address needs a NAT in front of it to be reached: RFC 1918 and RFC 6598. */
bool cgn_relay_is_private(rte_be32_t addr);

/** Create it; nothing is sent yet. @return 0 or -ENOMEM */
int cgn_relay_create(struct cgn_relay **out, const struct cgn_relay_cfg *cfg);

/** Packets come from now on: ask upstream, then announce. */
void cgn_relay_start(struct cgn_relay *r, uint64_t now_ms);

/** Nothing is asked or sent any more. */
void cgn_relay_close(struct cgn_relay *r);

/** Release it; the lessor has no call of it under way. NULL is allowed. */
void cgn_relay_destroy(struct cgn_relay *r);

/** Use another snapshot. */
void cgn_relay_set_conf(struct cgn_relay *r, const struct cgn_conf *conf);

/** Whether there is a NAT in front. */
bool cgn_relay_has_upstream(const struct cgn_relay *r);

/** Own leases were lost: tell the clients. */
void cgn_relay_lost(struct cgn_relay *r, uint64_t now_ms);

/** The client of the NAT in front, for what it sends. */
struct cgn_relay_upstream *cgn_relay_get_upstream(struct cgn_relay *r);

/** The transactions, for their counters; NULL in a B4. */
const struct cgn_relay_transactions *cgn_relay_get_transactions(const struct cgn_relay *r);

/** The counters. */
struct cgn_relay_stats cgn_relay_stats(const struct cgn_relay *r);

#endif /* CGN_RELAY_H */
