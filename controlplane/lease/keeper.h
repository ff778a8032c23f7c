/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_KEEPER_H
#define CGN_KEEPER_H

/**
 * @file
 * Keeps a store for the table of leases, whatever happens to the disk.
 *
 * A store is done without if it cannot be opened at the start, if it has not taken changes for
 * CGN_KEEPER_PATIENCE_MS or hangs for so long, or if somebody removes, replaces or empties its file. Leases are
 * answered then as if no store were configured. That is logged as a warning and shown by
 * cgn_keeper_state(). The store is tried again every CGN_KEEPER_RETRY_MS. When it comes it gets the leases,
 * epochs and realms in hand in place of what it had: what it had is gone in the workers. It is called missing until
 * it has had all of them for CGN_KEEPER_PATIENCE_MS: a disk that stays full takes a new store, and soon nothing any
 * more.
 *
 * A file that is not ours, or of a newer cgnd, is never written to.
 *
 * Units:   milliseconds of the loop's clock.
 * Threads: the control thread.
 */

#include "controlplane/lease/lessor.h"

#define CGN_KEEPER_RETRY_MS    10000
#define CGN_KEEPER_PATIENCE_MS 30000
#define CGN_KEEPER_START_MS    10000

struct cgn_keeper;

/** How the store is. */
enum cgn_keeper_state {
	CGN_KEEPER_OFF,     /* none is configured */
	CGN_KEEPER_KEEPS,   /* in use */
	CGN_KEEPER_FAILING, /* in use, but does not take changes; nothing new is answered */
	CGN_KEEPER_MISSING, /* done without, or it came late and has not proved good yet */
};

/** What a keeper is made of. */
struct cgn_keeper_cfg {
	const char *path; /* NULL or "": no store; copied */
	struct cgn_timerq *timers;
	struct cgn_realms *realms; /* NULL: there are none; outlives the keeper */
	int64_t wall_ms;           /* the clocks of the start, as of struct cgn_lessor_ops */
	int64_t boot_ms;
};

/**
 * Create it and open the store, as far as it can be. A disk that hangs is waited for CGN_KEEPER_START_MS at most;
 * the store counts as missing then.
 *
 * @return 0, -ENOMEM; -ECANCELED: a signal asked for the end meanwhile
 */
int cgn_keeper_create(struct cgn_keeper **out, const struct cgn_keeper_cfg *cfg);

/** Close the store; the lessor has gone. NULL is allowed. */
void cgn_keeper_destroy(struct cgn_keeper *k);

/** The store for the lessor to begin with; NULL: none. */
struct cgn_store *cgn_keeper_store(const struct cgn_keeper *k);

/**
 * Load the lessor, which was created with cgn_keeper_store(), and look after its store from now on.
 *
 * @return 0: leases and epoch go on; -ENOENT: the epoch began anew; -ENOMEM; -ECANCELED: a
 *         signal asked for the end meanwhile, the store keeps what it has
 */
int cgn_keeper_load(struct cgn_keeper *k, struct cgn_lessor *lessor, uint64_t now_ms);

/**
 * From now on stores are written, and opened, in threads of their own: a disk that hangs holds up nobody. After
 * the load. For what gets no thread the caller waits as before.
 *
 * @param wake_fd  an eventfd that is watched already: cgn_keeper_ready() is to be called when it is readable.
 *                 It stays the caller's, and outlives the keeper
 * @return 0 or -errno: not all have a thread
 */
int cgn_keeper_go_aside(struct cgn_keeper *k, int wake_fd);

/** A thread has done something. */
void cgn_keeper_ready(struct cgn_keeper *k, uint64_t now_ms);

/** Whether a thread is at work: it writes, or opens a store. */
bool cgn_keeper_is_busy(const struct cgn_keeper *k);

/** What has become of the store. */
enum cgn_keeper_state cgn_keeper_state(const struct cgn_keeper *k);

#endif /* CGN_KEEPER_H */
