/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Walks over subscribers, their blocks and their ports in hold-down.
 */
#include "dataplane/nat/subscriber_walk.h"

#include "dataplane/nat/subscriber_state.h"

uint32_t
cgn_subscriber_walk_idle(const struct cgn_subscribers *s, uint32_t sub)
{
	return sub == CGN_SUB_NONE ? s->table.idle_first : s->table.at[sub].idle_next;
}

bool
cgn_subscriber_walk_is_busy(const struct cgn_subscribers *s, uint32_t sub)
{
	const struct cgn_subtable_entry *e = &s->table.at[sub];

	return e->pub.is_live && e->n_ports != 0;
}

static void
describe(const struct cgn_subscribers *s, uint32_t ord, uint32_t b,
		struct cgn_subscriber_walk_block *out)
{
	struct cgn_block_span span = cgn_block_span_of(&s->ports.map, ord, b);

	*out = (struct cgn_subscriber_walk_block){ .ord = ord,
		.first = (uint16_t)span.first,
		.last = (uint16_t)(span.end - 1),
		.since = s->ports.pools.guards[b].since };
}

uint32_t
cgn_subscriber_walk_block(const struct cgn_subscribers *s, uint32_t sub, uint32_t b,
		struct cgn_subscriber_walk_block *out)
{
	const struct cgn_subscriber *pub = &s->table.at[sub].pub;

	b = b == CGN_BLOCK_NONE ? pub->first_block : s->ports.map.blocks[b].next;
	if (b != CGN_BLOCK_NONE)
		describe(s, pub->ext_ord, b, out);
	return b;
}

uint32_t
cgn_subscriber_walk_guard(const struct cgn_subscribers *s, unsigned int pool, uint32_t b,
		struct cgn_subscriber_walk_block *out)
{
	const struct cgn_pool_set *pools = &s->ports.pools;
	bool is_old = b != CGN_BLOCK_NONE && pools->guards[b].is_old;

	if (pools->pools[pool].lists == NULL)
		return CGN_BLOCK_NONE; /* no address of it belongs to this worker */
	b = b == CGN_BLOCK_NONE ? pools->pools[pool].guards[0].first : pools->guards[b].next;
	/* Those of former cuts have a list of their own, which comes behind. */
	if (b == CGN_BLOCK_NONE && !is_old)
		b = pools->pools[pool].guards[1].first;
	if (b != CGN_BLOCK_NONE)
		describe(s, pools->guards[b].owner - 1, b, out);
	return b;
}

uint32_t
cgn_subscriber_walk_closed_guard(const struct cgn_subscribers *s, uint32_t ord, uint32_t *at,
		struct cgn_subscriber_walk_block *out)
{
	uint32_t b;

	if (!cgn_pool_is_closed(&s->ports.pools, ord))
		return CGN_BLOCK_NONE;
	b = cgn_pool_next_guarded(&s->ports.pools, ord, at);
	if (b != CGN_BLOCK_NONE)
		describe(s, ord, b, out);
	return b;
}

uint32_t
cgn_subscriber_walk_hold(
		const struct cgn_subscribers *s, uint32_t place, const struct cgn_hold_entry **out)
{
	const struct cgn_hold *h = &s->ports.hold;

	place = place == CGN_HOLD_NONE ? h->oldest : h->at[place].next;
	if (place != CGN_HOLD_NONE)
		*out = &h->at[place];
	return place;
}
