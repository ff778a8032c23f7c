/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RESOLVER_STATE_H
#define CGN_RESOLVER_STATE_H

/**
 * @file
 * The state machine of one neighbour, for the files of the resolver only.
 *
 * Units:   milliseconds of the loop's clock.
 * Threads: the control thread.
 */

#include "controlplane/link/resolver_table.h"

/** The timer of an entry is due. @param entry  a struct cgn_resolver_entry, as a timer passes it */
void cgn_resolver_state_due(void *entry, uint64_t now_ms);

/**
 * The turn of an entry in the queue of requests has come: send the request.
 *
 * @param entry  a struct cgn_resolver_entry, as the queue passes it
 */
void cgn_resolver_state_ask_now(void *entry, uint64_t now_ms);

/**
 * Send the next request for an entry when the rate allows it. For the next hop of a route, send it at once if few other
 * next hops were asked in the last second.
 */
void cgn_resolver_state_ask(struct cgn_resolver_entry *e, uint64_t now_ms);

/**
 * Begin to ask for an entry: all tries are left.
 *
 * @param state  the state to enter: ASKING, PROBING or DOUBTED
 */
void cgn_resolver_state_begin(
		struct cgn_resolver_entry *e, enum cgn_resolver_state state, uint64_t now_ms);

/**
 * Tell all workers that a neighbour is gone, and forget it. The next hop of a route is not forgotten, but asked again
 * later.
 */
void cgn_resolver_state_lose(struct cgn_resolver_entry *e, uint64_t now_ms);

/** Tell all workers the MAC address of an entry. If not all can be told, try again a little later. */
void cgn_resolver_state_tell(struct cgn_resolver_entry *e, uint64_t now_ms);

/** An entry is the next hop of a route from now on: ask it before others and more often, and at once if it is lost. */
void cgn_resolver_state_watch(struct cgn_resolver_entry *e, uint64_t now_ms);

/**
 * An entry has a MAC address that was right before a restart. Tell the workers, and ask the station in @p ask_ms as a
 * known one.
 */
void cgn_resolver_state_hint(struct cgn_resolver_entry *e, uint64_t now_ms, uint64_t ask_ms);

/**
 * A station has shown that it has the address of an entry.
 *
 * A known neighbour with another MAC address is not replaced at once: its station is asked first.
 *
 * @param is_weak  as in struct cgn_arp_nd
 */
void cgn_resolver_state_confirm(struct cgn_resolver_entry *e, const struct rte_ether_addr *mac,
		bool is_weak, uint64_t now_ms);

#endif /* CGN_RESOLVER_STATE_H */
