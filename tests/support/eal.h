/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_EAL_H
#define CGN_TEST_EAL_H

/**
 * @file
 * DPDK's environment for tests: any user, no hugepages, no devices, several at once.
 */

#include <rte_mbuf.h>

/** Start the EAL once per program; exits with 1 if it does not start. */
void eal_start(void);

/** The same with lcores as in --lcores and so much memory; before eal_start(). */
void eal_start_with(const char *lcores, unsigned int mib);

/**
 * A pool of n mbufs with 2048 octets of room and the usual headroom. No cache, so that
 * rte_mempool_avail_count() is exact. Starts the EAL; exits with 1 on failure.
 */
struct rte_mempool *eal_pool(unsigned int n);

#endif /* CGN_TEST_EAL_H */
