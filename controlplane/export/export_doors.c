/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Creates doors with their rings.
 */
#include "controlplane/export/export_doors.h"

#include <stdlib.h>
#include <string.h>

#include <rte_common.h>

static void *
doors_alloc(size_t bytes)
{
	size_t size = RTE_ALIGN_CEIL(bytes, (size_t)RTE_CACHE_LINE_SIZE);
	void *p = aligned_alloc(RTE_CACHE_LINE_SIZE, size);

	if (p != NULL)
		memset(p, 0, size);
	return p;
}

static struct rte_ring *
make_ring(uint32_t n)
{
	ssize_t bytes = rte_ring_get_memsize_elem(
			sizeof(struct cgn_record), rte_align32pow2(n + 1));
	struct rte_ring *r = bytes < 0 ? NULL : doors_alloc((size_t)bytes);

	if (r != NULL &&
			rte_ring_init(r, "cgn", n,
					RING_F_SP_ENQ | RING_F_SC_DEQ | RING_F_EXACT_SZ) != 0) {
		free(r);
		return NULL;
	}
	return r;
}

struct cgn_record_door *
cgn_export_doors_create(unsigned int first, unsigned int n, const struct cgn_conf_export *conf)
{
	struct cgn_record_door *doors = doors_alloc(n * sizeof(*doors));

	for (unsigned int i = 0; doors != NULL && i < n; i++) {
		doors[i].ring = make_ring(conf->queue_max);
		doors[i].kinds = cgn_conf_export_kinds(conf);
		doors[i].has_destinations = conf->has_destinations;
		doors[i].producer = (uint16_t)(first + i);
		if (doors[i].ring == NULL) {
			cgn_export_doors_destroy(doors, n);
			return NULL;
		}
	}
	return doors;
}

void
cgn_export_doors_destroy(struct cgn_record_door *doors, unsigned int n)
{
	for (unsigned int i = 0; doors != NULL && i < n; i++)
		free(doors[i].ring);
	free(doors);
}
