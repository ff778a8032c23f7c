/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TSC_H
#define CGN_TSC_H

/**
 * @file
 * Conversion of the time stamp counter to the engine's ticks, without a division.
 *
 * Ticks start at CGN_TSC_FIRST, so that "last used at tick 0" is in the past.
 */

#include "shared/clock.h"

#include <stdint.h>

/** The first tick: 1000 s. No timer of a new daemon looks back so far. */
#define CGN_TSC_FIRST ((cgn_tick)CGN_TICK_HZ * 1000)

/** A clock. All workers have a copy of the same clock. */
struct cgn_tsc {
	uint64_t start;
	uint64_t ticks_per_cycle; /* ticks per cycle, times 2^64 */
};

/** Start the clock. @param hz cycles per second, above CGN_TICK_HZ */
static inline struct cgn_tsc
cgn_tsc_init(uint64_t start, uint64_t hz)
{
	__extension__ typedef unsigned __int128 u128;

	return (struct cgn_tsc){
		.start = start,
		.ticks_per_cycle = (uint64_t)(((u128)CGN_TICK_HZ << 64) / hz),
	};
}

/**
 * The tick at @p cycles. CGN_TSC_FIRST if @p cycles is before the start, which can happen on another core.
 */
static inline cgn_tick
cgn_tsc_tick(const struct cgn_tsc *t, uint64_t cycles)
{
	__extension__ typedef unsigned __int128 u128;
	uint64_t since = cycles > t->start ? cycles - t->start : 0;

	return CGN_TSC_FIRST + (cgn_tick)(((u128)since * t->ticks_per_cycle) >> 64);
}

#endif /* CGN_TSC_H */
