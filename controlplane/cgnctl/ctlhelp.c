/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The help of cgnctl, made from the tables of commands and options.
 */
#include "controlplane/cgnctl/ctlhelp.h"

#include "controlplane/cgnctl/ctlexit.h"
#include "controlplane/cgnctl/ctllist.h"
#include "controlplane/cgnctl/ctloption.h"
#include "controlplane/cgnctl/ctlusage.h"

#include <string.h>

#define LEFT_WIDTH 38 /* of what is explained */

static void
print_command(const struct cgn_ctlcommand *c, FILE *out)
{
	char left[CGN_CTLUSAGE_MAX];

	fprintf(out, "  %-*s  %s\n", LEFT_WIDTH, cgn_ctlusage_short(c, left), c->help);
}

static void
print_options(uint64_t set, FILE *out)
{
	for (unsigned int i = 0; i < CGN_CTLOPT_COUNT; i++) {
		const struct cgn_ctloption *o = &cgn_ctloptions[i];
		char left[CGN_CTLUSAGE_MAX];

		if (cgn_ctloption_is_in(set, i))
			fprintf(out, "  %s%-*s  %s\n", o->letter == 0 ? "    " : "",
					o->letter == 0 ? LEFT_WIDTH - 4 : LEFT_WIDTH,
					cgn_ctlusage_option(o, left), o->help);
	}
}

/* Print a text of Markdown as plain text. */
static void
print_plain(const char *text, FILE *out)
{
	for (; *text != '\0'; text++) {
		if (*text != '`')
			fputc(*text, out);
	}
	fputc('\n', out);
}

static void
print_columns(const struct cgn_ctllist *l, FILE *out)
{
	fprintf(out, "\n  %-12s  %-18s  %s\n", "COLUMN", "KEY OF --json", "MEANING");
	for (size_t i = 0; i < l->n_columns; i++) {
		const struct cgn_ctltable_column *c = &l->columns[i];

		fprintf(out, "  %-12s  %-18s  ", c->title == NULL ? "-" : c->title, c->key);
		print_plain(c->help, out);
	}
}

static void
print_keys(const struct cgn_ctllist *l, FILE *out)
{
	fprintf(out, "\n  %-18s  %s\n", "KEY OF --json", "MEANING");
	for (size_t i = 0; i < l->n_columns; i++) {
		fprintf(out, "  %-18s  ", l->columns[i].key);
		print_plain(l->columns[i].help, out);
	}
}

static void
print_one(const struct cgn_ctlcommand *c, FILE *out)
{
	char line[CGN_CTLUSAGE_MAX];

	fprintf(out, "usage: cgnctl %s\n\n%s\n\n", cgn_ctlusage_line(c, line), c->help);
	print_options(c->options | (CGN_CTLOPT_ALL & ~CGN_CTLOPT_ALONE), out);
	if (c->list != NULL)
		print_columns(c->list, out);
	if (c->answer != NULL)
		print_keys(c->answer, out);
}

static void
print_exits(FILE *out)
{
	fputs("\nexit status:\n", out);
	for (const struct cgn_ctlexit *e = cgn_ctlexits; e->means != NULL; e++) {
		char left[64];

		snprintf(left, sizeof(left), e->of == NULL ? "%u" : "%u of %s", e->status, e->of);
		fprintf(out, "  %-*s  %s\n", LEFT_WIDTH, left, e->means);
	}
}

static void
print_all(const struct cgn_ctlargs *args, FILE *out)
{
	fputs("usage: cgnctl [OPTIONS] NOUN [VERB] [ARGUMENTS]\n\n", out);
	for (const struct cgn_ctlcommand *c = args->table; c->noun != NULL; c++)
		print_command(c, out);
	fputs("\nNouns, verbs and options may be cut as long as it is clear what is meant, and the verb may come\n"
	      "first: \"cgnctl sh map\" is \"cgnctl mappings show\". A noun alone shows it.\n"
	      "\"cgnctl help COMMAND\" and \"cgnctl COMMAND --help\" print all about a command.\n\n",
			out);
	print_options(UINT64_MAX, out);
	print_exits(out);
}

/* All commands of a noun. */
static void
print_noun(const struct cgn_ctlargs *args, const char *noun, FILE *out)
{
	fprintf(out, "usage: cgnctl [OPTIONS] %s [VERB] [ARGUMENTS]\n\n", noun);
	for (const struct cgn_ctlcommand *c = args->table; c->noun != NULL; c++) {
		if (strcmp(c->noun, noun) == 0)
			print_command(c, out);
	}
	fputs("\n\"cgnctl help NOUN VERB\" prints the options of each.\n", out);
}

/* Whether a command stands alone with its noun. */
static bool
is_alone(const struct cgn_ctlargs *args, const struct cgn_ctlcommand *command)
{
	unsigned int n = 0;

	for (const struct cgn_ctlcommand *c = args->table; c->noun != NULL; c++)
		n += strcmp(c->noun, command->noun) == 0 ? 1 : 0;
	return n == 1;
}

void
cgn_ctlhelp_print(const struct cgn_ctlargs *args, FILE *out)
{
	enum cgn_ctlmatch_result result;
	struct cgn_ctlmatch m;

	if (args->words[0] == NULL) {
		print_all(args, out);
		return;
	}
	result = cgn_ctlmatch_find(args->table, args->words, &m);
	if (result == CGN_CTLMATCH_FOUND && (m.n_words == 2 || is_alone(args, m.found[0]))) {
		print_one(m.found[0], out);
	} else if (result != CGN_CTLMATCH_SEVERAL) {
		print_noun(args, m.found[0]->noun, out);
	} else {
		for (size_t i = 0; i < m.n; i++)
			print_command(m.found[i], out);
	}
}
