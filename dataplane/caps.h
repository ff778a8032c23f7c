/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CAPS_H
#define CGN_CAPS_H

/**
 * @file
 * The privileges of root (capabilities, see capabilities(7)) that cgnd keeps while it serves.
 *
 * Opening devices needs many of them, serving needs few. Linux keeps them per thread, and EAL and drivers
 * create threads, so every thread of the process is told to drop the others.
 *
 * Threads: the control thread, before packets are received.
 */

#include <stdint.h>

/**
 * Capabilities that a driver needs while its port is in use and when it is closed.
 *
 * @param driver  name of the DPDK driver
 * @return 1 << CAP_*, 0: nothing
 */
uint64_t cgn_caps_of_driver(const char *driver);

/** Forbid this thread, and threads that it creates, to gain privileges by running a program. */
void cgn_caps_no_new(void);

/**
 * Drop all capabilities except those that the ports in use, memory, configuration and store need, and log
 * which are kept. Capabilities that the process does not have are no error.
 *
 * @return 0, or -errno: a thread still has others (logged)
 */
int cgn_caps_drop(void);

/** The same with a given set. @param keep  1 << CAP_* */
int cgn_caps_keep(uint64_t keep);

#endif /* CGN_CAPS_H */
