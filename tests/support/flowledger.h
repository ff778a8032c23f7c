/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_FLOWLEDGER_H
#define CGN_TEST_FLOWLEDGER_H

/**
 * @file
 * The mappings and sessions that a worker has now, by its records alone.
 *
 * The ledger compares them with the tables of the worker. So each created record needs a deleted one, and nothing is
 * recorded twice.
 */

#include "dataplane/engine/engine.h"
#include "shared/record_door.h"

struct flowledger;

/** Who gets the records of blocks. */
struct flowledger_tap {
	void (*fn)(void *arg, const struct cgn_record *r);
	void *arg;
};

/** Make a ledger for a worker. Its door wants mappings, sessions and destinations. Ends the program without memory. */
struct flowledger *flowledger_create(unsigned int worker);

/** Records of blocks go to somebody else. Call it before the worker begins. @param tap  NULL: blocks are not recorded */
void flowledger_set_tap(struct flowledger *l, const struct flowledger_tap *tap);

/** Free it. NULL is allowed. */
void flowledger_destroy(struct flowledger *l);

/** The door for the worker's records. */
struct cgn_record_door *flowledger_door(struct flowledger *l);

/** Take the records that are in the door. Call it before its ring is full. */
void flowledger_read(struct flowledger *l);

/**
 * Compare the ledger with the tables of a worker.
 *
 * @return NULL: they agree; else what is wrong, valid until the next call
 */
const char *flowledger_check(struct flowledger *l, const struct cgn_engine *e);

#endif /* CGN_TEST_FLOWLEDGER_H */
