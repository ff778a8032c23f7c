/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RESOLVER_ROOM_H
#define CGN_RESOLVER_ROOM_H

/**
 * @file
 * Which neighbour gives way when the resolver's table has no room for a newcomer.
 */

#include "controlplane/link/resolver_table.h"

/**
 * Make room for a newcomer: a known neighbour gives way.
 *
 * @param n_addresses  of the newcomer's station, the new one not counted
 * @return false: nobody gives way, or the workers cannot be told now
 */
bool cgn_resolver_room_make(struct cgn_resolver *t, uint32_t n_addresses, uint64_t now_ms);

/** Keep the number of addresses that are asked for below its bound, before there is one more. */
void cgn_resolver_room_bound_asking(struct cgn_resolver *t, uint64_t now_ms);

#endif /* CGN_RESOLVER_ROOM_H */
