/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_SWAP_H
#define CGN_SWAP_H

/**
 * @file
 * An engine takes a snapshot of the configuration (snapshot.h), at its start and in a reload. The work is bounded: some
 * kilobytes are copied, however large the configuration is.
 */

#include "dataplane/engine/context.h"
#include "dataplane/engine/snapshot.h"

/** Take the first snapshot, before the tables of the engine are made. */
void cgn_swap_begin(struct cgn_engine *e, struct cgn_snapshot *s);

/**
 * Take the next snapshot, which has the same workers and ports.
 *
 * Afterwards nothing of the engine points to the old one. In this call the old one must still be valid.
 */
void cgn_swap_run(struct cgn_engine *e, struct cgn_snapshot *s);

#endif /* CGN_SWAP_H */
