/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_STATEFIX_H
#define CGN_TEST_STATEFIX_H

/**
 * @file
 * The saved state of a fixture's workers in memory, and fixtures that go on with it.
 *
 * The test stands for the control thread and for the file: it saves a fixture, frees it, makes another one with another
 * configuration or number of workers, and loads the state into it.
 */

#include "shared/state_counts.h"
#include "shared/state_scan.h"
#include "tests/support/fixture.h"

/** A record in the saved state. */
struct sx_record {
	const uint8_t *p;
	unsigned int type;
	unsigned int length;
};

/** Saved state. */
struct sx {
	uint8_t *octets; /* the chunks, one behind the other */
	size_t len;
	unsigned int n_chunks;
	uint64_t time_ms; /* when it was saved */
	struct cgn_state_pairing *pairings;
	size_t n_pairings;
};

/** Pause all workers of a fixture and save their state. Checks what every stream must have. */
struct sx *sx_save(struct fx *fx, uint64_t time_ms);

/** Save the state of one worker whose table is not paused: for the comparison with what was loaded. */
void sx_append(struct sx *s, struct fx *fx, unsigned int worker);

/** Begin saved state that a test fills with sx_put(). */
struct sx *sx_new(uint64_t time_ms);

/** Append records to saved state as a chunk of a worker, with a right checksum. */
void sx_put(struct sx *s, const struct sx_record *records, unsigned int n, unsigned int worker,
		unsigned int n_workers);

/** Free saved state. NULL is allowed. */
void sx_free(struct sx *s);

/** All records of saved state, in their order. @param[out] n  how many @return to be freed; refers to @p s */
struct sx_record *sx_records(const struct sx *s, size_t *n);

/** Number of records of a type. */
size_t sx_count(const struct sx *s, enum cgn_state_type type);

/** Start a fixture that awaits saved state. */
struct fx *sx_start(struct fx *fx, const struct sx *s);

/**
 * Give all chunks to all workers of a fixture, and tell them that these were all.
 *
 * @param time_ms  now
 * @param[out] counts  of all workers together; NULL: nothing must be dropped
 */
void sx_load(struct fx *fx, const struct sx *s, uint64_t time_ms, struct cgn_state_counts *counts);

/** The same for state that may be damaged: a worker may refuse a chunk, and a chunk whose length is wrong is the last. */
void
sx_load_any(struct fx *fx, const struct sx *s, uint64_t time_ms, struct cgn_state_counts *counts);

/** Give one chunk to one worker. @return as the command */
int sx_load_chunk(struct fx *fx, unsigned int worker, const void *chunk, uint32_t len,
		uint64_t time_ms, struct cgn_state_counts *counts);

/** Print the dropped records. */
void sx_print_drops(const struct cgn_state_counts *c);

/** Sum of the dropped records of all types and reasons. */
uint64_t sx_dropped(const struct cgn_state_counts *c);

/**
 * Save a fixture, free it, and go on with another one.
 *
 * @param next  configured, not started
 * @param pause_ms  between saving and loading
 * @param counts  as in sx_load()
 * @return next
 */
struct fx *
sx_restart(struct fx *fx, struct fx *next, uint64_t pause_ms, struct cgn_state_counts *counts);

#endif /* CGN_TEST_STATEFIX_H */
