/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_LESSOR_CFG_H
#define CGN_LESSOR_CFG_H

/**
 * @file
 * The types of the lessor (lessor.h): its configuration, its requests and its answers.
 *
 * Units:   milliseconds of the loop's clock; seconds in leases and epochs; addresses and ports in
 *          network order.
 */

#include "controlplane/lease/lease_extra.h"
#include "controlplane/lease/lease_owner.h"
#include "controlplane/lease/lease_pass.h"
#include "controlplane/lease/leasetable.h"
#include "controlplane/lease/realms.h"
#include "controlplane/lease/store.h"
#include "controlplane/loop/timerq.h"
#include "shared/control_counters.h"
#include "shared/msg.h"
#include "shared/record.h"
#include "shared/wellknown.h"

/** Leases that a start has lost and that have a log line; the others are only counted. */
#define CGN_LESSOR_LOST_SAID 10

struct cgn_lessor;
struct cgn_lessor_call; /* a command that a worker has not answered yet */
struct cgn_lessor_info;

/** Stands for all clients of a realm in place of a client's address. Not used in realm 0. */
#define CGN_LESSOR_ALL CGN_ALL_HOSTS

/** The functions that the lessor calls: send a command, read a clock, tell of a lost lease. */
struct cgn_lessor_ops {
	/**
	 * Send CGN_CMD_MAP_ADD, CGN_CMD_MAP_DEL or CGN_CMD_BIND to the worker that owns map->in.addr.
	 *
	 * @param extra  of CGN_CMD_MAP_ADD: has the filters. The worker may read it until it replies, which may be long
	 *   after cgn_lessor_replied(), so the function becomes a user of it. NULL: there are no filters
	 * @return 0: cgn_lessor_replied() is called once, after this returns; -ENOBUFS: nothing was sent
	 */
	int (*send)(void *ctx, uint16_t op, const struct cgn_cmd_map *map,
			struct cgn_lease_extra *extra, struct cgn_lessor_call *call,
			uint64_t now_ms);
	/** Wall clock in milliseconds since 1970. */
	int64_t (*wall_ms)(void *ctx);
	/** CLOCK_BOOTTIME in milliseconds: the clock of the times in the store. */
	int64_t (*boot_ms)(void *ctx);
	/** A client has lost a lease before its end, so its epoch began anew. */
	void (*lost)(void *ctx, uint32_t realm, rte_be32_t addr, uint64_t now_ms);
	/**
	 * A lease was made, or its end has changed, or it is about to be removed. For records of leases. May be NULL.
	 *
	 * @param event  CGN_RECORD_LEASE_MADE, _RENEWED or _ENDED
	 */
	void (*changed)(void *ctx, const struct cgn_leasetable_lease *x,
			enum cgn_record_event event, enum cgn_record_cause cause, uint64_t now_ms);
	/** The operator ends a lease. The epoch of its client begins anew after that. May be NULL. */
	void (*revoked)(void *ctx, const struct cgn_lessor_info *lease, uint64_t now_ms);
	/**
	 * A lease has got another external endpoint, because its address is out of use. May be NULL.
	 *
	 * @return whether its client is told of the endpoint; else its epoch begins anew after that
	 */
	bool (*moved)(void *ctx, const struct cgn_lessor_info *lease, uint64_t now_ms);
};

/** What cgn_lessor_create() needs. */
struct cgn_lessor_cfg {
	struct cgn_timerq *timers; /* outlives the lessor */
	struct cgn_store *store;   /* outlives the lessor; NULL: leases are in memory only */
	/* Outlives the lessor, which calls cgn_realms_on_free(). NULL: there are no realms. */
	struct cgn_realms *realms;
	const struct cgn_lessor_ops *ops;
	void *ctx;
	uint32_t seed; /* random; for the hash */
};

