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

/** Prefetch what cgn_subscribers_take() will read. Call it some packets after cgn_subscribers_fetch(). */
void cgn_subscriber_warm_ports(const struct cgn_subscribers *s, uint32_t sub);

#endif /* CGN_SUBSCRIBER_WARM_H */
