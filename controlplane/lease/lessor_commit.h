/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_LESSOR_COMMIT_H
#define CGN_LESSOR_COMMIT_H

/**
 * @file
 * The commits of the lessor: when a commit begins, who waits for it, and what its result means to those who wait.
 *
 * Units and threads: as lessor.h.
 */

#include "controlplane/lease/lessor_state.h"

/** Prepare the timer of commits. */
void cgn_lessor_commit_init(struct cgn_lessor *l);

/** Cancel the timer. All who wait are called with -ECANCELED. */
void cgn_lessor_commit_fini(struct cgn_lessor *l);

/** The code of cgn_lessor_commit(). */
int cgn_lessor_commit_begin(struct cgn_lessor *l, uint64_t now_ms);

/** The code of cgn_lessor_wait(). */
void cgn_lessor_commit_wait(struct cgn_lessor *l, struct cgn_lessor_wait *w, uint64_t now_ms);

/** Call all who wait with @p ret. */
void cgn_lessor_commit_release(struct cgn_lessor *l, int ret, uint64_t now_ms);

/** The code of cgn_lessor_stored(). */
void cgn_lessor_commit_ended(struct cgn_lessor *l, uint64_t now_ms);

/** Put a stamp with the present time into the store. A store without all leases keeps its old stamp. */
void cgn_lessor_commit_stamp(struct cgn_lessor *l);

/** The code of cgn_lessor_old_stamp(). */
void cgn_lessor_commit_old_stamp(const struct cgn_lessor *l, int64_t *wall, int64_t *boot);

#endif /* CGN_LESSOR_COMMIT_H */
