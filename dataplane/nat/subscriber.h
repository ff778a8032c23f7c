/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_SUBSCRIBER_H
#define CGN_SUBSCRIBER_H

/**
 * @file
 * Subscribers of one worker: pairing, port blocks, quotas.
 *
 * A subscriber is an inside prefix of a group. It is paired with one external address for as long
 * as it holds a block, a binding or a lease (RFC 4787 REQ-2, RFC 6888 REQ-2); its ports come from
 * blocks of that address only. A port number belongs to one client (realm and inside address) over
 * all protocols. Nothing is ever evicted (RFC 6888 REQ-11).
 *
 * Pairing takes the first block along, so that a paired subscriber can use its address. A block goes
 * back when none of its ports is in use or held; a subscriber without any port in use, held or
 * claimed keeps its address for CGN_SUB_IDLE_S more (RFC 6886 section 4.3.2), unless the address is
 * full when it comes back: then it is paired anew. When the pool or the table is full, a subscriber
 * without any port for CGN_SUB_FIRST_USE_S is forgotten for a new one.
 *
 * All groups of a pool must have the same block_size.
 *
 * Threads: single owner, the worker.
 * Memory:  allocated in create(); nothing on the way of a packet.
 * Cost:    finding a port is O(block_size / 64) per block, a block or an address O(words).
 */

#include "dataplane/nat/client.h"
#include "dataplane/nat/ext.h"
#include "dataplane/nat/rand.h"
#include "shared/addr.h"
#include "shared/clock.h"
#include "shared/conf.h"
#include "shared/table.h"
#include "shared/verdict.h"

#define CGN_SUB_NONE        UINT32_MAX
#define CGN_SUB_MAX         (UINT32_C(1) << 20) /* subscribers of a worker */
#define CGN_SUB_IDLE_S      300                 /* seconds that a pairing lasts without a port */
#define CGN_SUB_FIRST_USE_S 10 /* of these that nobody can take from it, however full the pool */

struct cgn_subscribers; /* all subscribers of one worker, with pools, blocks and hold-down */

/**
 * Create the subscriber table of a worker.
 *
 * @param ext    the worker's external addresses, initialised; not owned
 * @param rnd    random source; not owned
 * @param same   ownership test of a used port, called with @p ctx
 * @return 0, -ENOMEM, -EINVAL
 */
int cgn_subscribers_create(struct cgn_subscribers **out, const struct cgn_conf *conf,
		unsigned int worker, struct cgn_ext *ext, struct cgn_rand *rnd,
		cgn_same_client_fn same, const void *ctx);

/** How many subscribers were forgotten; wraps. While it stays the same, numbers of subscribers stay valid. */
uint32_t cgn_subscribers_forgotten(const struct cgn_subscribers *s);

/** Release. NULL is allowed. */
void cgn_subscribers_destroy(struct cgn_subscribers *s);

/** Use other limits from now on (a reload that leaves pools and groups in their places). */
void cgn_subscribers_set_conf(struct cgn_subscribers *s, const struct cgn_conf *conf);

/** Group of an inside IPv4 address by longest prefix; NULL if it is nobody's. */
const struct cgn_conf_group *
cgn_subscribers_group4(const struct cgn_subscribers *s, rte_be32_t addr);

/** Group of a B4's IPv6 address by longest prefix; NULL if it is nobody's. */
const struct cgn_conf_group *
cgn_subscribers_group6(const struct cgn_subscribers *s, const struct cgn_ip6 *addr);

/**
 * Look up the subscribers of the addresses of a burst, at most CGN_BURST, to fetch what new flows will
 * need; the waits for memory overlap.
 *
 * @param[out] subs  by address, CGN_SUB_NONE if there is none
 * @return false: the tables are small, fetching does not pay; subs is not written
 */
bool cgn_subscribers_find_burst4(const struct cgn_subscribers *s, const rte_be32_t *addrs,
		unsigned int n, uint32_t *subs);

/** Fetch a subscriber into the cache. Changes nothing. @param sub  or CGN_SUB_NONE */
void cgn_subscribers_fetch(const struct cgn_subscribers *s, uint32_t sub);

/** Fetch what cgn_subscribers_release() will read. Changes nothing. */
void cgn_subscribers_fetch_port(const struct cgn_subscribers *s, uint32_t sub, uint32_t ord,
		unsigned int proto, uint16_t port);

/** Fetch what cgn_subscribers_take() will read; a while after cgn_subscribers_fetch(). */
void cgn_subscribers_fetch_ports(const struct cgn_subscribers *s, uint32_t sub);

/** The subscriber of an inside IPv4 address, CGN_SUB_NONE if there is none yet. */
uint32_t cgn_subscribers_find4(const struct cgn_subscribers *s, rte_be32_t addr);

/** The subscriber of a B4's IPv6 address, CGN_SUB_NONE if there is none yet. */
uint32_t cgn_subscribers_find6(const struct cgn_subscribers *s, const struct cgn_ip6 *addr);

/**
 * The subscriber of an inside IPv4 address, made and paired if there is none.
 *
 * @param[out] sub  index of the subscriber
 * @return CGN_V_NONE, or CGN_V_NOT_SUBSCRIBER, CGN_V_SUBSCRIBERS_FULL, CGN_V_POOL_FULL
 */
enum cgn_verdict
cgn_subscribers_get4(struct cgn_subscribers *s, rte_be32_t addr, cgn_tick now, uint32_t *sub);

/** The same for the IPv6 address of a B4: subscribers whose inner addresses overlap are told apart. */
enum cgn_verdict cgn_subscribers_get6(
		struct cgn_subscribers *s, const struct cgn_ip6 *addr, cgn_tick now, uint32_t *sub);

