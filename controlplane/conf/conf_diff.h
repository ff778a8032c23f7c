/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONF_DIFF_H
#define CGN_CONF_DIFF_H

/**
 * @file
 * What is different between two configurations, by key, and whether it can change while cgnd runs.
 *
 * Live are the keys that the workers look at in their snapshot; what was built from a key at the start
 * (ports, pools, tables, routes, EAL) needs a restart.
 */

#include "shared/conf.h"

/** One key that differs, e.g. "groups[0].mappings_max". A list of another length differs as a whole. */
typedef void (*cgn_conf_diff_fn)(void *arg, const char *path, bool needs_restart);

/** Call @p changed for each key that differs. @return number of them, or -ENOMEM */
int cgn_conf_diff_walk(const struct cgn_conf *from, const struct cgn_conf *to,
		cgn_conf_diff_fn changed, void *arg);

#endif /* CGN_CONF_DIFF_H */
