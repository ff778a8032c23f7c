/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_LOADS_H
#define CGN_LOADS_H

/**
 * @file
 * The load of the workers: the share of the last CGN_LOADS_S seconds in which they had work. It is measured by the time
 * that turns with work took (CGN_LATENCY_LOOP), so it does not rise because a worker polls empty queues.
 *
 * Units:   milliseconds of the loop's clock.
 * Threads: the control thread.
 * Cost:    each second, one counter of each worker is read.
 */

#include "controlplane/loop/timerq.h"
#include "shared/planes.h"

/** Seconds that a load is measured over. */
#define CGN_LOADS_S 10

struct cgn_loads;

/**
 * Begin to measure.
 *
 * @param planes  outlive the loads
 * @param hz      cycles of the time stamp counter in a second
 * @return 0 or -ENOMEM
 */
int cgn_loads_create(struct cgn_loads **out, const struct cgn_planes *planes,
		struct cgn_timerq *timers, uint64_t hz, uint64_t now_ms);

/** Stop. NULL is allowed. */
void cgn_loads_destroy(struct cgn_loads *l);

/** The load of a worker, 0 to 1000 thousandths. 0 in the first second. */
uint32_t cgn_loads_permille(const struct cgn_loads *l, unsigned int worker);

#endif /* CGN_LOADS_H */
