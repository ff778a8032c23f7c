/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_NATPMP_SERVER_H
#define CGN_NATPMP_SERVER_H

/**
 * @file
 * The NAT-PMP server. It turns a datagram into a request to the lease service, and the result into an answer.
 *
 * The lease service (lease/lease_service.h) finds out who asks, limits how often, carries out the request, and waits
 * for the store.
 *
 * A request gets no answer in the following cases. The client then repeats it on its schedule.
 *  - The subscriber asks too often, or too many requests are under way.
 *  - The answer is ready only after CGN_NATPMP_SERVER_LATE_MS.
 *  - The worker did not answer, or the store could not commit.
 *
 * A repetition of a request that is still under way gets no answer either: the answer to the first one is enough.
 *
 * A request for a mapping is tested in this order. The numbers are the result codes of a refusal.
 *  1. version (1) and opcode (5)
 *  2. policy (2)
 *  3. network (3)
 *  4. If the mapping exists already, it is renewed. A limit never refuses a renewal.
 *  5. limit of the subscriber (6 or 4)
 *  6. limit of cgnd or of the pool (4)
 *
 * Source:  RFC 6886 section 3, draft-woodyatt-spnatpmp-appl-01 section 3.1.
 * Units:   milliseconds of the loop's clock.
 * Threads: the control thread. All I/O goes through struct cgn_natpmp_server_ops.
 */

#include "controlplane/lease/lease_service.h"
#include "controlplane/natpmp/natpmp_codec.h"
#include "shared/control_counters.h"

struct cgn_natpmp_server;

#define CGN_NATPMP_SERVER_LATE_MS 250 /* after this time a client repeats its request */

/** The function that sends answers. */
struct cgn_natpmp_server_ops {
	/** Send a datagram to the address that a request came from. */
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
	uint64_t result[CGN_NATPMP_RESULTS]; /* answers by result code; unknown codes are not counted */
};

/** Create it. @return 0 or -ENOMEM */
int
cgn_natpmp_server_create(struct cgn_natpmp_server **out, const struct cgn_natpmp_server_cfg *cfg);

/** Release the server. None of its requests may be under way. NULL is allowed. */
void cgn_natpmp_server_destroy(struct cgn_natpmp_server *s);

/** Use another configuration. */
void cgn_natpmp_server_set_conf(struct cgn_natpmp_server *s, const struct cgn_conf *conf);

/**
 * Take a datagram that was sent to port 5351 of a local address.
 *
 * @return false: the sender is no subscriber, so there is no NAT for it. The caller refuses the datagram as if nobody
 *         listened on the port (RFC 6886 section 3.8)
 */
bool cgn_natpmp_server_input(struct cgn_natpmp_server *s, const struct cgn_return_addr *from,
		const uint8_t *data, size_t len, uint64_t now_ms);

/** Number of requests under way. */
unsigned int cgn_natpmp_server_open(const struct cgn_natpmp_server *s);

/** The counters. */
const struct cgn_natpmp_server_stats *cgn_natpmp_server_stats(const struct cgn_natpmp_server *s);

#endif /* CGN_NATPMP_SERVER_H */
