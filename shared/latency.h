/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_LATENCY_H
#define CGN_LATENCY_H

/**
 * @file
 * How long the work of a worker takes. The times are kept in a histogram of cycles with four buckets per
 * power of two. A value that is read is therefore at most a quarter too high. Only the worker writes its
 * histogram. Any thread may read it.
 */

#include "shared/counter.h"

#include <stddef.h>

#define CGN_LATENCY_BUCKETS 160 /* up to 2^41 cycles: a quarter of an hour */

/** What is measured. */
enum cgn_latency_id {
	CGN_LATENCY_LOOP,  /* a whole turn of the worker's loop, if it had work */
	CGN_LATENCY_BURST, /* a burst from a device: receive, translate, transmit */
	CGN_LATENCY_COUNT,
};

/** A histogram of cycles. */
struct cgn_latency {
	cgn_counter cycles; /* sum of all durations */
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

/** Upper limit of a bucket: all durations in it have fewer cycles. */
static inline uint64_t
cgn_latency_bound(unsigned int bucket)
{
	if (bucket < 4)
		return bucket + 1;
	return (uint64_t)(5 + bucket % 4) << (bucket / 4 - 1);
}

/** Add a duration. Owner thread only. */
static inline void
cgn_latency_note(struct cgn_latency *l, uint64_t cycles)
{
	cgn_counter_add(&l->cycles, cycles);
	cgn_counter_add(&l->n[cgn_latency_bucket(cycles)], 1);
}

/** Number of durations. Any thread may call this and the following functions. */
uint64_t cgn_latency_count(const struct cgn_latency *l);

/** How many durations are longer than @p cycles, with the accuracy of a bucket. */
uint64_t cgn_latency_count_above(const struct cgn_latency *l, uint64_t cycles);

/**
 * Number of cycles below which a part of all durations is.
 *
 * @param per_million  the part, in millionths: 500000 for the median, 1000000 for the longest duration
 * @return 0 if there is no duration
 */
uint64_t cgn_latency_quantile(const struct cgn_latency *l, uint32_t per_million);

/** Name of a measured time. NULL if @p id is not in the enum. */
const char *cgn_latency_name(enum cgn_latency_id id);

#endif /* CGN_LATENCY_H */
