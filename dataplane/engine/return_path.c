/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Route, source address and rate limit of the packets that the engine makes itself.
 */
#include "dataplane/engine/return_path.h"

#include "dataplane/engine/encap.h"
#include "dataplane/engine/tunnel.h"

void
cgn_return_path_hairpin(
		struct cgn_engine *e, struct cgn_pkt *p, const struct cgn_ext_addr *pool_addr)
{
	if (cgn_context_frame(e, p->m, p->port))
		cgn_context_queue_own(e, p, pool_addr);
	else
		cgn_out_lose(&e->out, p->m, CGN_V_NONE, CGN_V_NONE);
}

/* The way back into a softwire. */
static struct cgn_return_path
path_into(const struct cgn_engine *e, uint32_t realm)
{
	bool is_b4 = e->conf->softwire.role == CGN_SOFTWIRE_B4;

	return (struct cgn_return_path){
		.wire = &e->tunnel->wires.at[realm],
		.src = is_b4 ? CGN_SOFTWIRE_B4_ADDR : CGN_SOFTWIRE_AFTR_ADDR,
	};
}

bool
cgn_return_path_find(const struct cgn_engine *e, rte_be32_t to, enum cgn_side side, uint32_t realm,
		uint16_t port, struct cgn_return_path *path)
{
	*path = (struct cgn_return_path){ 0 };
	/* A host behind a softwire is answered through it, whatever the routes say. */
	if (realm != 0) {
		*path = path_into(e, realm);
		return true;
	}
	if (side == CGN_SIDE_OUTSIDE)
		path->pool_addr = cgn_ext_find(&e->nat.ext, to);
	if (path->pool_addr == NULL) {
		path->nh = cgn_routes_lookup(&e->routes[side], to);
		if (path->nh == NULL)
			return false;
		port = path->nh->port;
	}
	path->src = cgn_address_for_errors(&e->addrs, &e->conf->ports[port]);
	return true;
}

void
cgn_return_path_send(struct cgn_engine *e, const struct cgn_return_path *path, struct rte_mbuf *m,
		rte_be32_t to, uint16_t port)
{
	struct cgn_pkt p = { .m = m, .port = (uint8_t)port, .flags = CGN_PF_OWN };

	if (path->wire != NULL)
		cgn_encap_ip(e, path->wire, m, CGN_V_NONE);
	else if (path->pool_addr != NULL)
		cgn_return_path_hairpin(e, &p, path->pool_addr);
	else
		cgn_out_ip(&e->out, path->nh, to, m, CGN_V_NONE);
}

/* Key for the answers to a pool address: its port block or own range, which belongs to one subscriber. */
static uint64_t
block_at(const struct cgn_engine *e, const struct cgn_ext_addr *pool_addr, rte_be16_t port)
{
	const struct cgn_det *det = cgn_det_of_pool(&e->owner.dets, e->conf, pool_addr->pool);
	uint16_t first = e->conf->pools[pool_addr->pool].port_min;
	uint16_t in_pool = (uint16_t)(rte_be_to_cpu_16(port) - first);
	uint32_t slot = det == NULL ? CGN_DET_NONE : cgn_det_slot_of(det, rte_be_to_cpu_16(port));

	/* Not the key of a block: those are below 2^16. */
	if (slot != CGN_DET_NONE)
		return (uint64_t)(UINT16_MAX + 1 + slot) << 32 | pool_addr->addr;
	for (size_t g = 0; g < e->conf->n_groups; g++) {
		if (!e->conf->groups[g].is_gone && e->conf->groups[g].pool == pool_addr->pool)
			return (uint64_t)(in_pool / e->conf->groups[g].block_size) << 32 |
					pool_addr->addr;
	}
	return pool_addr->addr;
}

/* Key of the share of answers: a home with all its hosts, a native subscriber with all its addresses, a
 * port block of a pool address, or a host outside. */
static uint64_t
answer_sharer(const struct cgn_engine *e, enum cgn_side side, uint32_t realm, rte_be32_t to,
		rte_be16_t port)
{
	const struct cgn_ext_addr *pool_addr;

	if (realm != 0)
		return (uint64_t)realm << 32;
	if (side == CGN_SIDE_INSIDE)
		return cgn_owner_subscriber(&e->owner, to);
	pool_addr = cgn_ext_find(&e->nat.ext, to);
	return pool_addr == NULL ? to : block_at(e, pool_addr, port);
}

bool
cgn_return_path_allows(struct cgn_engine *e, enum cgn_side side, uint32_t realm, rte_be32_t to,
		rte_be16_t sport)
{
	uint32_t rate = e->conf->nat.icmp_errors_per_s;
	uint32_t share = cgn_shares_rate(rate);
	struct cgn_bucket *b = cgn_shares_of(
			&e->icmp_shares[side], answer_sharer(e, side, realm, to, sport), e->now);

	/* The share first: a host above its share takes nothing from the common limit. */
	if (cgn_bucket_take(b, share, share, e->now) &&
			cgn_bucket_take(&e->icmp_tokens[side], rate, rate, e->now))
		return true;
	cgn_counter_add(&e->stats.counter[CGN_C_ICMP_SUPPRESSED], 1);
	return false;
}
