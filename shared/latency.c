/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Counts and quantiles of a histogram.
 */
#include "shared/latency.h"

uint64_t
cgn_latency_count(const struct cgn_latency *l)
{
	uint64_t sum = 0;

	for (unsigned int b = 0; b < CGN_LATENCY_BUCKETS; b++)
		sum += cgn_counter_get(&l->n[b]);
	return sum;
}

uint64_t
cgn_latency_count_above(const struct cgn_latency *l, uint64_t cycles)
{
	uint64_t sum = 0;

	for (unsigned int b = cgn_latency_bucket(cycles) + 1; b < CGN_LATENCY_BUCKETS; b++)
		sum += cgn_counter_get(&l->n[b]);
	return sum;
}

uint64_t
cgn_latency_quantile(const struct cgn_latency *l, uint32_t per_million)
{
	uint64_t total = cgn_latency_count(l), sum = 0, bound = 0;
	/* Rounded up, so that a share of one sample is that sample. */
	uint64_t wanted = total / 1000000 * per_million +
			(total % 1000000 * per_million + 999999) / 1000000;

	for (unsigned int b = 0; b < CGN_LATENCY_BUCKETS && sum < wanted; b++) {
		uint64_t n = cgn_counter_get(&l->n[b]);

		sum += n;
		if (n != 0)
			bound = cgn_latency_bound(b);
	}
	return bound;
}

const char *
cgn_latency_name(enum cgn_latency_id id)
{
	static const char *const names[CGN_LATENCY_COUNT] = {
		[CGN_LATENCY_LOOP] = "loop",
		[CGN_LATENCY_BURST] = "burst",
	};

	return (unsigned int)id < CGN_LATENCY_COUNT ? names[id] : NULL;
}
