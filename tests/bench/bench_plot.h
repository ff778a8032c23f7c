/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_BENCH_PLOT_H
#define CGN_BENCH_PLOT_H

/**
 * @file
 * Draws cycles per packet over the number of mappings, as SVG.
 */

#include <stdint.h>

/** Keep a point of the line @p name, copied, at most 31 octets. @param budget 0: none */
void bench_plot_add(const char *name, uint32_t size, double cycles, double budget);

/** Write the plot. @return 0 or -errno */
int bench_plot_write(const char *path, unsigned int burst);

#endif /* CGN_BENCH_PLOT_H */
