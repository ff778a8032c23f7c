/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_SUBSCRIBER_COUNT_H
#define CGN_SUBSCRIBER_COUNT_H

/**
 * @file
 * Counts what happens to subscribers: for the subscriber, for its group and for its pool (shared/stats.h).
 *
 * Subscribers of all workers together are counted for nat.subscribers_max. Only a pairing that begins or ends touches
 * this count. All workers write it.
 *
 * Ports and blocks in use are counted where they are taken and given back: subscriber.c, pool.c.
 *
 * Threads: single owner, the worker.
 */

#include "dataplane/nat/subtable.h"
#include "shared/refusal.h"

struct cgn_subscribers;

/** Count that a subscriber was refused a mapping, a connection, or a request for one. */
void cgn_subscriber_count_refusal(
		struct cgn_subscribers *s, uint32_t sub, enum cgn_refusal why, cgn_tick now);

/** The same for a host of a group that is no subscriber. @param group  index into conf groups */
void cgn_subscriber_count_stranger(struct cgn_subscribers *s, const struct cgn_subtable_key *key,
		uint8_t group, enum cgn_refusal why, cgn_tick now);

/** A host has become a subscriber: what it was refused before counts for the subscriber. */
void cgn_subscriber_count_admitted(struct cgn_subscribers *s, uint32_t sub);

/** Count a new mapping of a subscriber. @param ord  ordinal of its external address */
void cgn_subscriber_count_mapping(struct cgn_subscribers *s, uint32_t sub, uint32_t ord);

/** Count that a subscriber has reached a threshold of its group. */
void cgn_subscriber_count_threshold(struct cgn_subscribers *s, uint32_t sub);

/**
 * Count one more subscriber of all workers together.
 *
 * @return false: nat.subscribers_max is reached, and nothing was counted
 */
bool cgn_subscriber_count_in(struct cgn_subscribers *s);

/** Count fewer subscribers of all workers together. */
void cgn_subscriber_count_out(struct cgn_subscribers *s, uint32_t n);

/** Count a new lease of a subscriber, or the end of one. */
void cgn_subscriber_count_lease(struct cgn_subscribers *s, uint32_t sub, bool is_new);

/** Count that the address with an ordinal had no free block for a mapping of a protocol. */
void cgn_subscriber_count_port_failure(struct cgn_subscribers *s, uint32_t ord, uint8_t proto);

#endif /* CGN_SUBSCRIBER_COUNT_H */
