/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_BOOKS_H
#define CGN_TEST_BOOKS_H

/**
 * @file
 * Counts the entries of every table of a worker's NAT, and compares the results with the counts that the
 * NAT keeps.
 *
 * A count that is wrong by one does no harm for a long time: nothing is refused until the limit is near,
 * and an empty table hides the fault. The fixture therefore compares after every test, and scenarios
 * compare during a test.
 */

#include "dataplane/engine/engine.h"

/** Mappings that a worker has made for names that a reload has replaced: its counters do not have them any more. */
struct books_forgotten {
	uint64_t made_in_groups;
	uint64_t made_in_pools;
};

/** A worker is about to take a snapshot. */
void books_forget(struct books_forgotten *f, const struct cgn_engine *e,
		const struct cgn_snapshot *next);

/**
 * Compare the counts, links and timers of a worker's NAT with what is in its tables.
 *
 * @param is_swapped  the configuration was replaced: if a timer got shorter, entries that were there before
 *   may end late
 * @param forgotten  by all snapshots that the worker has taken
 * @return NULL: everything is right; else a text that says what is wrong, valid until the next call
 */
const char *
books_check(const struct cgn_engine *e, bool is_swapped, const struct books_forgotten *forgotten);

#endif /* CGN_TEST_BOOKS_H */
