/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Reads the command line of cgnctl.
 */
#include "controlplane/cgnctl/ctlparse.h"

#include "controlplane/cgnctl/ctlmatch.h"
#include "controlplane/cgnctl/ctloption.h"
#include "controlplane/cgnctl/ctltable.h"
#include "controlplane/cgnctl/ctlusage.h"
#include "controlplane/cgnctl/ctlword.h"
#include "shared/ctl.h"
#include "shared/spelling.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define OPTION_NONE  CGN_CTLOPT_COUNT
#define NAME_MAX_LEN 64 /* octets that hold the longest name of an option */

/* A command line that is being read. */
struct parse {
	struct cgn_ctlargs *args;
	FILE *err;
	char **argv;
	int argc;
	int at;          /* the next word */
	int n_kept;      /* words that are no options. They stand at the beginning of argv */
	uint64_t likely; /* options that a cut name means before all others */
};

/* --- errors ---------------------------------------------------------------------------------- */

__attribute__((format(printf, 3, 0))) static void
print_error(const struct parse *p, const char *word, const char *format, va_list ap)
{
	char text[CGN_CTLTABLE_CELL_MAX];

	fputs("cgnctl: ", p->err);
	if (word != NULL)
		fprintf(p->err, "%s: ", cgn_ctltable_escape(text, sizeof(text), word));
	vfprintf(p->err, format, ap);
	fputc('\n', p->err);
}

/* Print how the command is used, or how cgnctl is used, and what is wrong. @param word  the one that is wrong; NULL: none */
__attribute__((format(printf, 3, 4))) static int
wrong(const struct parse *p, const char *word, const char *format, ...)
{
	char line[CGN_CTLUSAGE_MAX] =
			"[OPTIONS] NOUN [VERB] [ARGUMENTS]; cgnctl help lists all of them";
	va_list ap;

	if (p->args->command != NULL)
		cgn_ctlusage_line(p->args->command, line);
	fprintf(p->err, "usage: cgnctl %s\n", line);
	va_start(ap, format);
	print_error(p, word, format, ap);
	va_end(ap);
	return -EINVAL;
}

/* The same, if the noun is known and the verb is not. */
__attribute__((format(printf, 4, 5))) static int
wrong_verb(const struct parse *p, const struct cgn_ctlmatch *m, const char *word,
		const char *format, ...)
{
	char list[CGN_CTLUSAGE_MAX];
	va_list ap;

	fprintf(p->err, "usage: cgnctl %s %s ...\n", m->found[0]->noun,
			cgn_ctlusage_verbs(m, "|", list));
	va_start(ap, format);
	print_error(p, word, format, ap);
	va_end(ap);
	return -EINVAL;
}

/* --- options --------------------------------------------------------------------------------- */

/* The options that a name such as "json" means: the one with this name, or all whose names begin so. */
static uint64_t
begun(const char *name)
{
	uint64_t set = 0;

	for (unsigned int i = 0; i < CGN_CTLOPT_COUNT; i++) {
		enum cgn_ctlword_fit fit = cgn_ctlword_fit(name, cgn_ctloptions[i].name);

		if (fit == CGN_CTLWORD_EXACT)
			return UINT64_C(1) << i;
		if (fit == CGN_CTLWORD_BEGINS)
			set |= UINT64_C(1) << i;
	}
	return set;
}

/* Write the names of options. @return @p list */
static const char *
list_options(uint64_t set, char list[static CGN_CTLUSAGE_MAX])
{
	list[0] = '\0';
	for (unsigned int i = 0; i < CGN_CTLOPT_COUNT; i++) {
		if (cgn_ctloption_is_in(set, i))
			snprintf(list + strlen(list), CGN_CTLUSAGE_MAX - strlen(list), "%s--%s",
					list[0] == '\0' ? "" : ", ", cgn_ctloptions[i].name);
	}
	return list;
}

static unsigned int
tell_unknown_option(const struct parse *p, const char *word, const char *name)
{
	struct cgn_spelling_near near = { 0 };

	for (unsigned int i = 0; i < CGN_CTLOPT_COUNT; i++)
		cgn_spelling_near(&near, name, cgn_ctloptions[i].name);
	if (near.name != NULL)
		(void)wrong(p, word, "unknown option. Did you mean --%s?", near.name);
	else
		(void)wrong(p, word, "unknown option");
	return OPTION_NONE;
}

/* The option that a word such as "--json" names, or begins to name if that is clear. Options that the command takes are
 * meant more than others. */
