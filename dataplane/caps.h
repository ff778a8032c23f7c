/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CAPS_H
#define CGN_CAPS_H

/**
 * @file
 * The privileges of root (capabilities, see capabilities(7)) that cgnd keeps while it serves.
 *
 * Opening devices needs many capabilities, serving needs few. In Linux each thread has its own
 * capabilities, and EAL and drivers create threads. Every thread of the process is therefore told to drop
 * the capabilities that are not needed.
 *
 * Threads: the control thread, before packets are received.
 */

#include <stdint.h>

/**
 * Capabilities that a driver needs while its port is in use and when the port is closed.
 *
 * @param driver  name of the DPDK driver
 * @return bits 1 << CAP_*; 0: the driver needs none
 */
uint64_t cgn_caps_of_driver(const char *driver);

/** Forbid this thread, and all threads that it creates, to gain privileges by running a program. */
void cgn_caps_no_new(void);

/**
 * Drop all capabilities except those that the ports in use, memory, configuration and store need, and log
 * which are kept. It is not an error if the process does not have one of these capabilities.
 *
 * @return 0, or -errno: a thread still has other capabilities (logged)
 */
int cgn_caps_drop(void);

/** Drop all capabilities except a given set. @param keep  bits 1 << CAP_* */
int cgn_caps_keep(uint64_t keep);

#endif /* CGN_CAPS_H */
