/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Forwarding without translation.
 */
#include "dataplane/engine/pass_through.h"

#include "dataplane/engine/icmp_reply.h"

bool
cgn_pass_through_has(const struct cgn_engine *e, rte_be32_t remote)
{
	for (size_t i = 0; i < e->conf->nat.n_pass_through; i++) {
		if (cgn_prefix_has4(&e->conf->nat.pass_through[i], remote))
			return true;
	}
	return false;
}

void
cgn_pass_through_send(struct cgn_engine *e, struct cgn_pkt *p, enum cgn_side to)
{
	struct cgn_nexthop *nh = cgn_routes_lookup(&e->routes[to], p->dst);
	enum cgn_verdict v = cgn_out_judge(nh, p);

	if (v != CGN_V_NONE) {
		cgn_icmp_reply_refuse(e, p, v, nh == NULL ? 0 : nh->mtu);
		return;
	}
	cgn_rewrite_ttl(p);
	cgn_out_pkt(&e->out, nh, p, CGN_V_PASS_THROUGH);
}