static unsigned int
find_name(const struct parse *p, const char *word)
{
	const char *name = word + strlen("--");
	uint64_t set = begun(name);
	char list[CGN_CTLUSAGE_MAX];

	if ((set & p->likely) != 0)
		set &= p->likely;
	if (set == 0)
		return tell_unknown_option(p, word, name);
	if ((set & (set - 1)) != 0) {
		(void)wrong(p, word, "this may be %s", list_options(set, list));
		return OPTION_NONE;
	}
	return (unsigned int)__builtin_ctzll(set);
}

static bool
is_number(const char *word)
{
	return word != NULL && word[0] != '\0' && word[strspn(word, "0123456789.")] == '\0';
}

/* Take the value of an option: what stands behind it in the same word, or the next word. */
static int
take_value(struct parse *p, unsigned int option, const char *value)
{
	const struct cgn_ctloption *o = &cgn_ctloptions[option];
	const char *next = p->at < p->argc ? p->argv[p->at] : NULL;

	if (value == NULL && o->may_miss && !is_number(next)) {
		value = "";
	} else if (value == NULL) {
		value = next;
		p->at++;
	}
	if (value == NULL || (value == next && strncmp(value, "--", 2) == 0)) {
		return wrong(p, NULL, "a value is missing: --%s %s", o->name, o->value);
	}
	cgn_ctloption_set(p->args, option, value);
	return 0;
}

/* Copy the part of a word before "=". A name that is longer than all names is cut. */
static void
copy_name(const char *word, char name[static NAME_MAX_LEN])
{
	size_t n = strcspn(word, "=");

	n = n < NAME_MAX_LEN ? n : NAME_MAX_LEN - 1;
	memcpy(name, word, n);
	name[n] = '\0';
}

/* Take "--name" or "--name=value". */
static int
take_long(struct parse *p, const char *word)
{
	size_t n = strcspn(word, "=");
	char name[NAME_MAX_LEN];
	unsigned int option;

	copy_name(word, name);
	option = find_name(p, name);
	if (option == OPTION_NONE)
		return -EINVAL;
	if (cgn_ctloptions[option].value != NULL)
		return take_value(p, option, word[n] == '=' ? word + n + 1 : NULL);
	if (word[n] == '=') {
		return wrong(p, NULL, "--%s takes no value", cgn_ctloptions[option].name);
	}
	cgn_ctloption_set(p->args, option, "");
	return 0;
}

static unsigned int
find_letter(char letter)
{
	for (unsigned int i = 0; i < CGN_CTLOPT_COUNT; i++) {
		if (cgn_ctloptions[i].letter == letter)
			return i;
	}
	return OPTION_NONE;
}

/* Take letters such as "-j" and "-jpNAME". */
static int
take_letters(struct parse *p, const char *word)
{
	for (const char *c = word + 1; *c != '\0'; c++) {
		unsigned int option = find_letter(*c);

		if (option == OPTION_NONE) {
			return wrong(p, word, "unknown option");
		}
		if (cgn_ctloptions[option].value != NULL)
			return take_value(p, option, c[1] == '\0' ? NULL : c + 1);
		cgn_ctloption_set(p->args, option, "");
	}
	return 0;
}

/* Whether the word behind an option is its value. */
static bool
takes_next(unsigned int option, const char *next)
{
	const struct cgn_ctloption *o = &cgn_ctloptions[option];

	return o->value != NULL && (!o->may_miss || is_number(next));
}

/* Whether the word behind "--name" may be the value of one of the options that may be meant. */
static bool
long_may_take(const char *word, const char *next)
{
	char name[NAME_MAX_LEN];
	uint64_t set;

	copy_name(word, name);
	set = word[strcspn(word, "=")] == '=' ? 0 : begun(name + strlen("--"));
	for (unsigned int i = 0; i < CGN_CTLOPT_COUNT; i++) {
		if (cgn_ctloption_is_in(set, i) && takes_next(i, next))
			return true;
	}
	return false;
}

/* The same for letters such as "-jp". Only the last one takes the next word. */
static bool
letters_take(const char *word, const char *next)
{
	for (const char *c = word + 1; *c != '\0'; c++) {
		unsigned int option = find_letter(*c);

		if (option != OPTION_NONE && cgn_ctloptions[option].value != NULL)
			return c[1] == '\0' && takes_next(option, next);
	}
	return false;
}

