/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_BENCH_SCALE_H
#define CGN_BENCH_SCALE_H

/**
 * @file
 * What more workers carry. Every worker makes its own packets, as if a device gave them to it, and runs
 * on an lcore of its own.
 */

#include <stdint.h>

#define SCALE_WORKERS_MAX 8

/** How packets come to their owner. */
enum scale_path {
	SCALE_STEERED,   /* a worker receives what it owns: the device steers */
	SCALE_HANDED_ON, /* a worker receives anything and hands on what is not its own */
};

/**
 * Established outbound UDP flows in random order, for a while.
 *
 * @param workers  at most the lcores of the EAL and SCALE_WORKERS_MAX; the first runs on the main lcore
 * @param n_flows  of all workers together
 * @param seconds  to measure
 * @return packets per second of all workers together that left, 0 if it cannot be set up
 */
double bench_scale(unsigned int workers, uint32_t n_flows, enum scale_path path, double seconds);

/**
 * What the machine itself adds with more cores: a loop in registers. Two threads of one core, or cores that
 * others use too, show here.
 *
 * @return rounds per second of all workers together
 */
double bench_spin(unsigned int workers, double seconds);

#endif /* CGN_BENCH_SCALE_H */
