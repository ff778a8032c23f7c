/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_RECORDFIX_H
#define CGN_TEST_RECORDFIX_H

/**
 * @file
 * Doors for records with rings in ordinary memory, so that no EAL is needed.
 */

#include "shared/record_door.h"

#include <stdio.h>
#include <stdlib.h>

/** Open a door whose ring holds @p n records. All kinds are exported. */
static inline void
recordfix_open(struct cgn_record_door *d, unsigned int n, uint16_t producer)
{
	unsigned int slots = rte_align32pow2(n + 1);
	size_t bytes = (size_t)rte_ring_get_memsize_elem(sizeof(struct cgn_record), slots);

	*d = (struct cgn_record_door){ .kinds = UINT32_MAX, .producer = producer };
	d->ring = aligned_alloc(RTE_CACHE_LINE_SIZE, RTE_ALIGN_CEIL(bytes, RTE_CACHE_LINE_SIZE));
	if (d->ring == NULL ||
			rte_ring_init(d->ring, "test", n,
					RING_F_SP_ENQ | RING_F_SC_DEQ | RING_F_EXACT_SZ) != 0) {
		fprintf(stderr, "recordfix: no ring\n");
		exit(EXIT_FAILURE);
	}
}

/** Close the door. It need not be open. */
static inline void
recordfix_close(struct cgn_record_door *d)
{
	free(d->ring);
	d->ring = NULL;
}

/** Take records out of the ring. @return number of records */
static inline unsigned int
recordfix_take(struct cgn_record_door *d, struct cgn_record *out, unsigned int max)
{
	return rte_ring_sc_dequeue_burst_elem(d->ring, out, sizeof(*out), max, NULL);
}

#endif /* CGN_TEST_RECORDFIX_H */
