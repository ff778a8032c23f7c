/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CAPACITY_H
#define CGN_CAPACITY_H

/**
 * @file
 * How many entries the tables of a worker have room for. The NAT makes its tables by it, and footprint.h tells their size.
 *
 * Threads: any; pure.
 */

#include "shared/conf.h"

#include <stdint.h>

/**
 * Mappings.
 *
 * @param ports  numbers of all protocols on the addresses of the worker
 */
uint32_t cgn_capacity_mappings(const struct cgn_conf *conf, uint64_t ports);

/** Lines for filters. Without leases, this is address space only. @param mappings  room for mappings */
uint32_t cgn_capacity_filters(uint32_t mappings);

/** Subscribers. @param blocks  on the addresses of the worker */
uint32_t cgn_capacity_subscribers(uint32_t blocks);

#endif /* CGN_CAPACITY_H */
