/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Computes how many addresses a station may use, from limits.station_addresses_max and the sizes of the pools.
 * The resolver's table compares the stations with it.
 */
#include "controlplane/link/station_limit.h"

#include <rte_common.h>

#define POOL_PART 4 /* one station gets a quarter of a pool's port blocks at most */

/* Whether two IPv4 prefixes have addresses in common. */
static bool
station_limit_overlap(const struct cgn_prefix *a, const struct cgn_prefix *b)
{
	const struct cgn_prefix *wide = a->len < b->len ? a : b, *narrow = wide == a ? b : a;

	return !a->is_ip6 && !b->is_ip6 && cgn_prefix_has4(wide, narrow->ip4);
}

/* Whether hosts of a port's links can be subscribers of a group. */
static bool
has_subscribers_on(const struct cgn_conf_group *g, const struct cgn_conf_port *port)
{
	for (size_t i = 0; i < g->n_prefixes; i++) {
		for (unsigned int k = 0; k < port->n_addresses; k++) {
			if (station_limit_overlap(&g->prefixes[i], &port->addresses[k]))
				return true;
		}
	}
	return false;
}

/* Port blocks that a pool has for the subscribers of a group: each address of a subscriber takes one at least. */
static uint64_t
blocks_of(const struct cgn_conf_pool *pool, const struct cgn_conf_group *g)
{
	return (pool->port_max - pool->port_min + 1u) / g->block_size * pool->n_addresses;
}

/* The limit of the pool of a group. The rounding is down, as that of the blocks. */
static uint32_t
limit_of_group(const struct cgn_conf *conf, const struct cgn_conf_group *g)
{
	uint64_t part = blocks_of(&conf->pools[g->pool], g) / POOL_PART;

	return (uint32_t)RTE_MIN(
			RTE_MAX(part, (uint64_t)CGN_STATION_LIMIT_MIN), (uint64_t)UINT32_MAX - 1);
}

/* Each subscriber of a deterministic group has ports of its own, which others cannot take. */
static bool
shares_its_pool(const struct cgn_conf_group *g)
{
	return !g->is_gone && !g->deterministic.is_on;
}

uint32_t
cgn_station_limit(const struct cgn_conf *conf, uint16_t port)
{
	const struct cgn_conf_port *p = &conf->ports[port];

	if (conf->station_addresses_max == 0 || p->side != CGN_SIDE_INSIDE ||
			p->source_check != CGN_SOURCE_NEIGHBOUR)
		return UINT32_MAX;
	return conf->station_addresses_max;
}

uint32_t
cgn_station_limit_of_pool(const struct cgn_conf *conf, const struct cgn_group_map *groups,
		rte_be32_t addr, uint16_t *pool)
{
	const uint32_t i = cgn_group_find4(groups, addr);

	if (i == CGN_GROUP_NONE || !shares_its_pool(&conf->groups[i]))
		return UINT32_MAX;
	*pool = conf->groups[i].pool;
	return limit_of_group(conf, &conf->groups[i]);
}

bool
cgn_station_limit_has_small_pool(const struct cgn_conf *conf, uint16_t port)
{
	for (size_t i = 0; i < conf->n_groups; i++) {
		const struct cgn_conf_group *g = &conf->groups[i];

		if (shares_its_pool(g) && limit_of_group(conf, g) < conf->station_addresses_max &&
				has_subscribers_on(g, &conf->ports[port]))
			return true;
	}
	return false;
}
