/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_EXPORT_DOORS_H
#define CGN_EXPORT_DOORS_H

/**
 * @file
 * Doors of producers, with rings in ordinary memory. So the export can be switched on, and its queues can get another
 * size, while cgnd runs.
 *
 * Threads: any. The doors belong to their producers.
 */

#include "shared/conf_export.h"
#include "shared/record_door.h"

/**
 * Make doors of producers with numbers in a row. The memory of the rings is touched here, so that no producer waits for
 * the kernel.
 *
 * @param first  number of the first producer
 * @return an array; NULL: there is no memory
 */
struct cgn_record_door *
cgn_export_doors_create(unsigned int first, unsigned int n, const struct cgn_conf_export *conf);

/** Release doors that nobody uses. @param doors  NULL is allowed */
void cgn_export_doors_destroy(struct cgn_record_door *doors, unsigned int n);

#endif /* CGN_EXPORT_DOORS_H */
