/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_KEEPER_H
#define CGN_KEEPER_H

/**
 * @file
 * Opens the store of the leases, watches it, and replaces it when the disk fails.
 *
 * cgnd gives up the store in these cases:
 *  - The store cannot be opened at the start.
 *  - Commits have failed for CGN_KEEPER_PATIENCE_MS, or one commit hangs for this time.
 *  - Somebody has removed, replaced or emptied the file.
 *
 * Without the store, cgnd answers requests for leases as if no store were configured. It logs a warning, and
 * cgn_keeper_state() shows it. The keeper tries to open the store again every CGN_KEEPER_RETRY_MS. The old content of
 * the store is then out of date. So the keeper replaces it by the leases, epochs and realms that cgnd has in memory.
 *
 * The state stays CGN_KEEPER_MISSING until the store has had all leases for CGN_KEEPER_PATIENCE_MS. The reason is a
 * disk that stays full: a new store may fit on it, but soon the disk takes no more changes.
 *
 * The keeper never writes to a file that is not a store of cgnd, or that a newer cgnd has made.
 *
 * Units:   milliseconds of the loop's clock.
 * Threads: the control thread.
 */

#include "controlplane/lease/lessor.h"

#define CGN_KEEPER_RETRY_MS    10000
#define CGN_KEEPER_PATIENCE_MS 30000
#define CGN_KEEPER_START_MS    10000

struct cgn_keeper;

/** The state of the store. */
enum cgn_keeper_state {
	CGN_KEEPER_OFF,   /* no store is configured */
	CGN_KEEPER_KEEPS, /* the store is in use */
	CGN_KEEPER_FAILING, /* the store is in use, but commits fail; requests for leases get no answer */
	CGN_KEEPER_MISSING, /* cgnd runs without it, or it came late and must still prove that it works */
};

/** What cgn_keeper_create() needs. */
struct cgn_keeper_cfg {
	const char *path; /* NULL or "": no store; copied */
	struct cgn_timerq *timers;
	struct cgn_realms *realms; /* NULL: there are none; outlives the keeper */
	int64_t wall_ms;           /* the wall clock at the start, in ms since 1970 */
	int64_t boot_ms;           /* CLOCK_BOOTTIME at the start */
};

/**
 * Create a keeper and open the store. If the store cannot be opened, the keeper runs without it. If the disk hangs,
 * this function waits for CGN_KEEPER_START_MS at most. After that the store counts as missing.
 *
 * @return 0, -ENOMEM; -ECANCELED: a signal has asked cgnd to end meanwhile
 */
int cgn_keeper_create(struct cgn_keeper **out, const struct cgn_keeper_cfg *cfg);

/** Close the store and release the keeper. The lessor must be destroyed before. NULL is allowed. */
void cgn_keeper_destroy(struct cgn_keeper *k);

/** The store that the lessor is created with. NULL: there is none */
struct cgn_store *cgn_keeper_store(const struct cgn_keeper *k);

/**
 * Load the lessor, and watch its store from now on.
 *
 * @param lessor  was created with the store of cgn_keeper_store()
 * @return 0: leases and epoch go on; -ENOENT: the epoch began anew; -ENOMEM; -ECANCELED: a signal has asked cgnd to
 *         end meanwhile, the store keeps its content
 */
int cgn_keeper_load(struct cgn_keeper *k, struct cgn_lessor *lessor, uint64_t now_ms);

/**
 * Start two threads: one opens stores, the other one writes them. After this, a disk that hangs does not stop the
 * control thread. If a thread cannot be started, the control thread does its work as before. Call this after
 * cgn_keeper_load().
 *
 * @param wake_fd  an eventfd. When it is readable, the caller calls cgn_keeper_ready(). The caller watches it before
 *                 this call, keeps its ownership, and closes it after the keeper was destroyed
 * @return 0; -errno: a thread could not be started
 */
int cgn_keeper_go_aside(struct cgn_keeper *k, int wake_fd);

/** The eventfd of cgn_keeper_go_aside() is readable: a thread has opened a store, or ended a commit. */
void cgn_keeper_ready(struct cgn_keeper *k, uint64_t now_ms);

/** Whether a thread writes or opens a store now. */
bool cgn_keeper_is_busy(const struct cgn_keeper *k);

/** The state of the store. */
enum cgn_keeper_state cgn_keeper_state(const struct cgn_keeper *k);

#endif /* CGN_KEEPER_H */
