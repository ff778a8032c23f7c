/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Ends mappings because the configuration takes away what they use, or because the operator wants it.
 */
#include "dataplane/nat/cut.h"

#include "dataplane/nat/drain_left.h"
#include "dataplane/nat/lease.h"
#include "dataplane/nat/life.h"
#include "dataplane/nat/track.h"

/* Whether the operator takes an address out of use that stays in its pool. */
static bool
is_drained(const struct cgn_nat *n, const struct cgn_ext_addr *h)
{
	return h != NULL && cgn_drain_left_state(n, h->ord) >= CGN_DRAIN_ENDING &&
			!n->drain.at[h->ord].has_left;
}

/* The control thread looks for its leases when the counter changes. Those on an address that drains can move only when it is
 * empty, which the control thread sees. drain.c counts them when the address comes back. */
static void
count_lease(struct cgn_nat *n, const struct cgn_ext_addr *h)
{
	if (is_drained(n, h))
		n->drain.at[h->ord].leases++;
	else
		cgn_counter_add(&n->stats->counter[CGN_C_LEASES_CUT], 1);
}

/* Segments of its connections are answered with a reset. */
static void
reset_rest(struct cgn_nat *n, const struct cgn_ext_addr *h, cgn_tick now)
{
	if (h != NULL)
		cgn_drain_reset_rest(n, h->ord, now);
}

/* End a mapping whose port goes into hold-down. @return connections that were told */
static unsigned int
end_held(struct cgn_nat *n, uint32_t ref, cgn_tick now)
{
	unsigned int n_told = cgn_track_reset_all(n, &n->maps.at[ref]);

	cgn_life_end(n, ref, now);
	return n_told;
}

unsigned int
cgn_cut_mapping(struct cgn_nat *n, uint32_t ref, cgn_tick now)
{
	struct cgn_mapping *m = &n->maps.at[ref];
	const struct cgn_ext_addr *h = cgn_ext_find_owned(&n->ext, m->ext_addr);

	if (!is_drained(n, h))
		cgn_counter_add(&n->stats->counter[CGN_C_MAPPINGS_CUT], 1);
	if ((m->flags & CGN_MAPPING_LEASE) != 0)
		count_lease(n, h);
	reset_rest(n, h, now);
	if ((m->flags & CGN_MAPPING_STATIC) == 0)
		return 1 + cgn_lease_cut(n, ref, now);
	return 1 + end_held(n, ref, now);
}

unsigned int
cgn_cut_cleared(struct cgn_nat *n, uint32_t ref, cgn_tick now)
{
	const struct cgn_ext_addr *h = cgn_ext_find_owned(&n->ext, n->maps.at[ref].ext_addr);

	cgn_counter_add(&n->stats->counter[CGN_C_MAPPINGS_CLEARED], 1);
	reset_rest(n, h, now);
	return 1 + end_held(n, ref, now);
}