/** Use a subscriber that was looked up: what cgn_subscribers_get4() does with one that is there. */
void cgn_subscribers_wake(struct cgn_subscribers *s, uint32_t sub, cgn_tick now);

/**
 * Pair an idle subscriber with a certain address: the one of a restored lease or a suggested one.
 *
 * @return 0: paired with it, now or before; -EBUSY: holds ports of another address, -ERANGE: the
 *         address is not in the pool of its group, -ENOSPC: no block of the address is free
 */
int cgn_subscribers_pair(struct cgn_subscribers *s, uint32_t sub, uint32_t ord, cgn_tick now);

/** A subscriber by index, for reading; NULL if the index holds none. */
struct cgn_subscriber *cgn_subscribers_at(struct cgn_subscribers *s, uint32_t sub);

/** One past the highest subscriber index in use: for walks in slices. */
uint32_t cgn_subscribers_end(const struct cgn_subscribers *s);

/** Group of a subscriber. */
const struct cgn_conf_group *
cgn_subscribers_group_of(const struct cgn_subscribers *s, uint32_t sub);

/**
 * Take a port for a new implicit mapping: checks mappings_max and mappings_per_s, takes a port of
 * the subscriber's blocks at random (or the inside one where configured, or with its parity), and a
 * new block of the paired address if they are used up.
 *
 * The index slot is left for the caller to fill; the port is marked used.
 *
 * @param[out] port  host order
 * @return CGN_V_NONE, or CGN_V_SUB_MAPPINGS, _SUB_RATE, _SUB_PORTS, _POOL_PORTS
 */
enum cgn_verdict cgn_subscribers_take(struct cgn_subscribers *s, uint32_t sub,
		const struct cgn_client *c, cgn_tick now, uint16_t *port);

/**
 * Take any port for a lease or a static mapping: as cgn_subscribers_take(), but neither
 * mappings_max nor mappings_per_s nor leases_reserve stand in its way (the lease's own limits are
 * the caller's, who also counts what is refused).
 *
 * @return CGN_V_NONE, or CGN_V_SUB_PORTS, _POOL_PORTS
 */
enum cgn_verdict cgn_subscribers_take_lease(struct cgn_subscribers *s, uint32_t sub,
		const struct cgn_client *c, uint16_t *port);

/**
 * Take one certain port for a static mapping or a lease, inside or outside of the subscriber's
 * blocks, of the paired address or (static mappings) of another one of this worker.
 *
 * A port in hold-down is given only to the endpoint that held it before. A number of which the
 * client has another protocol is given to it in any block. Otherwise the block must be its own or
 * nobody's; the number then stays out of whoever gets the block.
 *
 * @param is_back  the client had it before a restart: a free number will do whoever has the block (as
 *                 in the time of cgn_subscribers_grace())
 * @return 0, or -EBUSY: used, held, or another client's, -ERANGE: never given out (0, 5350, 5351,
 *         and what lies outside of the pool's port_range unless a static mapping names it)
 */
int cgn_subscribers_claim(struct cgn_subscribers *s, uint32_t sub, const struct cgn_client *c,
		uint32_t ord, uint16_t port, bool is_back, cgn_tick now);

/**
 * Until @p end clients bring back leases that nobody here remembers: they may have any number that is
 * free, whoever's block it lies in, and traffic keeps off those numbers where leases go first.
 *
 * Source: RFC 6886 section 3.7.
 */
void cgn_subscribers_grace(struct cgn_subscribers *s, cgn_tick end);

/**
 * Give a port back.
 *
 * @param hold  keep it from other endpoints for hold_down_s (RFC 6888 REQ-8)
 */
void cgn_subscribers_release(struct cgn_subscribers *s, uint32_t sub, const struct cgn_client *c,
		uint32_t ord, uint16_t port, bool hold, cgn_tick now);

/**
 * End hold-downs and idle subscribers that are due; at most @p budget of them.
 *
 * @return number ended
 */
unsigned int cgn_subscribers_expire(struct cgn_subscribers *s, cgn_tick now, unsigned int budget);

/** Read the gauges of a pool. O(1). */
void cgn_subscribers_pool_gauges(
		const struct cgn_subscribers *s, unsigned int pool, struct cgn_pool_gauges *out);

/** Subscribers, blocks and held ports in use over all pools: 0 when everything has expired. */
uint32_t cgn_subscribers_count(const struct cgn_subscribers *s);

/** Subscribers known now. */
uint32_t cgn_subscribers_known(const struct cgn_subscribers *s);

/** Ports in hold-down now. */
uint32_t cgn_subscribers_held(const struct cgn_subscribers *s);

/** Ports that left hold-down early since the start because hold_down_max was reached. */
uint64_t cgn_subscribers_held_short(const struct cgn_subscribers *s);

/** Who a port of an own address belongs to: the subscriber that claimed the number, or else the one
 * that owns its block; CGN_SUB_NONE if it is nobody's. */
uint32_t cgn_subscribers_owner(const struct cgn_subscribers *s, uint32_t ord, uint16_t port);

/**
 * Walk the used ports of a subscriber at its paired address: calls @p fn with every (protocol, port)
 * whose slot holds a mapping, at most @p max calls from @p *cursor (0 to start), and moves the
 * cursor. @p fn may release the port it is called for. Claims at other addresses are not visited.
 *
 * @return true when the walk is complete
 */
bool cgn_subscribers_walk_ports(const struct cgn_subscribers *s, uint32_t sub, uint64_t *cursor,
		unsigned int max, void (*fn)(void *ctx, uint32_t mapping), void *ctx);

#endif /* CGN_SUBSCRIBER_H */
