/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_GROUP_H
#define CGN_GROUP_H

/**
 * @file
 * The group of an inside address or of a B4. An address that is in a group belongs to a subscriber. The
 * longest prefix of all groups decides.
 *
 * Nested prefixes are converted to ordered ranges that do not overlap. A look-up is one binary search,
 * however many groups and prefixes there are. Both planes use the map.
 *
 * A reload does not change the prefixes of a group, so a map stays valid as long as cgnd runs. The index of
 * a group is the same in all snapshots of the configuration.
 *
 * Threads: read only after init.
 */

#include "shared/addr.h"
#include "shared/conf.h"

#define CGN_GROUP_NONE UINT32_MAX

/** IPv4 addresses from `first` up to the next range, and their group. */
struct cgn_group_range4 {
	uint32_t first; /* host order */
	uint32_t group;
};

/** IPv6 addresses from `first` up to the next range, and their group. */
struct cgn_group_range6 {
	unsigned __int128 first; /* host order */
	uint32_t group;
};

/** The ranges of all groups, ordered, without gaps. */
struct cgn_group_map {
	struct cgn_group_range4 *ranges4; /* the first one starts at 0 */
	struct cgn_group_range6 *ranges6;
	size_t n4;
	size_t n6;
};

/** Build the map from the prefixes of the groups. @return 0, -ENOMEM */
int cgn_group_map_init(struct cgn_group_map *m, const struct cgn_conf *conf);

/** Release what init made. */
void cgn_group_map_fini(struct cgn_group_map *m);

/** Index of the group of an address; CGN_GROUP_NONE if there is none. */
uint32_t cgn_group_find4(const struct cgn_group_map *m, rte_be32_t addr);

/** Index of the group of a B4's address; CGN_GROUP_NONE if there is none. */
uint32_t cgn_group_find6(const struct cgn_group_map *m, const struct cgn_ip6 *addr);

#endif /* CGN_GROUP_H */
