/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONF_CHECK_POOLS_H
#define CGN_CONF_CHECK_POOLS_H

/**
 * @file
 * The rules for external addresses: pools and static mappings.
 */

#include "controlplane/conf/conf_checker.h"

/**
 * Check the pools, and compute their address ranges. The ports of routes and neighbours must be resolved before.
 *
 * @return 0 or -ENOMEM
 */
int cgn_conf_check_pools_ranges(struct cgn_conf_checker *c);

/**
 * Check the static mappings. The pools of the groups must be resolved before.
 *
 * @return 0 or -ENOMEM
 */
int cgn_conf_check_pools_statics(struct cgn_conf_checker *c);

#endif /* CGN_CONF_CHECK_POOLS_H */
