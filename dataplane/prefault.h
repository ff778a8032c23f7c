/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_PREFAULT_H
#define CGN_PREFAULT_H

/**
 * @file
 * The memory of all tables. Its size is compared with the machine's memory. It is committed at the start if
 * the configuration asks for it.
 *
 * The owner of a worker's areas is the number of the worker (cgn_mem_set_owner()).
 */

#include <stdbool.h>
#include <stddef.h>

/**
 * Compare the size of all tables when full with the memory of the machine, and log it.
 *
 * @param reserved   octets of all tables when full
 * @param available  octets that the machine has left, 0: not known
 * @param prefault   all tables will be committed now
 * @return 0, -ENOMEM: there is not enough memory to commit them
 */
int cgn_prefault_check(size_t reserved, size_t available, bool prefault);

/**
 * Commit the tables of all workers. The tables of a worker are committed on its lcore, because a page is
 * allocated on the NUMA node of the core that commits it. The lcores must be idle.
 *
 * @param lcores  lcores of the workers
 * @return 0, -ENOMEM, -EINVAL: the kernel does not support it
 */
int cgn_prefault_run(const unsigned int *lcores, unsigned int n_workers);

#endif /* CGN_PREFAULT_H */
