/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CTLWORD_H
#define CGN_CTLWORD_H

/**
 * @file
 * Compares words of a command line with names: abbreviations, and words that are nearly right.
 */

#include <stdbool.h>
#include <stddef.h>

/** How well a word fits a name. */
enum cgn_ctlword_fit {
	CGN_CTLWORD_OTHER,
	CGN_CTLWORD_BEGINS, /* the name begins with it */
	CGN_CTLWORD_EXACT,
};

/** Compare. @param word  NULL or "": it fits nothing */
enum cgn_ctlword_fit cgn_ctlword_fit(const char *word, const char *name);

/** The nearest of the names that was found yet. Begin with zeros. */
struct cgn_ctlword_near {
	const char *name; /* NULL: none is near */
	unsigned int distance;
};

/** Remember a name if it is so near to the word that it may be meant, and nearer than the last one. */
void cgn_ctlword_near(struct cgn_ctlword_near *n, const char *word, const char *name);

#endif /* CGN_CTLWORD_H */
