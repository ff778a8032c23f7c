/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_SUBSCRIBER_WARM_H
#define CGN_SUBSCRIBER_WARM_H

/**
 * @file
 * Prefetches what new mappings of a burst will read. No function here changes a subscriber.
 *
 * Threads: single owner, the worker.
 */

#include "dataplane/nat/subscriber.h"

/**
 * Look up the subscribers of the addresses of a burst, at most CGN_BURST, so that their memory can be
 * prefetched. The memory accesses of the look-ups overlap.
 *
 * @param[out] subs  by address, CGN_SUB_NONE if there is none
 * @return false: the tables are so small that prefetching does not help; subs is not written
 */
bool cgn_subscriber_warm_find4(const struct cgn_subscribers *s, const rte_be32_t *addrs,
		unsigned int n, uint32_t *subs);

/** Prefetch what a new mapping needs of a subscriber. @param sub  or CGN_SUB_NONE */
void cgn_subscriber_warm_entry(const struct cgn_subscribers *s, uint32_t sub);

/** Prefetch its blocks and their ports. Call it some packets after cgn_subscriber_warm_entry(). */
void cgn_subscriber_warm_ports(const struct cgn_subscribers *s, uint32_t sub);

/**
 * Choose the port of a client that makes a mapping soon, and prefetch its slot of the external index. Call it some
 * packets after cgn_subscriber_warm_ports().
 *
 * @param sub  or CGN_SUB_NONE
 * @return for cgn_subscribers_take() in the same burst; 0: not foreseen
 */
uint16_t cgn_subscriber_warm_port(
		struct cgn_subscribers *s, uint32_t sub, const struct cgn_client *c, cgn_tick now);

#endif /* CGN_SUBSCRIBER_WARM_H */
