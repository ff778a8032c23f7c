/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_LESSOR_COMMIT_H
#define CGN_LESSOR_COMMIT_H

/**
 * @file
 * Commits of the lessor: when what was written down becomes durable, who waits for it, and what the end of a
 * commit means to them.
 *
 * Units and threads: as lessor.h.
 */

#include "controlplane/lease/lessor_state.h"

/** Prepare the timer. */
void cgn_lessor_commit_init(struct cgn_lessor *l);

/** The reverse; all who wait are called with -ECANCELED. */
void cgn_lessor_commit_fini(struct cgn_lessor *l);

/** cgn_lessor_commit() */
int cgn_lessor_commit_begin(struct cgn_lessor *l, uint64_t now_ms);

/** cgn_lessor_wait() */
void cgn_lessor_commit_wait(struct cgn_lessor *l, struct cgn_lessor_wait *w, uint64_t now_ms);

/** Call all who wait. */
void cgn_lessor_commit_release(struct cgn_lessor *l, int ret, uint64_t now_ms);

/** cgn_lessor_stored() */
void cgn_lessor_commit_ended(struct cgn_lessor *l, uint64_t now_ms);

/** Stamp the store. One that does not have all leases yet keeps the old stamp that it was begun with. */
void cgn_lessor_commit_stamp(struct cgn_lessor *l);

/** cgn_lessor_old_stamp() */
void cgn_lessor_commit_old_stamp(const struct cgn_lessor *l, int64_t *wall, int64_t *boot);

#endif /* CGN_LESSOR_COMMIT_H */
