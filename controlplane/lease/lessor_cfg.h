/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_LESSOR_CFG_H
#define CGN_LESSOR_CFG_H

/**
 * @file
 * The types of the table of leases (lessor.h): what it needs, what it is asked and what it answers.
 *
 * Units:   milliseconds of the loop's clock; seconds in leases and epochs; addresses and ports in
 *          network order.
 */

#include "controlplane/lease/realms.h"
#include "controlplane/lease/store.h"
#include "controlplane/loop/timerq.h"
#include "shared/control_counters.h"
#include "shared/msg.h"
#include "shared/wellknown.h"

struct cgn_lessor;
struct cgn_lessor_call; /* a command under way */

/** In place of a client's address, in a realm other than 0: all clients there. */
#define CGN_LESSOR_ALL CGN_ALL_HOSTS

/** What the lessor needs from the outside: workers, clocks, somebody to tell. */
struct cgn_lessor_ops {
	/**
	 * Send CGN_CMD_MAP_ADD, CGN_CMD_MAP_DEL or CGN_CMD_BIND to the worker that owns map->in.addr.
	 *
	 * @return 0: cgn_lessor_replied() will be called once, later; -ENOBUFS: nothing was sent
	 */
	int (*send)(void *ctx, uint16_t op, const struct cgn_cmd_map *map,
			struct cgn_lessor_call *call, uint64_t now_ms);
	/** Wall clock in milliseconds since 1970. */
	int64_t (*wall_ms)(void *ctx);
	/** CLOCK_BOOTTIME in milliseconds: what the store's times are of. */
	int64_t (*boot_ms)(void *ctx);
	/** A client has lost a lease before its time: its epoch was reset. */
	void (*lost)(void *ctx, uint32_t realm, rte_be32_t addr, uint64_t now_ms);
};

/** What a lessor is made of. */
struct cgn_lessor_cfg {
	struct cgn_timerq *timers; /* outlives the table */
	struct cgn_store *store;   /* outlives the table; NULL: memory only */
	struct cgn_realms *realms; /* the same; NULL: there are none. Its on_free is taken. */
	const struct cgn_lessor_ops *ops;
	void *ctx;
	uint32_t seed; /* of the hash: random */
};

/** Who asks for what. */
struct cgn_lessor_request {
	uint32_t realm;
	struct cgn_ep4 in;
	rte_be16_t ext_port; /* suggested; 0: any */
	uint32_t lifetime_s; /* of a lease; more than 0 */
	rte_be32_t gateway;  /* local address that was asked */
	bool is_undo; /* of a deletion: what traffic made stays, as if there had been no lease */
};

/** What became of it. */
struct cgn_lessor_answer {
	int ret;                /* 0 or -errno */
	uint16_t upstream_code; /* NAT-PMP result code of the NAT in front if that one refused; else 0 */
	struct cgn_ep4 ext;  /* of a mapping or binding */
	uint32_t lifetime_s; /* granted */
	bool is_static;      /* the mapping is the operator's */
	uint32_t n;          /* leases that a deletion ended */
};

/**
 * Called once for each request, perhaps before the function returns.
 *
 * -EACCES, -EADDRNOTAVAIL, -EDQUOT, -ENOSPC, -EPERM are the worker's answers (see
 * dataplane/nat/lease.h); anything else: nobody knows, the client should ask again.
 */
typedef void (*cgn_lessor_done)(void *arg, const struct cgn_lessor_answer *a, uint64_t now_ms);

/** A lease as shown. */
struct cgn_lessor_info {
	uint32_t realm;
	struct cgn_ep4 in;
	struct cgn_ep4 ext;
	uint32_t lifetime_s; /* as granted */
	uint32_t left_s;
};

/** A client that holds leases. */
struct cgn_lessor_client {
	uint32_t realm;
	rte_be32_t addr;
	rte_be32_t gateway; /* local address that it asked last; 0: not since the start */
	rte_be32_t ext;     /* external address */
};

/** What the table of leases counts. */
struct cgn_lessor_stats {
	CGN_LESSOR_COUNTERS(CGN_STATS_FIELD)
};

/** Somebody who waits until what was answered before is durable. Zeroed by its owner but for the first two. */
struct cgn_lessor_wait {
	/** Called once. @param ret  0: durable, or there is no store; -errno: it is not */
	void (*done)(void *arg, int ret, uint64_t now_ms);
	void *arg;
	struct cgn_lessor_wait *next;
	bool is_set; /* not called yet */
};

#endif /* CGN_LESSOR_CFG_H */
