/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONF_PLACE_H
#define CGN_CONF_PLACE_H

/**
 * @file
 * Places of ports, pools and groups: their indexes in the configuration.
 *
 * Tables, counters, records and messages name a pool or a group by its place. So a reload must not change the place of
 * a name. The entries of a new configuration are put into the places of the configuration in use, whatever their order
 * in the file is. A name that is no more in the file leaves an entry with `is_gone` behind: it keeps its name and its
 * limits, and has no addresses or prefixes. If the name comes back, it gets its place back. When nothing is left of it,
 * another name may get the place.
 *
 * Records outlive places: they wait in rings and queues, and for collectors. So they have the number of a pool in place
 * of its place, and a number never belongs to another name.
 *
 * Threads: any; a function uses only its arguments.
 */

#include "controlplane/conf/conf_errors.h"
#include "shared/conf.h"

/** Places of entries that are gone, and that nothing refers to any more. */
struct cgn_conf_free_places {
	bool pool[CGN_POOLS_MAX];
	bool group[CGN_GROUPS_MAX];
};

/**
 * Put the ports, pools and groups of a new configuration into the places that they have in the one in use. A new name
 * gets the first place that no name has, or a name that is gone if @p free says so. A new name of a pool gets a new
 * number. Ports keep the order of the file if a port is new or gone, because that needs a restart anyway.
 *
 * @param conf    the new configuration, as cgn_conf_load() made it
 * @param in_use  the configuration in use
 * @param free    NULL: no place of a name that is gone is free
 * @param errs    gets the error of -EINVAL
 * @return 0; -ENOMEM; -EINVAL: there are too many names, or this run has had too many. After an error, @p conf can
 *   only be freed.
 */
int cgn_conf_place(struct cgn_conf *conf, const struct cgn_conf *in_use,
		const struct cgn_conf_free_places *free, struct cgn_conf_errors *errs);

#endif /* CGN_CONF_PLACE_H */
