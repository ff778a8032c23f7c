/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_REMOTES_H
#define CGN_REMOTES_H

/**
 * @file
 * How many connections each host outside keeps to each subscriber, and to all subscribers together.
 *
 * A host outside, or a network of 256 addresses, must not take all the places that a subscriber has for
 * connections from outside. Its share is a part of the places that are still free: an eighth for one
 * address, a quarter for a network. Each further host gets less than the one before, so about sixty
 * addresses in as many networks are needed to fill all places of a subscriber.
 *
 * Counters are found by a hash with a random key. Memory is bounded, and nobody can choose to use the
 * counter of somebody else. Two hosts that share a counter by chance are counted together: their shares are
 * smaller then, never larger.
 *
 * Threads: single owner, the worker.
 * Memory:  16 to 32 octets for each session of the table, at most 64 MB; committed as used.
 * Cost:    O(1); four counters for a connection that begins or ends, nothing for its packets.
 */

#include <stdbool.h>
#include <stdint.h>

#include <rte_byteorder.h>

#define CGN_REMOTES_ALL           UINT32_MAX /* all subscribers together, in place of a subscriber */
#define CGN_REMOTES_ADDRESS_SHARE 8 /* an address gets one part in so many of the free places */
#define CGN_REMOTES_NETWORK_SHARE 4 /* and so does a network of 256 addresses */

/** The counters of a worker. */
struct cgn_remotes {
	uint32_t *at;
	uint32_t n; /* counters, a power of two */
	unsigned int shift;
	uint64_t key;
};

/**
 * Reserve the counters.
 *
 * @param sessions  that the table can hold
 * @param key       random
 * @return 0, -ENOMEM
 */
int cgn_remotes_init(struct cgn_remotes *r, uint32_t sessions, uint64_t key);

/** Release them. */
void cgn_remotes_fini(struct cgn_remotes *r);

/** Count a connection that a host keeps to a subscriber. @param sub  number of the subscriber */
void cgn_remotes_add(struct cgn_remotes *r, uint32_t sub, rte_be32_t addr);

/** Count one less. */
void cgn_remotes_del(struct cgn_remotes *r, uint32_t sub, rte_be32_t addr);

/**
 * Whether a host may keep one more connection.
 *
 * @param sub   number of the subscriber, or CGN_REMOTES_ALL
 * @param free  places for kept connections that the subscriber (or the table) has left
 */
bool cgn_remotes_may_add(const struct cgn_remotes *r, uint32_t sub, rte_be32_t addr, uint32_t free);

/** What is counted for an address, and for its network; for tests. @param sub  or CGN_REMOTES_ALL */
void cgn_remotes_get(const struct cgn_remotes *r, uint32_t sub, rte_be32_t addr, uint32_t *of_addr,
		uint32_t *of_net);

#endif /* CGN_REMOTES_H */
