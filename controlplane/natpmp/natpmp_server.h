/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_NATPMP_SERVER_H
#define CGN_NATPMP_SERVER_H

/**
 * @file
 * The NAT-PMP server: what a request is answered, and when not at all.
 *
 * A mapping is answered once its worker has it and the store has committed it. Who asks more often
 * than natpmp.requests_per_s, what comes while too many answers are owed, and what could be answered
 * only after CGN_NATPMP_SERVER_LATE_MS is dropped without a word: the client asks again on its
 * schedule. A retransmission of what is under way is dropped, too: the first one's answer serves.
 *
 * A home behind a softwire gets a realm when it has asked for something that a home may ask for, and not
 * more often than it may; the realm lasts for as long as there is something in it.
 *
 * The tests of a mapping request, in this order: version (1), opcode (5), policy (2), network (3),
 * existing mapping (renewed, never refused for a limit), limit of the subscriber (6 or 4), limit of
 * the box or pool (4).
 *
 * Source:  RFC 6886 section 3, draft-woodyatt-spnatpmp-appl-01 section 3.1.
 * Units:   milliseconds of the loop's clock.
 * Threads: the control thread. No I/O but through struct cgn_natpmp_server_ops.
 */

#include "controlplane/lease/lease_backend.h"
#include "controlplane/loop/timerq.h"
#include "controlplane/natpmp/natpmp_codec.h"
#include "shared/conf.h"

struct cgn_natpmp_server;

#define CGN_NATPMP_SERVER_OPEN_MAX 1024 /* requests under way */
#define CGN_NATPMP_SERVER_LATE_MS  250  /* the client's first retransmission */

/** Where a request came from and its answer goes. */
struct cgn_natpmp_peer {
	uint32_t realm; /* of its home; set by the server once it may ask */
	rte_be32_t addr;
	rte_be32_t gateway; /* own address that was asked */
	uint16_t udp_port;  /* host order */
	uint16_t link;      /* index into conf ports */
	uint8_t mac[6];
	bool is_wire;      /* it came out of a softwire */
	struct cgn_ip6 b4; /* is_wire: where that ends */
};

struct cgn_natpmp_server_ops {
	/** Send a datagram from port 5351 of the gateway address. */
	void (*send)(void *ctx, const struct cgn_natpmp_peer *to, const void *data, size_t len);
	/** A mapping request was refused that no worker has refused, so none has counted it; NULL: nobody counts. */
	void (*refused)(void *ctx, const struct cgn_natpmp_peer *from, uint64_t now_ms);
};

struct cgn_natpmp_server_cfg {
	const struct cgn_conf *conf;
	struct cgn_lessor *lessor;
	struct cgn_realms *realms;               /* NULL: there are no softwires */
	const struct cgn_lease_backend *backend; /* NULL: the lessor */
	void *backend_ctx;
	struct cgn_timerq *timers;
	const struct cgn_natpmp_server_ops *ops;
	void *ctx;
	uint32_t seed; /* of hashes: random */
};

/* clang-format off */
/** Counters; name and help are the telemetry interface. Results are counted by code, too. */
#define CGN_NATPMP_COUNTERS(C)                                                                    \
	C(REQUESTS_ADDRESS,  "natpmp_requests_address",  "requests for the external address")      \
	C(REQUESTS_MAP,      "natpmp_requests_map",      "requests to make or renew a mapping")    \
	C(REQUESTS_UNMAP,    "natpmp_requests_unmap",    "requests to delete one or all mappings") \
	C(REFUSED_POLICY,    "natpmp_refused_policy",    "mappings refused: leases_max is 0")      \
	C(REFUSED_SUBSCRIBER, "natpmp_refused_subscriber", "mappings refused: the subscriber's limit") \
	C(REFUSED_BOX,       "natpmp_refused_box",       "mappings refused: nothing left in the pool or the tables") \
	C(IGNORED,           "natpmp_ignored",           "datagrams that are no requests")         \
	C(NOT_INSIDE,        "natpmp_not_inside",        "requests to or by way of the outside")   \
	C(LIMITED,           "natpmp_limited",           "requests dropped: requests_per_s")       \
	C(OVERLOAD,          "natpmp_overload",          "requests dropped: too many under way")   \
	C(REPEATED,          "natpmp_repeated",          "requests dropped: the same one is under way") \
	C(LATE,              "natpmp_late",              "answers dropped: too late")              \
	C(UNANSWERED,        "natpmp_unanswered",        "requests that a worker or the store could not answer")
/* clang-format on */

enum cgn_natpmp_counter {
#define CGN_NATPMP_ENUM(id, name, help) CGN_NATPMP_C_##id,
	CGN_NATPMP_COUNTERS(CGN_NATPMP_ENUM)
#undef CGN_NATPMP_ENUM
	CGN_NATPMP_C_COUNT,
};

struct cgn_natpmp_server_stats {
	uint64_t counter[CGN_NATPMP_C_COUNT];
	uint64_t result[CGN_NATPMP_RESULTS]; /* answers by code; those unknown here count nowhere */
};

/** Create it. @return 0 or -ENOMEM */
int
cgn_natpmp_server_create(struct cgn_natpmp_server **out, const struct cgn_natpmp_server_cfg *cfg);

/** Release it; the lessor has no call of it under way. NULL is allowed. */
void cgn_natpmp_server_destroy(struct cgn_natpmp_server *s);

/** Use another snapshot, with the same prefixes of the groups. */
void cgn_natpmp_server_set_conf(struct cgn_natpmp_server *s, const struct cgn_conf *conf);

/**
 * Take a datagram that was sent to port 5351 of an own address.
 *
 * @return false: the sender is nobody's subscriber, there is no NAT for it: to be refused as if
 *         nobody listened (RFC 6886 section 3.8)
 */
bool cgn_natpmp_server_input(struct cgn_natpmp_server *s, const struct cgn_natpmp_peer *from,
		const uint8_t *data, size_t len, uint64_t now_ms);

/** Requests under way. */
unsigned int cgn_natpmp_server_open(const struct cgn_natpmp_server *s);

/** The counters. */
const struct cgn_natpmp_server_stats *cgn_natpmp_server_stats(const struct cgn_natpmp_server *s);

#endif /* CGN_NATPMP_SERVER_H */
