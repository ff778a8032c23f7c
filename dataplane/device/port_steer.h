/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_PORT_STEER_H
#define CGN_PORT_STEER_H

/**
 * @file
 * Steering on a started device. The device finds the queue of a packet in one of two ways: by the hash of
 * the source address and its indirection table, or by one rule per pool address.
 *
 * Some NICs hash a source address alone in another way than the RSS verification suite. Their packets come
 * to the wrong queue and are handed over. That is slower, but correct. The same is true for packets to an address without
 * a rule.
 *
 * Threads: those that start and stop the daemon; a reload uses rules meanwhile, one at a time.
 */

#include "dataplane/device/port_plan.h"
#include "dataplane/device/steer.h"

/** The worker that owns a pool address. */
struct cgn_port_dst {
	rte_be32_t addr;
	uint16_t worker;
};

/** The owners of inside and pool addresses. */
struct cgn_port_owners {
	const struct cgn_steer *steer; /* inside addresses */
	const struct cgn_port_dst
			*dst; /* pool addresses, in the order of cgn_port_steer_compare() */
	size_t n_dst;
};

struct rte_flow;

/** A rule that a device has. */
struct cgn_port_rule {
	struct cgn_port_dst dst;
	struct rte_flow *flow;
};

/** The rules of a device. All zero: none. */
struct cgn_port_rules {
	struct cgn_port_rule *at; /* CGN_PORT_PLAN_RULES, in the order of addresses; NULL: none */
	size_t n;
};

/**
 * The RSS key in the length that the device needs.
 *
 * @param[out] key  room of @p len octets, or of CGN_STEER_KEY octets if @p len is 0
 */
void cgn_port_steer_key(uint8_t *key, uint8_t len, const struct cgn_steer *steer);

/** The order of pool addresses, for qsort(). */
int cgn_port_steer_compare(const void *a, const void *b);

/**
 * Set up the steering of a plan.
 *
 * @param id  the ethdev, started
 * @param rules  gets the rules, to be released by cgn_port_steer_forget()
 * @return 0; -errno: the device refuses a part of it, and all its rules are removed
 */
int cgn_port_steer_apply(uint16_t id, const struct cgn_port_plan *plan,
		const struct cgn_port_caps *caps, const struct cgn_port_owners *owners,
		struct cgn_port_rules *rules);

/**
 * The pool addresses have changed: remove the rules of those that are gone or have another worker, and add missing ones.
 * A device may need a millisecond for each.
 *
 * @return addresses without a rule, and rules that should be gone: the device refuses them, or they are too many
 */
size_t cgn_port_steer_follow(
		uint16_t id, const struct cgn_port_owners *owners, struct cgn_port_rules *rules);

/** Release the memory of rules. The device loses them when it is closed. */
void cgn_port_steer_forget(struct cgn_port_rules *rules);

#endif /* CGN_PORT_STEER_H */
