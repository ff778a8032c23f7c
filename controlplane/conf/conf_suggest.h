/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CONF_SUGGEST_H
#define CGN_CONF_SUGGEST_H

/**
 * @file
 * Guesses what was meant by a wrong word or value, for error messages.
 */

#include "controlplane/conf/conf_schema.h"

/** The nearest of some words so far. The caller zeroes it at first. */
struct cgn_conf_suggest {
	const char *best; /* NULL: none is near enough */
	unsigned int distance;
};

/**
 * Compare a wrong word with one that is allowed.
 *
 * A word is near if few letters are wrong, missing, too many or swapped: one, or a quarter of the letters of a longer
 * word. A word that begins with the wrong one is near, too.
 *
 * @param word  outlives @p s
 */
void cgn_conf_suggest_word(struct cgn_conf_suggest *s, const char *wrong, const char *word);

/** Octets that are enough for the text of cgn_conf_suggest_value(). */
#define CGN_CONF_SUGGEST_MAX 160

/**
 * Write how the wrong value of a key may have been meant: ", such as 192.0.2.53/32" or "; did you mean inside?".
 *
 * @return @p buf; it is empty if there is no good guess
 */
const char *cgn_conf_suggest_value(const struct cgn_conf_key *key, const char *text,
		char buf[static CGN_CONF_SUGGEST_MAX]);

#endif /* CGN_CONF_SUGGEST_H */
