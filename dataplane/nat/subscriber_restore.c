/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Makes subscribers, blocks, guards, ports and hold-downs again, by the same functions that make new ones.
 *
 * Lists that are in the order of a time stay so: if the streams of several workers come one behind the other, a later
 * entry gets at least the time of the entry before it. So it ends a little late, never early.
 */
#include "dataplane/nat/subscriber_restore.h"

#include "dataplane/nat/mark.h"
#include "dataplane/nat/subscriber_read.h"
#include "dataplane/nat/subscriber_state.h"

#include <errno.h>

/* Bits of the thresholds that a subscriber has reached. */
#define REACHED ((1u << CGN_MARK_BITS) - 1)

void
cgn_subscriber_restore_await(struct cgn_subscribers *s, bool is_awaited)
{
	s->awaits_state = is_awaited;
}

bool
cgn_subscriber_restore_is_awaited(const struct cgn_subscribers *s)
{
	return s->awaits_state;
}

void
cgn_subscriber_restore_first_block(struct cgn_subscribers *s, uint32_t sub)
{
	struct cgn_subscriber *pub = &s->table.at[sub].pub;

	if (pub->n_blocks == 0)
		(void)cgn_ports_grow(&s->ports, pub, sub);
}

static cgn_tick
restore_later(cgn_tick a, cgn_tick b)
{
	return cgn_tick_reached(a, b) ? a : b;
}

/* The subscriber is new and the last one in the list of idle ones. */
static void
set_idle_since(struct cgn_subscribers *s, uint32_t sub, cgn_tick since)
{
	struct cgn_subtable_entry *e = &s->table.at[sub];

	if (e->idle_prev != CGN_SUBTABLE_NONE)
		since = restore_later(since, s->table.at[e->idle_prev].pub.idle_since);
	e->pub.idle_since = since;
}

/* The group of a subscriber, if its prefix is the one that the group gives its subscribers. */
static const struct cgn_conf_group *
group_of_prefix(const struct cgn_subscribers *s, const struct cgn_subscriber_restored *r,
		struct cgn_subtable_key *key)
{
	const struct cgn_conf_group *g = cgn_subscriber_read_group(s, &r->prefix, key);
	struct cgn_subtable_key is;

	if (g == NULL || key->len != r->len || s->ext->owned_pool[r->ord] != g->pool)
		return NULL;
	is = r->prefix.is_ip6 ? cgn_subtable_key6(&r->prefix.ip6, 128)
			      : cgn_subtable_key4(r->prefix.ip4, 32);
	return memcmp(is.addr, key->addr, sizeof(is.addr)) == 0 ? g : NULL;
}

/* Add a subscriber to the table, paired with its address. */
static enum cgn_state_drop
restore_new(struct cgn_subscribers *s, const struct cgn_subscriber_restored *r,
		const struct cgn_subtable_key *key, const struct cgn_conf_group *g, cgn_tick now,
		uint32_t *sub)
{
	uint32_t group = (uint32_t)(g - s->conf->groups), ord, slot;
	bool has_own = cgn_own_place(s->plan->dets.by_group[group], s->ext, key, &ord, &slot);
	enum cgn_verdict v;

	if (has_own && ord != r->ord)
		return CGN_STATE_DROP_ADDRESS;
	v = cgn_subscribers_enter(s, key, group, r->ord, now, sub);
	if (v != CGN_V_NONE)
		return v == CGN_V_SUBSCRIBERS_MAX ? CGN_STATE_DROP_LIMIT : CGN_STATE_DROP_FULL;
	if (has_own)
		cgn_own_give(&s->ports.map, &s->table.at[*sub].pub, *sub, slot);
	set_idle_since(s, *sub, r->idle_since);
	return CGN_STATE_TAKEN;
}

enum cgn_state_drop
cgn_subscriber_restore(struct cgn_subscribers *s, const struct cgn_subscriber_restored *r,
		cgn_tick now, uint32_t *sub)
{
	struct cgn_subtable_key key;
	const struct cgn_conf_group *g = group_of_prefix(s, r, &key);
	enum cgn_state_drop drop = CGN_STATE_TAKEN;
	struct cgn_subscriber *pub;

	if (g == NULL)
		return CGN_STATE_DROP_GROUP;
	*sub = cgn_subtable_find(&s->table, &key);
	if (*sub == CGN_SUBTABLE_NONE)
		drop = restore_new(s, r, &key, g, now, sub);
	else if (s->table.at[*sub].pub.ext_ord != r->ord)
		drop = CGN_STATE_DROP_ADDRESS;
	if (drop != CGN_STATE_TAKEN)
		return drop;
	pub = &s->table.at[*sub].pub;
	pub->tokens = r->tokens;
	pub->tokens_at = r->tokens_at;
	pub->mappings_total = r->mappings_total;
	pub->refused_total = r->refused_total;
	pub->mappings_peak = RTE_MAX(pub->mappings_peak, r->mappings_peak);
	pub->sessions_peak = RTE_MAX(pub->sessions_peak, r->sessions_peak);
	if (r->blocks_peak > pub->blocks_peak)
		pub->blocks_peak = r->blocks_peak;
	pub->reached = (uint8_t)((pub->reached & ~REACHED) | (r->reached & REACHED));
	return CGN_STATE_TAKEN;
}

