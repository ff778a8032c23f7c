/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The manual page cgnd.yaml(5): the text of config/REFERENCE.md in another form.
 */
#include "controlplane/conf/conf_manual.h"

#include "controlplane/conf/conf_schema.h"
#include "shared/manual.h"

#include <inttypes.h>

enum {
	TEXT_MAX = 2048
};

static void
manual_level(struct cgn_manual *m, const char *level, const struct cgn_conf_key *section);

/* @param is_live  a reload can change it */
static void
manual_key(struct cgn_manual *m, const struct cgn_conf_key *key, bool is_live)
{
	char allowed[CGN_CONF_ALLOWED_MAX], def[CGN_CONF_DEFAULT_MAX];
	char name[128], must[128] = "", text[TEXT_MAX];

	if (key->must != 0)
		snprintf(must, sizeof(must),
				" Below %" PRIu32 " %s only if named in `allow_rfc_violations`.",
				key->must, key->unit);
	snprintf(name, sizeof(name), "`%s`", key->path);
	snprintf(text, sizeof(text),
			"%s%s%s%s%s%s Value: %s%s. Default: %s. A new value needs a %s.", key->help,
			must, key->rfc == NULL ? "" : " (", key->rfc == NULL ? "" : key->rfc,
			key->rfc == NULL ? "" : ")", key->rfc == NULL ? "" : ".",
			cgn_conf_schema_list(key), cgn_conf_schema_allowed(key, allowed),
			cgn_conf_schema_default(key, def), is_live ? "reload" : "restart");
	cgn_manual_item(m, name, text);
}

/* A section or a list of maps: its heading, then its keys. */
static void
manual_section(struct cgn_manual *m, const struct cgn_conf_key *key)
{
	char level[128], text[TEXT_MAX], entries[128] = "";
	const char *change = key->is_live ? "reload" : "restart";

	snprintf(level, sizeof(level), "%s%s", key->path, key->is_list ? "[]" : "");
	if (key->is_list)
		snprintf(entries, sizeof(entries),
				" A list of %" PRIu32 "..%" PRIu32
				" entries. To add or remove one needs a %s.",
				key->n_min, key->n_max, change);
	else if (key->size != 0)
		snprintf(entries, sizeof(entries), " To add or remove the section needs a %s.",
				change);
	snprintf(text, sizeof(text), "%s%s%s%s%s", key->help, entries, key->rfc == NULL ? "" : " (",
			key->rfc == NULL ? "" : key->rfc, key->rfc == NULL ? "" : ")");
	cgn_manual_part(m, level);
	cgn_manual_paragraph(m, text);
	manual_level(m, level, key);
}

/* @param section  of the level; NULL: the top */
static void
manual_level(struct cgn_manual *m, const char *level, const struct cgn_conf_key *section)
{
	const struct cgn_conf_key *key = NULL;

	while ((key = cgn_conf_schema_next(level, key)) != NULL) {
		/* Another key of an entry is another entry. */
		if (key->type != CGN_CONF_SECTION)
			manual_key(m, key, key->is_key ? section->is_live : key->is_live);
	}
	while ((key = cgn_conf_schema_next(level, key)) != NULL) {
		if (key->type == CGN_CONF_SECTION)
			manual_section(m, key);
	}
}

void
cgn_conf_manual_print(FILE *out, const char *version, const char *date)
{
	static const char *const begin[] = { "`/etc/cgnd.yaml`", NULL };
	const struct cgn_manual_head head = {
		.name = "cgnd.yaml",
		.section = 5,
		.brief = "configuration of the carrier-grade NAT cgnd",
		.date = date,
		.version = version,
		.begin = begin,
	};
	struct cgn_manual m = { .out = out };

	cgn_manual_begin(&m, &head);
	cgn_manual_section(&m, "DESCRIPTION");
	cgn_manual_paragraph(&m,
			"One YAML file configures cgnd. Unknown and duplicate keys are errors. `cgnd --check "
			"-c FILE` reports all errors of a file with their positions.");
	cgn_manual_paragraph(&m,
			"A new value reaches a cgnd that runs by a reload (`cgnctl config reload`, `systemctl "
			"reload cgnd`) or only by a restart. If a key of the second kind differs, cgnd "
			"refuses the whole reload and logs the name of the key.");
	cgn_manual_section(&m, "EXAMPLE");
	cgn_manual_verbatim(&m,
			"ports:\n"
			"  - {name: inside0, device: \"net_af_xdp0,iface=eth1\", side: inside, addresses: [100.64.0.1/10]}\n"
			"  - {name: outside0, device: \"net_af_xdp1,iface=eth2\", side: outside, addresses: [192.0.2.2/24]}\n"
			"routes:\n"
			"  - {prefix: 0.0.0.0/0, via: 192.0.2.1}\n"
			"pools:\n"
			"  - {name: homes, addresses: [198.51.100.0/28]}\n"
			"groups:\n"
			"  - {name: residential, prefixes: [100.64.0.0/10], pool: homes}\n");
	cgn_manual_section(&m, "KEYS");
	cgn_manual_paragraph(&m, "`[]` stands for each entry of a list.");
	manual_level(&m, "", NULL);
	cgn_manual_section(&m, "SEE ALSO");
	cgn_manual_paragraph(&m, "`cgnd`(8), `cgnctl`(8)");
}
