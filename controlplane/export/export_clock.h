/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_EXPORT_CLOCK_H
#define CGN_EXPORT_CLOCK_H

/**
 * @file
 * Turns the time stamp counter of a record into UTC.
 *
 * A producer only reads the counter, which is cheap. The exporter reads both clocks each time before it takes records. So
 * a step of the wall clock is seen within CGN_EXPORT_POLL_MS: records have the time before it or after it, and one record
 * tells how far it went.
 *
 * Units:   milliseconds.
 * Threads: single owner, the exporter.
 */

#include <stdbool.h>
#include <stdint.h>

/** Steps of the wall clock from this size on are reported. Smaller ones are how NTP usually corrects a clock. */
#define CGN_EXPORT_CLOCK_STEP_MS 100

/** Both clocks at one moment. */
struct cgn_export_clock {
	uint64_t hz;
	uint64_t cycles;
	int64_t utc_ns; /* since 1970 */
	bool is_read;   /* they were read before */
};

/**
 * Read both clocks.
 *
 * @return how far the wall clock has gone forward since the last time beyond the time that has passed; 0: less than
 *   CGN_EXPORT_CLOCK_STEP_MS, or it is the first time
 */
int64_t cgn_export_clock_read(struct cgn_export_clock *c);

/** The same with values that were read before. */
int64_t cgn_export_clock_set(struct cgn_export_clock *c, uint64_t cycles, int64_t utc_ns);

/** The UTC of a moment. @return milliseconds since 1970 */
uint64_t cgn_export_clock_utc(const struct cgn_export_clock *c, uint64_t cycles);

#endif /* CGN_EXPORT_CLOCK_H */
