/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_SUBSCRIBER_REGROUP_H
#define CGN_SUBSCRIBER_REGROUP_H

/**
 * @file
 * The ports of a subscriber that cannot stay after a new configuration (subscriber_group.h).
 *
 * Threads: single owner, the worker.
 */

#include "dataplane/nat/subscriber.h"

/** A place among the ports of a subscriber, for cgn_subscriber_regroup_next(). All fields are 0 at the beginning. */
struct cgn_subscriber_port_walk {
	uint64_t cursor; /* number * CGN_PROTO_COUNT + protocol */
};

/**
 * The next mapping of a subscriber. Hold-downs on the way to it are ended.
 *
 * @param[in,out] budget  hold-downs that may be ended
 * @return its index; 0: there is none, or the budget is used up
 */
uint32_t cgn_subscriber_regroup_next(struct cgn_subscribers *s, uint32_t sub,
		struct cgn_subscriber_port_walk *walk, unsigned int *budget, cgn_tick now);

/** Forget a subscriber, if it has no port any more. @return false: it has ports of another address */
bool cgn_subscriber_regroup_forget(struct cgn_subscribers *s, uint32_t sub, cgn_tick now);

#endif /* CGN_SUBSCRIBER_REGROUP_H */
