/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONF_DIFF_H
#define CGN_CONF_DIFF_H

/**
 * @file
 * Finds what differs between two configurations, and whether each difference can take effect while cgnd runs.
 *
 * Entries of a list of maps are compared by their keys (is_key of the schema), wherever they stand in the list: ports,
 * pools, groups and sinks by name, routes by prefix and port, neighbours by address and port, static mappings by
 * protocol and external endpoint. An entry that only one of the configurations has is one difference. If the order of
 * a list has no meaning (is_set of the schema), another order is no difference.
 */

#include "shared/conf.h"

/** One difference. All texts live until the function that gets them returns. */
struct cgn_conf_diff {
	/** "nat.hold_down_s", "groups[homes].mappings_max", or "routes[10.0.0.0/8,in0]" for a whole entry */
	const char *path;
	/**
	 * The old and the new value as JSON. NULL: that configuration does not have the entry or section. Of a list of
	 * scalars, only the entries that the other configuration does not have; the whole list if only its order differs.
	 */
	const char *from;
	const char *to;
	bool needs_restart;
};

/** Gets one difference. */
typedef void (*cgn_conf_diff_fn)(void *arg, const struct cgn_conf_diff *diff);

/** Call @p differs for each difference. @return number of differences, or -ENOMEM */
int cgn_conf_diff_walk(const struct cgn_conf *from, const struct cgn_conf *to,
		cgn_conf_diff_fn differs, void *arg);

/**
 * The same, where the old configuration is JSON text of another process (conf_show.h).
 *
 * @param len  octets of @p from
 * @return number of differences; -EINVAL: the text is not JSON; -ENOMEM
 */
int cgn_conf_diff_walk_text(const char *from, size_t len, const struct cgn_conf *to,
		cgn_conf_diff_fn differs, void *arg);

#endif /* CGN_CONF_DIFF_H */
