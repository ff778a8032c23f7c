/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Finds the line of a key and writes an error about it, for all files with rules.
 */
#include "controlplane/conf/conf_checker.h"

#include "controlplane/conf/conf_schema.h"

#include <stdarg.h>
#include <string.h>

bool
cgn_conf_checker_at(struct cgn_conf_checker *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(c->path, sizeof(c->path), fmt, ap);
	va_end(ap);
	c->is_given = cgn_conf_yaml_at(c->root, c->path, &c->node);
	for (const struct cgn_conf_node *n = c->node; n != NULL; n = n->parent) {
		if (n->is_bad && n->kind != CGN_CONF_YAML_LIST)
			return false;
	}
	return !c->node->is_bad;
}

/* The key of the schema at a path of the file: "groups[3].pool" is "groups[].pool". NULL: there is none */
static const struct cgn_conf_key *
key_of(const char *path)
{
	char row[CGN_CONF_YAML_PATH_MAX];
	size_t len = 0;

	for (const char *p = path; *p != '\0'; p++) {
		if (*p < '0' || *p > '9' || len == 0 || row[len - 1] != '[')
			row[len++] = *p;
	}
	row[len] = '\0';
	return cgn_conf_schema_find(row);
}

bool
cgn_conf_checker_is_changed(const struct cgn_conf_checker *c)
{
	const struct cgn_conf_key *key = key_of(c->path);

	if (!c->is_given)
		return false;
	return key == NULL || key->def == NULL ||
			strcmp(cgn_conf_yaml_value(c->node), key->def) != 0;
}

/* Describe a key that is not in the file, for an error. */
static void
describe_absent(const char *path, char *buf, size_t size)
{
	const struct cgn_conf_key *key = key_of(path);

	if (key == NULL || key->is_list || key->def == NULL || key->def[0] == '\0')
		snprintf(buf, size, "not given");
	else
		snprintf(buf, size, "default %s", key->def);
}

/* The text for the value of the current key. @param absent  room for it if the file does not have the key */
static const char *
value_text(const struct cgn_conf_checker *c, char *absent, size_t size)
{
	if (c->is_given)
		return cgn_conf_yaml_value(c->node);
	describe_absent(c->path, absent, size);
	return absent;
}

void
cgn_conf_checker_refuse(struct cgn_conf_checker *c, const char *fmt, ...)
{
	char text[512], absent[128];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	cgn_conf_errors_add(c->errs, c->node->line, c->node->column, c->path,
			value_text(c, absent, sizeof(absent)), "%s", text);
}

void
cgn_conf_checker_refuse_name(
		struct cgn_conf_checker *c, const char *what, const struct cgn_conf_suggest *near)
{
	if (near->best == NULL)
		cgn_conf_checker_refuse(c, "must be the name of %s", what);
	else
		cgn_conf_checker_refuse(
				c, "must be the name of %s; did you mean %s?", what, near->best);
}

void
cgn_conf_checker_warn(struct cgn_conf_checker *c, const char *fmt, ...)
{
	char text[512], absent[128];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	cgn_conf_errors_warn(c->errs, c->node->line, c->node->column, c->path,
			value_text(c, absent, sizeof(absent)), "%s", text);
}

bool
cgn_conf_checker_same_ip(const struct cgn_prefix *a, const struct cgn_prefix *b)
{
	if (a->is_ip6 != b->is_ip6)
		return false;
	return a->is_ip6 ? memcmp(&a->ip6, &b->ip6, sizeof(a->ip6)) == 0 : a->ip4 == b->ip4;
}
