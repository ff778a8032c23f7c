/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_EXPORT_POOLS_H
#define CGN_EXPORT_POOLS_H

/**
 * @file
 * Names of pools by the number that records have (struct cgn_conf_pool).
 *
 * A number belongs to one name for the whole run. So a name that is here never changes, and nobody has to know whether a
 * record of a pool that is gone still waits in a ring, in a queue, or for a collector.
 *
 * Threads: the control thread adds names before any record has their numbers. All threads of the export read the names
 *          whose numbers they have from records. `now` is for the control thread.
 * Memory:  32 octets a name, in pieces that stay where they are.
 */

#include "shared/conf.h"

/** Names of one piece. */
#define CGN_EXPORT_POOLS_PIECE 1024

/** The names. Zeroed at first. */
struct cgn_export_pools {
	uint32_t now[CGN_POOLS_MAX]; /* numbers of the last configuration, also of pools that are gone; 0: none */
	char (*pieces[CGN_POOL_NUMBERS_MAX / CGN_EXPORT_POOLS_PIECE + 1])[CGN_NAME_MAX];
};

/** Add the names of a configuration. @return 0 or -ENOMEM: some are missing */
int cgn_export_pools_add(struct cgn_export_pools *p, const struct cgn_conf *conf);

/** Release the memory. */
void cgn_export_pools_fini(struct cgn_export_pools *p);

/** The name of a pool. @return "": nobody has added it */
const char *cgn_export_pools_name(const struct cgn_export_pools *p, uint32_t number);

#endif /* CGN_EXPORT_POOLS_H */
