/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Prints the rows of cgn-bench, as text and as CSV, and gives them to the plot.
 */
#include "tests/bench/bench_rows.h"

#include "tests/bench/bench_plot.h"

#include <stdlib.h>

int
bench_rows_compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

struct bench_sample
bench_rows_sample(double *values, size_t n)
{
	double sum = 0;

	if (n == 0)
		return (struct bench_sample){ 0 };
	qsort(values, n, sizeof(values[0]), bench_rows_compare);
	for (size_t i = 0; i < n; i++)
		sum += values[i];
	return (struct bench_sample){ .median = values[n / 2], .mean = sum / (double)n };
}

void
bench_rows_print(FILE *csv, uint32_t size, struct bench_row *r)
{
	int digits = r->is_ratio ? 3 : 1;
	double median;

	qsort(r->run, r->n, sizeof(r->run[0]), bench_rows_compare);
	median = r->run[r->n / 2];
	printf("%10u  %-22s %8.*f  %8.*f .. %-8.*f", size, r->name, digits, median, digits,
			r->run[0], digits, r->run[r->n - 1]);
	if (r->budget > 0)
		printf("  %6g  %s", r->budget,
				(r->at_least ? median >= r->budget : median <= r->budget)
						? "reached"
						: "not reached");
	putchar('\n');
	fflush(stdout);
	if (r->plotted)
		bench_plot_add(r->name, size, median, r->budget);
	if (csv != NULL)
		fprintf(csv, "%u,%s,%.*f,%.*f,%.*f,%g\n", size, r->name, digits, median, digits,
				r->run[0], digits, r->run[r->n - 1], r->budget);
}