/* The options of the command that the first two words mean which can be no values of options. All, if that is not clear. */
static uint64_t
likely_options(const struct parse *p)
{
	char *word[3] = { NULL };
	struct cgn_ctlmatch m;
	unsigned int n = 0;

	for (int i = 0; i < p->argc && n < 2; i++) {
		char *w = p->argv[i];
		const char *next = i + 1 < p->argc ? p->argv[i + 1] : NULL;

		if (w[0] != '-' || w[1] == '\0')
			word[n++] = w;
		else if (w[1] == '-' ? long_may_take(w, next) : letters_take(w, next))
			i++;
	}
	if (n == 0 || cgn_ctlmatch_find(p->args->table, word, &m) != CGN_CTLMATCH_FOUND)
		return UINT64_MAX;
	return m.found[0]->options | (CGN_CTLOPT_ALL & ~CGN_CTLOPT_ALONE);
}

/* Take all options, and move the other words together. */
static int
take_options(struct parse *p)
{
	bool are_over = false;
	int ret = 0;

	p->likely = likely_options(p);
	while (p->at < p->argc && ret == 0) {
		char *word = p->argv[p->at++];

		if (!are_over && strcmp(word, "--") == 0)
			are_over = true;
		else if (are_over || word[0] != '-' || word[1] == '\0')
			p->argv[p->n_kept++] = word;
		else if (word[1] == '-')
			ret = take_long(p, word);
		else
			ret = take_letters(p, word);
	}
	p->argv[p->n_kept] = NULL;
	return ret;
}

/* --- the command ----------------------------------------------------------------------------- */

/* Print the commands that a word may mean, each once: the nouns, or the whole commands. */
static int
tell_several(const struct parse *p, const struct cgn_ctlmatch *m, char *const *word)
{
	char list[CGN_CTLUSAGE_MAX] = "", name[CGN_CTLUSAGE_MAX];
	bool is_pair = m->n_words == 2;

	for (size_t i = 0; i < m->n; i++) {
		const struct cgn_ctlcommand *c = m->found[i];
		bool is_noun = !is_pair && cgn_ctlword_fit(word[0], c->noun) != CGN_CTLWORD_OTHER;

		if (is_noun && i > 0 && strcmp(c->noun, m->found[i - 1]->noun) == 0)
			continue;
		snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s",
				list[0] == '\0' ? "" : ", ",
				is_noun ? c->noun : cgn_ctlusage_name(c, name));
	}
	return wrong(p, word[0], "this may be %s", list);
}

static int
tell_verbs(const struct parse *p, const struct cgn_ctlmatch *m, const char *word)
{
	char list[CGN_CTLUSAGE_MAX];
	const char *noun = m->found[0]->noun, *near;

	if (word == NULL)
		return wrong_verb(p, m, noun, "a verb is missing: %s",
				cgn_ctlusage_verbs(m, ", ", list));
	near = cgn_ctlmatch_near_verb(m, word);
	if (near != NULL)
		return wrong_verb(p, m, word, "unknown verb. Did you mean %s %s?", noun, near);
	return wrong_verb(p, m, word, "unknown verb. %s has %s", noun,
			cgn_ctlusage_verbs(m, ", ", list));
}

static int
tell_unknown(const struct parse *p, const char *word)
{
	const char *near = cgn_ctlmatch_near_noun(p->args->table, word);

	if (near != NULL)
		return wrong(p, word, "unknown noun. Did you mean %s?", near);
	return wrong(p, word, "unknown noun");
}

static int
find_command(struct parse *p, char **word)
{
	struct cgn_ctlmatch m;

	if (word[0] == NULL) {
		return wrong(p, NULL, "a noun is missing");
	}
	switch (cgn_ctlmatch_find(p->args->table, word, &m)) {
	case CGN_CTLMATCH_FOUND:
		p->args->command = m.found[0];
		p->args->words = word + m.n_words;
		return 0;
	case CGN_CTLMATCH_SEVERAL:
		return tell_several(p, &m, word);
	case CGN_CTLMATCH_NO_VERB:
		return tell_verbs(p, &m, word[1]);
	case CGN_CTLMATCH_NONE:
		break;
	}
	return tell_unknown(p, word[0]);
}

/* --- what the command takes ------------------------------------------------------------------ */

/* None of the options was given of which the command needs one. */
static int
tell_needs(const struct parse *p)
{
	const uint64_t needs = p->args->command->needs;
	char list[CGN_CTLUSAGE_MAX], name[CGN_CTLUSAGE_MAX];

	for (unsigned int i = 0; i < CGN_CTLOPT_COUNT; i++) {
		if (needs == UINT64_C(1) << i)
			return wrong(p, NULL, "an option is missing: --%s %s",
					cgn_ctloptions[i].name, cgn_ctloptions[i].value);
	}
	return wrong(p, NULL, "%s needs one of %s", cgn_ctlusage_name(p->args->command, name),
			list_options(needs, list));
}

