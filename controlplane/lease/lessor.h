/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_LESSOR_H
#define CGN_LESSOR_H

/**
 * @file
 * The lessor makes, renews and ends leases. It keeps the table of all leases, and the epoch of each client.
 *
 * A lease is an explicit mapping that a worker has granted. The workers decide about leases, and they end leases by
 * their own clock. The lessor needs its table for four things: to bring leases back after a restart, to delete all
 * leases of a client, to show leases, and to announce.
 *
 * A client is an inside address in a realm. All clients behind one softwire share one epoch, because a B4 passes
 * announcements on to all of them.
 *
 * A client that has lost leases gets an epoch of its own. It keeps this epoch for as long as the lost leases would have
 * lived. The realm of a home is held while the home has a lease, an epoch of its own, or a request under way.
 *
 * Several requests for one mapping may be under way at the same time. They reach its worker in order, and are answered
 * in order.
 *
 * Source:  RFC 6886 sections 3.3, 3.4, 3.6 and 3.7.
 * Units:   milliseconds of the loop's clock; seconds in leases and epochs; addresses and ports in
 *          network order.
 * Threads: the control thread. All I/O goes through struct cgn_lessor_ops and the store.
 * Memory:  about 140 octets a lease, 80 a client.
 */

#include "controlplane/lease/lessor_cfg.h"

/** Create a lessor without leases, whose epoch begins now. @return 0 or -ENOMEM */
int cgn_lessor_create(struct cgn_lessor **out, const struct cgn_lessor_cfg *cfg, uint64_t now_ms);

/** Release the lessor. No command may be under way. NULL is allowed. */
void cgn_lessor_destroy(struct cgn_lessor *l);

/** A worker has replied to a command. If it will not: @p ret is -ETIMEDOUT or -ECANCELED, and @p map is NULL. */
void cgn_lessor_replied(struct cgn_lessor_call *call, int ret, const struct cgn_cmd_map *map,
		uint64_t now_ms);

/**
 * Make a lease or renew one, or a set of them (RFC 7753). A set ends before the first port that somebody else has, and
 * where the worker ends it (dataplane/nat/lease.h).
 */
void cgn_lessor_map(struct cgn_lessor *l, const struct cgn_lessor_request *r, cgn_lessor_done done,
		void *arg, uint64_t now_ms);

/**
 * Keep a mapping and its connection with a remote endpoint, or make them: the opcode PEER of PCP (RFC 6887 section 12.3).
 * It never shortens what there is. The answer has the time that the lease has left.
 *
 * @param r  must_have_ext counts only if there is no mapping yet
 */
void cgn_lessor_peer(struct cgn_lessor *l, const struct cgn_lessor_request *r, cgn_lessor_done done,
		void *arg, uint64_t now_ms);

/**
 * End a lease. If there is no such lease, the request succeeds. Answers -EPERM for a static mapping.
 *
 * A request of PCP ends no mapping that is in use (RFC 6887 section 15). It shortens the lease to the idle time-out of
 * the mapping, and the answer has this time. So a repeated request gets the same answer. For a mapping that traffic alone
 * has made, PCP gets -EADDRINUSE. What PEER has asked for stays. Of a set, all leases end that the sender may change.
 */
void cgn_lessor_unmap(struct cgn_lessor *l, const struct cgn_lessor_request *r,
		cgn_lessor_done done, void *arg, uint64_t now_ms);

/**
 * End all leases of a client with the protocol in.proto that the sender may change (lease_owner.h). CGN_PROTO_COUNT
 * stands for all protocols. Answers -EPERM if the client has leases of another owner.
 */
void cgn_lessor_unmap_all(struct cgn_lessor *l, const struct cgn_lessor_request *r,
		cgn_lessor_done done, void *arg, uint64_t now_ms);

/**
 * End a lease for the operator. With in.port 0, end all leases of the client. With in.addr CGN_LESSOR_ALL, end those of
 * all clients of the home; this looks through the whole table. The epoch of the client or home begins anew.
 */
void cgn_lessor_revoke(struct cgn_lessor *l, const struct cgn_lessor_request *r,
		cgn_lessor_done done, void *arg, uint64_t now_ms);

/** Find the external address of a client. A client that has none is paired with one. */
void cgn_lessor_bind(struct cgn_lessor *l, const struct cgn_lessor_request *r, cgn_lessor_done done,
		void *arg, uint64_t now_ms);

/**
 * Begin to use the store, and read its leases and epochs. cgn_lessor_restore() then brings the leases back at the
 * workers. The epochs go on.
 *
 * After an error other than -ENOENT and -ECANCELED, the caller closes the store and replaces it.
 *
 * @return
 *   - 0
 *   - -ENOENT: the leases were read, but the epoch began anew, see cgn_lessor_epoch_reason()
 *   - -EBADMSG: the store is damaged and was set aside; the epoch began anew
 *   - -ECANCELED: a signal has asked cgnd to end; the store keeps its content, and the caller destroys the lessor
 *   - -errno: the store cannot be written to
 */
int cgn_lessor_load(struct cgn_lessor *l, uint64_t now_ms);

/** Why the epoch began anew in cgn_lessor_load(). NULL: it went on */
const char *cgn_lessor_epoch_reason(const struct cgn_lessor *l);

