/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Prints a configuration as JSON, for `cgnctl config show` and for conf_diff.c.
 */
#include "controlplane/conf/conf_show.h"

#include "controlplane/conf/conf_value.h"
#include "controlplane/conf/conf_yaml.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void show_level(const struct cgn_conf *conf, const char *level, const char *base, FILE *out);

/* Whether an entry of a list is only a place that is kept for its name (conf_place.h). */
static bool
is_gone(const struct cgn_conf_key *key, const char *entry)
{
	bool gone = false;

	if (key->gone_offset != 0)
		memcpy(&gone, entry + key->gone_offset, sizeof(gone));
	return gone;
}

static void
show_list(const struct cgn_conf *conf, const struct cgn_conf_key *key, const char *base, FILE *out)
{
	size_t n = cgn_conf_value_count(key, base);
	char level[CGN_CONF_YAML_PATH_MAX];
	const char *list = base + key->offset;
	bool is_first = true;

	if (!key->is_inline)
		memcpy(&list, base + key->offset, sizeof(list));
	snprintf(level, sizeof(level), "%s[]", key->path);
	fputc('[', out);
	for (size_t i = 0; i < n; i++) {
		if (is_gone(key, list + i * key->size))
			continue;
		if (!is_first)
			fputc(',', out);
		is_first = false;
		if (key->type == CGN_CONF_SECTION)
			show_level(conf, level, list + i * key->size, out);
		else
			cgn_conf_value_json(key, list + i * key->size, conf, out);
	}
	fputc(']', out);
}

/* Whether a key is a section that the configuration does not have. */
static bool
is_absent(const struct cgn_conf_key *key, const char *base)
{
	bool is_given;

	if (key->type != CGN_CONF_SECTION || key->is_list || key->size == 0)
		return false;
	memcpy(&is_given, base + key->offset, sizeof(is_given));
	return !is_given;
}

static void
show_level(const struct cgn_conf *conf, const char *level, const char *base, FILE *out)
{
	const struct cgn_conf_key *key = NULL;
	bool is_first = true;

	fputc('{', out);
	while ((key = cgn_conf_schema_next(level, key)) != NULL) {
		if (is_absent(key, base))
			continue;
		fprintf(out, "%s\"%s\":", is_first ? "" : ",", cgn_conf_schema_name(key));
		is_first = false;
		if (key->is_list)
			show_list(conf, key, base, out);
		else if (key->type == CGN_CONF_SECTION)
			show_level(conf, key->path, base, out);
		else
			cgn_conf_value_json(key, base + key->offset, conf, out);
	}
	fputc('}', out);
}

int
cgn_conf_show_json(const struct cgn_conf *conf, char **json)
{
	char *text = NULL;
	size_t len;
	FILE *out;
	bool failed;

	out = open_memstream(&text, &len);
	if (out == NULL)
		return -ENOMEM;
	show_level(conf, "", (const char *)conf, out);
	failed = ferror(out) != 0;
	if (fclose(out) != 0 || failed) {
		free(text);
		return -ENOMEM;
	}
	*json = text;
	return 0;
}
