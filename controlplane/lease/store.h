/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_LEASE_STORE_H
#define CGN_LEASE_STORE_H

/**
 * @file
 * The store keeps leases, epochs and realms on disk, so that they outlive the process.
 *
 * Changes are collected until cgn_store_commit(). It makes all of them durable in one transaction, before the answers
 * that depend on them leave. A `kill -9` at any point loses nothing that was committed.
 *
 * Only open, begin and close wait until the data is on the disk. If the machine loses power, the last commits may be
 * missing. The stamp shows this to the next start. The store has no pairings of subscribers with external addresses;
 * the leases of a subscriber tell its external address.
 *
 * Times are those of CLOCK_BOOTTIME, because nobody can set this clock. It starts anew with each boot. So the store has
 * one stamp: what both clocks showed when the store was written last. After a reboot, cgn_store_begin() shifts all
 * times; lease/downtime.h computes by how much.
 *
 * A NULL store keeps nothing. Every function but cgn_store_open() accepts it, does nothing and returns 0.
 *
 * Source:  RFC 6886 sections 3.6 and 3.7.
 * Units:   milliseconds of CLOCK_BOOTTIME (they may be negative) and, in a stamp, of the wall clock since
 *          1970-01-01 UTC; lifetimes in seconds; addresses and ports in network order.
 * Threads: single owner. Before cgn_store_go_aside(), the caller waits for each write. After it, a thread of the store
 *          commits, so the owner need not wait for a disk that hangs. cgn_store_commit() then begins a commit, and
 *          cgn_store_poll() tells when it has ended.
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
	bool is_this_boot; /* the machine has not rebooted since */
	bool was_open;     /* the store was not closed in order */
	bool is_new;       /* the store was made just now; the other fields mean nothing */
};

/**
 * Open the store. A missing file is made. No other process may have the store open. Before anything is written, the
 * file is checked: a file that is not a store of cgnd is not changed.
 *
 * @param path  NULL or "": keep nothing; *out is NULL and 0 is returned
 * @param[out] why  on failure: the reason, as a text to print behind the path
 * @return
 *   - 0
 *   - -EBADMSG: the store is damaged. It was renamed to PATH.damaged-<seconds>, which is logged. The next call makes a
 *     new store
 *   - -EPERM: the file is not a store of cgnd; -EPROTONOSUPPORT: a newer cgnd has made it
 *   - -EBUSY: another process has it open
 *   - -errno: the file cannot be made or opened
 */
int
cgn_store_open(struct cgn_store **out, const char *path, char why[static CGN_STOREFILE_WHY_MAX]);

/** When the store was written last before this process opened it. All fields are 0 for a NULL store. */
struct cgn_store_stamp cgn_store_stamp(const struct cgn_store *s);

/**
 * Start a thread that writes the store from now on. Open, begin and load the store before.
 *
 * @param wake_fd  eventfd that is written when a commit has ended: call cgn_store_poll() then
 * @return 0; -errno: there is no thread, and the caller waits for writes as before
 */
int cgn_store_go_aside(struct cgn_store *s, int wake_fd);

/**
 * Begin to use an open store: shift all its times by @p shift_ms, and mark it on disk as in use. Changes nothing if it
 * was called before.
 *
 * @param keeps_epochs  false: delete all epochs
 * @return 0; -errno: the caller closes the store
 */
int cgn_store_begin(struct cgn_store *s, int64_t shift_ms, bool keeps_epochs, int64_t wall_ms,
		int64_t boot_ms);

/**
 * Close the store. If cgn_store_begin() was called, commit the last changes before, and wait until they are on the
 * disk. If the thread of the store hangs, the wait ends after CGN_STORE_CLOSE_MS. NULL is allowed.
 */
void cgn_store_close(struct cgn_store *s);

/**
 * Close the store without a commit. It stays marked as not closed in order. If the store has a thread, the thread
 * closes it and the caller does not wait. NULL is allowed.
 */
void cgn_store_drop(struct cgn_store *s);

/** From now on, never mark the store as closed in order. NULL is allowed. */
void cgn_store_distrust(struct cgn_store *s);

/** Add a lease or replace the one with the same key. @return 0 or -ENOMEM */
int cgn_store_put(struct cgn_store *s, const struct cgn_store_lease *l);

/** Delete a lease. It is no error if there is no such lease. @return 0 or -ENOMEM */
int cgn_store_del(struct cgn_store *s, uint32_t realm, const struct cgn_ep4 *in);

/** Delete all leases, epochs and realms. @return 0 or -ENOMEM */
int cgn_store_clear(struct cgn_store *s);

/** Set the stamp: what the two clocks show. The next commit writes it. @return 0 or -ENOMEM */
int cgn_store_put_stamp(struct cgn_store *s, int64_t wall_ms, int64_t boot_ms);

/**
 * Set when an epoch started.
 *
 * @param addr  inside address of the client that has this epoch; 0: the epoch of all other clients
 * @return 0 or -ENOMEM
 */
int cgn_store_put_epoch(struct cgn_store *s, uint32_t realm, rte_be32_t addr, int64_t start_ms);

/** Delete a client's epoch. @return 0 or -ENOMEM */
int cgn_store_del_epoch(struct cgn_store *s, uint32_t realm, rte_be32_t addr);

/** Set the B4 of a realm and the length of its home's prefix. @return 0 or -ENOMEM */
int cgn_store_put_realm(
		struct cgn_store *s, uint32_t realm, const struct cgn_ip6 *b4, unsigned int len);

/** Delete a realm. @return 0 or -ENOMEM */
int cgn_store_del_realm(struct cgn_store *s, uint32_t realm);

/** Set whether a log line tells that commits fail, or succeed again. @param is_quiet  true: no log line */
void cgn_store_set_quiet(struct cgn_store *s, bool is_quiet);

/** Whether the last commit failed. */
bool cgn_store_is_failing(const struct cgn_store *s);

/** Whether there are changes that were not committed. */
bool cgn_store_is_dirty(const struct cgn_store *s);

/**
 * Make all changes since the last commit durable. They are written in the order in which they were made.
 *
 * @return
 *   - 0
 *   - -EINPROGRESS: the thread of the store works on a commit. cgn_store_poll() tells when it has ended. Changes that
 *     came after it began need another call.
 *   - -errno (logged, rate-limited): none of the changes is durable; the next call tries them again
 */
int cgn_store_commit(struct cgn_store *s);

/** Take the result of a commit that was -EINPROGRESS. @return false: no commit has ended */
bool cgn_store_poll(struct cgn_store *s, int *ret);

/** Whether a commit is under way. @param[out] n  how many commits have begun so far, to recognise this one later */
bool cgn_store_is_busy(const struct cgn_store *s, uint64_t *n);

/**
 * Whether somebody has removed, replaced or emptied the file while it is in use. If the store has a thread, this tells
 * what the thread saw at its last commit.
 */
bool cgn_store_has_gone(const struct cgn_store *s);

/**
 * Show all committed records to a visitor, in no particular order.
 *
 * @return
 *   - 0
 *   - -EBADMSG: the store is damaged. The records that were shown are good; the others are lost. The file was set
 *     aside as in cgn_store_open(), and the caller closes the store
 *   - -ECANCELED: is_over() of the visitor has ended the load
 *   - what a function of the visitor returned, if it is negative
 */
int cgn_store_load(struct cgn_store *s, const struct cgn_store_visitor *v, void *arg);

#endif /* CGN_LEASE_STORE_H */
