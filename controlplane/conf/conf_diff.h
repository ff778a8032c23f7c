/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONF_DIFF_H
#define CGN_CONF_DIFF_H

/**
 * @file
 * Finds the keys that differ between two configurations, and whether each of them can change while cgnd runs.
 *
 * cgnd reads some keys from the present configuration each time: these can change. From other keys it has built
 * something at the start (ports, pools, tables, routes, EAL): these need a restart.
 */

#include "shared/conf.h"

/** Gets one key that differs, e.g. "groups[0].mappings_max". If the length of a list differs, the key is the list. */
typedef void (*cgn_conf_diff_fn)(void *arg, const char *path, bool needs_restart);

/** Call @p changed for each key that differs. @return number of these keys, or -ENOMEM */
int cgn_conf_diff_walk(const struct cgn_conf *from, const struct cgn_conf *to,
		cgn_conf_diff_fn changed, void *arg);

#endif /* CGN_CONF_DIFF_H */
