/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_SUBSCRIBER_H
#define CGN_SUBSCRIBER_H

/**
 * @file
 * The subscribers of one worker: pairing, port blocks, limits.
 *
 * A subscriber is an inside prefix of a group. It is paired with one external address as long as it has a
 * block, a binding or a lease (RFC 4787 REQ-2, RFC 6888 REQ-2). All its ports come from blocks of this
 * address. A port number belongs to one client (realm and inside address) in all protocols. No mapping is
 * evicted (RFC 6888 REQ-11).
 *
 * The pairing gives the subscriber its first block, so that a paired subscriber can use its address. A
 * block is given back when none of its ports is in use or in hold-down. A subscriber is idle when it has no
 * port in use, in hold-down or claimed. An idle subscriber keeps its address for CGN_SUB_IDLE_S seconds
 * more (RFC 6886 section 4.3.2). If an idle subscriber wants a port and its address has no free block, it
 * is paired with another address. If the pool or the table is full, a subscriber that has been idle for
 * CGN_SUB_FIRST_USE_S seconds is removed for a new one.
 *
 * All groups of a pool must have the same block_size.
 *
 * Threads: single owner, the worker.
 * Memory:  allocated in create(). Nothing is allocated while packets are processed.
 * Cost:    the search for a port is O(block_size / 64) per block, the search for a block is O(blocks of an
 * address / 64).
 */

#include "dataplane/nat/client.h"
#include "dataplane/nat/ext.h"
#include "dataplane/nat/hold.h"
#include "dataplane/nat/rand.h"
#include "shared/addr.h"
#include "shared/clock.h"
#include "shared/conf.h"
#include "shared/record_door.h"
#include "shared/table.h"
#include "shared/verdict.h"

#define CGN_SUB_NONE        UINT32_MAX
#define CGN_SUB_IDLE_S      300 /* seconds that a pairing lasts without a port */
#define CGN_SUB_FIRST_USE_S 10  /* idle subscribers stay so long even if the pool is full */

struct cgn_stats;
struct cgn_nat_plan;
struct cgn_subscribers; /* all subscribers of one worker, with pools, blocks and hold-down */

/**
 * Create the subscriber table of a worker.
 *
 * @param plan  valid until cgn_subscribers_set_plan()
 * @param ext  the worker's external addresses, initialised; must outlive the table
 * @param rnd  random source; must outlive the table
 * @param same  tells whether a mapping belongs to a client; called with @p ctx
 * @param stats  of the worker, all zero; must outlive the table
 * @return 0, -ENOMEM, -EINVAL
 */
int cgn_subscribers_create(struct cgn_subscribers **out, const struct cgn_nat_plan *plan,
		unsigned int worker, struct cgn_ext *ext, struct cgn_rand *rnd,
		cgn_same_client_fn same, const void *ctx, struct cgn_stats *stats);

/** Release. NULL is allowed. */
void cgn_subscribers_destroy(struct cgn_subscribers *s);

/** Record pairings and blocks from now on. @param door  outlives the table; NULL: record nothing */
void cgn_subscribers_set_records(struct cgn_subscribers *s, struct cgn_record_door *door);

/**
 * Count the subscribers of all workers together from now on, for nat.subscribers_max. Call it while there is none.
 *
 * @param total  0 at the start; outlives the table; NULL: there is no other worker
 */
void cgn_subscribers_set_total(struct cgn_subscribers *s, _Atomic(uint32_t) *total);

/** Use a new configuration from now on. Pools and groups have the same places. */
void cgn_subscribers_set_plan(struct cgn_subscribers *s, const struct cgn_nat_plan *plan);

/** Group of an inside IPv4 address by longest prefix; NULL if the address is in no group. */
const struct cgn_conf_group *
cgn_subscribers_group4(const struct cgn_subscribers *s, rte_be32_t addr);

