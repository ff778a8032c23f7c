/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CTLWORD_H
#define CGN_CTLWORD_H

/**
 * @file
 * Compares words of a command line with names, which may be abbreviated.
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

#endif /* CGN_CTLWORD_H */
