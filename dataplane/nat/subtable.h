/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_SUBTABLE_H
#define CGN_SUBTABLE_H

/**
 * @file
 * The table of subscribers that subscriber.c uses. An entry has a number and is found by its prefix. Idle
 * subscribers (those without ports) are in a list in the order in which they became idle.
 *
 * Threads: single owner, the worker.
 * Memory:  hash table in the EAL's heap (about 44 bytes an entry); entries of 128 bytes, reserved at init
 * and committed when first used. Freed numbers are used again first.
 * Cost:    cgn_subtable_find() is one rte_hash look-up. Everything else is O(1).
 */

#include "dataplane/nat/client.h"

#include <stdalign.h>
#include <stddef.h>

#define CGN_SUBTABLE_NONE UINT32_MAX
#define CGN_SUBTABLE_BULK 64 /* keys of one bulk look-up; rte_hash takes no more */

struct rte_hash;

/** Key of a subscriber: its prefix. */
struct cgn_subtable_key {
	alignas(8) uint8_t addr[16]; /* prefix address; IPv4 in the first four octets */
	uint8_t is_ip6;
	uint8_t len;
	uint8_t pad[6]; /* always 0 */
};
static_assert(sizeof(struct cgn_subtable_key) == 24, "hash key: read in words of eight octets");

/** A subscriber, with the fields that only subscriber.c needs. */
struct cgn_subtable_entry {
	alignas(64) uint32_t n_ports; /* ports in use or in hold-down, with claims */
	uint32_t n_claims;            /* the part of n_ports that counts for no block */
	struct cgn_subscriber pub;
	uint32_t idle_prev; /* list of idle subscribers, idle longest first */
	uint32_t idle_next; /* also the list of unused entries */
};
static_assert(sizeof(struct cgn_subtable_entry) == 128, "two lines a subscriber");
static_assert(offsetof(struct cgn_subtable_entry, pub.addr) <= 64, "one line for a new mapping");

/** The table of a worker's subscribers. */
struct cgn_subtable {
	struct rte_hash *by_key;
	struct cgn_subtable_entry *at;
	uint32_t capacity;
	uint32_t n_live;
	uint32_t n_removed;  /* since the start; wraps */
	uint32_t end;        /* first entry never used */
	uint32_t unused;     /* list of entries below end */
	uint32_t idle_first; /* list */
	uint32_t idle_last;
	uint32_t sample_at; /* entry at which the next sample begins */
};

/** Make an empty table. @param salt  random number for the hash @return 0, -ENOMEM */
int cgn_subtable_init(struct cgn_subtable *t, uint32_t capacity, uint32_t salt);

/** Release what init made. */
void cgn_subtable_fini(struct cgn_subtable *t);

/** Key of the IPv4 prefix of an address. */
struct cgn_subtable_key cgn_subtable_key4(rte_be32_t addr, unsigned int len);

/** Key of the IPv6 prefix of an address. */
struct cgn_subtable_key cgn_subtable_key6(const struct cgn_ip6 *addr, unsigned int len);

/** Key of a subscriber. */
struct cgn_subtable_key cgn_subtable_key_of(const struct cgn_subscriber *pub);

/**
 * Number from which the preferred address of a subscriber is computed. It is the same after every start.
 */
uint32_t cgn_subtable_number(const struct cgn_subtable_key *key);

/** Number of a subscriber, CGN_SUBTABLE_NONE if there is none. */
uint32_t cgn_subtable_find(const struct cgn_subtable *t, const struct cgn_subtable_key *key);

/**
 * Look up the numbers of @p n subscribers, at most CGN_SUBTABLE_BULK. The memory accesses of the look-ups
 * overlap.
 */
void cgn_subtable_find_bulk(const struct cgn_subtable *t, const struct cgn_subtable_key *keys,
		unsigned int n, uint32_t *subs);

/**
 * Add a subscriber that is not in the table. The new subscriber has no block and is idle.
 *
 * @return its number, CGN_SUBTABLE_NONE: full
 */
uint32_t cgn_subtable_add(struct cgn_subtable *t, const struct cgn_subtable_key *key, cgn_tick now);

/** Remove an idle subscriber. Its number may be given to another subscriber at once. */
void cgn_subtable_del(struct cgn_subtable *t, uint32_t sub);

/** Append a subscriber to the list of idle ones. */
void cgn_subtable_idle_add(struct cgn_subtable *t, uint32_t sub, cgn_tick now);

/** Decides whether an idle subscriber is a good one. */
typedef bool (*cgn_subtable_may_fn)(const void *ctx, const struct cgn_subscriber *pub);

/**
 * Search a few entries for a subscriber that has been idle since @p before or longer. Each call looks at
 * other entries.
 *
 * @param may  accepts a subscriber; NULL: each one is accepted
 * @return its number, CGN_SUBTABLE_NONE: none of these entries
 */
uint32_t cgn_subtable_idle_sample(
		struct cgn_subtable *t, cgn_subtable_may_fn may, const void *ctx, cgn_tick before);

/** Take a subscriber out of the list of idle ones. */
void cgn_subtable_idle_del(struct cgn_subtable *t, uint32_t sub);

/**
 * Refill a subscriber's token bucket for new mappings. @return whether there is a token; the caller must
 * take it
 */
bool cgn_subtable_has_token(struct cgn_subscriber *pub, uint32_t per_s, cgn_tick now);

#endif /* CGN_SUBTABLE_H */
