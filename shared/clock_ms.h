/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CLOCK_MS_H
#define CGN_CLOCK_MS_H

/**
 * @file
 * The clocks of the operating system in milliseconds, for the control plane and cgnctl. The packet engine does not
 * read clocks, see shared/clock.h.
 */

#include <stdint.h>
#include <time.h>

/** The time of a clock such as CLOCK_REALTIME, in milliseconds. */
static inline int64_t
cgn_clock_ms(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

#endif /* CGN_CLOCK_MS_H */