/**
 * Use another store from now on. Its content is replaced by the epochs and leases in memory. Some of them are put into
 * the store at once, the others in the following turns of the loop. Until the store has all of them, and for five
 * minutes more, requests are answered even if a commit fails.
 *
 * @param store  NULL: use no store
 * @return 0; -errno: the store does not take changes, so the lessor uses none now
 */
int cgn_lessor_set_store(struct cgn_lessor *l, struct cgn_store *store, uint64_t now_ms);

/** Whether a store that came by cgn_lessor_set_store() does not have all leases and epochs yet. */
bool cgn_lessor_store_is_late(const struct cgn_lessor *l);

/**
 * Ask the workers to bring back leases that were loaded. One call sends as many commands as the workers take. If a
 * worker is busy and does not answer in time, it is asked again.
 *
 * @return leases that are neither back nor lost yet; call again while there are any
 */
uint32_t cgn_lessor_restore(struct cgn_lessor *l, uint64_t now_ms);

/** Number of clients with an epoch of their own. */
uint32_t cgn_lessor_count_epochs(const struct cgn_lessor *l);

/** Commit all changes since the last commit. @return 0 or -errno of cgn_store_commit() */
int cgn_lessor_commit(struct cgn_lessor *l, uint64_t now_ms);

/**
 * Commit all changes since the last commit, and call @p w after that. If there is nothing to wait for, @p w is called
 * before this function returns. The caller does not move or free @p w until it was called.
 */
void cgn_lessor_wait(struct cgn_lessor *l, struct cgn_lessor_wait *w, uint64_t now_ms);

/** End all waits of cgn_lessor_wait(): call them with -ECANCELED. Call this before one of their owners is destroyed. */
void cgn_lessor_wait_cancel(struct cgn_lessor *l, uint64_t now_ms);

/** The eventfd of the store's thread is readable: a commit may have ended. */
void cgn_lessor_stored(struct cgn_lessor *l, uint64_t now_ms);

/**
 * Compute the stamp for a store that does not have all leases yet. The stamp is old, so the next start takes the store
 * for incomplete.
 */
void cgn_lessor_old_stamp(const struct cgn_lessor *l, int64_t *wall_ms, int64_t *boot_ms);

/** All clients have to ask again: their epoch begins anew. lost() is not called. */
void cgn_lessor_renew_epoch(struct cgn_lessor *l, uint64_t now_ms);

/** Seconds since the start of a client's epoch. */
uint32_t
cgn_lessor_epoch_s(const struct cgn_lessor *l, uint32_t realm, rte_be32_t addr, uint64_t now_ms);

/** Read one client that holds leases. @return false: it holds none */
bool cgn_lessor_find_client(const struct cgn_lessor *l, uint32_t realm, rte_be32_t addr,
		struct cgn_lessor_client *out);

/** Read clients that hold leases, from @p *cursor on, and move it. Start with 0. @return number of clients */
uint32_t cgn_lessor_read_clients(const struct cgn_lessor *l, uint32_t *cursor,
		struct cgn_lessor_client *rows, uint32_t max);

/** Read one lease. @return false: there is none */
bool cgn_lessor_find(const struct cgn_lessor *l, uint32_t realm, const struct cgn_ep4 *in,
		struct cgn_lessor_info *out, uint64_t now_ms);

/** The extra of a lease. Valid until the lease changes. @return NULL: there is no lease, or it has none */
const struct cgn_lease_extra *
cgn_lessor_extra(const struct cgn_lessor *l, uint32_t realm, const struct cgn_ep4 *in);

/** Read leases, from @p *cursor on, and move it. Start with 0. @return number of leases; 0: no lease is left */
uint32_t cgn_lessor_read(const struct cgn_lessor *l, uint32_t *cursor, struct cgn_lessor_info *rows,
		uint32_t max, uint64_t now_ms);

/** Read the leases of one client, as cgn_lessor_read() does. */
uint32_t cgn_lessor_read_client(const struct cgn_lessor *l, uint32_t realm, rte_be32_t addr,
		uint32_t *cursor, struct cgn_lessor_info *rows, uint32_t max, uint64_t now_ms);

/** Most leases that one call of cgn_lessor_read_if() looks at. */
#define CGN_LESSOR_LOOKS 4096

/** Which leases are read. */
struct cgn_lessor_condition {
	bool (*is_meant)(const void *ctx, uint32_t realm, const struct cgn_ep4 *in,
			const struct cgn_ep4 *ext);
	const void *ctx;
};

/**
 * Read leases that meet a condition, as cgn_lessor_read() does. There may be fewer than @p max although some are left:
 * all were looked at when the cursor is cgn_lessor_count().
 */
uint32_t
cgn_lessor_read_if(const struct cgn_lessor *l, uint32_t *cursor, struct cgn_lessor_info *rows,
		uint32_t max, const struct cgn_lessor_condition *c, uint64_t now_ms);

/** Number of leases. */
uint32_t cgn_lessor_count(const struct cgn_lessor *l);

/** The counters. */
const struct cgn_lessor_stats *cgn_lessor_stats(const struct cgn_lessor *l);

#endif /* CGN_LESSOR_H */
