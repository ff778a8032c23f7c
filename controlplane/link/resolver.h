/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_RESOLVER_H
#define CGN_RESOLVER_H

/**
 * @file
 * Next hops and neighbours and their MAC addresses. The resolver asks for them by ARP and neighbour discovery, answers
 * the questions of others, keeps what it knows fresh, and tells the workers.
 *
 * Asking. A worker wants a next hop. The resolver asks for it at once and twice more, one second apart (RFC 4861
 * section 10). Without an answer, all workers drop the packets that they hold for it. A known neighbour is probed
 * after 60 s and forgotten when three probes get no answer.
 *
 * Next hops of routes. They are asked for at the start, and with a reload that brings them. A known one is probed 5 s
 * after it was heard, so its death is noticed within 8 s. The third question to it goes to everybody on the link. One
 * that does not answer is asked again after 10, 20 and 40 s, then every 60 s, and at once when a worker wants it, when it
 * announces itself, or with a reload.
 *
 * Claims. Anybody on a link can say that it has the address of a known neighbour. So the resolver does not believe
 * another MAC address at once. It asks the known station three times within 750 ms, and that station keeps the address
 * if it answers.
 *
 * Answering. Requests for the addresses of the port are answered. On the link of an outside port, requests for pool
 * addresses on that link are answered too (local_addr.h).
 *
 * Learning. A frame that answers no question updates what is known. It adds a neighbour only if its sender asks for an
 * address of cgnd. Such neighbours may fill half of the table, so nobody on a link can keep cgnd from resolving its
 * next hops. Each of them is asked once, a second later.
 *
 * A full table. A neighbour gives way to a newcomer, in this order:
 *  1. one that has never answered, or that is above the limit of its station (station_limit.h); among these, one whose
 *     station has many addresses;
 *  2. one that has answered, if its station has more addresses than the newcomer's station will have.
 * Workers use a neighbour above the limit as a next hop, but do not admit it as a source.
 *
 * Limits on asking. Addresses that have not answered yet take a quarter of the table at most. At most two seconds'
 * worth of first questions wait for the rate; the oldest gives way. Requests per second are bounded. 64 more requests a
 * second are for the next hops of routes only; if there are more next hops, the others wait with the probes of known
 * stations. The waiting ones share the rate (resolver_queue.h), so invented addresses delay neither probes of known
 * stations nor questions for newcomers much. While many wait, an unknown address is asked for once instead of three
 * times.
 *
 * Source:  RFC 826, RFC 5227, RFC 4861, RFC 3022 section 6.2.
 * Units:   milliseconds of the loop's clock.
 * Threads: the control thread. All I/O goes through struct cgn_resolver_ops.
 * Memory:  about 260 octets per neighbour, allocated in create().
 */

#include "controlplane/link/frame.h"
#include "controlplane/link/resolver_ops.h"
#include "controlplane/loop/timerq.h"
#include "shared/conf.h"

struct cgn_resolver;

/** What create() needs. Everything but the MAC addresses must outlive the resolver. */
struct cgn_resolver_cfg {
	const struct cgn_conf *conf;
	const struct rte_ether_addr *macs; /* one per conf port; copied */
	struct cgn_timerq *timers;
	const struct cgn_resolver_ops *ops;
	void *ctx;               /* passed to ops */
	uint32_t max;            /* neighbours kept; 0: 65536 */
	uint32_t requests_per_s; /* 0: 1000 */
	uint32_t seed;           /* random; for the hash */
};

/** Create an empty table. @return 0 or -ENOMEM */
int cgn_resolver_create(struct cgn_resolver **out, const struct cgn_resolver_cfg *cfg);

/** Release it. NULL is allowed. */
void cgn_resolver_destroy(struct cgn_resolver *t);

/** Enter the configured neighbours, begin to announce local addresses and pool addresses, and ask for the next hops. */
void cgn_resolver_start(struct cgn_resolver *t, uint64_t now_ms);

/**
 * First step of a reload: ask for the next hops of another configuration, whose ports have the same names and sides, and
 * tell the workers its neighbours that they do not know. What the workers use and what cgnd answers for stays.
 *
 * @param conf  must not be freed before cgn_resolver_abandon(), or before the commit after the next one
 * @return 0; -ENOMEM: nothing is prepared
 */
int cgn_resolver_prepare(struct cgn_resolver *t, const struct cgn_conf *conf, uint64_t now_ms);

/** Instead of the second step: the configuration in use stays. */
void cgn_resolver_abandon(struct cgn_resolver *t, uint64_t now_ms);

/**
 * Second step: use the configuration that was prepared.
 *
 * Neighbours that are configured no longer are kept as if they had answered, and are asked. New local addresses are
 * announced. What is on no link any more is forgotten.
 */
void cgn_resolver_commit(struct cgn_resolver *t, uint64_t now_ms);

/** Whether no next hop of a route waits for its first answer. One that has not answered in time does not count. */
bool cgn_resolver_is_settled(struct cgn_resolver *t);

/** A worker wants this next hop or neighbour. */
void cgn_resolver_wanted(struct cgn_resolver *t, const struct cgn_cmd_neigh *n, uint64_t now_ms);

/** Whether the workers know the MAC address of a neighbour. @param port  index into the conf ports */
bool cgn_resolver_has(struct cgn_resolver *t, uint16_t port, const struct cgn_ip *addr);

/** A neighbour, for the operator. */
struct cgn_resolver_row {
	struct cgn_ip addr;
	struct rte_ether_addr mac; /* if has_mac */
	uint64_t heard_ms;         /* when it has shown last that it is there; 0: never */
	uint16_t port;             /* index into conf ports */
	bool has_mac;
	bool is_next_hop;  /* of a route */
	const char *state; /* "asking", "known", "probing", "doubted", "static" or "lost" */
};

/**
 * Read neighbours, from @p *cursor on, and move it. Start with 0. A call looks at a limited number of entries, so it may
 * read fewer than @p max.
 *
 * @param[out] is_end  none is left
 * @return number of neighbours
 */
uint32_t cgn_resolver_read(const struct cgn_resolver *t, uint32_t *cursor,
		struct cgn_resolver_row *rows, uint32_t max, bool *is_end);

/** Number of neighbours in the table, including those that have not answered yet. */
uint32_t cgn_resolver_count(const struct cgn_resolver *t);

/** The counters. They stay valid and change until destroy(). */
const struct cgn_resolver_stats *cgn_resolver_stats(const struct cgn_resolver *t);

#endif /* CGN_RESOLVER_H */
