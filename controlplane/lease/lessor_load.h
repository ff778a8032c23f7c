/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_LESSOR_LOAD_H
#define CGN_LESSOR_LOAD_H

/**
 * @file
 * Loads leases and epochs from the store at the start. Also writes those in memory to a store that came late.
 *
 * Units and threads: as lessor.h.
 */

#include "controlplane/lease/lessor_state.h"

/** Prepare the timer that fills a store. */
void cgn_lessor_load_init(struct cgn_lessor *l);

/** Cancel the timer. A store that does not have all leases is marked as not closed in order. */
void cgn_lessor_load_fini(struct cgn_lessor *l);

/** The code of cgn_lessor_load(). */
int cgn_lessor_load_first(struct cgn_lessor *l, uint64_t now_ms);

/** The code of cgn_lessor_keep_rows(). */
int cgn_lessor_load_rows(struct cgn_lessor *l, const void *rows, size_t len, uint64_t now_ms);

/** The code of cgn_lessor_set_store(). */
int cgn_lessor_load_replace(struct cgn_lessor *l, struct cgn_store *store, uint64_t now_ms);

/** cgn_lessor_restore() of lessor.h. */
uint32_t cgn_lessor_load_restore(struct cgn_lessor *l, uint64_t now_ms);

/**
 * A worker has answered about a lease of the store. The lease is back, or it is lost and its client has to know.
 *
 * @param map  as cgn_lessor_replied()
 */
void cgn_lessor_load_restored(struct cgn_lessor_call *call, int ret, const struct cgn_cmd_map *map,
		uint64_t now_ms);

#endif /* CGN_LESSOR_LOAD_H */
