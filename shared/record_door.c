/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Puts records into a ring, and counts those that do not fit.
 */
#include "shared/record_door.h"

#include <rte_cycles.h>

/* The fields that a gap needs are left alone until it is in the ring. */
static bool
door_enqueue(struct cgn_record_door *d, const struct cgn_record *r)
{
	return rte_ring_sp_enqueue_bulk_elem(d->ring, r, sizeof(*r), 1, NULL) == 1;
}

bool
cgn_record_door_settle(struct cgn_record_door *d)
{
	if (likely(d->gap.seq == 0))
		return true;
	/* With little room, each gap would be followed by few records and the next gap. */
	if (rte_ring_free_count(d->ring) * 4 < rte_ring_get_capacity(d->ring) ||
			!door_enqueue(d, &d->gap))
		return false;
	d->gap = (struct cgn_record){ 0 };
	return true;
}

bool
cgn_record_door_put(struct cgn_record_door *d, struct cgn_record *r)
{
	r->time = rte_rdtsc();
	r->seq = ++d->seq;
	r->producer = d->producer;
	if (likely(cgn_record_door_settle(d) && door_enqueue(d, r)))
		return true;
	cgn_record_gap_add(&d->gap, r);
	return false;
}
