/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CLOCK_H
#define CGN_CLOCK_H

/**
 * @file
 * The clock of the packet engine.
 *
 * A tick is 1/16 s of a monotonic clock that starts near zero. Ticks have 32 bits so that they fit into the
 * cache line of a mapping. They wrap after 8.5 years. Comparisons are right across the wrap for intervals
 * up to 4 years. Time is always an argument: only the worker's loop reads a clock.
 */

#include <stdbool.h>
#include <stdint.h>

#define CGN_TICK_HZ 16

typedef uint32_t cgn_tick;

/** Ticks in a number of whole seconds. */
static inline cgn_tick
cgn_ticks(uint32_t seconds)
{
	return seconds * CGN_TICK_HZ;
}

/** Whether @p a is at or after @p b. */
static inline bool
cgn_tick_reached(cgn_tick a, cgn_tick b)
{
	return (int32_t)(a - b) >= 0;
}

#endif /* CGN_CLOCK_H */
