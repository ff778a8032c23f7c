/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_SPELLING_H
#define CGN_SPELLING_H

/**
 * @file
 * How far apart two words are, for "did you mean": of keys of the configuration, and of words of a command line.
 *
 * Threads: any; pure.
 */

/** Longest words that are compared, in octets. */
#define CGN_SPELLING_MAX 40

/**
 * Count the letters that must be added, left out, changed or swapped with a neighbour to make one word of the other.
 *
 * A letter counts once: what was swapped is not changed again (optimal string alignment).
 *
 * @return UINT32_MAX: one of them is longer than CGN_SPELLING_MAX
 */
unsigned int cgn_spelling_distance(const char *a, const char *b);

/** The nearest of the names that were looked at. Begin with zeros. */
struct cgn_spelling_near {
	const char *name; /* NULL: none is near */
	unsigned int distance;
};

/** Remember a name if it is so near to the word that it may be meant, and nearer than the last one. */
void cgn_spelling_near(struct cgn_spelling_near *n, const char *word, const char *name);

#endif /* CGN_SPELLING_H */
