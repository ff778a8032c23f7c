/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_SEEDS_H
#define CGN_TEST_SEEDS_H

/**
 * @file
 * Random traces. CGN_TEST_SEED runs one seed, CGN_TEST_SEEDS that many; CGN_TEST_STEPS sets the length.
 */

#include <stdint.h>
#include <stdlib.h>

static inline uint32_t
seeds_number(const char *name, uint32_t def)
{
	const char *value = getenv(name);

	return value == NULL ? def : (uint32_t)strtoul(value, NULL, 10);
}

/** Run traces. @param n, steps  seeds and length, if the environment says nothing */
static inline void
seeds_run(uint32_t n, uint32_t steps, void (*trace)(uint32_t seed, uint32_t steps))
{
	uint32_t only = seeds_number("CGN_TEST_SEED", UINT32_MAX);

	n = seeds_number("CGN_TEST_SEEDS", n);
	steps = seeds_number("CGN_TEST_STEPS", steps);
	if (only != UINT32_MAX) {
		trace(only, steps);
		return;
	}
	for (uint32_t seed = 1; seed <= n; seed++)
		trace(seed, steps);
}

#endif /* CGN_TEST_SEEDS_H */
