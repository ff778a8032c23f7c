/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RELAY_H
#define CGN_RELAY_H

/**
 * @file
 * The NAT-PMP relay of a home router behind another NAT. The lease service calls the relay instead of the lessor. The
 * other NAT is called the NAT in front, or upstream.
 *
 * Clients get the external address that the NAT in front tells. It is the address of the outermost NAT.
 *
 * Clients get the smaller one of two epochs: that of the local table, and one that begins with the epoch of upstream and
 * then runs by the clock here. So they notice when either of the two NATs loses its state, and nothing else changes it.
 *
 * The relay announces to its clients by multicast when upstream has lost its state, has another address, or answers
 * again after silence. To notice this, it asks upstream for its address once a minute.
 *
 * A reload may name another upstream. If the address in use is gone, this is a loss of its state: clients are told, and ask
 * again for what they need. What upstream has mapped before ends there by itself.
 *
 * If the WAN address is neither of RFC 1918 nor of RFC 6598, there is no NAT in front. cgnd is then the outermost NAT,
 * and the relay asks only the lessor.
 *
 * Source:  draft-woodyatt-spnatpmp-appl-01 section 3.2, RFC 6886, RFC 7648 section 3.
 * Units:   milliseconds of the loop's clock.
 * Threads: the control thread. All I/O goes through struct cgn_relay_ops.
 */

#include "controlplane/lease/lease_backend.h"
#include "controlplane/relay/relay_pass.h"
#include "controlplane/relay/relay_transaction.h"
#include "controlplane/relay/relay_upstream.h"
#include "shared/conf.h"
#include "shared/control_counters.h"

#define CGN_RELAY_POLL_MS 60000 /* between two requests for address and epoch of upstream */

struct cgn_relay;

/** The functions with which the relay sends datagrams. */
struct cgn_relay_ops {
	/** Send a datagram to the server in front. */
	void (*send)(void *ctx, const void *data, size_t len);
	/** The address that they leave from. */
	struct cgn_ip (*source)(void *ctx);
	/** Send an announcement to all hosts of the LAN. */
	void (*announce)(void *ctx, const void *data, size_t len);
	/** Only of a proxy: the server has sent a mapping that no request under way asks for. */
	void (*updated)(void *ctx, const struct cgn_relay_said *x, uint64_t now_ms);
};

/** What cgn_relay_create() needs. All pointers outlive the relay. */
struct cgn_relay_cfg {
	const struct cgn_conf *conf;
	struct cgn_lessor *lessor; /* NULL: there is no local NAT (B4) */
	bool is_proxy; /* of a B4: it answers the clients itself, with an epoch of its own */
	struct cgn_timerq *timers;
	uint32_t (*random)(void); /* as in struct cgn_relay_upstream_cfg; may be NULL */
	const struct cgn_relay_ops *ops;
	void *ctx;
};

/** What the relay counts. */
struct cgn_relay_stats {
	CGN_RELAY_COUNTERS(CGN_STATS_FIELD)
};

/** The relay's functions for the lease service. Their context is the struct cgn_relay. */
extern const struct cgn_lease_backend cgn_relay_backend;

/** Whether an address is of RFC 1918 or RFC 6598. Hosts of the internet reach it only through a NAT in front. */
bool cgn_relay_is_private(rte_be32_t addr);

/** Create a relay. It sends nothing before cgn_relay_start(). @return 0 or -ENOMEM */
int cgn_relay_create(struct cgn_relay **out, const struct cgn_relay_cfg *cfg);

/** The workers receive packets from now on, or a reload has switched the relay on: ask upstream, then announce. */
void cgn_relay_start(struct cgn_relay *r, uint64_t now_ms);

/**
 * A reload has switched the relay off: send no requests and no announcements before the next cgn_relay_start(). What
 * waits for upstream fails with -ECANCELED at once, and what waits for a worker does so later.
 */
void cgn_relay_pause(struct cgn_relay *r, uint64_t now_ms);

/** From now on, send no requests and no announcements. */
void cgn_relay_close(struct cgn_relay *r);

/** Release the relay. None of its calls may be under way in the lessor. NULL is allowed. */
void cgn_relay_destroy(struct cgn_relay *r);

/** Use another configuration. The caller sends to the upstream of it already. */
void cgn_relay_set_conf(struct cgn_relay *r, const struct cgn_conf *conf, uint64_t now_ms);

/** Whether the relay is switched on, and there is a NAT in front. */
bool cgn_relay_is_open(const struct cgn_relay *r);

/** Whether there is a NAT in front. */
bool cgn_relay_has_upstream(const struct cgn_relay *r);

/** The local NAT has lost leases: the epoch begins anew, and the relay announces it. */
void cgn_relay_lost(struct cgn_relay *r, uint64_t now_ms);

/** The client side, which takes the datagrams of the NAT in front. */
struct cgn_relay_upstream *cgn_relay_get_upstream(struct cgn_relay *r);

/** The transactions, for their counters; NULL in a B4. */
const struct cgn_relay_transactions *cgn_relay_get_transactions(const struct cgn_relay *r);

/** What passes unknown opcodes on, for its counters; NULL in a B4. */
const struct cgn_relay_pass *cgn_relay_get_pass(const struct cgn_relay *r);

/** The counters. */
struct cgn_relay_stats cgn_relay_stats(const struct cgn_relay *r);

#endif /* CGN_RELAY_H */
