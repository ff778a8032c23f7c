/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_LEASE_STORE_H
#define CGN_LEASE_STORE_H

/**
 * @file
 * Leases and epochs that outlive the process.
 *
 * What is put or deleted is kept aside until cgn_store_commit(), which makes all of it durable in
 * one transaction (group commit: once per turn of the control thread's loop, before the answers of
 * that turn leave). A `kill -9` at any point loses nothing that was committed. Nothing waits for the disk
 * but open, begin and close. If the machine goes down in between (power cut), the last commits may be
 * missing; the stamp says so. The pairing of a subscriber with its external address is that of its leases.
 *
 * Times are those of CLOCK_BOOTTIME, which nobody sets. They mean something in one run of the machine
 * only. For another run there is one stamp, which says what both clocks showed when the store was written
 * last. cgn_store_begin() moves all times into the new run; lease/downtime.h says by how much.
 *
 * A NULL store is the one that keeps nothing: every function but cgn_store_open() takes it, does
 * nothing and returns 0.
 *
 * Source:  RFC 6886 sections 3.6 and 3.7.
 * Units:   milliseconds of CLOCK_BOOTTIME (they may be negative) and, in a stamp, of the wall clock since
 *          1970-01-01 UTC; lifetimes in seconds; addresses and ports in network order.
 * Threads: single owner. Without cgn_store_go_aside() the caller waits for each write. With it a thread of the
 *          store commits, so that a disk that hangs holds up nobody: cgn_store_commit() begins a commit, and
 *          cgn_store_poll() tells its end.
 */

#include "controlplane/lease/store_rows.h"
#include "controlplane/lease/storefile.h"
#include "shared/addr.h"

#define CGN_STORE_CLOSE_MS 5000

struct cgn_store;

/** When a store was written last. */
struct cgn_store_stamp {
	int64_t wall_ms;
	int64_t boot_ms;
	bool is_this_boot; /* in this run of the machine */
	bool was_open;     /* it was not closed in order */
	bool is_new;       /* the store was made just now: the rest means nothing */
};

/**
 * Open the store, making the file if there is none. Nobody else may have it open. Whether the file is ours
 * is found out before anything is written to it; one that is not stays as it is.
 *
 * @param path  NULL or "": keep nothing; *out is NULL and 0 is returned
 * @param[out] why  on failure: the reason, a text that follows the path
 * @return
 *   - 0
 *   - -EBADMSG: ours, but damaged: it was set aside as PATH.damaged-<seconds>, which is logged; the next
 *     call makes a new one
 *   - -EPERM: not ours; -EPROTONOSUPPORT: of a newer cgnd
 *   - -EBUSY: another process has it
 *   - -errno: the file cannot be made or opened
 */
int
cgn_store_open(struct cgn_store **out, const char *path, char why[static CGN_STOREFILE_WHY_MAX]);

/** When it was written last, before this process. Of a NULL store: all 0. */
struct cgn_store_stamp cgn_store_stamp(const struct cgn_store *s);

/**
 * From now on a thread of the store's own writes. Open, begin and load before that.
 *
 * @param wake_fd  eventfd that is written when cgn_store_poll() has something to tell
 * @return 0 or -errno: the caller goes on writing
 */
int cgn_store_go_aside(struct cgn_store *s, int wake_fd);

/**
 * Begin to use an open store: move all its times by @p shift_ms and say on disk that it is in use. Changes
 * nothing in a store that was begun before.
 *
 * @param keeps_epochs  false: forget all epochs
 * @return 0 or -errno: the store is to be closed
 */
int cgn_store_begin(struct cgn_store *s, int64_t shift_ms, bool keeps_epochs, int64_t wall_ms,
		int64_t boot_ms);

/**
 * Commit what is left if it was in use (cgn_store_begin()), have it on disk, and close. A thread of the store's
 * own that hangs is not waited for longer than CGN_STORE_CLOSE_MS. NULL is allowed.
 */
void cgn_store_close(struct cgn_store *s);

/**
 * Close without a commit and without saying that it was closed in order. A thread of the store's own does it
 * alone. NULL is allowed.
 */
void cgn_store_drop(struct cgn_store *s);

/** Whatever happens from now on: do not say that it was closed in order. NULL is allowed. */
void cgn_store_distrust(struct cgn_store *s);

/** Add a lease or replace the one with the same key. @return 0 or -ENOMEM */
int cgn_store_put(struct cgn_store *s, const struct cgn_store_lease *l);

/** Take a lease out; one that is not there is no error. @return 0 or -ENOMEM */
int cgn_store_del(struct cgn_store *s, uint32_t realm, const struct cgn_ep4 *in);

/** Forget all leases, epochs and realms. @return 0 or -ENOMEM */
int cgn_store_clear(struct cgn_store *s);

/** Say what the clocks show; goes with the next commit. @return 0 or -ENOMEM */
int cgn_store_put_stamp(struct cgn_store *s, int64_t wall_ms, int64_t boot_ms);

/**
 * Set when an epoch started: of one client (inside address), or with @p addr 0 of all others.
 *
 * @return 0 or -ENOMEM
 */
int cgn_store_put_epoch(struct cgn_store *s, uint32_t realm, rte_be32_t addr, int64_t start_ms);

/** Forget a client's epoch. @return 0 or -ENOMEM */
int cgn_store_del_epoch(struct cgn_store *s, uint32_t realm, rte_be32_t addr);

/** Set the B4 of a realm and the length of its home's prefix. @return 0 or -ENOMEM */
int cgn_store_put_realm(
		struct cgn_store *s, uint32_t realm, const struct cgn_ip6 *b4, unsigned int len);

/** Forget a realm. @return 0 or -ENOMEM */
int cgn_store_del_realm(struct cgn_store *s, uint32_t realm);

/** From now on it is, or is not, logged that commits fail and succeed again. */
void cgn_store_set_quiet(struct cgn_store *s, bool is_quiet);

/** Whether the last commit failed. */
bool cgn_store_is_failing(const struct cgn_store *s);

/** Whether there is something that cgn_store_commit() would write. */
bool cgn_store_is_dirty(const struct cgn_store *s);

/**
 * Make durable all that was put and deleted since the last time, in that order.
 *
 * @return
 *   - 0
 *   - -EINPROGRESS: the thread of the store is at work, cgn_store_poll() tells its end. What was put after
 *     that work began needs another call.
 *   - -errno (logged, rate-limited): nothing of it is durable; it stays and is tried again by the next call
 */
int cgn_store_commit(struct cgn_store *s);

/** Take the end of a commit that was -EINPROGRESS. @return false: there is none */
bool cgn_store_poll(struct cgn_store *s, int *ret);

/** Whether a commit is under way, and the how-manieth it is. */
bool cgn_store_is_busy(const struct cgn_store *s, uint64_t *n);

/**
 * Whether the file was removed, replaced or emptied while it is in use. With a thread: as it was at its last
 * commit.
 */
bool cgn_store_has_gone(const struct cgn_store *s);

/**
 * Show all committed records, in no particular order.
 *
 * @return 0; -EBADMSG: damaged in the middle: what was shown is good, the rest is lost, the file
 *         was set aside as above and the store is to be closed; -ECANCELED; what a visitor returned
 */
int cgn_store_load(struct cgn_store *s, const struct cgn_store_visitor *v, void *arg);

#endif /* CGN_LEASE_STORE_H */