/** Group of a B4's IPv6 address by longest prefix; NULL if the address is in no group. */
const struct cgn_conf_group *
cgn_subscribers_group6(const struct cgn_subscribers *s, const struct cgn_ip6 *addr);

/** Prefetch what cgn_subscribers_release() will read. Changes nothing. @param sub  or CGN_SUB_NONE */
void cgn_subscribers_fetch_port(const struct cgn_subscribers *s, uint32_t sub, uint32_t ord,
		unsigned int proto, uint16_t port);

/** The subscriber of an inside IPv4 address, CGN_SUB_NONE if there is none yet. */
uint32_t cgn_subscribers_find4(const struct cgn_subscribers *s, rte_be32_t addr);

/** The subscriber of a B4's IPv6 address, CGN_SUB_NONE if there is none yet. */
uint32_t cgn_subscribers_find6(const struct cgn_subscribers *s, const struct cgn_ip6 *addr);

/**
 * The subscriber of an inside IPv4 address. If there is none, it is made and paired.
 *
 * @param[out] sub  index of the subscriber
 * @return CGN_V_NONE, or CGN_V_NOT_SUBSCRIBER, CGN_V_SUBSCRIBERS_FULL, _MAX, CGN_V_POOL_FULL, or as
 *   cgn_subscribers_wake()
 */
enum cgn_verdict
cgn_subscribers_get4(struct cgn_subscribers *s, rte_be32_t addr, cgn_tick now, uint32_t *sub);

/**
 * The same for the IPv6 address of a B4. Two subscribers with the same inner addresses are different
 * subscribers.
 */
enum cgn_verdict cgn_subscribers_get6(
		struct cgn_subscribers *s, const struct cgn_ip6 *addr, cgn_tick now, uint32_t *sub);

/**
 * Mark an existing subscriber as used, as cgn_subscribers_get4() does. For a caller that has looked it up
 * already.
 *
 * @return CGN_V_NONE; CGN_V_POOL_PORTS: after a new configuration it cannot stay as it is, and is ended soon
 */
enum cgn_verdict cgn_subscribers_wake(struct cgn_subscribers *s, uint32_t sub, cgn_tick now);

/**
 * Pair an idle subscriber with a given address: the address of a restored lease or a suggested address.
 *
 * @return 0: paired with the address, now or before; -EBUSY: the subscriber has ports of another address;
 *   -ERANGE: the address is not in the pool of its group; -ENOSPC: no block of the address is free
 */
int cgn_subscribers_pair(struct cgn_subscribers *s, uint32_t sub, uint32_t ord, cgn_tick now);

/** The subscriber with an index, for reading; NULL if there is none with this index. */
struct cgn_subscriber *cgn_subscribers_at(struct cgn_subscribers *s, uint32_t sub);

/** Ordinal of the external address of a subscriber. Reads no more than the first line of its entry. */
uint32_t cgn_subscribers_ord(const struct cgn_subscribers *s, uint32_t sub);

/** One more than the highest subscriber index ever used. For walks in slices. */
uint32_t cgn_subscribers_end(const struct cgn_subscribers *s);

/** Group of a subscriber. */
const struct cgn_conf_group *
cgn_subscribers_group_of(const struct cgn_subscribers *s, uint32_t sub);

/**
 * Take a port for a new implicit mapping. mappings_max, the limit of the protocol and
 * mappings_per_s are checked first. The port is a
 * random one of the subscriber's blocks. If so configured, it is the inside port or has the same parity as
 * the inside port. If the blocks have no free port, the subscriber gets a new block of its paired address.
 *
 * The port is marked used. The caller must fill the slot in the external index.
 *
 * @param foreseen   by cgn_subscriber_warm_port() for this client: is taken if it is still free; 0: none
 * @param[out] port  host order
 * @return CGN_V_NONE, or CGN_V_SUB_MAPPINGS, _SUB_PROTOCOL, _SUB_RATE, _SUB_PORTS, _POOL_PORTS
 */
