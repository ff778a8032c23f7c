/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Draws the curve of cgn-bench as an SVG picture.
 */
#include "tests/bench/bench_plot.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <rte_common.h>

#define POINTS_MAX 256
#define SIZES_MAX  8

/* The picture and its margins, in pixels. */
#define WIDTH  900.0
#define HEIGHT 520.0
#define LEFT   70.0
#define TOP    50.0
#define RIGHT  190.0
#define BOTTOM 50.0

struct point {
	char name[32];
	uint32_t size;
	double cycles;
	double budget;
};

static struct point points[POINTS_MAX];
static unsigned int n_points;
static uint32_t sizes[SIZES_MAX]; /* in the order of their first points */
static unsigned int n_sizes;

static unsigned int
place_of(uint32_t size)
{
	unsigned int i = 0;

	while (i < n_sizes && sizes[i] != size)
		i++;
	return i;
}

void
bench_plot_add(const char *name, uint32_t size, double cycles, double budget)
{
	unsigned int place = place_of(size);

	if (n_points == POINTS_MAX || place == SIZES_MAX)
		return;
	if (place == n_sizes)
		sizes[n_sizes++] = size;
	points[n_points] = (struct point){ .size = size, .cycles = cycles, .budget = budget };
	snprintf(points[n_points].name, sizeof(points[0].name), "%s", name);
	n_points++;
}

static double
x_of(uint32_t size)
{
	double part = n_sizes > 1 ? (double)place_of(size) / (n_sizes - 1) : 0.5;

	return LEFT + (WIDTH - LEFT - RIGHT) * part;
}

static double
y_of(double cycles, double top)
{
	return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * cycles / top;
}

static void
draw_axes(FILE *f, unsigned int burst, double top)
{
	fprintf(f,
			"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" "
			"font-family=\"sans-serif\" font-size=\"12\">\n"
			"<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n"
			"<text x=\"%.0f\" y=\"25\" font-size=\"16\">cgn-bench: cycles per packet, "
			"bursts of %u</text>\n",
			WIDTH, HEIGHT, LEFT, burst);
	for (unsigned int i = 0; i <= 10; i++) {
		double cycles = top * i / 10, y = y_of(cycles, top);

		fprintf(f,
				"<path d=\"M%.0f %.1fH%.0f\" stroke=\"#ddd\"/>"
				"<text x=\"%.0f\" y=\"%.1f\" text-anchor=\"end\">%.0f</text>\n",
				LEFT, y, WIDTH - RIGHT, LEFT - 8, y + 4, cycles);
	}
	for (unsigned int i = 0; i < n_sizes; i++)
		fprintf(f, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%u</text>\n",
				x_of(sizes[i]), HEIGHT - BOTTOM + 20, sizes[i]);
	fprintf(f, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">mappings</text>\n",
			(LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10);
}

static void
draw_line(FILE *f, unsigned int first, unsigned int line, double top)
{
	static const char *const colours[] = { "#1b6ca8", "#c0392b", "#27803b", "#8e44ad",
		"#b9770e", "#16a085", "#7f8c8d", "#2c3e50", "#d35400", "#e84393" };
	const char *colour = colours[line % RTE_DIM(colours)];
	bool has_budget = points[first].budget > 0;

	/* What has a budget is a whole engine and drawn through; steps are dashed. */
	fprintf(f, "<g fill=\"%s\"><polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\"%s points=\"",
			colour, colour, has_budget ? "" : " stroke-dasharray=\"4 3\"");
	for (unsigned int i = first; i < n_points; i++) {
		if (strcmp(points[i].name, points[first].name) == 0)
			fprintf(f, "%.1f,%.1f ", x_of(points[i].size), y_of(points[i].cycles, top));
	}
	fprintf(f, "\"/>");
	for (unsigned int i = first; i < n_points; i++) {
		if (strcmp(points[i].name, points[first].name) == 0)
			fprintf(f, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\"/>",
					x_of(points[i].size), y_of(points[i].cycles, top));
	}
	fprintf(f, "<text x=\"%.1f\" y=\"%.1f\">%s</text></g>\n", WIDTH - RIGHT + 15,
			TOP + 18.0 * line, points[first].name);
}

static void
draw_budget(FILE *f, double top)
{
	const char *name = NULL;

	fprintf(f, "<polyline fill=\"none\" stroke=\"black\" stroke-dasharray=\"10 4\" points=\"");
	for (unsigned int i = 0; i < n_points; i++) {
		if (points[i].budget <= 0 || (name != NULL && strcmp(points[i].name, name) != 0))
			continue;
		name = points[i].name;
		fprintf(f, "%.1f,%.1f ", x_of(points[i].size), y_of(points[i].budget, top));
	}
	fprintf(f, "\"/><text x=\"%.1f\" y=\"%.1f\">black: budget</text>\n", WIDTH - RIGHT + 15,
			HEIGHT - BOTTOM);
}

int
bench_plot_write(const char *path, unsigned int burst)
{
	FILE *f = fopen(path, "w");
	unsigned int line = 0;
	double top = 0;

	if (f == NULL)
		return -errno;
	for (unsigned int i = 0; i < n_points; i++)
		top = points[i].cycles > top ? points[i].cycles : top;
	top = 50.0 * (double)(unsigned int)(top / 50 + 1);
	draw_axes(f, burst, top);
	for (unsigned int i = 0; i < n_points; i++) {
		bool seen = false;

		for (unsigned int k = 0; k < i; k++)
			seen |= strcmp(points[k].name, points[i].name) == 0;
		if (!seen)
			draw_line(f, i, line++, top);
	}
	draw_budget(f, top);
	fputs("</svg>\n", f);
	return fclose(f) == 0 ? 0 : -errno;
}
