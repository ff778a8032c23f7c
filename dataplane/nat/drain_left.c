/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * How much time an external address has left.
 */
#include "dataplane/nat/drain_left.h"

cgn_tick
cgn_drain_left(const struct cgn_nat *n, uint32_t ord, cgn_tick now)
{
	const struct cgn_drain_addr *a = &n->drain.at[ord];
	const struct cgn_conf_pool *pool = &n->conf->pools[n->ext.owned_pool[ord]];
	cgn_tick end = a->since + cgn_ticks(pool->drain_max_s);

	return a->has_left || a->state >= CGN_DRAIN_ENDING || cgn_tick_reached(now, end)
			? 0
			: end - now;
}

uint32_t
cgn_drain_left_lifetime_s(
		const struct cgn_nat *n, rte_be32_t addr, uint32_t lifetime_s, cgn_tick now)
{
	const struct cgn_ext_addr *h;

	if (n->drain.n_closed == 0)
		return lifetime_s;
	h = cgn_ext_find_owned(&n->ext, addr);
	if (h == NULL || cgn_drain_left_state(n, h->ord) == CGN_DRAIN_OPEN)
		return lifetime_s;
	return RTE_MIN(lifetime_s, RTE_MAX(cgn_drain_left(n, h->ord, now) / CGN_TICK_HZ, 1u));
}
