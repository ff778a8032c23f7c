/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Prefetches subscribers and their ports for a burst of packets.
 */
#include "dataplane/nat/subscriber_warm.h"

#include "dataplane/nat/subscriber_state.h"

#include <rte_prefetch.h>

/* From this many subscribers on, their tables outgrow the second-level cache. Below, prefetching costs 70
 * cycles per new mapping and saves nothing. */
#define WARM_FROM 512

bool
cgn_subscriber_warm_find4(const struct cgn_subscribers *s, const rte_be32_t *addrs, unsigned int n,
		uint32_t *subs)
{
	struct cgn_subtable_key keys[CGN_BURST];
	uint8_t place[CGN_BURST];
	uint32_t found[CGN_BURST];
	unsigned int k = 0;

	static_assert(CGN_BURST <= CGN_SUBTABLE_BULK, "a burst is one look-up");
	if (s->table.n_live < WARM_FROM)
		return false;
	for (unsigned int i = 0; i < n; i++) {
		const struct cgn_conf_group *g = cgn_subscribers_group4(s, addrs[i]);

		subs[i] = CGN_SUB_NONE;
		if (g == NULL)
			continue;
		keys[k] = cgn_subtable_key4(addrs[i], g->subscriber_prefix_len);
		place[k++] = (uint8_t)i;
	}
	if (k == 0)
		return false;
	cgn_subtable_find_bulk(&s->table, keys, k, found);
	for (unsigned int i = 0; i < k; i++)
		subs[place[i]] = found[i];
	return true;
}

void
cgn_subscriber_warm_entry(const struct cgn_subscribers *s, uint32_t sub)
{
	if (sub != CGN_SUB_NONE)
		rte_prefetch0(&s->table.at[sub]);
}

void
cgn_subscriber_warm_ports(const struct cgn_subscribers *s, uint32_t sub)
{
	const struct cgn_block_map *map = &s->ports.map;
	const struct cgn_subtable_entry *e;
	const struct cgn_subscriber *pub;
	const struct cgn_block_cell *cell;
	struct cgn_block_span span;
	unsigned int n;

	if (sub == CGN_SUB_NONE)
		return;
	e = &s->table.at[sub];
	pub = &e->pub;
	/* An idle subscriber is taken out of the list of idle ones. */
	if (e->n_ports == 0)
		rte_prefetch0(&e->idle_prev);
	if (pub->first_block == CGN_BLOCK_NONE)
		return;
	rte_prefetch0(&map->blocks[pub->first_block]);
	span = cgn_block_span_of(map, pub->ext_ord, pub->first_block);
	cell = cgn_block_cell(map, pub->ext_ord, (uint16_t)span.first);
	/* An own block may be larger than what is worth fetching. */
	n = RTE_MIN(span.end - span.first, (uint32_t)CGN_BLOCK_MAX) / 64;
	for (unsigned int i = 0; i < n; i += RTE_CACHE_LINE_SIZE / sizeof(*cell))
		rte_prefetch0(&cell[i]);
}

uint16_t
cgn_subscriber_warm_port(
		struct cgn_subscribers *s, uint32_t sub, const struct cgn_client *c, cgn_tick now)
{
	const struct cgn_conf_nat *nat = &s->conf->nat;
	const struct cgn_subscriber *pub;
	uint64_t mask = CGN_BLOCK_ANY;
	uint16_t port;

	if (sub == CGN_SUB_NONE)
		return 0;
	pub = &s->table.at[sub].pub;
	if (nat->port_choice == CGN_PORT_CHOICE_PRESERVE) {
		/* Mostly it is the inside port. */
		rte_prefetch0(cgn_ext_slot(
				s->ext, pub->ext_ord, c->proto, rte_be_to_cpu_16(c->port)));
		return 0;
	}
	if (nat->port_parity && c->proto == CGN_PROTO_UDP)
		mask = cgn_ports_parity(c->port);
	port = cgn_ports_foresee(
			&s->ports, pub, cgn_ports_preferred(cgn_subscribers_zone(s, now), mask));
	rte_prefetch0(cgn_ext_slot(s->ext, pub->ext_ord, c->proto, port));
	return port;
}
