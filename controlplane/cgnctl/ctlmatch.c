/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Finds the command that words mean: all commands that fit get marks, and the best ones stay.
 */
#include "controlplane/cgnctl/ctlmatch.h"

#include "controlplane/cgnctl/ctlword.h"
#include "shared/spelling.h"

#include <assert.h>
#include <string.h>

#define DEFAULT_VERB "show"

/* Marks: a whole first word counts more than a second word that fits. */
enum {
	MARK_FIRST = 10,
	MARK_BOTH = 3,
};

/* How well a command fits, and how many words are its own. */
struct fit {
	unsigned int marks; /* 0: it does not fit */
	unsigned int n_words;
};

static const char *
verb_of(const struct cgn_ctlcommand *c)
{
	return c->verb != NULL ? c->verb : DEFAULT_VERB;
}

static unsigned int
fit_both(const char *first, const char *a, const char *second, const char *b)
{
	enum cgn_ctlword_fit x = cgn_ctlword_fit(first, a), y = cgn_ctlword_fit(second, b);

	if (x == CGN_CTLWORD_OTHER || y == CGN_CTLWORD_OTHER)
		return 0;
	return MARK_FIRST * x + MARK_BOTH + y;
}

/* The command fits two words: its noun and its verb, in any order. */
static unsigned int
fit_pair(const struct cgn_ctlcommand *c, char *const *word)
{
	unsigned int there = fit_both(word[0], c->noun, word[1], verb_of(c));
	unsigned int back = fit_both(word[0], verb_of(c), word[1], c->noun);

	/* "who show" asks for a thing of this name. */
	if (c->verb == NULL && c->words[0] != '\0')
		there = 0;
	return there > back ? there : back;
}

static struct fit
fit_of(const struct cgn_ctlcommand *c, char *const *word)
{
	unsigned int marks = fit_pair(c, word);

	if (marks != 0)
		return (struct fit){ marks, 2 };
	/* Of two commands with the same verb and no noun, none is meant more. A noun that needs no verb is meant more than
	 * the verb of another one with the same name, such as "status". */
	marks = cgn_ctlword_fit(word[0], c->noun);
	if (marks == CGN_CTLWORD_EXACT && c->verb == NULL)
		return (struct fit){ MARK_FIRST * marks + 1, 1 };
	if (marks == CGN_CTLWORD_OTHER)
		marks = cgn_ctlword_fit(word[0], verb_of(c));
	return (struct fit){ MARK_FIRST * marks, 1 };
}

/* An address, a port or a file is not meant to be a verb. */
static bool
is_value(const char *word)
{
	return word == NULL || strpbrk(word, ".:/0123456789") != NULL;
}

static bool
have_one_noun(const struct cgn_ctlmatch *m)
{
	for (size_t i = 1; i < m->n; i++) {
		if (strcmp(m->found[i]->noun, m->found[0]->noun) != 0)
			return false;
	}
	return true;
}

/* One word fits, and leaves one noun. A verb alone is not enough: the next version may have another noun with it. */
static enum cgn_ctlmatch_result
take_noun(struct cgn_ctlmatch *m, char *const *word)
{
	if (cgn_ctlword_fit(word[0], m->found[0]->noun) == CGN_CTLWORD_OTHER)
		return CGN_CTLMATCH_SEVERAL;
	for (size_t i = 0; i < m->n; i++) {
		const struct cgn_ctlcommand *c = m->found[i];

		if (c->verb == NULL || (is_value(word[1]) && strcmp(c->verb, DEFAULT_VERB) == 0)) {
			m->found[0] = c;
			return CGN_CTLMATCH_FOUND;
		}
	}
	return CGN_CTLMATCH_NO_VERB;
}

enum cgn_ctlmatch_result
cgn_ctlmatch_find(const struct cgn_ctlcommand *table, char *const *word, struct cgn_ctlmatch *m)
{
	unsigned int best = 1;

	m->n = 0;
	for (const struct cgn_ctlcommand *c = table; c->noun != NULL; c++) {
		struct fit f = fit_of(c, word);

		if (f.marks > best)
			m->n = 0;
		if (f.marks < best)
			continue;
		assert(m->n < CGN_CTLMATCH_MAX);
		best = f.marks;
		m->n_words = f.n_words;
		m->found[m->n++] = c;
	}
	if (m->n == 0)
		return CGN_CTLMATCH_NONE;
	if (m->n_words == 2)
		return m->n == 1 ? CGN_CTLMATCH_FOUND : CGN_CTLMATCH_SEVERAL;
	return have_one_noun(m) ? take_noun(m, word) : CGN_CTLMATCH_SEVERAL;
}

const char *
cgn_ctlmatch_near_noun(const struct cgn_ctlcommand *table, const char *word)
{
	struct cgn_spelling_near near = { 0 };

	for (const struct cgn_ctlcommand *c = table; c->noun != NULL; c++)
		cgn_spelling_near(&near, word, c->noun);
	for (const struct cgn_ctlcommand *c = table; c->noun != NULL; c++)
		cgn_spelling_near(&near, word, verb_of(c));
	return near.name;
}

const char *
cgn_ctlmatch_near_verb(const struct cgn_ctlmatch *m, const char *word)
{
	struct cgn_spelling_near near = { 0 };

	for (size_t i = 0; i < m->n; i++)
		cgn_spelling_near(&near, word, verb_of(m->found[i]));
	return near.name;
}
