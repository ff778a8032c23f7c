/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Ends mappings because the configuration takes away what they use.
 */
#include "dataplane/nat/cut.h"

#include "dataplane/nat/lease.h"
#include "dataplane/nat/life.h"
#include "dataplane/nat/track.h"

unsigned int
cgn_cut_mapping(struct cgn_nat *n, uint32_t ref, cgn_tick now)
{
	struct cgn_mapping *m = &n->maps.at[ref];
	const struct cgn_ext_addr *h = cgn_ext_find_owned(&n->ext, m->ext_addr);
	unsigned int n_told;

	if (h != NULL)
		cgn_drain_reset_rest(n, h->ord, now);
	if ((m->flags & CGN_MAPPING_STATIC) == 0)
		return 1 + cgn_lease_cut(n, ref, now);
	n_told = cgn_track_reset_all(n, m);
	cgn_life_end(n, ref, now);
	return 1 + n_told;
}
