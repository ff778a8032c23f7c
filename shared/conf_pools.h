/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONF_POOLS_H
#define CGN_CONF_POOLS_H

/**
 * @file
 * The parts of the configuration that are about pools of external addresses and groups of subscribers: pools, groups.
 *
 * A reload does not change the place of a pool or a group in its list (controlplane/conf/conf_place.h). A name that the
 * file has no more leaves an entry with is_gone. Code that walks over pools or groups skips such entries. When nothing is
 * left of it, another name may get its place.
 */

#include "shared/addr.h"
#include "shared/conf_deterministic.h"
#include "shared/conf_natpmp.h"
#include "shared/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A pool of external addresses. Ranges in host order. */
struct cgn_conf_pool {
	char name[CGN_NAME_MAX];
	uint32_t number; /* of the name in this run, from 1 on; records have it, and never mean another name */
	struct cgn_range4 *listed; /* as configured */
	size_t n_listed;
	struct cgn_range4 *excluded; /* as configured */
	size_t n_excluded;
	struct cgn_range4 *ranges; /* sorted, disjoint, without the excluded addresses */
	size_t n_ranges;
	size_t n_addresses; /* sum over ranges */
	uint16_t port_min;
	uint16_t port_max;        /* inclusive */
	uint8_t use_high_percent; /* thresholds: ports of the most used protocol; 0: none */
	uint8_t use_low_percent;
	uint8_t blocks_high_percent; /* threshold: blocks of subscribers; 0: none */
	struct cgn_range4 *drain;    /* as configured */
	size_t n_drain;
	struct cgn_range4 *drained; /* the same, sorted and disjoint; all are in `ranges` */
	size_t n_drained;
	uint32_t drain_max_s; /* after this time, what is left on a drained address is ended; 0: at once */
	bool is_gone; /* not in the file any more: only its place is kept (conf_place.h); no addresses */
};

/** A mark of the kernel, and its bits that count. */
struct cgn_mark {
	uint32_t value;
	uint32_t mask;
};

/** A group of subscribers: inside prefixes with common limits and a pool. */
struct cgn_conf_group {
	char name[CGN_NAME_MAX];
	struct cgn_prefix *prefixes;
	size_t n_prefixes;
	uint8_t subscriber_prefix_len;  /* IPv4, 1..32 */
	uint8_t subscriber_prefix6_len; /* IPv6, for homes behind softwires, 32..128 */
	uint16_t pool;                  /* index into pools */
	uint16_t block_size;            /* ports */
	uint16_t blocks_max;
	uint32_t mappings_max;                     /* 0: only the blocks limit them */
	uint32_t mappings_of_max[CGN_PROTO_COUNT]; /* of each protocol; 0: no limit */
	uint32_t mappings_high;                    /* threshold; 0: none */
	uint32_t mappings_per_s;                   /* 0: no limit */
	uint32_t sessions_max; /* TCP remotes and filter entries; 0: only the table limits them */
	uint32_t leases_max;
	uint32_t leases_reserve; /* ports that only leases may take */
	enum cgn_natpmp_auth natpmp_auth;
	struct cgn_mark ipsec_mark; /* of the SA of a subscriber of this group; mask 0: any */
	struct cgn_conf_deterministic deterministic;
	bool is_gone; /* not in the file any more: only its place is kept (conf_place.h); no prefixes */
};

#endif /* CGN_CONF_POOLS_H */
