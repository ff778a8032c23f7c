/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_EAL_H
#define CGN_TEST_EAL_H

/**
 * @file
 * DPDK's environment for tests. It works for any user, without hugepages and devices, and for several tests
 * at the same time.
 */

#include <rte_mbuf.h>

/** Start the EAL if it is not started yet. The program exits with 1 if the EAL does not start. */
void eal_start(void);

/** Start the EAL with lcores as in --lcores and with @p mib MiB of memory. Call it before eal_start(). */
void eal_start_with(const char *lcores, unsigned int mib);

/**
 * A pool of @p n mbufs with 2048 octets of room and the usual headroom. The pool has no cache, so that
 * rte_mempool_avail_count() is exact. Starts the EAL. The program exits with 1 on failure.
 */
struct rte_mempool *eal_pool(unsigned int n);

#endif /* CGN_TEST_EAL_H */
