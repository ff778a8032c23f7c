/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_STATION_LIMIT_H
#define CGN_STATION_LIMIT_H

/**
 * @file
 * How many addresses one station (MAC address) of a port may use: in all, and of the subscribers of one pool.
 *
 * Threads: any. No state.
 */

#include "shared/conf.h"
#include "shared/group.h"

#include <stdbool.h>

/** A small pool does not lower the limit below this number: about the hosts of one home. */
#define CGN_STATION_LIMIT_MIN 16

/**
 * Addresses that one station of a port may use as sources in all: limits.station_addresses_max.
 *
 * @param port  index into conf->ports
 * @return the number; UINT32_MAX: no limit, because station_addresses_max is 0 or the port does not compare
 *   sources with their stations
 */
uint32_t cgn_station_limit(const struct cgn_conf *conf, uint16_t port);

/**
 * Addresses that one station may use as sources of the subscribers of one pool: a quarter of its port blocks, and
 * CGN_STATION_LIMIT_MIN at least. So a station that invents addresses cannot use up a pool (RFC 6888 REQ-4).
 *
 * Anybody on a link can cause a call by a frame, so it does not walk the prefixes.
 *
 * @param groups     the groups of @p conf
 * @param addr       an address of the station
 * @param[out] pool  index of the pool of its subscriber; not changed without a limit
 * @return the number; UINT32_MAX: no limit. The address is in no group, or in a deterministic one, where each subscriber has
 *   ports of its own that others cannot take
 */
uint32_t cgn_station_limit_of_pool(const struct cgn_conf *conf, const struct cgn_group_map *groups,
		rte_be32_t addr, uint16_t *pool);

/** Whether the limit of a pool may be lower than that of all addresses of a station of this port. */
bool cgn_station_limit_has_small_pool(const struct cgn_conf *conf, uint16_t port);

#endif /* CGN_STATION_LIMIT_H */
