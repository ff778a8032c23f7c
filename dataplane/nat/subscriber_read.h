/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_SUBSCRIBER_READ_H
#define CGN_SUBSCRIBER_READ_H

/**
 * @file
 * Read access to the subscribers of a worker, for gauges and for the tables of the control thread. No
 * function here changes a subscriber.
 *
 * Threads: single owner, the worker.
 */

#include "dataplane/nat/refused.h"
#include "dataplane/nat/subscriber.h"

/**
 * How many subscribers were removed since the start; wraps. While this count stays the same, the numbers of
 * subscribers stay valid.
 */
uint32_t cgn_subscriber_read_forgotten(const struct cgn_subscribers *s);

/**
 * Sum of subscribers, blocks in use and ports in hold-down over all pools. It is 0 when everything has
 * expired.
 */
uint32_t cgn_subscriber_read_count(const struct cgn_subscribers *s);

/**
 * The group of an inside address, or of an address of a home, and the key of its subscriber.
 *
 * @return NULL: it is in no group
 */
const struct cgn_conf_group *cgn_subscriber_read_group(const struct cgn_subscribers *s,
		const struct cgn_ip *addr, struct cgn_subtable_key *key);

/** What the subscriber with a key was refused; NULL: nothing, as far as is known (refused.h). */
const struct cgn_refused_entry *
cgn_subscriber_read_refused(const struct cgn_subscribers *s, const struct cgn_subtable_key *key);

/** Number of hosts that were refused and are no subscribers. */
uint32_t cgn_subscriber_read_strangers(const struct cgn_subscribers *s);

/** One of these hosts. @param i  below CGN_REFUSED_MAX @return NULL: none at this place */
const struct cgn_refused_entry *
cgn_subscriber_read_stranger(const struct cgn_subscribers *s, uint32_t i);

/** Whether a subscriber has no port in use, in hold-down or claimed. */
bool cgn_subscriber_read_is_idle(const struct cgn_subscribers *s, uint32_t sub);

/** Number of subscribers in the table now. */
uint32_t cgn_subscriber_read_known(const struct cgn_subscribers *s);

/** Number of subscribers that the table can have. */
uint32_t cgn_subscriber_read_capacity(const struct cgn_subscribers *s);

/**
 * The own range of a subscriber of a deterministic group.
 *
 * @param[out] entries  its ports in use or in hold-down, in the protocol that has most
 * @param[out] proto    this protocol, enum cgn_proto
 * @return its ports; 0: the subscriber has no own range
 */
uint32_t cgn_subscriber_read_own(
		const struct cgn_subscribers *s, uint32_t sub, uint32_t *entries, uint8_t *proto);

/**
 * The limit of a deterministic group that a subscriber has reached in a protocol: what it may have in all (M), or its
 * own range if there is no dynamic part.
 *
 * @return 0: it has reached none, or the group is not deterministic
 */
uint32_t
cgn_subscriber_read_ports_max(const struct cgn_subscribers *s, uint32_t sub, uint8_t proto);

/** Number of ports in hold-down now. */
uint32_t cgn_subscriber_read_held(const struct cgn_subscribers *s);

/** Number of ports that left hold-down early because hold_down_max was reached, since the start. */
uint64_t cgn_subscriber_read_held_short(const struct cgn_subscribers *s);

/**
 * The subscriber that a port belongs to: the one that claimed the number, or else the one that owns its
 * block; CGN_SUB_NONE: nobody. @param ord  ordinal of an address that this worker owns
 */
uint32_t cgn_subscriber_read_owner(const struct cgn_subscribers *s, uint32_t ord, uint16_t port);

/** Fill the part of a subscriber's detail that is about its peaks, its blocks, their ports and its idle time. */
void cgn_subscriber_read_detail(const struct cgn_subscribers *s, uint32_t sub, cgn_tick now,
		struct cgn_subscriber_detail *out);

/**
 * The next number in use of a subscriber at its paired address. Claims at other addresses are not found.
 *
 * @param[in,out] cursor  number * CGN_PROTO_COUNT + protocol to begin with; moves to a later number, or stays at it
 * @return false: there is none
 */
bool cgn_subscriber_read_next_port(const struct cgn_subscribers *s, uint32_t sub, uint64_t *cursor);

/**
 * Walk the used ports of a subscriber at its paired address. @p fn is called for every protocol and port
 * whose slot contains a mapping, at most @p max times. The walk starts at @p *cursor (0: at the beginning)
 * and moves the cursor. @p fn may release the port that it is called for. Claims at other addresses are not
 * visited.
 *
 * @return true when the walk is complete
 */
bool cgn_subscriber_read_walk_ports(const struct cgn_subscribers *s, uint32_t sub, uint64_t *cursor,
		unsigned int max, void (*fn)(void *ctx, uint32_t mapping), void *ctx);

#endif /* CGN_SUBSCRIBER_READ_H */
