/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_SUBSCRIBER_DRAIN_H
#define CGN_SUBSCRIBER_DRAIN_H

/**
 * @file
 * What drain.c does with the subscribers, blocks and ports of an external address.
 *
 * Threads: single owner, the worker.
 */

#include "dataplane/nat/subscriber.h"
#include "shared/table.h"

#define CGN_SUBSCRIBER_DRAIN_CELLS 1024 /* groups of 64 ports of an address */
#define CGN_SUBSCRIBER_DRAIN_WALK \
	8 /* subscribers that cost as much as to look through all ports of an address */

/** Close an address: nobody is paired with it, and it gives out no block. */
void cgn_subscriber_drain_close(struct cgn_subscribers *s, uint32_t ord);

/** A closed address gives out no port any more, not even of the blocks that subscribers have. */
void cgn_subscriber_drain_shut(struct cgn_subscribers *s, uint32_t ord);

/** Open a closed address. */
void cgn_subscriber_drain_open(struct cgn_subscribers *s, uint32_t ord, cgn_tick now);

/** Subscribers that are paired with an address. */
uint32_t cgn_subscriber_drain_paired(const struct cgn_subscribers *s, uint32_t ord);

/** Blocks of an address in guard. */
uint32_t cgn_subscriber_drain_guarded(const struct cgn_subscribers *s, uint32_t ord);

/**
 * Remove idle subscribers of closed addresses. A subscriber whose ports are all on other addresses is paired anew.
 *
 * @param[in,out] at  subscriber that is looked at first; moves, and begins again at the end of the table
 * @param look  subscribers to look at
 * @param[in,out] budget  most subscribers to remove; less if ports of addresses must be looked through
 * @return subscribers that were looked at
 */
uint32_t cgn_subscriber_drain_sweep(struct cgn_subscribers *s, uint32_t *at, uint32_t look,
		unsigned int *budget, cgn_tick now);

/**
 * The next mapping of an address. Hold-downs on the way to it are ended.
 *
 * @param[in,out] cell  group of ports to begin with; moves. CGN_SUBSCRIBER_DRAIN_CELLS: no port is in use or in hold-down
 *   from the first cell on
 * @param[in,out] budget  hold-downs that may be ended
 * @return its index; 0: there is none, or the budget is used up
 */
uint32_t cgn_subscriber_drain_next(struct cgn_subscribers *s, uint32_t ord, uint16_t *cell,
		unsigned int *budget, cgn_tick now);

/** Ports of an address in use or in hold-down, over all protocols. */
uint32_t cgn_subscriber_drain_ports(const struct cgn_subscribers *s, uint32_t ord);

/**
 * End guards of the blocks of a closed address.
 *
 * @param all  end all of them, also those whose time is not over
 * @return whether none is left in guard
 */
bool cgn_subscriber_drain_unguard(struct cgn_subscribers *s, uint32_t ord, bool all, cgn_tick now);

/** Fill the numbers of subscribers, blocks, ports and leases of an address. */
void cgn_subscriber_drain_count(
		const struct cgn_subscribers *s, uint32_t ord, struct cgn_drain_info *out);

#endif /* CGN_SUBSCRIBER_DRAIN_H */
