/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_REALMS_H
#define CGN_REALMS_H

/**
 * @file
 * The realms of the control thread: a number for every home behind a softwire that has something.
 *
 * A home is an IPv6 prefix. Its number goes into the keys of leases and into the store, and outlives a
 * restart there. Realm 0 is native IPv4. Workers have numbers of their own and are told the B4's address.
 *
 * A home has its number for as long as somebody holds it: a lease, an epoch of its own, a request under way,
 * a series of announcements. After that the number is free for another home, and the store forgets it.
 *
 * Threads: the control thread. Memory: 64 octets for each of the most homes that there were at one time.
 */

#include "shared/addr.h"

#define CGN_REALMS_MAX (UINT32_C(1) << 20) /* as many as a worker has subscribers */

struct cgn_realms;

/** Create an empty table. @param seed  of the hash: random @return 0 or -ENOMEM */
int cgn_realms_create(struct cgn_realms **out, uint32_t seed);

/** Release it. NULL is allowed. */
void cgn_realms_destroy(struct cgn_realms *r);

/**
 * Hold the realm of a B4, whose address is remembered; a home that is new gets a number.
 *
 * @param b4   its address now
 * @param len  of its home's prefix
 * @return the number, to be released, 0: no memory, or too many
 */
uint32_t cgn_realms_get(struct cgn_realms *r, const struct cgn_ip6 *b4, unsigned int len);

/** The realm of a B4 if it has one, else 0. Nothing is made or held. */
uint32_t cgn_realms_find(const struct cgn_realms *r, const struct cgn_ip6 *b4, unsigned int len);

/** Hold a realm that has a number. Nothing of realm 0 or a NULL table. */
void cgn_realms_hold(struct cgn_realms *r, uint32_t realm);

/** The reverse; the last one frees the number. */
void cgn_realms_release(struct cgn_realms *r, uint32_t realm);

/** Free all that nobody holds, after cgn_realms_put(). @return how many */
uint32_t cgn_realms_sweep(struct cgn_realms *r);

/** Realms in use. */
uint32_t cgn_realms_count(const struct cgn_realms *r);

/** Call @p freed whenever a realm is freed. */
void cgn_realms_on_free(struct cgn_realms *r, void (*freed)(void *ctx, uint32_t realm), void *ctx);

/**
 * Whether the store has to be told of a realm: it was not yet, or not of the B4's present address. The caller
 * does so: the next call says no.
 */
bool
cgn_realms_to_store(struct cgn_realms *r, uint32_t realm, struct cgn_ip6 *b4, unsigned int *len);

/** The store has none of them (any more). */
void cgn_realms_unstore(struct cgn_realms *r);

/**
 * Put one back with its number, from the store, held by nobody.
 *
 * @return 0, -ENOMEM, -ENOSPC: no such number, -EINVAL: the number is taken
 */
int
cgn_realms_put(struct cgn_realms *r, uint32_t realm, const struct cgn_ip6 *b4, unsigned int len);

/** The last known B4 address of a realm, NULL: unknown, or native. */
const struct cgn_ip6 *cgn_realms_b4(const struct cgn_realms *r, uint32_t realm);

#endif /* CGN_REALMS_H */
