/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CTLMATCH_H
#define CGN_CTLMATCH_H

/**
 * @file
 * Finds the command that the first words of a command line mean. The noun may come first, or the verb. Each may be cut
 * as long as only one command is left. A word that is a whole name means only this name. A noun alone shows it.
 */

#include "controlplane/cgnctl/ctlargs.h"

/** Most commands in the table. */
#define CGN_CTLMATCH_MAX 96

/** What was found. */
enum cgn_ctlmatch_result {
	CGN_CTLMATCH_FOUND,   /* found[0] */
	CGN_CTLMATCH_SEVERAL, /* each of found[] may be meant */
	CGN_CTLMATCH_NO_VERB, /* found[] are the commands of the noun, and no verb fits */
	CGN_CTLMATCH_NONE,    /* the first word fits nothing */
};

/** The commands that the words may mean. */
struct cgn_ctlmatch {
	size_t n;
	unsigned int n_words; /* CGN_CTLMATCH_FOUND: words of the command itself */
	const struct cgn_ctlcommand *found[CGN_CTLMATCH_MAX];
};

/** Find commands. @param word  the words of the command line; NULL ends them, and there is at least one */
enum cgn_ctlmatch_result
cgn_ctlmatch_find(const struct cgn_ctlcommand *table, char *const *word, struct cgn_ctlmatch *m);

/** The name that is nearly the first word. @return NULL: there is none */
const char *cgn_ctlmatch_near_noun(const struct cgn_ctlcommand *table, const char *word);

/** The verb of these commands that is nearly this word. @return NULL: there is none */
const char *cgn_ctlmatch_near_verb(const struct cgn_ctlmatch *m, const char *word);

#endif /* CGN_CTLMATCH_H */