enum cgn_verdict cgn_subscribers_take(struct cgn_subscribers *s, uint32_t sub,
		const struct cgn_client *c, uint16_t foreseen, cgn_tick now, uint16_t *port);

/**
 * Take any port for a lease or a static mapping. It works as cgn_subscribers_take(), but mappings_max, the limit of the
 * protocol, mappings_per_s and leases_reserve do not limit it. The caller checks the limits of leases and counts
 * refusals.
 *
 * @return CGN_V_NONE, or CGN_V_SUB_PORTS, _POOL_PORTS
 */
enum cgn_verdict cgn_subscribers_take_lease(struct cgn_subscribers *s, uint32_t sub,
		const struct cgn_client *c, uint16_t *port);

/** Whether a port of the paired address lies in a block of the subscriber. */
bool cgn_subscribers_has_port(const struct cgn_subscribers *s, uint32_t sub, uint16_t port);

/**
 * Take a given port for a static mapping or a lease. The port may be inside or outside of the subscriber's
 * blocks. It is a port of the paired address. For a static mapping it may also be a port of another address
 * of this worker.
 *
 * A port in hold-down is given only to the endpoint that held it before. A number that the client uses in
 * another protocol is given to the client whoever has the block. Otherwise the block must belong to this
 * subscriber or to nobody. In a block that does not belong to the subscriber the number becomes a claim
 * (block.h).
 *
 * @param is_back  the client had the port before a restart, and gets it if it is free, whoever has the
 *   block (as in the time of cgn_subscribers_grace()), and also outside of port_range
 * @return 0; -EBUSY: the port is in use or in hold-down, or belongs to another client or subscriber;
 *   -ERANGE: the port is never given out (0, 5350, 5351, ports of the host's services, and ports outside of
 *   the pool's port_range except for static mappings and @p is_back)
 */
int cgn_subscribers_claim(struct cgn_subscribers *s, uint32_t sub, const struct cgn_client *c,
		uint32_t ord, uint16_t port, bool is_back, cgn_tick now);

/**
 * Begin the time in which clients restore leases that cgnd has lost. Until @p end a lease may have any free
 * number, whoever has the block of the number. Until then traffic avoids the numbers that leases take
 * first.
 *
 * Source: RFC 6886 section 3.7.
 */
void cgn_subscribers_grace(struct cgn_subscribers *s, cgn_tick end);

/** What becomes of a port that is given back. */
enum cgn_port_end {
	CGN_PORT_FREE,   /* it is free at once */
	CGN_PORT_HELD,   /* it is in hold-down for hold_down_s (RFC 6888 REQ-8) */
	CGN_PORT_UNSEEN, /* no packet had it: it is free at once, and its block needs no guard */
};

/** Give a port back. */
void cgn_subscribers_release(struct cgn_subscribers *s, uint32_t sub, const struct cgn_client *c,
		uint32_t ord, uint16_t port, enum cgn_port_end end, cgn_tick now);

/** End the hold-down of a port. Its subscriber may be idle after that. */
void
cgn_subscribers_end_hold(struct cgn_subscribers *s, const struct cgn_hold_entry *h, cgn_tick now);

/**
 * Give a subscriber that has no port of its address a block, if it has none. If the address is full or closed, it is paired
 * with another one: no mapping is on the address.
 */
void cgn_subscribers_settle(struct cgn_subscribers *s, uint32_t sub, cgn_tick now);

/** Remove an idle subscriber. It gets a new pairing if it comes again. */
void cgn_subscribers_forget(struct cgn_subscribers *s, uint32_t sub, cgn_tick now);

/**
 * End hold-downs and remove idle subscribers whose time is over, at most @p budget of them together.
 *
 * @return how many were ended or removed
 */
unsigned int cgn_subscribers_expire(struct cgn_subscribers *s, cgn_tick now, unsigned int budget);

#endif /* CGN_SUBSCRIBER_H */
