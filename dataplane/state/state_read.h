/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_STATE_READ_H
#define CGN_STATE_READ_H

/**
 * @file
 * Reads chunks of saved state (shared/state_format.h) into the tables of a worker.
 *
 * Every worker reads every chunk, and takes what is its own: what has one of its external addresses. The octets may come
 * from anywhere. A record whose fields are not possible, or that does not fit the configuration or what is there already,
 * is dropped and counted with its reason. Nothing is left of it.
 *
 * Threads: single owner, the worker.
 * Cost:    about 23 us for a chunk in a table of a million mappings; several times as long on a busy machine.
 */

#include "dataplane/state/state_tables.h"
#include "shared/state_counts.h"

/** A chunk and the time. */
struct cgn_state_read {
	const void *chunk;
	uint32_t len;
	uint64_t time_ms;                /* now, by the clock of the format */
	struct cgn_state_counts *counts; /* each record is added */
};

/**
 * Take what belongs to a worker.
 *
 * @param now  the same time as r->time_ms, by the clock of the tables
 * @return 0; as cgn_state_scan_check(); -ETIME: the chunk comes from the future, or is years old. Then nothing was taken
 */
int cgn_state_read_chunk(
		const struct cgn_state_tables *t, const struct cgn_state_read *r, cgn_tick now);

#endif /* CGN_STATE_READ_H */