/* The block that has exactly these ports; CGN_BLOCK_NONE: none. */
static uint32_t
block_of_span(const struct cgn_subscribers *s, uint32_t ord, uint16_t first, uint16_t last)
{
	uint32_t b = cgn_block_of(&s->ports.map, ord, first);
	struct cgn_block_span span;

	if (b == CGN_BLOCK_NONE)
		return b;
	span = cgn_block_span_of(&s->ports.map, ord, b);
	return span.first == first && span.end == (uint32_t)last + 1 ? b : CGN_BLOCK_NONE;
}

enum cgn_state_drop
cgn_subscriber_restore_block(struct cgn_subscribers *s, uint32_t sub, uint32_t ord, uint16_t first,
		uint16_t last)
{
	uint32_t b = block_of_span(s, ord, first, last);
	struct cgn_subscriber *pub = &s->table.at[sub].pub;

	if (pub->ext_ord != ord)
		return CGN_STATE_DROP_ADDRESS;
	if (b == CGN_BLOCK_NONE)
		return CGN_STATE_DROP_BLOCK;
	if (s->ports.map.blocks[b].owner == sub + 1)
		return CGN_STATE_TAKEN;
	/* An own block has come with its subscriber. */
	if (cgn_block_is_own(&s->ports.map, ord, b))
		return CGN_STATE_DROP_BLOCK;
	return cgn_ports_give(&s->ports, pub, sub, b) ? CGN_STATE_TAKEN : CGN_STATE_DROP_TAKEN;
}

enum cgn_state_drop
cgn_subscriber_restore_guard(struct cgn_subscribers *s, uint32_t ord, uint16_t first, uint16_t last,
		cgn_tick since, cgn_tick now)
{
	uint32_t b = block_of_span(s, ord, first, last), youngest;
	struct cgn_pool_set *pools = &s->ports.pools;

	if (b == CGN_BLOCK_NONE || cgn_block_is_own(&s->ports.map, ord, b))
		return CGN_STATE_DROP_BLOCK;
	if (cgn_tick_reached(now, since + cgn_ticks(s->ports.guard_s)))
		return CGN_STATE_DROP_OVER;
	if (!cgn_pool_take_this(pools, ord, b))
		return CGN_STATE_DROP_TAKEN;
	youngest = pools->pools[s->ext->owned_pool[ord]].guards[0].last;
	if (youngest != CGN_BLOCK_NONE)
		since = restore_later(since, pools->guards[youngest].since);
	cgn_pool_guard_block(pools, ord, b, since);
	return CGN_STATE_TAKEN;
}

enum cgn_state_drop
cgn_subscriber_restore_port(struct cgn_subscribers *s, uint32_t sub, const struct cgn_client *c,
		uint32_t ord, uint16_t port, cgn_tick now)
{
	struct cgn_subscriber *pub = &s->table.at[sub].pub;
	int ret;

	/* All its ports are of one address. */
	if (pub->ext_ord != ord)
		return CGN_STATE_DROP_ADDRESS;
	/* If its block has not come back, because blocks are cut in another way now, the subscriber claims the single
	 * number. */
	ret = cgn_subscribers_claim(s, sub, c, ord, port, true, now);
	if (ret < 0)
		return ret == -ERANGE ? CGN_STATE_DROP_PORT : CGN_STATE_DROP_TAKEN;
	pub->mappings_total--; /* it was counted when it was made */
	return CGN_STATE_TAKEN;
}

enum cgn_state_drop
cgn_subscriber_restore_hold(struct cgn_subscribers *s, uint32_t sub, const struct cgn_client *c,
		uint32_t ord, uint16_t port, cgn_tick end, cgn_tick now)
{
	const struct cgn_conf_nat *nat = &s->conf->nat;
	uint32_t *slot = cgn_ext_slot(s->ext, ord, c->proto, port);
	struct cgn_hold *hold = &s->ports.hold;
	struct cgn_hold_entry *h;
	enum cgn_state_drop drop;

	if (cgn_tick_reached(now, end) || nat->hold_down_s == 0)
		return CGN_STATE_DROP_OVER;
	if (*slot != 0)
		return CGN_STATE_DROP_TAKEN;
	if (hold->n >= RTE_MIN(nat->hold_down_max, hold->size))
		return CGN_STATE_DROP_FULL;
	drop = cgn_subscriber_restore_port(s, sub, c, ord, port, now);
	if (drop != CGN_STATE_TAKEN)
		return drop;
	cgn_subscribers_release(s, sub, c, ord, port, CGN_PORT_HELD, now);
	h = &hold->at[*slot & ~CGN_EXT_HELD];
	if (cgn_tick_reached(h->end, end))
		h->end = end;
	if (h->prev != CGN_HOLD_NONE)
		h->end = restore_later(h->end, hold->at[h->prev].end);
	return CGN_STATE_TAKEN;
}
