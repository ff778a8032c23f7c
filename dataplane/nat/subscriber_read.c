/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Reads of the subscribers of a worker: counts, gauges, the owner of a port and the mappings of a subscriber.
 */
#include "dataplane/nat/subscriber_read.h"

#include "dataplane/nat/subscriber_state.h"

uint32_t
cgn_subscriber_read_forgotten(const struct cgn_subscribers *s)
{
	return s->table.n_removed;
}

const struct cgn_conf_group *
cgn_subscriber_read_group(const struct cgn_subscribers *s, const struct cgn_ip *addr,
		struct cgn_subtable_key *key)
{
	const struct cgn_conf_group *g = addr->is_ip6 ? cgn_subscribers_group6(s, &addr->ip6)
						      : cgn_subscribers_group4(s, addr->ip4);

	if (g != NULL && addr->is_ip6)
		*key = cgn_subtable_key6(&addr->ip6, g->subscriber_prefix6_len);
	else if (g != NULL)
		*key = cgn_subtable_key4(addr->ip4, g->subscriber_prefix_len);
	return g;
}

const struct cgn_refused_entry *
cgn_subscriber_read_refused(const struct cgn_subscribers *s, const struct cgn_subtable_key *key)
{
	return cgn_refused_find(&s->refused, key);
}

uint32_t
cgn_subscriber_read_strangers(const struct cgn_subscribers *s)
{
	return s->refused.n_strangers;
}

const struct cgn_refused_entry *
cgn_subscriber_read_stranger(const struct cgn_subscribers *s, uint32_t i)
{
	const struct cgn_refused_entry *e = &s->refused.at[i];

	return e->is_used && e->n != 0 ? e : NULL;
}

bool
cgn_subscriber_read_is_idle(const struct cgn_subscribers *s, uint32_t sub)
{
	return s->table.at[sub].n_ports == 0;
}

uint32_t
cgn_subscriber_read_known(const struct cgn_subscribers *s)
{
	return s->table.n_live;
}

uint32_t
cgn_subscriber_read_capacity(const struct cgn_subscribers *s)
{
	return s->table.capacity;
}

uint32_t
cgn_subscriber_read_own(
		const struct cgn_subscribers *s, uint32_t sub, uint32_t *entries, uint8_t *proto)
{
	const struct cgn_block_map *map = &s->ports.map;
	const struct cgn_subscriber *pub = &s->table.at[sub].pub;
	uint32_t own = cgn_own_of(map, pub);

	*entries = 0;
	*proto = CGN_PROTO_UDP;
	if (own == CGN_BLOCK_NONE)
		return 0;
	for (uint8_t p = 0; p < CGN_PROTO_COUNT; p++) {
		if (map->blocks[own].used[p] > *entries) {
			*entries = map->blocks[own].used[p];
			*proto = p;
		}
	}
	return cgn_block_own(map, pub->ext_ord)->ports;
}

uint32_t
cgn_subscriber_read_ports_max(const struct cgn_subscribers *s, uint32_t sub, uint8_t proto)
{
	const struct cgn_block_map *map = &s->ports.map;
	const struct cgn_subscriber *pub = &s->table.at[sub].pub;
	const struct cgn_det *det = cgn_block_own(map, pub->ext_ord);

	if (det == NULL)
		return 0;
	if (map->grids[pub->ext_ord].count == 0)
		return det->ports;
	return cgn_own_dynamic_room(map, pub, proto) == 0 ? det->ports_max : 0;
}

uint32_t
cgn_subscriber_read_held(const struct cgn_subscribers *s)
{
	return s->ports.hold.n;
}

uint64_t
cgn_subscriber_read_held_short(const struct cgn_subscribers *s)
{
	return s->held_short;
}

uint32_t
cgn_subscriber_read_count(const struct cgn_subscribers *s)
{
	uint32_t n = s->table.n_live + s->ports.hold.n;

	for (uint32_t p = 0; p < s->ports.pools.n_pools; p++)
		n += (uint32_t)cgn_counter_get(&s->ports.pools.stats[p].blocks_used);
	return n;
}

uint32_t
cgn_subscriber_read_owner(const struct cgn_subscribers *s, uint32_t ord, uint16_t port)
{
	uint32_t b = cgn_block_of(&s->ports.map, ord, port);

	if ((cgn_block_cell(&s->ports.map, ord, port)->claimed >> (port & 63) & 1) != 0)
		return s->ports.map.claimant[((size_t)ord << 16) | port];
	/* An owner of 0 (nobody) minus 1 is CGN_SUB_NONE. */
	return b == CGN_BLOCK_NONE ? CGN_SUB_NONE : s->ports.map.blocks[b].owner - 1;
}

