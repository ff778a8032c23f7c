/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RESOLVER_H
#define CGN_RESOLVER_H

/**
 * @file
 * Next hops and their MAC addresses: asks, answers, keeps fresh, tells the workers.
 *
 * A worker wants a next hop: asked at once and twice more, one second apart (RFC 4861 section 10);
 * without an answer all workers drop what they hold for it. Known neighbours are probed after 60 s
 * and forgotten when three probes get no answer. Who claims the address of a known neighbour with
 * another MAC address is not believed at once: the known station is asked three times within 750 ms,
 * and keeps the address if it answers (anybody on a link can send such a claim). Others' requests are answered for own addresses
 * and, on the link of an outside port, for pool addresses (see own.h). What is learned unasked only
 * updates what is known, or comes from somebody who asks for us and may fill half of the table, so
 * nobody on a link can keep cgnd from resolving its next hops. Such a neighbour is asked once, a second
 * later.
 *
 * When there is no room for a newcomer, a neighbour that has never answered gives way to it, one of a station
 * with many addresses first; so does one above what its station may use (station_limit.h), which workers know
 * for the way to it, but do not admit as a source. When all have answered, one gives way whose station has more
 * addresses than the newcomer's will have. Addresses that are asked for and have not answered yet take a quarter
 * of the table at most, and no more wait for their first question than are asked in two seconds: the oldest that
 * waits gives way.
 *
 * Requests per second are bounded but for next hops of routes. Those that wait share the rate (askqueue.h), so
 * that invented addresses keep neither known stations from being probed nor a newcomer from being asked for.
 * While many wait, an address that is not known is asked for once instead of three times.
 *
 * Source:  RFC 826, RFC 5227, RFC 4861, RFC 3022 section 6.2.
 * Units:   milliseconds of the loop's clock.
 * Threads: the control thread. No I/O but through struct cgn_resolver_ops.
 * Memory:  about 200 octets per neighbour, allocated in create().
 */

#include "controlplane/link/frame.h"
#include "controlplane/link/resolver_ops.h"
#include "controlplane/loop/timerq.h"
#include "shared/conf.h"

struct cgn_resolver;

struct cgn_resolver_cfg {
	const struct cgn_conf *conf;
	const struct rte_ether_addr *macs; /* one per conf port; copied */
	struct cgn_timerq *timers;
	const struct cgn_resolver_ops *ops;
	void *ctx;               /* of ops */
	uint32_t max;            /* neighbours kept; 0: 65536 */
	uint32_t requests_per_s; /* 0: 1000 */
	uint32_t seed;           /* of the hash: random */
};

/** Create an empty table. @return 0 or -ENOMEM */
int cgn_resolver_create(struct cgn_resolver **out, const struct cgn_resolver_cfg *cfg);

/** Release it. NULL is allowed. */
void cgn_resolver_destroy(struct cgn_resolver *t);

/** Set the configured neighbours and begin to announce own and pool addresses. */
void cgn_resolver_start(struct cgn_resolver *t, uint64_t now_ms);

/** Use another snapshot with the same ports, pools and neighbours. */
void cgn_resolver_set_conf(struct cgn_resolver *t, const struct cgn_conf *conf, uint64_t now_ms);

/** A worker wants this next hop. */
void cgn_resolver_wanted(struct cgn_resolver *t, const struct cgn_cmd_neigh *n, uint64_t now_ms);

/**
 * Take a received frame.
 *
 * @return false: it is neither ARP nor a neighbour solicitation or advertisement
 */
bool cgn_resolver_input(struct cgn_resolver *t, const struct cgn_frame *f, uint64_t now_ms);

/** Number of neighbours in the table, asked for ones included. */
uint32_t cgn_resolver_count(const struct cgn_resolver *t);

/** The counters. */
const struct cgn_resolver_stats *cgn_resolver_stats(const struct cgn_resolver *t);

#endif /* CGN_RESOLVER_H */
