/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_SUBSCRIBER_GROUP_H
#define CGN_SUBSCRIBER_GROUP_H

/**
 * @file
 * What a new configuration means for a subscriber: it may be in another group, use another pool, belong to another worker,
 * or be no subscriber any more.
 *
 * Threads: single owner, the worker.
 */

#include "dataplane/nat/client.h"

struct cgn_subscribers;

/** Tell how to find out, after a new configuration, whether a subscriber still belongs to this worker. */
void cgn_subscriber_group_set_mine(
		struct cgn_subscribers *s, cgn_subscriber_mine_fn is_mine, const void *ctx);

/** From now on until cgn_subscriber_group_end(), subscribers are looked at before they get something. */
void cgn_subscriber_group_begin(struct cgn_subscribers *s);

/** All subscribers were looked at. */
void cgn_subscriber_group_end(struct cgn_subscribers *s);

/**
 * Put a subscriber into its group. If this is another one with the same pool, the counts of the groups move.
 *
 * @return false: it cannot stay as it is: it is no subscriber of this worker any more, or is to have another address
 */
bool cgn_subscriber_group_one(struct cgn_subscribers *s, uint32_t sub);

#endif /* CGN_SUBSCRIBER_GROUP_H */
