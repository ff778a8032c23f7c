/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_BENCH_ROWS_H
#define CGN_BENCH_ROWS_H

/**
 * @file
 * The lines of cgn-bench's result: the median of several runs, with its spread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define BENCH_RUNS_MAX 25

/** One line of the result. */
struct bench_row {
	const char *name;
	double budget; /* 0: none */
	bool at_least; /* the budget is to be exceeded */
	bool plotted;
	bool is_ratio;
	double run[BENCH_RUNS_MAX];
	unsigned int n;
};

/** What many bursts took, in cycles per packet. */
struct bench_sample {
	double median;
	double mean;
};

/** Order of two doubles, for qsort(). */
int bench_rows_compare(const void *a, const void *b);

/** Median and mean of @p n values; the values are sorted afterwards. Both are 0 if there is no value. */
struct bench_sample bench_rows_sample(double *values, size_t n);

/**
 * Print a row; its runs are sorted afterwards.
 *
 * @param csv   write it there as well; NULL: nowhere
 * @param size  number of mappings
 */
void bench_rows_print(FILE *csv, uint32_t size, struct bench_row *r);

#endif /* CGN_BENCH_ROWS_H */
