/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_OWNER_H
#define CGN_OWNER_H

/**
 * @file
 * Which worker owns a subscriber. The answer depends only on the configuration, so the workers and the
 * control thread get the same answer.
 *
 * The hash of the subscriber's inside prefix decides. A subscriber with a static mapping, or with an own range of a
 * deterministic group (shared/det.h), belongs to the worker of its external address instead. So does a subscriber that
 * was paired with this address before a restart (moved.h).
 *
 * Threads: read only after init.
 */

#include "dataplane/device/steer.h"
#include "dataplane/engine/moved.h"
#include "dataplane/nat/ext.h"
#include "dataplane/nat/nat_plan.h"

#include <rte_branch_prediction.h>

/**
 * A subscriber that has a static mapping. It belongs to the worker that owns the mapping's external
 * address.
 */
struct cgn_owner_pin {
	rte_be32_t addr; /* prefix address of the subscriber */
	unsigned int worker;
};

/** The tables that give the owner, in a snapshot. Each worker has a copy of the struct, not of what it points to. */
struct cgn_owner {
	const struct cgn_steer *steer;
	struct cgn_group_map groups;      /* of the plan */
	rte_be32_t masks[CGN_GROUPS_MAX]; /* by group: netmask of a subscriber, network order */
	uint8_t len6[CGN_GROUPS_MAX]; /* by group: prefix length of a subscriber behind a softwire */
	bool is_plain;                /* the hash of the address itself always decides */
	struct cgn_owner_pin *pins;   /* sorted by addr */
	size_t n_pins;
	const struct cgn_moved *moved; /* of the data plane; NULL: there are none */
	struct cgn_det_set dets;       /* of the plan */
	uint16_t det_worker
			[CGN_GROUPS_MAX]; /* by group: worker of the first address of a deterministic pool */
};

/**
 * Build the tables.
 *
 * @param plan   must stay valid as long as @p o
 * @param steer  the same
 * @param moved  the same; NULL: there are none
 * @return 0, -ENOMEM
 */
int cgn_owner_init(struct cgn_owner *o, const struct cgn_nat_plan *plan,
		const struct cgn_steer *steer, const struct cgn_moved *moved);

/** Release what init made. */
void cgn_owner_fini(struct cgn_owner *o);

/** Look up the pin of a subscriber by the subscriber's first address; NULL: it has no pin. */
const struct cgn_owner_pin *cgn_owner_find_pin(const struct cgn_owner *o, rte_be32_t addr);

/**
 * First address of the subscriber that an inside address belongs to. For an address of no group the result
 * is the address itself.
 */
rte_be32_t cgn_owner_subscriber(const struct cgn_owner *o, rte_be32_t addr);

/** The worker that owns the softwire of an IPv6 address. */
unsigned int cgn_owner_of6(const struct cgn_owner *o, const struct cgn_ip6 *addr);

/** The worker that owns an inside address, if more than the hash of the address may decide. */
unsigned int cgn_owner_of_special(const struct cgn_owner *o, rte_be32_t addr);

/** The worker that owns an inside address. */
static inline unsigned int
cgn_owner_of(const struct cgn_owner *o, rte_be32_t addr)
{
	return likely(o->is_plain) ? cgn_steer_inside(o->steer, addr)
				   : cgn_owner_of_special(o, addr);
}

#endif /* CGN_OWNER_H */
