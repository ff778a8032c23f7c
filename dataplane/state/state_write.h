/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_STATE_WRITE_H
#define CGN_STATE_WRITE_H

/**
 * @file
 * Writes the state of a worker as chunks (shared/state_format.h).
 *
 * A call writes one chunk. It looks at a bounded number of entries, so some chunks have few records. Nothing may change
 * between the first and the last call (CGN_CMD_PAUSE).
 *
 * Threads: single owner, the worker.
 */

#include "dataplane/state/state_tables.h"
#include "shared/state_format.h"

/** Where the writer goes on, and what it writes into the header of a chunk. */
struct cgn_state_write {
	uint64_t cursor;  /* 0 to start; each call sets it */
	uint64_t time_ms; /* now, by the clock of the format */
	uint32_t serial;  /* number of the chunk */
	bool done;        /* set: this was the last chunk */
};

/**
 * Write the next chunk.
 *
 * @param out  room for CGN_STATE_CHUNK_MAX octets, aligned to 8
 * @param now  the same time as w->time_ms, by the clock of the tables
 * @return octets of the chunk
 */
uint32_t cgn_state_write_chunk(const struct cgn_state_tables *t, struct cgn_state_write *w,
		void *out, cgn_tick now);

#endif /* CGN_STATE_WRITE_H */
