/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_OWNER_H
#define CGN_OWNER_H

/**
 * @file
 * Which worker owns a subscriber: a pure function of the configuration, the same for the workers and
 * for the control thread.
 *
 * The hash of the inside address decides, or of the prefix where a subscriber is one; a subscriber
 * with static mappings lives where their external address does.
 *
 * Threads: read only after init.
 */

#include "dataplane/device/steer.h"
#include "dataplane/nat/ext.h"
#include "shared/group.h"

#include <rte_branch_prediction.h>

/** A subscriber whose static mappings tie it to an external address, hence to that address's worker. */
struct cgn_owner_pin {
	rte_be32_t addr; /* prefix address of the subscriber */
	unsigned int worker;
};

struct cgn_owner {
	const struct cgn_steer *steer;
	struct cgn_group_map groups;
	rte_be32_t masks[CGN_GROUPS_MAX]; /* of a group's subscribers */
	uint8_t len6[CGN_GROUPS_MAX];     /* of a group's subscribers behind softwires */
	bool has_wide;                    /* some group's subscriber is wider than one address */
	struct cgn_owner_pin *pins;       /* sorted by addr */
	size_t n_pins;
};

/**
 * Build it.
 *
 * @param steer  lives as long
 * @param ext    of any worker; only used here
 * @return 0 or -ENOMEM
 */
int cgn_owner_init(struct cgn_owner *o, const struct cgn_conf *conf, const struct cgn_steer *steer,
		const struct cgn_ext *ext);

/** Release what init made. */
void cgn_owner_fini(struct cgn_owner *o);

/** The pin of a subscriber, NULL: it has none. */
const struct cgn_owner_pin *cgn_owner_find_pin(const struct cgn_owner *o, rte_be32_t addr);

/** First address of the subscriber that an inside address belongs to. */
rte_be32_t cgn_owner_subscriber(const struct cgn_owner *o, rte_be32_t addr);

/** The worker that owns the softwire of an IPv6 address: the hash of its prefix decides. */
unsigned int cgn_owner_of6(const struct cgn_owner *o, const struct cgn_ip6 *addr);

/** The worker that owns an inside address. */
static inline unsigned int
cgn_owner_of(const struct cgn_owner *o, rte_be32_t addr)
{
	if (unlikely(o->has_wide))
		addr = cgn_owner_subscriber(o, addr);
	if (unlikely(o->n_pins != 0)) {
		const struct cgn_owner_pin *pin = cgn_owner_find_pin(o, addr);

		if (pin != NULL)
			return pin->worker;
	}
	return cgn_steer_inside(o->steer, addr);
}

#endif /* CGN_OWNER_H */
