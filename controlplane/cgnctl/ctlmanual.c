/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The manual page cgnctl(8).
 */
#include "controlplane/cgnctl/ctlmanual.h"

#include "controlplane/cgnctl/ctlexit.h"
#include "controlplane/cgnctl/ctllist.h"
#include "controlplane/cgnctl/ctloption.h"
#include "controlplane/cgnctl/ctlusage.h"
#include "shared/manual.h"

#include <string.h>

static void
manual_commands(struct cgn_manual *m, const struct cgn_ctlcommand *table)
{
	cgn_manual_section(m, "COMMANDS");
	for (const struct cgn_ctlcommand *c = table; c->noun != NULL; c++) {
		char name[CGN_CTLUSAGE_MAX], text[CGN_CTLUSAGE_MAX], item[CGN_CTLUSAGE_MAX + 4];
		const char *rest = cgn_ctlusage_line(c, text) + strlen(cgn_ctlusage_name(c, name));

		snprintf(item, sizeof(item), "`%s`%s", name, rest);
		cgn_manual_item(m, item, cgn_manual_sentence(c->help, name, sizeof(name)));
	}
}

static void
manual_options(struct cgn_manual *m)
{
	cgn_manual_section(m, "OPTIONS");
	cgn_manual_paragraph(m,
			"An option means the same for each command that takes it. A command refuses the others.");
	for (unsigned int i = 0; i < CGN_CTLOPT_COUNT; i++) {
		char name[CGN_CTLUSAGE_MAX], item[CGN_CTLUSAGE_MAX + 4];
		size_t n = strcspn(cgn_ctlusage_option(&cgn_ctloptions[i], name), " ");

		/* The letter is a word of its own. */
		if (name[1] != '-')
			n += 1 + strcspn(name + n + 1, " ");
		snprintf(item, sizeof(item), "`%.*s`%s", (int)n, name, name + n);
		cgn_manual_item(m, item,
				cgn_manual_sentence(cgn_ctloptions[i].help, name, sizeof(name)));
	}
}

static void
manual_keys(struct cgn_manual *m, const struct cgn_ctllist *l)
{
	for (size_t i = 0; l != NULL && i < l->n_columns; i++) {
		const struct cgn_ctltable_column *c = &l->columns[i];
		char text[CGN_CTLUSAGE_MAX], item[128];

		snprintf(item, sizeof(item), c->title == NULL ? "`%s`" : "`%s` (%s)", c->key,
				c->title);
		cgn_manual_item(m, item, cgn_manual_sentence(c->help, text, sizeof(text)));
	}
}

static void
manual_json(struct cgn_manual *m, const struct cgn_ctlcommand *table)
{
	cgn_manual_section(m, "JSON");
	cgn_manual_paragraph(m,
			"A later version may add keys, and words of a value. It does not rename or remove a key, and it "
			"does not change what one means. A key that does not apply is left out. These are the keys of "
			"each command, and the headings of its table. JSON.md has the keys of longer answers.");
	for (const struct cgn_ctlcommand *c = table; c->noun != NULL; c++) {
		char name[CGN_CTLUSAGE_MAX];

		if (c->list == NULL && c->answer == NULL)
			continue;
		cgn_manual_part(m, cgn_ctlusage_name(c, name));
		manual_keys(m, c->answer);
		manual_keys(m, c->list);
	}
}

static void
manual_rest(struct cgn_manual *m)
{
	cgn_manual_section(m, "EXIT STATUS");
	for (const struct cgn_ctlexit *e = cgn_ctlexits; e->means != NULL; e++) {
		char name[64], text[CGN_CTLUSAGE_MAX];

		snprintf(name, sizeof(name), e->of == NULL ? "%u" : "%u of `%s`", e->status, e->of);
		cgn_manual_item(m, name, cgn_manual_sentence(e->means, text, sizeof(text)));
	}
	cgn_manual_section(m, "ENVIRONMENT");
	cgn_manual_item(m, "`CGNCTL_PREFIX`", "The default of `--prefix`.");
	cgn_manual_section(m, "SEE ALSO");
	cgn_manual_paragraph(m, "`cgnd`(8), `cgnd.yaml`(5)");
}

void
cgn_ctlmanual_print(const struct cgn_ctlcommand *table, const char *version, const char *date,
		FILE *out)
{
	static const char *const begin[] = { "`cgnctl` [OPTIONS] NOUN [VERB] [ARGUMENTS]",
		"`cgnctl help` [NOUN [VERB]]", NULL };
	const struct cgn_manual_head head = {
		.name = "cgnctl",
		.section = 8,
		.brief = "show and control a running cgnd",
		.date = date,
		.version = version,
		.begin = begin,
	};
	struct cgn_manual m = { .out = out };

	cgn_manual_begin(&m, &head);
	cgn_manual_section(&m, "DESCRIPTION");
	cgn_manual_paragraph(&m,
			"`cgnctl` asks a running `cgnd` by the telemetry socket of DPDK. It prints tables, or JSON "
			"for programs. Root and the user that runs `cgnd` may use it.");
	cgn_manual_paragraph(&m,
			"Nouns, verbs and options may be cut as long as it is clear what is meant. The verb may come "
			"first. A noun alone shows it. So `cgnctl sh map` is `cgnctl mappings show`.");
	manual_commands(&m, table);
	manual_options(&m);
	manual_json(&m, table);
	manual_rest(&m);
}
