/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Ports in hold-down, in the order of release.
 */
#include "dataplane/nat/hold.h"

#include "shared/mem.h"

#include <errno.h>

int
cgn_hold_init(struct cgn_hold *h, uint32_t size)
{
	*h = (struct cgn_hold){
		.size = size,
		.unused = CGN_HOLD_NONE,
		.oldest = CGN_HOLD_NONE,
		.youngest = CGN_HOLD_NONE,
	};
	if (size >= UINT32_C(1) << 30)
		return -EINVAL; /* a place has 30 bits in the external index */
	h->at = cgn_mem_map(size * sizeof(*h->at));
	return h->at == NULL ? -ENOMEM : 0;
}

void
cgn_hold_fini(struct cgn_hold *h)
{
	cgn_mem_unmap(h->at, h->size * sizeof(*h->at));
	*h = (struct cgn_hold){ 0 };
}

uint32_t
cgn_hold_add(struct cgn_hold *h, const struct cgn_hold_entry *e)
{
	uint32_t place = h->unused;

	assert(h->n < h->size);
	/* Freed places are used first. So memory is committed only for the most ports that were ever held
	 * at once. */
	if (place == CGN_HOLD_NONE)
		place = h->end++;
	else
		h->unused = h->at[place].next;
	h->at[place] = *e;
	h->at[place].prev = h->youngest;
	h->at[place].next = CGN_HOLD_NONE;
	if (h->youngest == CGN_HOLD_NONE)
		h->oldest = place;
	else
		h->at[h->youngest].next = place;
	h->youngest = place;
	h->n++;
	return place;
}

void
cgn_hold_drop(struct cgn_hold *h, uint32_t place)
{
	struct cgn_hold_entry *e = &h->at[place];

	if (e->prev == CGN_HOLD_NONE)
		h->oldest = e->next;
	else
		h->at[e->prev].next = e->next;
	if (e->next == CGN_HOLD_NONE)
		h->youngest = e->prev;
	else
		h->at[e->next].prev = e->prev;
	e->next = h->unused;
	h->unused = place;
	h->n--;
}
