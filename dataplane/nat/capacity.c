/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Room of the tables of a worker.
 */
#include "dataplane/nat/capacity.h"

#include <rte_common.h>

/* Most mappings of one worker. An index has 31 bits: bit 31 of a slot of the external index means
 * hold-down or filters. The limit is lower, so that the reserved address space stays small. */
#define MAPPINGS_LIMIT  (UINT32_C(1) << 27)

#define MAPPINGS_MIN    (UINT32_C(1) << 20)

#define SUBSCRIBERS_MAX (UINT32_C(1) << 20)

/* One mapping in so many can have a line of filters. */
#define MAPPINGS_PER_FILTERS 16
#define FILTERS_MIN          1024

uint32_t
cgn_capacity_mappings(const struct cgn_conf *conf, uint64_t ports)
{
	ports = RTE_MAX(ports + conf->nat.n_statics, 16u);
	if (conf->nat.mappings_max != 0)
		return (uint32_t)RTE_MIN(ports, conf->nat.mappings_max);
	/* A reload may add addresses. The table grows with its mappings, so room costs nothing until it is used. */
	if (!conf->prefault)
		ports = RTE_MAX(2 * ports, (uint64_t)MAPPINGS_MIN);
	return (uint32_t)RTE_MIN(ports, MAPPINGS_LIMIT);
}

uint32_t
cgn_capacity_filters(uint32_t mappings)
{
	return RTE_MAX(mappings / MAPPINGS_PER_FILTERS, (uint32_t)FILTERS_MIN);
}

uint32_t
cgn_capacity_subscribers(uint32_t blocks)
{
	/* Every subscriber with ports needs a block; as many again may be idle. */
	return (uint32_t)RTE_MIN(2 * (uint64_t)blocks + 64, (uint64_t)SUBSCRIBERS_MAX);
}
