/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_REFUSED_H
#define CGN_REFUSED_H

/**
 * @file
 * Refusals of hosts that are not in the table of subscribers, so that the operator sees these hosts too.
 *
 * A host without a block has no entry in the table of subscribers. Its refusals are counted here until it
 * becomes a subscriber, or until CGN_REFUSED_S seconds after its last refusal. The table has a fixed size.
 * In a full set the host whose last refusal is oldest is replaced.
 *
 * Source:  RFC 6888 REQ-4 and section 4 (refusals are shown to the operator).
 * Threads: single owner, the worker.
 * Memory:  48 KB, part of the structure.
 * Cost:    O(CGN_REFUSED_WAYS), for refused hosts only.
 */

#include "dataplane/nat/subtable.h"

#define CGN_REFUSED_SETS 256 /* a power of two */
#define CGN_REFUSED_WAYS 4
#define CGN_REFUSED_MAX  (CGN_REFUSED_SETS * CGN_REFUSED_WAYS)
#define CGN_REFUSED_S    3600

/** One refused host. */
struct cgn_refused_entry {
	struct cgn_subtable_key key;
	uint64_t n; /* refusals; 0: the entry is free */
	cgn_tick last;
	uint8_t group;
};

/** All refused hosts of a worker, in sets by hash. */
struct cgn_refused {
	uint32_t n_hosts;
	uint32_t salt;
	uint32_t expire_at; /* entry to look at next */
	struct cgn_refused_entry at[CGN_REFUSED_MAX];
};

/** Make an empty table. @param salt  random number for the hash */
void cgn_refused_init(struct cgn_refused *t, uint32_t salt);

/** Count one refusal of a host. @param group  index into conf groups */
void cgn_refused_count(struct cgn_refused *t, const struct cgn_subtable_key *key, uint8_t group,
		cgn_tick now);

/** The entry of a host; NULL: it has none. */
const struct cgn_refused_entry *
cgn_refused_find(const struct cgn_refused *t, const struct cgn_subtable_key *key);

/** Remove the entry of a host that has become a subscriber. @return the refusals of the host */
uint64_t cgn_refused_take(struct cgn_refused *t, const struct cgn_subtable_key *key);

/**
 * Look at one entry, with each call at the next one. Remove the entry if its last refusal was CGN_REFUSED_S
 * seconds ago or longer.
 */
void cgn_refused_expire(struct cgn_refused *t, cgn_tick now);

#endif /* CGN_REFUSED_H */
