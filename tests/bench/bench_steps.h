/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_BENCH_STEPS_H
#define CGN_BENCH_STEPS_H

/**
 * @file
 * The steps of a packet by themselves: what the floor is, what a look-up costs in the inside index
 * and in an rte_hash.
 */

#include "tests/bench/bench_world.h"

/** Cycles per packet of parsing, and of parsing and rewriting without any look-up: the floor. */
void
bench_floor(struct world *w, unsigned int burst, uint32_t rounds, double *parse, double *floor_);

/** Cycles per packet of looking up random keys and touching the 64-octet entry, in bursts. */
double bench_index(uint32_t n, unsigned int burst, uint32_t rounds);

/** The same with rte_hash_lookup_bulk(). @return 0 if the hash does not fit into memory */
double bench_rte_hash(uint32_t n, unsigned int burst, uint32_t rounds);

/** Cycles per random line of a table as large as @p n mappings that is read and written, the fetches as far
 * ahead as the engine's: what the machine's memory takes whatever the program does. */
double bench_line(uint32_t n, unsigned int burst, uint32_t rounds);

/** Steps of the engine behind the look-up over packets and mappings in the cache, cycles per packet:
 * rewriting, next hop with transmit buffer, and one call of an idle housekeeping per burst. */
void bench_apply(struct world *w, unsigned int burst, uint32_t rounds, double *apply, double *out,
		double *poll);

#endif /* CGN_BENCH_STEPS_H */
