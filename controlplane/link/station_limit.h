/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_STATION_LIMIT_H
#define CGN_STATION_LIMIT_H

/**
 * @file
 * How many addresses one station (MAC address) of a port may use.
 */

#include "shared/conf.h"

/** A small pool lowers the limit to no less than this: as many hosts as a home has. */
#define CGN_STATION_LIMIT_MIN 16

/**
 * Addresses that one station of a port may use as sources.
 *
 * That is limits.station_addresses_max, but no more than a quarter of the port blocks of any pool that the
 * subscribers of the port's links use: a station that invents addresses takes no pool whole (RFC 6888 REQ-4).
 *
 * @param port  index into conf->ports
 * @return the number; UINT32_MAX: no limit, as station_addresses_max is 0 or the port does not compare sources
 *   with their stations
 */
uint32_t cgn_station_limit(const struct cgn_conf *conf, uint16_t port);

#endif /* CGN_STATION_LIMIT_H */
