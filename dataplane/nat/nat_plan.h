/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_NAT_PLAN_H
#define CGN_NAT_PLAN_H

/**
 * @file
 * What the NAT of every worker derives from a configuration. It is made once for all workers, because that can take
 * milliseconds. A worker only takes over the pointers. It is a part of struct cgn_snapshot (engine/snapshot.h).
 *
 * Threads: read only after init.
 */

#include "dataplane/nat/book.h"
#include "dataplane/nat/statics.h"
#include "shared/conf.h"
#include "shared/det.h"
#include "shared/group.h"

/** Tables of one configuration, for the NAT of all workers. */
struct cgn_nat_plan {
	const struct cgn_conf *conf;
	struct cgn_group_map groups;
	struct cgn_det_set dets; /* the deterministic groups */
	struct cgn_statics statics;
	struct cgn_book *book; /* the external addresses */
	/* Places that have another name than in the plan before: their counters begin at 0. A bit for each place. */
	uint64_t renamed_pools[CGN_POOLS_MAX / 64];
	uint64_t renamed_groups[CGN_GROUPS_MAX / 64];
};

/**
 * Make the tables.
 *
 * @param conf    must stay valid as long as @p p
 * @param before  the plan in use; NULL: there is none yet
 * @param[out] why  the reason of an error in words; empty: no memory
 * @return 0 or -errno as cgn_det_set_init() or cgn_book_create()
 */
int cgn_nat_plan_init(struct cgn_nat_plan *p, const struct cgn_conf *conf,
		const struct cgn_nat_plan *before, char why[static CGN_BOOK_WHY_MAX]);

/** Release what init made. */
void cgn_nat_plan_fini(struct cgn_nat_plan *p);

#endif /* CGN_NAT_PLAN_H */
