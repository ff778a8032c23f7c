/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_REMOTES_H
#define CGN_REMOTES_H

/**
 * @file
 * How many connections each remote host keeps to each subscriber, and to all subscribers together.
 *
 * A remote host, or a network of 256 addresses, must not take all the places that a subscriber has for
 * connections from outside. Its share is a part of the places that are still free: an eighth for one
 * address, a quarter for a network. Each further host gets a smaller share than the one before. About sixty
 * addresses in sixty networks are therefore needed to fill all places of a subscriber.
 *
 * Counters are found by a hash with a random key. Memory is bounded, and a host cannot choose an address
 * that shares the counter of another host. Two hosts that share a counter by chance are counted together.
 * Their shares are then smaller, never larger.
 *
 * Threads: single owner, the worker.
 * Memory:  16 to 32 octets for each session of the table, at most 64 MB; committed as used.
 * Cost:    O(1); a connection that begins or ends changes four counters. Its packets cost nothing.
 */

#include <stdbool.h>
#include <stdint.h>

#include <rte_byteorder.h>

#define CGN_REMOTES_ALL           UINT32_MAX /* instead of a subscriber: all subscribers together */
#define CGN_REMOTES_ADDRESS_SHARE 8          /* an address gets 1/8 of the free places */
#define CGN_REMOTES_NETWORK_SHARE 4          /* a network of 256 addresses gets 1/4 of them */

/** The counters of a worker. */
struct cgn_remotes {
	uint32_t *at;
	uint32_t n; /* counters, a power of two */
	unsigned int shift;
	uint64_t key;
};

/** log2 of the number of counters for a table of @p sessions. */
unsigned int cgn_remotes_bits(uint32_t sessions);

/**
 * Reserve the counters.
 *
 * @param sessions  most sessions that the table of sessions can hold
 * @param key       random
 * @return 0, -ENOMEM
 */
int cgn_remotes_init(struct cgn_remotes *r, uint32_t sessions, uint64_t key);

/** Release the counters. */
void cgn_remotes_fini(struct cgn_remotes *r);

/** Count a connection that a host keeps to a subscriber. @param sub  number of the subscriber */
void cgn_remotes_add(struct cgn_remotes *r, uint32_t sub, rte_be32_t addr);

/** A connection that cgn_remotes_add() counted has ended. */
void cgn_remotes_del(struct cgn_remotes *r, uint32_t sub, rte_be32_t addr);

/**
 * Whether a host may keep one more connection.
 *
 * @param sub   number of the subscriber, or CGN_REMOTES_ALL
 * @param free  places for kept connections that the subscriber (or the table) has left
 */
bool cgn_remotes_may_add(const struct cgn_remotes *r, uint32_t sub, rte_be32_t addr, uint32_t free);

/** For tests: the counts of an address and of its network. @param sub  or CGN_REMOTES_ALL */
void cgn_remotes_get(const struct cgn_remotes *r, uint32_t sub, rte_be32_t addr, uint32_t *of_addr,
		uint32_t *of_net);

#endif /* CGN_REMOTES_H */
