/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_STATION_LIMIT_H
#define CGN_STATION_LIMIT_H

/**
 * @file
 * How many addresses one station (MAC address) of a port may use.
 *
 * Threads: any. No state.
 */

#include "shared/conf.h"

/** A small pool does not lower the limit below this number: about the hosts of one home. */
#define CGN_STATION_LIMIT_MIN 16

/**
 * Addresses that one station of a port may use as sources.
 *
 * The limit is limits.station_addresses_max, but at most a quarter of the port blocks of any pool that subscribers on
 * the port's links use. So a station that invents addresses cannot use up a pool (RFC 6888 REQ-4).
 *
 * @param port  index into conf->ports
 * @return the number; UINT32_MAX: no limit, because station_addresses_max is 0 or the port does not compare
 *   sources with their stations
 */
uint32_t cgn_station_limit(const struct cgn_conf *conf, uint16_t port);

#endif /* CGN_STATION_LIMIT_H */
