/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Reassembly of IPv4 fragments as a stage of the packet path.
 */
#include "dataplane/engine/reassemble.h"

#include "dataplane/nat/limit.h"
#include "dataplane/pkt/parse.h"

bool
cgn_reassemble(struct cgn_engine *e, struct cgn_pkt *p)
{
	cgn_tick timeout = cgn_ticks(e->conf->nat.timeouts.fragment_s);
	struct cgn_reassembly_out out = { 0 };
	uint32_t realm = p->realm;
	const struct cgn_ip source = { .ip4 = p->src };
	enum cgn_verdict v = cgn_reassembly_add(e->frags, p, realm, e->now, timeout, &out);

	cgn_counter_add(&e->stats.verdict[CGN_V_REASSEMBLED], out.n_merged);
	if (out.n_freed != 0)
		cgn_counter_add(&e->stats.verdict[out.freed], out.n_freed);
	if (v == CGN_V_FRAG_FULL || (out.n_freed != 0 && out.freed == CGN_V_FRAG_FULL))
		cgn_limit_tell_fragments(&e->nat, &source, e->now);
	if (v == CGN_V_NONE && !out.whole)
		return false;
	/* cgn_reassembly_add() has replaced p by the whole datagram. */
	p->realm = realm;
	if (v == CGN_V_NONE)
		v = cgn_parse_ip4(p);
	if (v != CGN_V_NONE)
		cgn_context_drop(e, p, v);
	return v == CGN_V_NONE;
}
