/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_BENCH_COLD_H
#define CGN_BENCH_COLD_H

/**
 * @file
 * Frames as a NIC delivers them: in many buffers, in random order, and in no cache.
 *
 * The frames of all buffers are written first. Then their cache lines are flushed, and the bursts follow.
 * The metadata of a buffer was last used as many packets ago as there are buffers.
 */

#include "tests/bench/bench_rows.h"
#include "tests/bench/bench_world.h"

/** A pool of packet buffers. */
struct bench_cold {
	struct rte_mempool *mp;
	struct rte_mbuf **m;
	uint32_t n;
};

/**
 * Make a pool.
 *
 * @param w        its random numbers are used
 * @param n        buffers, a multiple of WORLD_BURST
 * @param is_huge  in pages of 2 MB (transparent ones), else of 4 KB
 * @return 0, -ENOMEM
 */
int bench_cold_create(struct bench_cold *c, struct world *w, uint32_t n, bool is_huge);

/** Release it. */
void bench_cold_free(struct bench_cold *c);

/**
 * Send packets of established UDP flows through a world. Interrupted bursts do not count.
 *
 * @param kinds    directions of the bursts, in turn
 * @param packets  how many, at least
 * @return cycles per packet
 */
struct bench_sample bench_cold_run(struct bench_cold *c, struct world *w,
		const enum world_kind kinds[2], uint32_t packets);

#endif /* CGN_BENCH_COLD_H */
