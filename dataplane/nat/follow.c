/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Opens, cuts and removes external addresses as the address book and the configuration say.
 */
#include "dataplane/nat/follow.h"

#include "dataplane/nat/subscriber_state.h"

#include <string.h>

bool
cgn_follow_open(struct cgn_subscribers *s, uint32_t ord)
{
	struct cgn_ports *p = &s->ports;
	const struct cgn_book_place place = cgn_book_at(s->ext->book, s->ext->worker, ord);

	if (place.pool == CGN_BOOK_NO_POOL) {
		if (place.addr != 0)
			cgn_book_set_empty(s->ext->book, s->ext->worker, ord);
		return false;
	}
	cgn_ext_add(s->ext, ord);
	if (!cgn_block_map_add(&p->map, s->conf, ord, p->sizes[place.pool])) {
		cgn_ext_remove(s->ext, ord);
		return false;
	}
	cgn_pool_add(&p->pools, ord);
	return true;
}

void
cgn_follow_remove(struct cgn_subscribers *s, uint32_t ord)
{
	cgn_pool_remove(&s->ports.pools, ord);
	cgn_block_map_remove(&s->ports.map, ord);
	cgn_ext_remove(s->ext, ord);
}

enum cgn_follow_result
cgn_follow_cut(struct cgn_subscribers *s, uint32_t ord)
{
	struct cgn_ports *p = &s->ports;
	uint16_t pool = s->ext->owned_pool[ord];
	const struct cgn_block_grid *g = &p->map.grids[ord];
	struct cgn_block_grid cut;

	if (cgn_block_own(&p->map, ord) != NULL)
		return CGN_FOLLOW_SAME;
	cgn_block_map_keep(&p->map, s->conf, ord);
	cut = cgn_block_map_plan(&s->conf->pools[pool], p->sizes[pool]);
	if (cut.base == g->base && cut.size == g->size && cut.count == g->count)
		return CGN_FOLLOW_SAME;
	cut.n_kept = g->n_kept;
	memcpy(cut.kept, g->kept, sizeof(cut.kept));
	return cgn_pool_cut(&p->pools, ord, &cut) ? CGN_FOLLOW_CUT : CGN_FOLLOW_LATER;
}
