/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_LESSOR_H
#define CGN_LESSOR_H

/**
 * @file
 * The table of leases: explicit mappings as the control thread knows them, and the epoch of each
 * client.
 *
 * The workers decide (a lease is what a worker has said yes to) and end leases by their own clock;
 * this table is for renewal after a restart, for delete-all, for what is shown and announced. A
 * client is an inside address in a realm. Clients behind one softwire share their epoch, since a B4
 * passes announcements on to all of them. A client that has lost leases has an epoch of its own for as long
 * as these would have lived; a home's realm is held while it has a lease, such an epoch or a call under way.
 *
 * Several requests for one mapping may be under way: they reach its worker and are answered in order.
 *
 * Source:  RFC 6886 sections 3.3, 3.4, 3.6 and 3.7.
 * Units:   milliseconds of the loop's clock; seconds in leases and epochs; addresses and ports in
 *          network order.
 * Threads: the control thread. No I/O but through struct cgn_lessor_ops and the store.
 * Memory:  about 140 octets a lease, 80 a client.
 */

#include "controlplane/lease/lessor_cfg.h"

/** Create an empty table whose epoch begins now. @return 0 or -ENOMEM */
int cgn_lessor_create(struct cgn_lessor **out, const struct cgn_lessor_cfg *cfg, uint64_t now_ms);

/** Release it; no command may be under way. NULL is allowed. */
void cgn_lessor_destroy(struct cgn_lessor *l);

/** A worker has replied, or will not (@p ret -ETIMEDOUT, -ECANCELED, @p map NULL). */
void cgn_lessor_replied(struct cgn_lessor_call *call, int ret, const struct cgn_cmd_map *map,
		uint64_t now_ms);

/** Make a lease or renew one. */
void cgn_lessor_map(struct cgn_lessor *l, const struct cgn_lessor_request *r, cgn_lessor_done done,
		void *arg, uint64_t now_ms);

/** End a lease; that there is none is success. -EPERM: it is the operator's. */
void cgn_lessor_unmap(struct cgn_lessor *l, const struct cgn_lessor_request *r,
		cgn_lessor_done done, void *arg, uint64_t now_ms);

/** End all leases of the client of one protocol (in.proto; CGN_PROTO_COUNT: of all). */
void cgn_lessor_unmap_all(struct cgn_lessor *l, const struct cgn_lessor_request *r,
		cgn_lessor_done done, void *arg, uint64_t now_ms);

/** The operator ends a lease, or with in.port 0 all of them; the client's epoch is reset. */
void cgn_lessor_revoke(struct cgn_lessor *l, const struct cgn_lessor_request *r,
		cgn_lessor_done done, void *arg, uint64_t now_ms);

/** The external address of a client, pairing it if it has none. */
void cgn_lessor_bind(struct cgn_lessor *l, const struct cgn_lessor_request *r, cgn_lessor_done done,
		void *arg, uint64_t now_ms);

/**
 * Begin to use the store and read it: leases, which wait for cgn_lessor_restore(), and epochs, which go on.
 *
 * @return 0; -ENOENT: nothing lost, but the epoch began anew, see cgn_lessor_epoch_reason(); -EBADMSG:
 *         damaged, the same, the store was set aside; -ECANCELED: a signal asked for the end, the store keeps
 *         what it has, the lessor is to be destroyed; -errno: it cannot be written to. With all but the
 *         first two the store is to be closed and replaced.
 */
int cgn_lessor_load(struct cgn_lessor *l, uint64_t now_ms);

/** Why the epoch began anew with cgn_lessor_load(); NULL: it went on. */
const char *cgn_lessor_epoch_reason(const struct cgn_lessor *l);

/**
 * Use another store from now on, NULL: none. What it holds is replaced by the epochs and leases in hand,
 * some of these at once and the others in the following turns of the loop. Until it has all of them, and for five
 * minutes more, answers do not depend on whether it takes changes.
 *
 * @return 0; -errno: the store does not take them, there is none now
 */
int cgn_lessor_set_store(struct cgn_lessor *l, struct cgn_store *store, uint64_t now_ms);

/** Whether the store of cgn_lessor_set_store() does not have all that is in hand. */
bool cgn_lessor_store_is_late(const struct cgn_lessor *l);

/**
 * Ask the workers to bring back what was loaded, as many as they take in one go. What a busy worker does not
 * answer in time is asked for again.
 *
 * @return leases that are not back and not lost yet; call again while there are any
 */
uint32_t cgn_lessor_restore(struct cgn_lessor *l, uint64_t now_ms);

/** Clients with an epoch of their own. */
uint32_t cgn_lessor_count_epochs(const struct cgn_lessor *l);

/** Make durable what was answered since the last time. @return 0 or -errno of cgn_store_commit() */
int cgn_lessor_commit(struct cgn_lessor *l, uint64_t now_ms);

/**
 * Make durable what was answered since the last time, and call @p w then: in this call if nothing has to be
 * waited for. It stays where it is until it is called.
 */
void cgn_lessor_wait(struct cgn_lessor *l, struct cgn_lessor_wait *w, uint64_t now_ms);

/** Call all who wait with -ECANCELED: somebody of them goes away. */
void cgn_lessor_wait_cancel(struct cgn_lessor *l, uint64_t now_ms);

/** The thread of the store has something to tell (its eventfd). */
void cgn_lessor_stored(struct cgn_lessor *l, uint64_t now_ms);

/** The stamp for a store that does not have the leases in hand yet: that of one not written to for long. */
void cgn_lessor_old_stamp(const struct cgn_lessor *l, int64_t *wall_ms, int64_t *boot_ms);

/** Seconds since the start of a client's epoch. */
uint32_t
cgn_lessor_epoch_s(const struct cgn_lessor *l, uint32_t realm, rte_be32_t addr, uint64_t now_ms);

/** A client that holds leases. @return false: this one holds none */
bool cgn_lessor_find_client(const struct cgn_lessor *l, uint32_t realm, rte_be32_t addr,
		struct cgn_lessor_client *out);

/** Clients that hold leases, from @p *cursor on (0 to start), which is moved. @return number */
uint32_t cgn_lessor_read_clients(const struct cgn_lessor *l, uint32_t *cursor,
		struct cgn_lessor_client *rows, uint32_t max);

/** One lease. @return false: there is none */
bool cgn_lessor_find(const struct cgn_lessor *l, uint32_t realm, const struct cgn_ep4 *in,
		struct cgn_lessor_info *out, uint64_t now_ms);

/** Leases, from @p *cursor on (0 to start), which is moved. @return number; 0: that was all */
uint32_t cgn_lessor_read(const struct cgn_lessor *l, uint32_t *cursor, struct cgn_lessor_info *rows,
		uint32_t max, uint64_t now_ms);

/** The same for one client. */
uint32_t cgn_lessor_read_client(const struct cgn_lessor *l, uint32_t realm, rte_be32_t addr,
		uint32_t *cursor, struct cgn_lessor_info *rows, uint32_t max, uint64_t now_ms);

/** Number of leases. */
uint32_t cgn_lessor_count(const struct cgn_lessor *l);

/** The counters. */
const struct cgn_lessor_stats *cgn_lessor_stats(const struct cgn_lessor *l);

#endif /* CGN_LESSOR_H */
