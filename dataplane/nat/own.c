/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Own blocks of deterministic groups: who has which, and what a subscriber may have besides.
 */
#include "dataplane/nat/own.h"

#include <string.h>

bool
cgn_own_is_wanted(const void *want, const struct cgn_subscriber *pub)
{
	const struct cgn_own_want *w = want;

	return w->ext->owned_pool[pub->ext_ord] == w->pool && cgn_own_others(w->map, pub) > 0;
}

bool
cgn_own_place(const struct cgn_det *det, const struct cgn_ext *ext,
		const struct cgn_subtable_key *key, uint32_t *ord, uint32_t *slot)
{
	const struct cgn_ext_addr *h;
	struct cgn_det_place place;
	struct cgn_ip6 ip6;
	rte_be32_t ip4;

	if (det == NULL)
		return false;
	memcpy(&ip4, key->addr, sizeof(ip4));
	memcpy(&ip6, key->addr, sizeof(ip6));
	if (!(key->is_ip6 ? cgn_det_forward6(det, &ip6, &place)
			  : cgn_det_forward4(det, ip4, &place)))
		return false;
	h = cgn_ext_find_owned(ext, cgn_det_address(det, place.outside));
	*ord = h == NULL ? CGN_EXT_NONE : h->ord;
	*slot = place.slot;
	return true;
}

void
cgn_own_give(struct cgn_block_map *m, struct cgn_subscriber *pub, uint32_t sub, uint32_t slot)
{
	const struct cgn_block_grid *g = &m->grids[pub->ext_ord];
	uint32_t b = g->first + g->count + slot;

	assert(pub->n_blocks == 0 && m->blocks[b].owner == 0);
	m->blocks[b].owner = sub + 1;
	m->blocks[b].next = CGN_BLOCK_NONE;
	pub->first_block = b;
	pub->n_blocks = 1;
	if (pub->blocks_peak == 0)
		pub->blocks_peak = 1;
}

void
cgn_own_take_back(struct cgn_block_map *m, struct cgn_subscriber *pub)
{
	uint32_t own = cgn_own_of(m, pub);

	if (own == CGN_BLOCK_NONE)
		return;
	pub->first_block = m->blocks[own].next;
	pub->n_blocks--;
	m->blocks[own].owner = 0;
}

uint32_t
cgn_own_dynamic_room(
		const struct cgn_block_map *m, const struct cgn_subscriber *pub, unsigned int proto)
{
	const struct cgn_det *det = cgn_block_own(m, pub->ext_ord);
	uint32_t own = cgn_own_of(m, pub), used = 0, most, b;

	b = own == CGN_BLOCK_NONE ? pub->first_block : m->blocks[own].next;
	for (; b != CGN_BLOCK_NONE; b = m->blocks[b].next)
		used += m->blocks[b].used[proto];
	most = det->ports_max - det->ports;
	return used < most ? most - used : 0;
}

bool
cgn_own_may_claim(const struct cgn_block_map *m, const struct cgn_subscriber *pub, uint32_t sub,
		unsigned int proto, uint32_t ord, uint32_t b, bool is_back)
{
	uint32_t own = cgn_own_of(m, pub);

	/* A static mapping may name another address. The rules of the configuration allow none such here. */
	if (ord != pub->ext_ord || b == CGN_BLOCK_NONE)
		return false;
	if (cgn_block_is_own(m, ord, b))
		return b == own;
	if (is_back)
		return true;
	return m->blocks[b].owner == sub + 1 &&
			(own == CGN_BLOCK_NONE || cgn_block_free(m, ord, own) == 0) &&
			cgn_own_dynamic_room(m, pub, proto) > 0;
}
