/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_PREFAULT_H
#define CGN_PREFAULT_H

/**
 * @file
 * Memory of all tables: compared with the machine's memory, and committed at the start if the configuration
 * asks for it.
 *
 * A worker's areas have its number as their owner (cgn_mem_set_owner()).
 */

#include <stdbool.h>
#include <stddef.h>

/**
 * Compare the size of all tables when full with the memory of the machine, and log it.
 *
 * @param reserved   octets of all tables
 * @param available  octets left, 0: not known
 * @param prefault   all of it will be committed now
 * @return 0, -ENOMEM: cannot be committed
 */
int cgn_prefault_check(size_t reserved, size_t available, bool prefault);

/**
 * Commit the tables of all workers, each on its own lcore, because a page is allocated on the NUMA node of
 * the core that commits it. The lcores are idle.
 *
 * @param lcores  of the workers
 * @return 0, -ENOMEM, -EINVAL: the kernel cannot
 */
int cgn_prefault_run(const unsigned int *lcores, unsigned int n_workers);

#endif /* CGN_PREFAULT_H */
