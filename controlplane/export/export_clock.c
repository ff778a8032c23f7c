/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The time stamp counter and the wall clock, side by side.
 */
#include "controlplane/export/export_clock.h"

#include <time.h>

#include <rte_cycles.h>

#define NS_OF_S    INT64_C(1000000000)
#define NS_OF_MS   INT64_C(1000000)
#define READINGS   8
#define NEAR_PER_S 100000 /* clocks that are read within 10 us belong together */

/* Nanoseconds from one moment to another, which may be before it. */
static int64_t
ns_between(const struct cgn_export_clock *c, uint64_t from, uint64_t to)
{
	int64_t cycles = (int64_t)(to - from), hz = (int64_t)c->hz;

	/* In two parts, because the product of both does not fit into 64 bits after 18 seconds. */
	return cycles / hz * NS_OF_S + cycles % hz * NS_OF_S / hz;
}

int64_t
cgn_export_clock_set(struct cgn_export_clock *c, uint64_t cycles, int64_t utc_ns)
{
	int64_t expected = c->utc_ns + ns_between(c, c->cycles, cycles);
	int64_t step_ms = c->is_read ? (utc_ns - expected) / NS_OF_MS : 0;

	c->cycles = cycles;
	c->utc_ns = utc_ns;
	c->is_read = true;
	return step_ms <= -CGN_EXPORT_CLOCK_STEP_MS || step_ms >= CGN_EXPORT_CLOCK_STEP_MS ? step_ms
											   : 0;
}

int64_t
cgn_export_clock_read(struct cgn_export_clock *c)
{
	uint64_t before = 0, after, best = UINT64_MAX, cycles = 0;
	int64_t utc_ns = 0;
	struct timespec ts;

	/* The thread may lose its core between the two clocks, so the nearest pair of several counts. */
	for (int i = 0; i < READINGS && best > c->hz / NEAR_PER_S; i++) {
		before = rte_rdtsc();
		clock_gettime(CLOCK_REALTIME, &ts);
		after = rte_rdtsc();
		if (after - before >= best)
			continue;
		best = after - before;
		cycles = before;
		utc_ns = ts.tv_sec * NS_OF_S + ts.tv_nsec;
	}
	return cgn_export_clock_set(c, cycles, utc_ns);
}

uint64_t
cgn_export_clock_utc(const struct cgn_export_clock *c, uint64_t cycles)
{
	return (uint64_t)((c->utc_ns + ns_between(c, c->cycles, cycles)) / NS_OF_MS);
}
