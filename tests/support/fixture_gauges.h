/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_FIXTURE_GAUGES_H
#define CGN_TEST_FIXTURE_GAUGES_H

/**
 * @file
 * The gauges and counters of pools and groups (shared/stats.h), summed over the workers of a fixture.
 */

#include "shared/addr.h"

struct fx;

/** The fields of struct cgn_pool_stats as plain numbers. */
struct fx_pool {
	uint64_t addresses;
	uint64_t addresses_used;
	uint64_t addresses_closed;
	uint64_t blocks;
	uint64_t blocks_used;
	uint64_t blocks_guarded;
	uint64_t ports_used[CGN_PROTO_COUNT];
	uint64_t ports_held;
	uint64_t subscribers;
	uint64_t pairings;
	uint64_t mappings_made;
	uint64_t address_failures;
	uint64_t port_failures;
	uint64_t guard_cut;
};

/** The fields of struct cgn_group_stats as plain numbers. */
struct fx_group {
	uint64_t subscribers;
	uint64_t mappings;
	uint64_t leases;
	uint64_t mappings_made;
	uint64_t refused;
	uint64_t thresholds;
};

/** What the workers count of a pool. */
struct fx_pool fx_pool_stats(struct fx *fx, unsigned int pool);

/** What the workers count of a group. */
struct fx_group fx_group_stats(struct fx *fx, unsigned int group);

#endif /* CGN_TEST_FIXTURE_GAUGES_H */
