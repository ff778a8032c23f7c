/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_REALMS_H
#define CGN_REALMS_H

/**
 * @file
 * The realms of the control thread. A realm is the number of a home behind a softwire.
 *
 * A home is an IPv6 prefix. The keys of its leases contain its realm. The store has the realm too, so the home has the
 * same number after a restart. Realm 0 is native IPv4. The workers have other numbers for homes, so commands to them
 * contain the address of the B4.
 *
 * A home has a realm while at least one of these holds it: a lease, an epoch of its own, a request under way, or a
 * series of announcements. Then the number becomes free for another home, and the store forgets it.
 *
 * Threads: the control thread.
 * Memory:  64 octets for each home, for the largest number of homes so far.
 */

#include "shared/addr.h"

#define CGN_REALMS_MAX (UINT32_C(1) << 20) /* as many as a worker has subscribers */

struct cgn_realms;

/** Create an empty table. @param seed  random; for the hash @return 0 or -ENOMEM */
int cgn_realms_create(struct cgn_realms **out, uint32_t seed);

/** Release it. NULL is allowed. */
void cgn_realms_destroy(struct cgn_realms *r);

/**
 * Hold the realm of a B4. A new home gets a number. The address of the B4 is remembered.
 *
 * @param b4   present address of the B4
 * @param len  length of the home's prefix
 * @return the realm, which the caller releases; 0: no memory, or too many realms
 */
uint32_t cgn_realms_get(struct cgn_realms *r, const struct cgn_ip6 *b4, unsigned int len);

/** Find the realm of a B4. Does not hold it. @return 0: it has none */
uint32_t cgn_realms_find(const struct cgn_realms *r, const struct cgn_ip6 *b4, unsigned int len);

/** Hold a realm that is in use. Does nothing for realm 0 or a NULL table. */
void cgn_realms_hold(struct cgn_realms *r, uint32_t realm);

/** Hold a realm no more. The last release frees the number. */
void cgn_realms_release(struct cgn_realms *r, uint32_t realm);

/** Free all realms that nobody holds. Call it after cgn_realms_put(). @return number of freed realms */
uint32_t cgn_realms_sweep(struct cgn_realms *r);

/** Number of realms in use. */
uint32_t cgn_realms_count(const struct cgn_realms *r);

/**
 * Read the next realm that is in use.
 *
 * @param[in,out] realm  0 to start
 * @return false: there are no more
 */
bool
cgn_realms_next(const struct cgn_realms *r, uint32_t *realm, struct cgn_ip6 *b4, unsigned int *len);

/** Call @p freed whenever a realm is freed. */
void cgn_realms_on_free(struct cgn_realms *r, void (*freed)(void *ctx, uint32_t realm), void *ctx);

/**
 * Whether the store lacks a realm, or has an old address of its B4. Then the caller puts the realm into the store, and
 * the next call returns false.
 */
bool
cgn_realms_to_store(struct cgn_realms *r, uint32_t realm, struct cgn_ip6 *b4, unsigned int *len);

/** Note that the store has none of the realms. */
void cgn_realms_unstore(struct cgn_realms *r);

/**
 * Add a realm of the store with its number. Nobody holds it yet.
 *
 * @return 0; -ENOMEM; -ENOSPC: the number is too large; -EINVAL: the number is in use
 */
int
cgn_realms_put(struct cgn_realms *r, uint32_t realm, const struct cgn_ip6 *b4, unsigned int len);

/** The last known B4 address of a realm. NULL: the realm is not in use, or it is 0 */
const struct cgn_ip6 *cgn_realms_b4(const struct cgn_realms *r, uint32_t realm);

#endif /* CGN_REALMS_H */
