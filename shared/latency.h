/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_LATENCY_H
#define CGN_LATENCY_H

/**
 * @file
 * How long a worker's work takes: a histogram of cycles with four buckets per power of two, so that a
 * reading is at most a quarter too high. Its worker alone writes it; any thread reads it.
 */

#include "shared/counter.h"

#include <stddef.h>

#define CGN_LATENCY_BUCKETS 160 /* up to 2^41 cycles: a quarter of an hour */

/** What is measured. */
enum cgn_latency_id {
	CGN_LATENCY_LOOP,  /* a turn of the worker that had work, all of it */
	CGN_LATENCY_BURST, /* a burst from a device: receive, translate, transmit */
	CGN_LATENCY_COUNT,
};

/** A histogram of cycles. */
struct cgn_latency {
	cgn_counter cycles; /* all of them together */
	cgn_counter n[CGN_LATENCY_BUCKETS];
};

/** Bucket of a number of cycles. */
static inline unsigned int
cgn_latency_bucket(uint64_t cycles)
{
	unsigned int log2, b;

	if (cycles < 4)
		return (unsigned int)cycles;
	log2 = 63 - (unsigned int)__builtin_clzll(cycles);
	b = 4 * (log2 - 1) + (unsigned int)(cycles >> (log2 - 2) & 3);
	return b < CGN_LATENCY_BUCKETS ? b : CGN_LATENCY_BUCKETS - 1;
}

/** Cycles that everything in a bucket stays below. */
static inline uint64_t
cgn_latency_bound(unsigned int bucket)
{
	if (bucket < 4)
		return bucket + 1;
	return (uint64_t)(5 + bucket % 4) << (bucket / 4 - 1);
}

/** Note a duration. Owner thread only. */
static inline void
cgn_latency_note(struct cgn_latency *l, uint64_t cycles)
{
	cgn_counter_add(&l->cycles, cycles);
	cgn_counter_add(&l->n[cgn_latency_bucket(cycles)], 1);
}

/** Durations noted. Any thread, as the following. */
uint64_t cgn_latency_count(const struct cgn_latency *l);

/** How many took longer than @p cycles, to the accuracy of a bucket. */
uint64_t cgn_latency_count_above(const struct cgn_latency *l, uint64_t cycles);

/**
 * Cycles that a share of the durations stay below.
 *
 * @param per_million  of all durations: 500000 for the median, 1000000 for the longest
 * @return 0 if there is none
 */
uint64_t cgn_latency_quantile(const struct cgn_latency *l, uint32_t per_million);

/** Name of what is measured. NULL outside the enum. */
const char *cgn_latency_name(enum cgn_latency_id id);

#endif /* CGN_LATENCY_H */
