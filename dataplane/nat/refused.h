/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_REFUSED_H
#define CGN_REFUSED_H

/**
 * @file
 * What hosts were refused, by reason and with the last time, so that the operator can tell a subscriber why.
 *
 * The table has the subscribers that were refused, and hosts that are no subscribers, because they never got a block.
 * The refusals of such a host are counted until it becomes a subscriber. An entry stays until CGN_REFUSED_S seconds
 * after its last refusal, whether its host is a subscriber or not. The table has a fixed size. In a full set the host
 * whose last refusal is oldest is replaced.
 *
 * Source:  RFC 6888 REQ-4 and section 4 (refusals are shown to the operator).
 * Threads: single owner, the worker.
 * Memory:  0.7 MB, reserved at init and committed when first used.
 * Cost:    O(CGN_REFUSED_WAYS), for refused hosts only.
 */

#include "dataplane/nat/subtable.h"
#include "shared/refusal.h"

#define CGN_REFUSED_SETS 1024 /* a power of two */
#define CGN_REFUSED_WAYS 4
#define CGN_REFUSED_MAX  (CGN_REFUSED_SETS * CGN_REFUSED_WAYS)
#define CGN_REFUSED_S    86400

/** How often a host was refused for one reason. */
struct cgn_refused_reason {
	uint32_t n; /* stays at its maximum */
	cgn_tick last;
};

/** One refused host. */
struct cgn_refused_entry {
	struct cgn_subtable_key key;
	uint64_t n;    /* refusals while it was no subscriber; 0: it is one, or was one then */
	cgn_tick last; /* refusal */
	bool is_used;
	struct cgn_refused_reason why[CGN_REFUSAL_COUNT];
};

/** All refused hosts of a worker, in sets by hash. */
struct cgn_refused {
	struct cgn_refused_entry *at; /* CGN_REFUSED_MAX */
	uint32_t n_hosts;
	uint32_t n_strangers; /* hosts with refusals as no subscriber */
	uint32_t salt;
	uint32_t expire_at; /* set to look at next */
};

/** Make an empty table. @param salt  random number for the hash @return 0, -ENOMEM */
int cgn_refused_init(struct cgn_refused *t, uint32_t salt);

/** Release what init made. */
void cgn_refused_fini(struct cgn_refused *t);

/** Count one refusal of a subscriber. */
void cgn_refused_count(struct cgn_refused *t, const struct cgn_subtable_key *key,
		enum cgn_refusal why, cgn_tick now);

/** The same for a host that is no subscriber. */
void cgn_refused_count_stranger(struct cgn_refused *t, const struct cgn_subtable_key *key,
		enum cgn_refusal why, cgn_tick now);

/** The entry of a host; NULL: it has none. */
const struct cgn_refused_entry *
cgn_refused_find(const struct cgn_refused *t, const struct cgn_subtable_key *key);

/** A host has become a subscriber. Its entry stays. @return its refusals until now */
uint64_t cgn_refused_take(struct cgn_refused *t, const struct cgn_subtable_key *key);

/**
 * Look at one set, with each call at the next one. Remove entries whose last refusal was CGN_REFUSED_S seconds ago or
 * longer.
 */
void cgn_refused_expire(struct cgn_refused *t, cgn_tick now);

#endif /* CGN_REFUSED_H */
