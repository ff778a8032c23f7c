/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Sets of IPv4 addresses as sorted lists of ranges, for the rules of pools.
 */
#include "controlplane/conf/conf_ranges.h"

#include <stdlib.h>

static const struct cgn_range4 martians[] = {
	{ 0x00000000, 0x00ffffff },
	{ 0x7f000000, 0x7fffffff },
	{ 0xa9fe0000, 0xa9feffff },
	{ 0xe0000000, 0xffffffff },
};

#define N_MARTIANS (sizeof(martians) / sizeof(martians[0]))

static int
by_first(const void *a, const void *b)
{
	const struct cgn_range4 *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

size_t
cgn_conf_ranges_sort(struct cgn_range4 *list, size_t n)
{
	size_t last = 0;

	if (n == 0)
		return 0;
	qsort(list, n, sizeof(list[0]), by_first);
	for (size_t i = 1; i < n; i++) {
		if ((uint64_t)list[i].first > (uint64_t)list[last].last + 1)
			list[++last] = list[i];
		else if (list[i].last > list[last].last)
			list[last].last = list[i].last;
	}
	return last + 1;
}

bool
cgn_conf_ranges_cover(const struct cgn_range4 *sorted, size_t n, const struct cgn_range4 *range)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (sorted[mid].last < range->first)
			low = mid + 1;
		else
			high = mid;
	}
	return low < n && sorted[low].first <= range->first && sorted[low].last >= range->last;
}

bool
cgn_conf_ranges_has(const struct cgn_range4 *sorted, size_t n, uint32_t addr)
{
	const struct cgn_range4 one = { .first = addr, .last = addr };

	return cgn_conf_ranges_cover(sorted, n, &one);
}

size_t
cgn_conf_ranges_subtract(const struct cgn_range4 *a, size_t na, const struct cgn_range4 *b,
		size_t nb, struct cgn_range4 *out)
{
	size_t n = 0, j = 0;

	for (size_t i = 0; i < na; i++) {
		uint64_t first = a[i].first;

		while (j < nb && b[j].last < first)
			j++;
		for (size_t k = j; k < nb && b[k].first <= a[i].last; k++) {
			if (b[k].first > first)
				out[n++] = (struct cgn_range4){ (uint32_t)first, b[k].first - 1 };
			first = (uint64_t)b[k].last + 1;
		}
		if (first <= a[i].last)
			out[n++] = (struct cgn_range4){ (uint32_t)first, a[i].last };
	}
	return n;
}

uint64_t
cgn_conf_ranges_count(const struct cgn_range4 *list, size_t n)
{
	uint64_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += (uint64_t)list[i].last - list[i].first + 1;
	return count;
}

bool
cgn_conf_ranges_has_martian(const struct cgn_range4 *range)
{
	for (size_t i = 0; i < N_MARTIANS; i++) {
		if (range->first <= martians[i].last && martians[i].first <= range->last)
			return true;
	}
	return false;
}

bool
cgn_conf_ranges_all_martian(const struct cgn_range4 *range)
{
	return cgn_conf_ranges_cover(martians, N_MARTIANS, range);
}
