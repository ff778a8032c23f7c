/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Compares words of a command line with names.
 */
#include "controlplane/cgnctl/ctlword.h"

#include <limits.h>
#include <string.h>

#define WORD_MAX 31

enum cgn_ctlword_fit
cgn_ctlword_fit(const char *word, const char *name)
{
	size_t n = word == NULL ? 0 : strlen(word);

	if (n == 0 || strncmp(word, name, n) != 0)
		return CGN_CTLWORD_OTHER;
	return name[n] == '\0' ? CGN_CTLWORD_EXACT : CGN_CTLWORD_BEGINS;
}

static unsigned int
least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

unsigned int
cgn_ctlword_distance(const char *word, const char *name)
{
	size_t w = strlen(word), n = strlen(name);
	unsigned int d[WORD_MAX + 1][WORD_MAX + 1]; /* of the first i letters and the first j */

	if (w > WORD_MAX || n > WORD_MAX)
		return UINT_MAX;
	for (unsigned int i = 0; i <= w; i++)
		d[i][0] = i;
	for (unsigned int j = 0; j <= n; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= w; i++) {
		for (size_t j = 1; j <= n; j++) {
			d[i][j] = d[i - 1][j - 1] + (word[i - 1] == name[j - 1] ? 0 : 1);
			d[i][j] = least(d[i][j], least(d[i - 1][j], d[i][j - 1]) + 1);
			if (i > 1 && j > 1 && word[i - 1] == name[j - 2] &&
					word[i - 2] == name[j - 1])
				d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
		}
	}
	return d[w][n];
}

void
cgn_ctlword_near(struct cgn_ctlword_near *n, const char *word, const char *name)
{
	unsigned int distance = cgn_ctlword_distance(word, name);

	/* A short word has few letters that can be wrong. */
	if (distance > 2 || 3 * distance > strlen(word) + 1)
		return;
	if (n->name == NULL || distance < n->distance)
		*n = (struct cgn_ctlword_near){ name, distance };
}
