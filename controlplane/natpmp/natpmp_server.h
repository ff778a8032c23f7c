/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_NATPMP_SERVER_H
#define CGN_NATPMP_SERVER_H

/**
 * @file
 * The NAT-PMP server: the messages and rules of NAT-PMP over the lease service.
 *
 * The lease service (lease/lease_service.h) knows who asks and how often, carries the request out and waits
 * for the store. This file turns a datagram into a request and an errno into a result code.
 *
 * These get no answer, so that the client asks again on its schedule: who asks too often, what comes
 * while too many requests are under way, what could be answered only after CGN_NATPMP_SERVER_LATE_MS, and
 * what neither a worker nor the store could answer. A retransmission of a request that is under way gets
 * none, since the answer to the first one serves.
 *
 * The tests of a mapping request, in this order: version (1), opcode (5), policy (2), network (3),
 * existing mapping (renewed, never refused for a limit), limit of the subscriber (6 or 4), limit of
 * the box or pool (4).
 *
 * Source:  RFC 6886 section 3, draft-woodyatt-spnatpmp-appl-01 section 3.1.
 * Units:   milliseconds of the loop's clock.
 * Threads: the control thread. No I/O but through struct cgn_natpmp_server_ops.
 */

#include "controlplane/lease/lease_service.h"
#include "controlplane/natpmp/natpmp_codec.h"
#include "shared/control_counters.h"

struct cgn_natpmp_server;

#define CGN_NATPMP_SERVER_LATE_MS 250 /* the client's first retransmission */

/** What the server does to the outside world. */
struct cgn_natpmp_server_ops {
	/** Send a datagram to where a request came from. */
	void (*send)(void *ctx, const struct cgn_return_addr *to, const void *data, size_t len);
};

/** What the server needs. */
struct cgn_natpmp_server_cfg {
	const struct cgn_conf *conf;
	struct cgn_lease_service *leases; /* outlives the server */
	const struct cgn_natpmp_server_ops *ops;
	void *ctx;
};

/** Indexes of the counters. */
enum cgn_natpmp_counter {
#define CGN_NATPMP_ENUM(id, name, help) CGN_NATPMP_C_##id,
	CGN_NATPMP_COUNTERS(CGN_NATPMP_ENUM)
#undef CGN_NATPMP_ENUM
	CGN_NATPMP_C_COUNT,
};

/** What the server counts. */
struct cgn_natpmp_server_stats {
	uint64_t counter[CGN_NATPMP_C_COUNT];
	uint64_t result[CGN_NATPMP_RESULTS]; /* answers by code; those unknown here count nowhere */
};

/** Create it. @return 0 or -ENOMEM */
int
cgn_natpmp_server_create(struct cgn_natpmp_server **out, const struct cgn_natpmp_server_cfg *cfg);

/** Release it; no request of it is under way. NULL is allowed. */
void cgn_natpmp_server_destroy(struct cgn_natpmp_server *s);

/** Use another snapshot. */
void cgn_natpmp_server_set_conf(struct cgn_natpmp_server *s, const struct cgn_conf *conf);

/**
 * Take a datagram that was sent to port 5351 of a local address.
 *
 * @return false: the sender is no subscriber, so that there is no NAT for it. The datagram is to be refused
 *         as if nobody listened (RFC 6886 section 3.8)
 */
bool cgn_natpmp_server_input(struct cgn_natpmp_server *s, const struct cgn_return_addr *from,
		const uint8_t *data, size_t len, uint64_t now_ms);

/** Requests under way. */
unsigned int cgn_natpmp_server_open(const struct cgn_natpmp_server *s);

/** The counters. */
const struct cgn_natpmp_server_stats *cgn_natpmp_server_stats(const struct cgn_natpmp_server *s);

#endif /* CGN_NATPMP_SERVER_H */