static int
check_options(const struct parse *p)
{
	const struct cgn_ctlcommand *c = p->args->command;
	uint64_t foreign = p->args->given & ~(c->options | CGN_CTLOPT_ALL);
	char name[CGN_CTLUSAGE_MAX], why[CGN_CTLOPTION_WHY_MAX];

	for (unsigned int i = 0; i < CGN_CTLOPT_COUNT; i++) {
		const struct cgn_ctloption *o = &cgn_ctloptions[i];
		const char *value = cgn_ctloption_value(p->args, i);

		if (cgn_ctloption_is_in(foreign, i)) {
			return wrong(p, NULL, "%s does not take --%s", cgn_ctlusage_name(c, name),
					o->name);
		}
		if (value != NULL && !cgn_ctloption_check(i, value, why))
			return wrong(p, NULL, "--%s: %s", o->name, why);
	}
	if (c->needs != 0 && (p->args->given & c->needs) == 0)
		return tell_needs(p);
	if (p->args->want_csv && p->args->want_json) {
		return wrong(p, NULL, "either --csv or --json");
	}
	if (p->args->watch != NULL && p->args->want_json) {
		return wrong(p, NULL, "either --watch or --json");
	}
	return 0;
}

static int
count_words(const struct parse *p)
{
	const struct cgn_ctlcommand *c = p->args->command;
	unsigned int n = 0, max, min = cgn_ctlusage_words(c, &max);

	while (p->args->words[n] != NULL)
		n++;
	if (n < min) {
		return wrong(p, NULL, "an argument is missing: %s", c->words);
	}
	if (n > max) {
		return wrong(p, p->args->words[max], "too many arguments");
	}
	return 0;
}

/* Put the words where the command looks for them. One that is too long does not fit into a question. */
static int
place_words(struct parse *p)
{
	static const size_t longest[1 + CGN_CTLARGS_MORE_MAX] = { CGN_CTLOPTION_TEXT_MAX,
		CGN_CTL_IDENTITY_MAX, CGN_CTLOPTION_TEXT_MAX };
	struct cgn_ctlargs *a = p->args;

	a->subject = a->words[0];
	for (unsigned int i = 0; i < 1 + CGN_CTLARGS_MORE_MAX && a->words[i] != NULL; i++) {
		if (i > 0)
			a->more[i - 1] = a->words[i];
		if (!a->command->takes_file && strlen(a->words[i]) > longest[i]) {
			return wrong(p, NULL, "an argument is longer than %zu octets", longest[i]);
		}
	}
	return 0;
}

static bool
is_help(const char *word)
{
	return word != NULL && strcmp(word, "help") == 0;
}

/* The user asks for help. What about is known or nothing. */
static int
take_help(struct parse *p)
{
	struct cgn_ctlargs *a = p->args;
	struct cgn_ctlmatch m;

	a->words = p->argv + (is_help(p->argv[0]) ? 1 : 0);
	a->want_help = true;
	if (a->words[0] == NULL || cgn_ctlmatch_find(a->table, a->words, &m) != CGN_CTLMATCH_NONE)
		return 0;
	return tell_unknown(p, a->words[0]);
}

/* --yang is older than the noun. */
static int
take_yang(struct parse *p)
{
	static char noun[] = "yang";
	static char *words[] = { noun, NULL };

	if (p->argv[0] == NULL)
		return find_command(p, words);
	return wrong(p, p->argv[0], "--yang shows everything, it takes no noun");
}

static int
take_command(struct parse *p)
{
	struct cgn_ctlargs *a = p->args;
	int ret;

	if (a->want_help || is_help(p->argv[0]))
		return take_help(p);
	if (a->want_version || a->want_reference || a->want_man)
		return 0;
	ret = a->want_yang ? take_yang(p) : find_command(p, p->argv);
	if (ret == 0)
		ret = check_options(p);
	if (ret == 0)
		ret = count_words(p);
	return ret < 0 ? ret : place_words(p);
}

int
cgn_ctlparse(int argc, char *argv[], const struct cgn_ctlcommand *table, struct cgn_ctlargs *args,
		FILE *err)
{
	struct parse p = { .args = args, .err = err, .argv = argv + 1, .argc = argc - 1 };
	const char *prefix = getenv("CGNCTL_PREFIX");

	*args = (struct cgn_ctlargs){ .table = table,
		.prefix = prefix != NULL && prefix[0] != '\0' ? prefix : "cgnd" };
	if (argc < 1)
		return -EINVAL;
	if (take_options(&p) < 0 || take_command(&p) < 0)
		return -EINVAL;
	if (!cgn_ctlsock_is_prefix(args->prefix)) {
		return wrong(&p, args->prefix, "the telemetry prefix is not one part of a path");
	}
	return 0;
}
