/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Prints config/REFERENCE.md from the schema, for `cgnd --reference`.
 */
#include "controlplane/conf/conf_reference.h"

#include "controlplane/conf/conf_schema.h"

#include <inttypes.h>
#include <string.h>

static void print_level(const char *level, const struct cgn_conf_key *section, FILE *out);

static void
print_row(const struct cgn_conf_key *key, bool is_live, FILE *out)
{
	char allowed[CGN_CONF_ALLOWED_MAX], def[CGN_CONF_DEFAULT_MAX];

	fprintf(out, "| `%s` | %s%s | %s | %s | %s", cgn_conf_schema_name(key),
			cgn_conf_schema_list(key), cgn_conf_schema_allowed(key, allowed),
			cgn_conf_schema_default(key, def), is_live ? "reload" : "restart",
			key->help);
	if (key->must != 0)
		fprintf(out, " Below %" PRIu32 " %s only if named in `allow_rfc_violations`.",
				key->must, key->unit);
	if (key->rfc != NULL)
		fprintf(out, " (%s)", key->rfc);
	fputs(" |\n", out);
}

/* Print a section or a list of maps: its heading, then its keys. */
static void
print_section(const struct cgn_conf_key *key, FILE *out)
{
	char level[128];

	fprintf(out, "\n## %s\n\n%s", key->path, key->help);
	if (key->is_list)
		fprintf(out,
				" A list of %" PRIu32 "..%" PRIu32
				" entries. To add or remove one needs a %s.",
				key->n_min, key->n_max, key->is_live ? "reload" : "restart");
	else if (key->size != 0)
		fprintf(out, " To add or remove the section needs a %s.",
				key->is_live ? "reload" : "restart");
	if (key->rfc != NULL)
		fprintf(out, " (%s)", key->rfc);
	fputc('\n', out);
	snprintf(level, sizeof(level), "%s%s", key->path, key->is_list ? "[]" : "");
	print_level(level, key, out);
}

/* @param section  of the level; NULL: the top */
static void
print_level(const char *level, const struct cgn_conf_key *section, FILE *out)
{
	const struct cgn_conf_key *key = NULL;
	bool has_head = false;

	while ((key = cgn_conf_schema_next(level, key)) != NULL) {
		if (key->type == CGN_CONF_SECTION)
			continue;
		if (!has_head)
			fputs("\n| key | value | default | change | meaning |\n|---|---|---|---|---|\n",
					out);
		has_head = true;
		/* Another key of an entry is another entry. */
		print_row(key, key->is_key ? section->is_live : key->is_live, out);
	}
	while ((key = cgn_conf_schema_next(level, key)) != NULL) {
		if (key->type == CGN_CONF_SECTION)
			print_section(key, out);
	}
}

void
cgn_conf_reference_print(FILE *out)
{
	fputs("# Configuration reference\n\n"
	      "Made from the schema by `cgnd --reference`; a test compares. `cgn.yaml` has every key\n"
	      "in its place. Unknown and duplicate keys are errors; `cgnd --check -c FILE` reports all\n"
	      "errors of a file with their positions.\n\n"
	      "The column `change` says how a new value reaches a cgnd that runs: by a reload\n"
	      "(`cgnctl config reload`, SIGHUP, `systemctl reload cgnd`) or only by a restart. If a key\n"
	      "of the second kind differs, cgnd refuses the whole reload and logs the name of the key.\n",
			out);
	print_level("", NULL, out);
}
