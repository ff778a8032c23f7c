/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Compares words of a command line with names.
 */
#include "controlplane/cgnctl/ctlword.h"

#include <string.h>

enum cgn_ctlword_fit
cgn_ctlword_fit(const char *word, const char *name)
{
	size_t n = word == NULL ? 0 : strlen(word);

	if (n == 0 || strncmp(word, name, n) != 0)
		return CGN_CTLWORD_OTHER;
	return name[n] == '\0' ? CGN_CTLWORD_EXACT : CGN_CTLWORD_BEGINS;
}
