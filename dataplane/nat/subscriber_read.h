/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_SUBSCRIBER_READ_H
#define CGN_SUBSCRIBER_READ_H

/**
 * @file
 * Reads of the subscribers of a worker, for gauges and for the tables of the control thread. Nothing here
 * changes them.
 *
 * Threads: single owner, the worker.
 */

#include "dataplane/nat/subscriber.h"

/** How many subscribers were removed; wraps. While it stays the same, numbers of subscribers stay valid. */
uint32_t cgn_subscriber_read_forgotten(const struct cgn_subscribers *s);

/** Read the gauges of a pool. O(1). */
void cgn_subscriber_read_pool_gauges(
		const struct cgn_subscribers *s, unsigned int pool, struct cgn_pool_gauges *out);

/** Subscribers, blocks and held ports in use over all pools: 0 when everything has expired. */
uint32_t cgn_subscriber_read_count(const struct cgn_subscribers *s);

/** Subscribers known now. */
uint32_t cgn_subscriber_read_known(const struct cgn_subscribers *s);

/** Ports in hold-down now. */
uint32_t cgn_subscriber_read_held(const struct cgn_subscribers *s);

/** Ports that left hold-down early since the start because hold_down_max was reached. */
uint64_t cgn_subscriber_read_held_short(const struct cgn_subscribers *s);

/**
 * The subscriber that a port belongs to: the one that claimed the number, or else the one that owns its
 * block; CGN_SUB_NONE: nobody. @param ord  of an address that this worker owns
 */
uint32_t cgn_subscriber_read_owner(const struct cgn_subscribers *s, uint32_t ord, uint16_t port);

/**
 * Walk the used ports of a subscriber at its paired address: calls @p fn with every (protocol, port)
 * whose slot holds a mapping, at most @p max calls from @p *cursor (0 to start), and moves the
 * cursor. @p fn may release the port it is called for. Claims at other addresses are not visited.
 *
 * @return true when the walk is complete
 */
bool cgn_subscriber_read_walk_ports(const struct cgn_subscribers *s, uint32_t sub, uint64_t *cursor,
		unsigned int max, void (*fn)(void *ctx, uint32_t mapping), void *ctx);

#endif /* CGN_SUBSCRIBER_READ_H */
