/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Compares words letter by letter, with a table of the distances of all their beginnings.
 */
#include "shared/spelling.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static unsigned int
least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

unsigned int
cgn_spelling_distance(const char *a, const char *b)
{
	const size_t na = strlen(a), nb = strlen(b);
	/* of the first i letters and the first k */
	unsigned int d[CGN_SPELLING_MAX + 1][CGN_SPELLING_MAX + 1];

	if (na > CGN_SPELLING_MAX || nb > CGN_SPELLING_MAX)
		return UINT32_MAX;
	for (size_t i = 0; i <= na; i++)
		d[i][0] = (unsigned int)i;
	for (size_t k = 0; k <= nb; k++)
		d[0][k] = (unsigned int)k;
	for (size_t i = 1; i <= na; i++) {
		for (size_t k = 1; k <= nb; k++) {
			d[i][k] = least(d[i - 1][k], d[i][k - 1]) + 1;
			d[i][k] = least(d[i][k], d[i - 1][k - 1] + (a[i - 1] != b[k - 1]));
			if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
				d[i][k] = least(d[i][k], d[i - 2][k - 2] + 1);
		}
	}
	return d[na][nb];
}

void
cgn_spelling_near(struct cgn_spelling_near *n, const char *word, const char *name)
{
	unsigned int distance = cgn_spelling_distance(word, name);

	/* A short word has few letters that can be wrong. */
	if (distance > 2 || 3 * distance > strlen(word) + 1)
		return;
	if (n->name == NULL || distance < n->distance)
		*n = (struct cgn_spelling_near){ name, distance };
}
