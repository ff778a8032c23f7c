/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_LEASES_H
#define CGN_LEASES_H

/**
 * @file
 * The leases of cgnd put together: the numbers of homes, the store and its threads, the lessor, the workers, and
 * the lease service. They are the same whichever protocol is on.
 *
 * At the start the order is: create (opens the store), serve, restore until nothing is left (the workers run,
 * no packets come yet), start.
 *
 * Units:   milliseconds of the loop's clock.
 * Threads: the control thread.
 */

#include "controlplane/lease/keeper.h"
#include "controlplane/lease/lease_service.h"
#include "controlplane/workers/dpclient.h"

struct cgn_leases;

/** What leases need. All of it outlives them. */
struct cgn_leases_cfg {
	const struct cgn_conf *conf;
	const struct cgn_planes *planes;
	struct cgn_loop *loop; /* for the threads of the store; NULL: it has none */
	struct cgn_timerq *timers;
	struct cgn_dpclient *client;
	/** A client has lost a lease before its time: its epoch was reset. Not called before serve. */
	void (*lost)(void *ctx, uint32_t realm, rte_be32_t addr, uint64_t now_ms);
	void *ctx;
	uint32_t seed; /* of hashes: random */
};

/**
 * Open the store and read it. Without a store that can be used, leases are in memory only (keeper.h).
 *
 * @return 0 or -errno; -ECANCELED: a signal asked for the end
 */
int cgn_leases_create(struct cgn_leases **out, const struct cgn_leases_cfg *cfg, uint64_t now_ms);

/** Create the service. @param backend  NULL: the lessor @return 0 or -ENOMEM */
int
cgn_leases_serve(struct cgn_leases *l, const struct cgn_lease_backend *backend, void *backend_ctx);

/** Tell all who wait for the store that it will not answer. Protocols may go after this. NULL is allowed. */
void cgn_leases_stop(struct cgn_leases *l, uint64_t now_ms);

/** Release it: stopped, and all commands have been answered or cancelled. NULL is allowed. */
void cgn_leases_destroy(struct cgn_leases *l);

/** Bring leases back. @return how many are still to come; call again while there are any */
uint32_t cgn_leases_restore(struct cgn_leases *l, uint64_t now_ms);

/** Packets come from now on: say what was restored, and commit it. */
void cgn_leases_start(struct cgn_leases *l, uint64_t now_ms);

/**
 * The store has forgotten what clients had. Keep others from it for as long as a released port is held, until
 * renewals have brought it back (RFC 6886 section 3.7).
 */
void cgn_leases_grace(const struct cgn_leases *l, uint64_t now_ms);

/** Whether the epoch went on at the start: the store had it. */
bool cgn_leases_are_kept(const struct cgn_leases *l);

/** Use another snapshot. */
void cgn_leases_set_conf(struct cgn_leases *l, const struct cgn_conf *conf);

/** The table of leases. */
struct cgn_lessor *cgn_leases_lessor(const struct cgn_leases *l);

/** The service; NULL before cgn_leases_serve(). */
struct cgn_lease_service *cgn_leases_service(const struct cgn_leases *l);

/** The numbers of homes behind softwires. */
struct cgn_realms *cgn_leases_realms(const struct cgn_leases *l);

/** Whether a thread of the store is at work. */
bool cgn_leases_store_is_busy(const struct cgn_leases *l);

/** What has become of the store. */
enum cgn_keeper_state cgn_leases_store(const struct cgn_leases *l);

#endif /* CGN_LEASES_H */
