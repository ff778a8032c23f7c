/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_LESSOR_KEEP_H
#define CGN_LESSOR_KEEP_H

/**
 * @file
 * Writes all leases, epochs and realms of the lessor as octets (lease_rows.h), and takes those of a run before. A restart
 * keeps them in this way if there is no store that has them.
 *
 * Units and threads: as lessor.h.
 */

#include "controlplane/lease/lessor_cfg.h"

/** Octets of rows that are given out at once. */
#define CGN_LESSOR_KEEP_MAX 65536u

/** Takes some whole rows. @return 0; -errno ends the writing */
typedef int (*cgn_lessor_keep_put)(void *ctx, const void *rows, size_t len);

/** Give all rows out. @return 0; -ENOMEM; what @p put has returned */
int cgn_lessor_keep_write(
		const struct cgn_lessor *l, cgn_lessor_keep_put put, void *ctx, uint64_t now_ms);

/** Forget what the store had, because rows are about to come that know better. Nothing is asked of workers yet. */
void cgn_lessor_keep_begin(struct cgn_lessor *l, uint64_t now_ms);

/**
 * Take rows. cgn_lessor_restore() then brings the leases back.
 *
 * @return 0; -EBADMSG: a row is none, or is there twice; -ENOMEM
 */
int cgn_lessor_keep_rows(struct cgn_lessor *l, const void *rows, size_t len, uint64_t now_ms);

/**
 * All rows have come: put them into the store, if there is one.
 *
 * @return whether the epoch goes on
 */
bool cgn_lessor_keep_end(struct cgn_lessor *l, uint64_t now_ms);

#endif /* CGN_LESSOR_KEEP_H */
