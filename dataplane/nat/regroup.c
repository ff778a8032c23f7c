/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Looks at the subscribers after a new configuration, and ends those that cannot stay.
 */
#include "dataplane/nat/regroup.h"

#include "dataplane/nat/cut.h"
#include "dataplane/nat/drain.h"
#include "dataplane/nat/subscriber_group.h"

#define LOOK_MAX 256 /* subscribers that one turn looks at */

void
cgn_regroup_begin(struct cgn_nat *n)
{
	n->regroup = (struct cgn_regroup){ .is_on = true, .sub = CGN_SUB_NONE };
	cgn_subscriber_group_begin(n->subs);
}

/* End what a subscriber has. @return false: the budget is used up */
static bool
regroup_end(struct cgn_nat *n, uint32_t sub, cgn_tick now, unsigned int *budget)
{
	struct cgn_regroup *r = &n->regroup;
	uint32_t ref;

	while ((ref = cgn_subscriber_regroup_next(n->subs, sub, &r->walk, budget, now)) != 0) {
		unsigned int cost = cgn_cut_mapping(n, ref, now);

		*budget -= RTE_MIN(*budget, cost);
	}
	if (*budget == 0)
		return false;
	(void)cgn_subscriber_regroup_forget(n->subs, sub, now);
	*budget -= 1;
	return true;
}

/* Whether a subscriber stays as it is. One that is being ended does not. */
static bool
regroup_stays(struct cgn_nat *n, uint32_t sub)
{
	if (cgn_subscribers_at(n->subs, sub) == NULL)
		return true;
	return n->regroup.sub != sub && cgn_subscriber_group_one(n->subs, sub);
}

bool
cgn_regroup_poll(struct cgn_nat *n, cgn_tick now, unsigned int *budget)
{
	struct cgn_regroup *r = &n->regroup;

	if (!r->is_on)
		return false;
	for (unsigned int i = 0; i < LOOK_MAX && *budget != 0; i++, r->at++) {
		if (r->at >= cgn_subscribers_end(n->subs)) {
			r->is_on = false;
			cgn_subscriber_group_end(n->subs);
			cgn_drain_revisit(n);
			return false;
		}
		if (regroup_stays(n, r->at))
			continue;
		/* The walk through the ports of the one that is being ended goes on. */
		if (r->sub != r->at)
			r->walk = (struct cgn_subscriber_port_walk){ 0 };
		r->sub = r->at;
		if (!regroup_end(n, r->at, now, budget))
			return true;
		r->sub = CGN_SUB_NONE;
	}
	return true;
}
