/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_LEASES_H
#define CGN_LEASES_H

/**
 * @file
 * Creates and connects the modules for leases: the realms, the store and its threads, the lessor, the commands to the
 * workers, and the lease service. None of them depends on the protocol that asks for leases.
 *
 * At the start, the functions are called in this order:
 *  1. cgn_leases_create() opens the store.
 *  2. cgn_leases_serve().
 *  3. cgn_leases_restore(), until no lease is left. The workers run then, but receive no packets yet.
 *  4. cgn_leases_start().
 *
 * Units:   milliseconds of the loop's clock.
 * Threads: the control thread.
 */

#include "controlplane/lease/keeper.h"
#include "controlplane/lease/lease_service.h"
#include "controlplane/lease/lessor_keep.h"
#include "controlplane/workers/dpclient.h"

struct cgn_leases;

/** What cgn_leases_create() needs. All pointers outlive the leases. */
struct cgn_leases_cfg {
	const struct cgn_conf *conf;
	const struct cgn_planes *planes;
	struct cgn_loop *loop; /* for the threads of the store; NULL: the store gets no threads */
	struct cgn_timerq *timers;
	struct cgn_dpclient *client;
	/** A client has lost a lease before its end, so its epoch began anew. Called after cgn_leases_serve() only. */
	void (*lost)(void *ctx, uint32_t realm, rte_be32_t addr, uint64_t now_ms);
	/** A lease was made, renewed or ended (struct cgn_lessor_ops). May be NULL. */
	void (*changed)(void *ctx, const struct cgn_leasetable_lease *x,
			enum cgn_record_event event, enum cgn_record_cause cause, uint64_t now_ms);
	/** The operator has ended a lease. May be NULL. */
	void (*revoked)(void *ctx, const struct cgn_lessor_info *lease, uint64_t now_ms);
	bool (*moved)(void *ctx, const struct cgn_lessor_info *lease, uint64_t now_ms);
	void *ctx;
	uint32_t seed; /* random; for the hashes */
};

/**
 * Open the store and read it. If there is no usable store, leases are kept in memory only (keeper.h).
 *
 * @return 0 or -errno; -ECANCELED: a signal has asked cgnd to end
 */
int cgn_leases_create(struct cgn_leases **out, const struct cgn_leases_cfg *cfg, uint64_t now_ms);

/** Create the lease service. @param backend  NULL: the lessor @return 0 or -ENOMEM */
int
cgn_leases_serve(struct cgn_leases *l, const struct cgn_lease_backend *backend, void *backend_ctx);

/**
 * Let another backend make leases from now on. What is under way in the one before ends there.
 *
 * @param backend  NULL: the lessor
 */
void
cgn_leases_use(struct cgn_leases *l, const struct cgn_lease_backend *backend, void *backend_ctx);

/** End all waits for the store with -ECANCELED. After this, protocols may be destroyed. NULL is allowed. */
void cgn_leases_stop(struct cgn_leases *l, uint64_t now_ms);

/** Release them after cgn_leases_stop(). All commands must be answered or cancelled before. NULL is allowed. */
void cgn_leases_destroy(struct cgn_leases *l);

/** Give out all leases, epochs and realms as rows (lessor_keep.h), for the next start. */
int
cgn_leases_save(const struct cgn_leases *l, cgn_lessor_keep_put put, void *ctx, uint64_t now_ms);

/**
 * Begin to take rows of cgn_leases_save() of the run before, before cgn_leases_restore(). A store that was closed in
 * order has the same.
 *
 * @return false: the store has them, and no rows are wanted
 */
bool cgn_leases_take_begin(struct cgn_leases *l, uint64_t now_ms);

/** Take rows. @return as cgn_lessor_keep_rows() */
int cgn_leases_take(struct cgn_leases *l, const void *rows, size_t len, uint64_t now_ms);

/** All rows have come. */
void cgn_leases_take_end(struct cgn_leases *l, uint64_t now_ms);

/**
 * The workers have the state of the run before. If the epoch goes on, too, clients need not hear of the restart: those
 * that lose a lease are told one by one.
 */
void cgn_leases_go_on(struct cgn_leases *l);

/** Whether clients need not hear of the restart. */
bool cgn_leases_are_undisturbed(const struct cgn_leases *l);

/** Ask the workers to bring back leases. @return leases that are not back yet; call again while there are any */
uint32_t cgn_leases_restore(struct cgn_leases *l, uint64_t now_ms);

/** The workers receive packets from now on: log what was restored, and commit it. */
void cgn_leases_start(struct cgn_leases *l, uint64_t now_ms);

/**
 * The store has lost leases that clients still count on. Let the workers keep those ports from other clients, until
 * renewals have brought the leases back (RFC 6886 section 3.7). It lasts as long as a released port is held.
 */
void cgn_leases_grace(const struct cgn_leases *l, uint64_t now_ms);

/** Whether the store or the run before had the epoch at the start, so that the epoch goes on. */
bool cgn_leases_are_kept(const struct cgn_leases *l);

/** Use another configuration. */
void cgn_leases_set_conf(struct cgn_leases *l, const struct cgn_conf *conf);

/** The lessor. */
struct cgn_lessor *cgn_leases_lessor(const struct cgn_leases *l);

/** The lease service. NULL before cgn_leases_serve(). */
struct cgn_lease_service *cgn_leases_service(const struct cgn_leases *l);

/** The realms: the numbers of homes behind softwires. */
struct cgn_realms *cgn_leases_realms(const struct cgn_leases *l);

/** Whether a thread writes or opens the store now. */
bool cgn_leases_store_is_busy(const struct cgn_leases *l);

/** The state of the store. */
enum cgn_keeper_state cgn_leases_store(const struct cgn_leases *l);

#endif /* CGN_LEASES_H */
