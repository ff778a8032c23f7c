/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_SUBSCRIBER_H
#define CGN_SUBSCRIBER_H

/**
 * @file
 * The subscribers of one worker: pairing, port blocks, limits.
 *
 * A subscriber is an inside prefix of a group. It is paired with one external address for as long as it
 * holds a block, a binding or a lease (RFC 4787 REQ-2, RFC 6888 REQ-2). Its ports come from blocks of that
 * address only. A port number belongs to one client (realm and inside address) over all protocols. No
 * mapping is evicted (RFC 6888 REQ-11).
 *
 * Pairing takes the first block, so that a paired subscriber can use its address. A block goes back when
 * none of its ports is in use or held. A subscriber without any port in use, held or claimed keeps its
 * address for CGN_SUB_IDLE_S more (RFC 6886 section 4.3.2). If the address is full when the subscriber
 * comes back, it is paired anew. If the pool or the table is full, a subscriber that has had no port for
 * CGN_SUB_FIRST_USE_S is removed for a new one.
 *
 * All groups of a pool must have the same block_size.
 *
 * Threads: single owner, the worker.
 * Memory:  allocated in create(); nothing while packets are processed.
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

#define CGN_SUB_NONE   UINT32_MAX
#define CGN_SUB_MAX    (UINT32_C(1) << 20) /* subscribers of a worker */
#define CGN_SUB_IDLE_S 300                 /* seconds that a pairing lasts without a port */
#define CGN_SUB_FIRST_USE_S \
	10 /* of these, seconds in which it is not removed even if the pool is full */

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
 * Look up the subscribers of the addresses of a burst, at most CGN_BURST, so that their memory can be
 * prefetched; the look-ups overlap.
 *
 * @param[out] subs  by address, CGN_SUB_NONE if there is none
 * @return false: the tables are small and prefetching does not pay; subs is not written
 */
bool cgn_subscribers_find_burst4(const struct cgn_subscribers *s, const rte_be32_t *addrs,
		unsigned int n, uint32_t *subs);

/** Prefetch a subscriber. Changes nothing. @param sub  or CGN_SUB_NONE */
void cgn_subscribers_fetch(const struct cgn_subscribers *s, uint32_t sub);

/** Prefetch what cgn_subscribers_release() will read. Changes nothing. */
void cgn_subscribers_fetch_port(const struct cgn_subscribers *s, uint32_t sub, uint32_t ord,
		unsigned int proto, uint16_t port);

/** Prefetch what cgn_subscribers_take() will read; some packets after cgn_subscribers_fetch(). */
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

/** Mark a subscriber that was looked up as used, as cgn_subscribers_get4() does with an existing one. */
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
 * Take a given port for a static mapping or a lease, inside or outside of the subscriber's blocks, of the
 * paired address or (static mappings) of another address of this worker.
 *
 * A port in hold-down is given only to the endpoint that held it before. A number that the client uses in
 * another protocol is given to it in any block. Otherwise the block must be the subscriber's or nobody's.
 * The number then does not belong to the block, whoever gets the block later.
 *
 * @param is_back  the client had it before a restart: any free number will do, whoever has the block (as in
 *   the time of cgn_subscribers_grace())
 * @return 0, or -EBUSY: used, held, or another client's, -ERANGE: never given out (0, 5350, 5351, and what
 *   is outside of the pool's port_range unless a static mapping names it)
 */
int cgn_subscribers_claim(struct cgn_subscribers *s, uint32_t sub, const struct cgn_client *c,
		uint32_t ord, uint16_t port, bool is_back, cgn_tick now);

/**
 * Until @p end clients restore leases that cgnd has lost. A lease may then have any free number, whoever
 * has its block, and traffic avoids the numbers that leases take first.
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

#endif /* CGN_SUBSCRIBER_H */
