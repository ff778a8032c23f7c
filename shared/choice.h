/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CHOICE_H
#define CGN_CHOICE_H

/**
 * @file
 * Says of a word that it is none of those that are allowed, which ones these are, and which one may be meant.
 *
 * Threads: any; pure.
 */

#include "shared/spelling.h"

#include <stddef.h>

/** Octets that hold the names that are listed. More names are only counted. */
#define CGN_CHOICE_LIST_MAX 1400

/** Octets that hold the text. */
#define CGN_CHOICE_TEXT_MAX 1700

/** A word, and the names that are allowed in its place. */
struct cgn_choice {
	const char *word;
	struct cgn_spelling_near near;
	unsigned int n;        /* names */
	unsigned int n_listed; /* the first ones, which are in `list` */
	size_t len;            /* octets in `list` */
	char list[CGN_CHOICE_LIST_MAX];
};

/** Begin without a name. @param word  it stays valid while the choice is used */
void cgn_choice_begin(struct cgn_choice *c, const char *word);

/** Add a name that is allowed. @param name  it stays valid while the choice is used */
void cgn_choice_add(struct cgn_choice *c, const char *name);

/**
 * Write what is wrong. A long word is cut. It is not escaped.
 *
 * @param what  what the word should name, such as "group"
 * @return @p buf
 */
const char *
cgn_choice_text(const struct cgn_choice *c, const char *what, char buf[static CGN_CHOICE_TEXT_MAX]);

#endif /* CGN_CHOICE_H */
