/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Puts records into a ring, and counts those that do not fit.
 */
#include "shared/record_door.h"

#include <rte_cycles.h>
#include <rte_ring_peek_zc.h>

bool
cgn_record_door_settle(struct cgn_record_door *d)
{
	if (likely(d->gap.seq == 0))
		return true;
	/* With little room, each gap would be followed by few records and the next gap. */
	if (rte_ring_free_count(d->ring) * 4 < rte_ring_get_capacity(d->ring) ||
			rte_ring_sp_enqueue_bulk_elem(d->ring, &d->gap, sizeof(d->gap), 1, NULL) ==
					0)
		return false;
	d->gap = (struct cgn_record){ 0 };
	return true;
}

bool
cgn_record_door_has_room(struct cgn_record_door *d, unsigned int n)
{
	if (d == NULL || d->ring == NULL)
		return true;
	n = RTE_MIN(n, rte_ring_get_capacity(d->ring));
	return cgn_record_door_settle(d) && rte_ring_free_count(d->ring) >= n;
}

void
cgn_record_door_succeed(struct cgn_record_door *d, struct cgn_record_door *before)
{
	atomic_store_explicit(&d->seq, atomic_load_explicit(&before->seq, memory_order_relaxed),
			memory_order_release);
	atomic_store_explicit(&d->now, atomic_load_explicit(&before->now, memory_order_relaxed),
			memory_order_release);
	d->gap = before->gap;
	before->gap = (struct cgn_record){ 0 };
}

struct cgn_record *
cgn_record_door_begin(struct cgn_record_door *d)
{
	struct rte_ring_zc_data place;

	if (unlikely((d->gap.seq != 0 && !cgn_record_door_settle(d)) ||
			    rte_ring_enqueue_zc_bulk_elem_start(d->ring, sizeof(struct cgn_record),
					    1, &place, NULL) == 0))
		return &d->lost;
	return place.ptr1;
}

bool
cgn_record_door_end(struct cgn_record_door *d, struct cgn_record *r)
{
	uint64_t now = atomic_load_explicit(&d->now, memory_order_relaxed);

	r->seq = atomic_load_explicit(&d->seq, memory_order_relaxed) + 1;
	/* The number comes before the counter is read: cgn_record_door_time() tells why. */
	atomic_store_explicit(&d->seq, r->seq, memory_order_release);
	r->time = now != 0 ? now : rte_rdtsc();
	r->producer = d->producer;
	r->is_restored = d->is_restoring;
	if (unlikely(r == &d->lost)) {
		cgn_record_gap_add(&d->gap, r);
		return false;
	}
	rte_ring_enqueue_zc_elem_finish(d->ring, 1);
	/* The exporter has read the next place on its core. At the end of the ring, this fetches a line in vain. */
	__builtin_prefetch(r + 1, 1);
	return true;
}

bool
cgn_record_door_put(struct cgn_record_door *d, const struct cgn_record *r)
{
	struct cgn_record *at = cgn_record_door_begin(d);

	*at = *r;
	return cgn_record_door_end(d, at);
}
