/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RESOLVER_ROOM_H
#define CGN_RESOLVER_ROOM_H

/**
 * @file
 * Which neighbour gives way when the resolver's table has no room for a newcomer. For the files of the resolver only.
 *
 * Threads: the control thread.
 * Cost:    one sample of 64 entries, whatever the size of the table.
 */

#include "controlplane/link/resolver_table.h"

/**
 * Make room for a newcomer: remove a known neighbour, after the workers have been told.
 *
 * @param n_addresses  addresses of the newcomer's station, without the new one
 * @return false: no neighbour of the sample may give way, or not all workers could be told
 */
bool cgn_resolver_room_make(struct cgn_resolver *t, uint32_t n_addresses, uint64_t now_ms);

/** Call before one more address is asked for. At the bound of such addresses, the oldest gives way. */
void cgn_resolver_room_bound_asking(struct cgn_resolver *t, uint64_t now_ms);

#endif /* CGN_RESOLVER_ROOM_H */
