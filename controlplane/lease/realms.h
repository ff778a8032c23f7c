/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_REALMS_H
#define CGN_REALMS_H

/**
 * @file
 * The realms of the control thread: a number for every home behind a softwire that has asked for something.
 *
 * A home is an IPv6 prefix; its number goes into the keys of leases and into the store, and outlives a
 * restart there. Realm 0 is native IPv4. Workers have numbers of their own and are told the B4's address.
 *
 * Threads: the control thread. Memory: 56 octets a home; numbers are never given back.
 */

#include "shared/addr.h"

#define CGN_REALMS_MAX (UINT32_C(1) << 20) /* as many as a worker has subscribers */

struct cgn_realms;

/** Create an empty table. @param seed  of the hash: random @return 0 or -ENOMEM */
int cgn_realms_create(struct cgn_realms **out, uint32_t seed);

/** Release it. NULL is allowed. */
void cgn_realms_destroy(struct cgn_realms *r);

/**
 * The realm of a B4, whose address is remembered.
 *
 * @param b4      its address now
 * @param len     of its home's prefix
 * @param is_new  set if there was none
 * @return the number, 0: no memory, or too many
 */
uint32_t
cgn_realms_get(struct cgn_realms *r, const struct cgn_ip6 *b4, unsigned int len, bool *is_new);

/** Put one back with its number, from the store. @return 0, -ENOMEM, -EINVAL: the number is taken */
int
cgn_realms_put(struct cgn_realms *r, uint32_t realm, const struct cgn_ip6 *b4, unsigned int len);

/** The last known B4 address of a realm, NULL: unknown, or native. */
const struct cgn_ip6 *cgn_realms_b4(const struct cgn_realms *r, uint32_t realm);

#endif /* CGN_REALMS_H */
