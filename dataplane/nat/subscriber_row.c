/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Rows of free ports in the blocks of a subscriber, for sets of leases.
 */
#include "dataplane/nat/subscriber_row.h"

#include "dataplane/nat/subscriber_state.h"

/* The longest row in one more block. If it is not longer than @p best, the block is given back. */
static unsigned int
find_row_in_new(struct cgn_subscribers *s, uint32_t sub, unsigned int max, uint64_t mask,
		unsigned int best, uint16_t *port)
{
	struct cgn_subscriber *pub = &s->table.at[sub].pub;
	uint32_t b = cgn_ports_grow(&s->ports, pub, sub);
	unsigned int row;
	uint16_t at;

	if (b == CGN_BLOCK_NONE)
		return best;
	row = cgn_block_longest_row(&s->ports.map, pub->ext_ord, b, max, mask, s->ports.rnd, &at);
	if (row <= best) {
		cgn_ports_shrink(&s->ports, pub, b);
		return best;
	}
	*port = at;
	return row;
}

unsigned int
cgn_subscriber_row_find(struct cgn_subscribers *s, uint32_t sub, unsigned int max, uint64_t mask,
		uint16_t *port)
{
	struct cgn_subscriber *pub = &s->table.at[sub].pub;
	struct cgn_block_map *map = &s->ports.map;
	uint32_t own = cgn_own_of(&s->ports.map, pub);
	unsigned int best = 0, row;
	uint16_t at;

	for (uint32_t b = pub->first_block; b != CGN_BLOCK_NONE && best < max;
			b = map->blocks[b].next) {
		row = cgn_block_longest_row(map, pub->ext_ord, b, max, mask, s->ports.rnd, &at);
		if (row > best) {
			best = row;
			*port = at;
		}
		/* A short row of the own range comes before a long one of the dynamic part (RFC 7422 section 2). The claims
		 * check how much of that part the subscriber may have. */
		if (b == own && best > 0)
			return best;
	}
	/* A fresh block has a longer row than a used one, as a rule. */
	if (best < max &&
			cgn_own_others(&s->ports.map, pub) <
					cgn_subscribers_group_of(s, sub)->blocks_max)
		best = find_row_in_new(s, sub, max, mask, best, port);
	return best;
}
