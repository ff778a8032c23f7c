/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_STATE_COUNTS_H
#define CGN_STATE_COUNTS_H

/**
 * @file
 * What became of the records of saved state that a worker has read: it has taken them, they are of another worker, or
 * they did not fit and were dropped, for a reason.
 *
 * Threads: the owner of the memory; a worker adds to it while it carries out a command.
 */

#include "shared/state_format.h"

/* clang-format off */
/** Why a record was dropped. */
#define CGN_STATE_DROPS(D)                                                                              \
	D(MALFORMED,  "malformed",  "a field has no possible value")                                     \
	D(UNKNOWN,    "unknown",    "its type is not known")                                             \
	D(ADDRESS,    "address",    "the external address is in no pool, or not that of the subscriber") \
	D(OWNER,      "owner",      "packets of the subscriber go to another worker")                    \
	D(GROUP,      "group",      "no group, or one with another pool or prefix length, has the subscriber") \
	D(SUBSCRIBER, "subscriber", "its subscriber is not there")                                       \
	D(SOFTWIRE,   "softwire",   "its softwire is not there")                                         \
	D(BLOCK,      "block",      "there is no such block, or it is not the subscriber's")             \
	D(PORT,       "port",       "the port is not given out")                                         \
	D(TAKEN,      "taken",      "the port, the block or the inside endpoint is in use")              \
	D(MAPPING,    "mapping",    "the mapping of the session is not there")                           \
	D(STATIC,     "static",     "the static mapping is not configured")                              \
	D(FULL,       "full",       "a table is full")                                                   \
	D(LIMIT,      "limit",      "nat.subscribers_max is reached")                                    \
	D(OVER,       "over",       "its time is over")
/* clang-format on */

/** What became of a record: why it was dropped, or that it was not. */
enum cgn_state_drop {
#define CGN_STATE_DROP_ENUM(id, name, help) CGN_STATE_DROP_##id,
	CGN_STATE_DROPS(CGN_STATE_DROP_ENUM)
#undef CGN_STATE_DROP_ENUM
	CGN_STATE_DROP_COUNT,
	CGN_STATE_TAKEN = CGN_STATE_DROP_COUNT, /* it was not dropped */
	CGN_STATE_FOREIGN,                      /* it is of another worker */
};

/** Counts of records, by type (enum cgn_state_type). Type 0 is for those whose type is not known. */
struct cgn_state_counts {
	uint64_t taken[CGN_STATE_TYPE_COUNT];
	uint64_t foreign[CGN_STATE_TYPE_COUNT]; /* of another worker */
	uint64_t dropped[CGN_STATE_TYPE_COUNT][CGN_STATE_DROP_COUNT];
	uint64_t refused; /* states that were not used at all; no worker counts this */
};

/** Name of a reason for counters and logs. */
const char *cgn_state_counts_drop_name(enum cgn_state_drop why);

/** Name of a type of records, in the plural. */
const char *cgn_state_counts_type_name(enum cgn_state_type type);

/** Sum of all dropped records of one reason. */
uint64_t cgn_state_counts_dropped(const struct cgn_state_counts *c, enum cgn_state_drop why);

/** Add the counts of a worker to a sum. All workers but one count a record as foreign, so taken and dropped add up. */
void cgn_state_counts_add(struct cgn_state_counts *sum, const struct cgn_state_counts *c);

#endif /* CGN_STATE_COUNTS_H */