/** A request: who asks, and for what. */
struct cgn_lessor_request {
	uint32_t realm;
	struct cgn_ep4 in;
	rte_be16_t ext_port; /* suggested; 0: any */
	rte_be32_t ext_addr; /* suggested; 0: any. For the NAT in front, or with must_have_ext */
	bool must_have_ext;  /* only the suggested external address and port will do, else -EBUSY */
	uint32_t lifetime_s; /* of a lease; more than 0 */
	/** The lease has this extra from now on. NULL: it keeps what it has. Valid until the request is answered. */
	struct cgn_lease_extra *extra;
	rte_be32_t gateway; /* local address to which the client's request went; 0: as before */
	struct cgn_lease_owner
			by; /* who asks. The lessor does not check it, except in cgn_lessor_unmap_all() */
	uint16_t set_size; /* MAP and deletion: inside ports in a row, from in.port on; 0 and 1: one port */
	bool set_parity; /* of a set: the first external port is odd if the first inside port is */
	rte_be32_t rem_addr; /* PEER: the remote endpoint */
	rte_be16_t rem_port;
	bool is_undo; /* of a deletion: the mapping stays if traffic uses it, as before the lease */
	/** For the NAT in front. NULL: nothing. Valid until the request is answered. */
	struct cgn_lease_pass *pass;
};

/** The answer to a request. */
struct cgn_lessor_answer {
	int ret;                       /* 0 or -errno */
	uint16_t upstream_code;        /* result code of the NAT in front if it refused; else 0 */
	enum cgn_lease_by upstream_by; /* whose result code it is */
	struct cgn_ep4 ext;            /* of a mapping or binding */
	uint32_t lifetime_s; /* granted; of a deletion by PCP: what the lease has left, because the mapping is in use;
			      * of a refusal by a PCP server in front: how long it will stay */
	bool is_static; /* the mapping is a static one of the operator */
	uint32_t n;     /* leases that a deletion ended */
	uint16_t set_size; /* of a set: leases that were made or renewed, with external ports in a row */
};

/**
 * Called once with the answer to a request, perhaps before the function that took the request returns.
 *
 * -EACCES, -EADDRNOTAVAIL, -EBUSY, -EDQUOT, -ENOSPC and -EPERM are answers of the worker (see dataplane/nat/lease.h). After any
 * other error the result is not known, and the client should ask again.
 */
typedef void (*cgn_lessor_done)(void *arg, const struct cgn_lessor_answer *a, uint64_t now_ms);

/** A lease, as it is shown to the operator. */
struct cgn_lessor_info {
	uint32_t realm;
	struct cgn_ep4 in;
	struct cgn_ep4 ext;
	uint32_t lifetime_s; /* as granted */
	uint32_t left_s;
	struct cgn_lease_owner by;
	uint32_t map_left_s; /* of what NAT-PMP or MAP has asked for; 0: the lease is one of PEER only */
	struct cgn_lease_peer peer;
	uint32_t peer_left_s;     /* of what PEER has asked for */
	uint16_t description_len; /* octets of description, which has no NUL at its end */
	char description[CGN_LEASE_DESCRIPTION_MAX];
	uint8_t n_filters;
	struct cgn_filter filters[CGN_FILTERS_MAX];
};

/** A client that holds leases. */
struct cgn_lessor_client {
	uint32_t realm;
	rte_be32_t addr;
	rte_be32_t gateway; /* local address to which its last request went; 0: no request since the start */
	rte_be32_t ext; /* external address */
};

/** What the table of leases counts. */
struct cgn_lessor_stats {
	CGN_LESSOR_COUNTERS(CGN_STATS_FIELD)
};

/** A wait until all changes so far are committed. Its owner sets done and arg, and zeroes the other fields. */
struct cgn_lessor_wait {
	/** Called once. @param ret  0: the changes are committed, or there is no store; -errno: they are not */
	void (*done)(void *arg, int ret, uint64_t now_ms);
	void *arg;
	struct cgn_lessor_wait *next;
	bool is_set; /* done() was not called yet */
};

#endif /* CGN_LESSOR_CFG_H */
