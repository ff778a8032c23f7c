/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Prints config/CGNCTL.md.
 */
#include "controlplane/cgnctl/ctlreference.h"

#include "controlplane/cgnctl/ctlexit.h"
#include "controlplane/cgnctl/ctllist.h"
#include "controlplane/cgnctl/ctloption.h"
#include "controlplane/cgnctl/ctlusage.h"

static const char head[] =
		"# The commands of cgnctl\n\n"
		"`cgnctl --reference` prints this page from the tables of the program. A test compares them.\n\n"
		"Nouns, verbs and options may be cut as long as it is clear what is meant. The verb may come first. A noun alone\n"
		"shows it. So `cgnctl sh map` is `cgnctl mappings show`.\n\n"
		"**The promise of `--json`.** A later version may add keys, and words of a value. It does not rename or remove a key, and\n"
		"it does not change what one means. So a reader must skip keys that it does not know. A key that does not apply is left\n"
		"out. The words of a heading in a table of text are words of its key. A table in JSON is a list with one object for each\n"
		"row. [JSON.md](JSON.md) has the longer answers.\n";

static void
print_options(uint64_t set, FILE *out)
{
	fputs("\n| option | what it does |\n|---|---|\n", out);
	for (unsigned int i = 0; i < CGN_CTLOPT_COUNT; i++) {
		const struct cgn_ctloption *o = &cgn_ctloptions[i];
		char name[CGN_CTLUSAGE_MAX];

		if (cgn_ctloption_is_in(set, i))
			fprintf(out, "| `%s` | %s |\n", cgn_ctlusage_option(o, name), o->help);
	}
}

static void
print_keys(const struct cgn_ctllist *l, FILE *out)
{
	bool has_titles = l->path != NULL;

	fputs(has_titles ? "\n| key | heading | what it is |\n|---|---|---|\n"
			 : "\n| key | what it is |\n|---|---|\n",
			out);
	for (size_t i = 0; i < l->n_columns; i++) {
		const struct cgn_ctltable_column *c = &l->columns[i];

		fprintf(out, "| `%s` | ", c->key);
		if (has_titles)
			fprintf(out, "%s | ", c->title == NULL ? "" : c->title);
		fprintf(out, "%s |\n", c->help);
	}
}

static void
print_command(const struct cgn_ctlcommand *c, FILE *out)
{
	char text[CGN_CTLUSAGE_MAX];

	fprintf(out, "\n## %s\n\n", cgn_ctlusage_name(c, text));
	fprintf(out, "`cgnctl %s`: %s.\n", cgn_ctlusage_short(c, text), c->help);
	if (c->options != 0)
		print_options(c->options, out);
	if (c->json != NULL)
		fprintf(out, "\nJSON: %s.\n", c->json);
	if (c->answer != NULL)
		print_keys(c->answer, out);
	if (c->list != NULL)
		print_keys(c->list, out);
}

void
cgn_ctlreference_print(const struct cgn_ctlcommand *table, FILE *out)
{
	fputs(head, out);
	fputs("\n## Exit status\n\n| status | of | meaning |\n|---|---|---|\n", out);
	for (const struct cgn_ctlexit *e = cgn_ctlexits; e->means != NULL; e++)
		fprintf(out, e->of == NULL ? "| %u | %s | %s |\n" : "| %u | `%s` | %s |\n",
				e->status, e->of == NULL ? "all commands" : e->of, e->means);
	fputs("\n## Options of every command\n", out);
	print_options(CGN_CTLOPT_ALL, out);
	for (const struct cgn_ctlcommand *c = table; c->noun != NULL; c++)
		print_command(c, out);
}
