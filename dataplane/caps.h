/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CAPS_H
#define CGN_CAPS_H

/**
 * @file
 * The privileges of root (capabilities, see capabilities(7)) that cgnd keeps while it serves.
 *
 * Opening devices needs many of them, serving needs few. Linux keeps them for each thread, and EAL and
 * drivers make threads of their own, so each thread of the process is told to give up the others.
 *
 * Threads: the control thread, before packets are let in.
 */

#include <stdint.h>

/**
 * What a driver needs while its port is in use and when it is closed.
 *
 * @param driver  name of the DPDK driver
 * @return 1 << CAP_*, 0: nothing
 */
uint64_t cgn_caps_of_driver(const char *driver);

/** Forbid this thread, and those that it makes, to gain privileges by running a program. */
void cgn_caps_no_new(void);

/**
 * Give up all capabilities but those that the ports in use, memory, configuration and store need; says
 * in the log which are kept. Those that the process does not have are not missed.
 *
 * @return 0, or -errno: a thread still has others (logged)
 */
int cgn_caps_drop(void);

/** The same with a given set. @param keep  1 << CAP_* */
int cgn_caps_keep(uint64_t keep);

#endif /* CGN_CAPS_H */