void
cgn_subscriber_read_detail(const struct cgn_subscribers *s, uint32_t sub, cgn_tick now,
		struct cgn_subscriber_detail *out)
{
	const struct cgn_subtable_entry *e = &s->table.at[sub];
	const struct cgn_block_map *map = &s->ports.map;

	out->blocks_peak = e->pub.blocks_peak;
	out->mappings_peak = e->pub.mappings_peak;
	out->sessions_peak = e->pub.sessions_peak;
	out->is_idle = cgn_subscriber_read_is_idle(s, sub);
	if (out->is_idle)
		out->idle_s = (now - e->pub.idle_since) / CGN_TICK_HZ;
	for (uint32_t b = e->pub.first_block; b != CGN_BLOCK_NONE; b = map->blocks[b].next) {
		struct cgn_block_span span = cgn_block_span_of(map, e->pub.ext_ord, b);

		out->ports += span.end - span.first;
		for (unsigned int p = 0; p < CGN_PROTO_COUNT; p++)
			out->ports_used[p] += map->blocks[b].used[p];
		if (out->n_blocks == CGN_SUBSCRIBER_DETAIL_BLOCKS)
			continue;
		out->blocks[out->n_blocks].first = (uint16_t)span.first;
		out->blocks[out->n_blocks++].last = (uint16_t)(span.end - 1);
	}
}

/* The next number from one on that is worth a look: without claims, the numbers of a subscriber are in its blocks. */
static uint32_t
next_look(const struct cgn_subscribers *s, const struct cgn_subtable_entry *e, uint32_t port)
{
	uint32_t next = UINT16_MAX + 1;

	if (e->n_claims > 0)
		return port;
	for (uint32_t b = e->pub.first_block; b != CGN_BLOCK_NONE;
			b = s->ports.map.blocks[b].next) {
		struct cgn_block_span span = cgn_block_span_of(&s->ports.map, e->pub.ext_ord, b);

		if (port < span.end)
			next = RTE_MIN(next, RTE_MAX(port, span.first));
	}
	return next;
}

bool
cgn_subscriber_read_next_port(const struct cgn_subscribers *s, uint32_t sub, uint64_t *cursor)
{
	const struct cgn_subtable_entry *e = &s->table.at[sub];
	uint32_t ord = e->pub.ext_ord;

	while (*cursor < (UINT64_C(1) << 16) * CGN_PROTO_COUNT) {
		uint32_t port = (uint32_t)(*cursor / CGN_PROTO_COUNT);
		const struct cgn_block_cell *c = cgn_block_cell(&s->ports.map, ord, (uint16_t)port);
		uint32_t b = cgn_block_of(&s->ports.map, ord, (uint16_t)port);
		bool is_owner = b != CGN_BLOCK_NONE && s->ports.map.blocks[b].owner == sub + 1;
		uint64_t used = cgn_block_in_use(c);

		/* In a block of the subscriber all numbers count. Elsewhere only claimed ones can be its
		 * own, and the owner is looked up for each. Bits below the cursor are done. */
		used &= (is_owner                                         ? CGN_BLOCK_ANY
							: e->n_claims > 0 ? c->claimed
									  : 0) &
				CGN_BLOCK_ANY << (port & 63);
		if (used == 0) {
			*cursor = (uint64_t)next_look(s, e, (port | 63) + 1) * CGN_PROTO_COUNT;
			continue;
		}
		port = (port & ~63U) + (uint32_t)__builtin_ctzll(used);
		if (*cursor / CGN_PROTO_COUNT != port)
			*cursor = (uint64_t)port * CGN_PROTO_COUNT;
		if (cgn_subscriber_read_owner(s, ord, (uint16_t)port) == sub)
			return true;
		*cursor = (uint64_t)(port + 1) * CGN_PROTO_COUNT;
	}
	return false;
}

bool
cgn_subscriber_read_walk_ports(const struct cgn_subscribers *s, uint32_t sub, uint64_t *cursor,
		unsigned int max, void (*fn)(void *ctx, uint32_t mapping), void *ctx)
{
	for (; cgn_subscriber_read_next_port(s, sub, cursor); ++*cursor) {
		uint32_t mapping = cgn_ext_mapping(s->ext,
				*cgn_ext_slot(s->ext, s->table.at[sub].pub.ext_ord,
						(unsigned int)(*cursor % CGN_PROTO_COUNT),
						(uint16_t)(*cursor / CGN_PROTO_COUNT)));

		if (mapping == 0)
			continue;
		if (max-- == 0)
			return false;
		fn(ctx, mapping);
	}
	return true;
}
