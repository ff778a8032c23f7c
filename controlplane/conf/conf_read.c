/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Fills struct cgn_conf from the tree of a YAML file, row by row of the schema, for conf.c.
 */
#include "controlplane/conf/conf_read.h"

#include "controlplane/conf/conf_suggest.h"
#include "controlplane/conf/conf_value.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct reader {
	struct cgn_conf_errors *errs;
};

static int read_level(struct reader *r, const char *level, struct cgn_conf_node *map, char *base);

static void
conf_read_refuse(struct reader *r, struct cgn_conf_node *n, const char *allowed)
{
	char path[CGN_CONF_YAML_PATH_MAX];

	n->is_bad = true;
	cgn_conf_errors_add(r->errs, n->line, n->column, cgn_conf_yaml_path(n, path),
			cgn_conf_yaml_value(n), "%s", allowed);
}

/* Whether there is nothing behind `key:`. For lists and sections this means that they are empty. */
static bool
is_nothing(const struct cgn_conf_node *n)
{
	return n->kind == CGN_CONF_YAML_SCALAR && n->is_plain && n->text[0] == '\0';
}

/* Read one scalar, or one entry of a list of scalars. */
static int
conf_read_scalar(struct reader *r, const struct cgn_conf_key *key, struct cgn_conf_node *n,
		char *field)
{
	char allowed[CGN_CONF_ALLOWED_MAX], guess[CGN_CONF_SUGGEST_MAX];
	char text[CGN_CONF_ALLOWED_MAX + CGN_CONF_SUGGEST_MAX + 16];
	int ret;

	if (n->is_bad)
		return 0;
	ret = n->kind == CGN_CONF_YAML_SCALAR ? cgn_conf_value_parse(key, n->text, field) : -EINVAL;
	if (ret == -ENOMEM)
		return ret;
	if (ret == 0)
		return 0;
	guess[0] = '\0';
	if (n->kind == CGN_CONF_YAML_SCALAR)
		cgn_conf_suggest_value(key, n->text, guess);
	snprintf(text, sizeof(text), "must be %s%s", cgn_conf_schema_allowed(key, allowed), guess);
	conf_read_refuse(r, n, text);
	return 0;
}

/* Make room for a list. @return its first entry, NULL when there is no memory */
static char *
make_list(const struct cgn_conf_key *key, char *base, size_t n)
{
	const unsigned int n4 = (unsigned int)n;
	char *list;

	if (key->is_inline) {
		list = base + key->offset;
	} else {
		list = calloc(n == 0 ? 1 : n, key->size);
		if (list == NULL)
			return NULL;
		memcpy(base + key->offset, &list, sizeof(list));
	}
	if (key->n_size == sizeof(n4))
		memcpy(base + key->n_offset, &n4, sizeof(n4));
	else
		memcpy(base + key->n_offset, &n, sizeof(n));
	return list;
}

static int
read_entry(struct reader *r, const struct cgn_conf_key *key, struct cgn_conf_node *n, char *field)
{
	char level[CGN_CONF_YAML_PATH_MAX];

	if (key->type != CGN_CONF_SECTION)
		return conf_read_scalar(r, key, n, field);
	if (n->kind != CGN_CONF_YAML_MAP) {
		if (!n->is_bad)
			conf_read_refuse(r, n, "must be a map of keys");
		return 0;
	}
	snprintf(level, sizeof(level), "%s[]", key->path);
	return read_level(r, level, n, field);
}

/* Whether a list is given as its only entry, without brackets. */
static bool
is_lone_entry(const struct cgn_conf_key *key, const struct cgn_conf_node *n)
{
	return key->takes_one && n != NULL && n->kind == CGN_CONF_YAML_SCALAR && !is_nothing(n);
}

static int
conf_read_list(struct reader *r, const struct cgn_conf_key *key, struct cgn_conf_node *n,
		char *base)
{
	char allowed[64];
	size_t count = 0;
	char *list;
	bool is_one = is_lone_entry(key, n);
	int ret;

	if (is_one)
		count = 1;
	else if (n != NULL && !n->is_bad && n->kind != CGN_CONF_YAML_LIST && !is_nothing(n))
		conf_read_refuse(r, n, "must be a list, such as [a, b]");
	else if (n != NULL && !n->is_bad &&
			(n->n_children < key->n_min || n->n_children > key->n_max)) {
		snprintf(allowed, sizeof(allowed),
				"must be a list of %" PRIu32 "..%" PRIu32 " entries", key->n_min,
				key->n_max);
		conf_read_refuse(r, n, allowed);
	}
	if (n != NULL && n->kind == CGN_CONF_YAML_LIST && n->n_children <= key->n_max)
		count = n->n_children;
	/* A list that was refused is empty, so that what comes later finds a valid one. */
	list = make_list(key, base, count);
	if (list == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		ret = read_entry(r, key, is_one ? n : n->children[i], list + i * key->size);
		if (ret < 0)
			return ret;
	}
	return 0;
}

/* Handle a key that is not in the file: take its default, or note an error. */
static int
read_absent(struct reader *r, const struct cgn_conf_key *key, struct cgn_conf_node *map, char *base)
{
	char path[CGN_CONF_YAML_PATH_MAX], allowed[CGN_CONF_ALLOWED_MAX];
	struct cgn_conf_node at = { .parent = map };
	int ret;

	if (key->is_list ? key->n_min == 0 : key->def != NULL)
		return key->is_list ? conf_read_list(r, key, NULL, base)
				    : cgn_conf_value_parse(key, key->def, base + key->offset);
	at.key = strdup(cgn_conf_schema_name(key));
	if (at.key == NULL)
		return -ENOMEM;
	cgn_conf_errors_add(r->errs, map->line, map->column, cgn_conf_yaml_path(&at, path),
			"missing", "must be given: %s%s", key->is_list ? "a list of " : "",
			key->type == CGN_CONF_SECTION ? "maps of keys"
						      : cgn_conf_schema_allowed(key, allowed));
	free(at.key);
	/* The node tells the checks that this value is not known. */
	ret = cgn_conf_yaml_add_missing(map, cgn_conf_schema_name(key));
	if (ret < 0)
		return ret;
	return key->is_list
			? conf_read_list(r, key, cgn_conf_yaml_get(map, cgn_conf_schema_name(key)),
					  base)
			: 0;
}

static int
read_section(struct reader *r, const struct cgn_conf_key *key, struct cgn_conf_node *map,
		struct cgn_conf_node *n, char *base)
{
	struct cgn_conf_node none = { .kind = CGN_CONF_YAML_MAP, .parent = map };
	const bool is_given = n != NULL;

	if (key->size != 0)
		memcpy(base + key->offset, &is_given, sizeof(is_given));
	if (n != NULL && n->kind != CGN_CONF_YAML_MAP) {
		if (!is_nothing(n) && !n->is_bad)
			conf_read_refuse(r, n, "must be a map of keys");
		n = NULL;
	}
	/* A section that is not there gets the defaults of its keys. */
	return read_level(r, key->path, n != NULL ? n : &none, base);
}

/* Write a guess about an unknown key: one of this level with nearly the same name,
 * or the only one with the same name on another level. */
static void
guess_key(const char *level, const char *wrong, char *buf, size_t size)
{
	const struct cgn_conf_key *key = NULL, *all;
	struct cgn_conf_suggest near = { 0 };
	const char *other = NULL;
	size_t n, n_others = 0;

	while ((key = cgn_conf_schema_next(level, key)) != NULL)
		cgn_conf_suggest_word(&near, wrong, cgn_conf_schema_name(key));
	if (near.best != NULL) {
		snprintf(buf, size, "did you mean %s? It ", near.best);
		return;
	}
	all = cgn_conf_schema_keys(&n);
	for (size_t i = 0; i < n; i++) {
		const char *name = cgn_conf_schema_name(&all[i]);

		if (strcmp(name, wrong) != 0)
			continue;
		n_others++;
		other = all[i].path;
	}
	if (n_others == 1)
		snprintf(buf, size, "did you mean %s%s? Here it ", other,
				strchr(other, '.') == NULL ? " in the first column" : "");
	else
		buf[0] = '\0';
}

static void
refuse_unknown(struct reader *r, const char *level, const struct cgn_conf_node *n)
{
	const struct cgn_conf_key *key = NULL;
	char path[CGN_CONF_YAML_PATH_MAX], guess[CGN_CONF_YAML_PATH_MAX];
	char known[1024] = "";
	size_t len = 0;

	while ((key = cgn_conf_schema_next(level, key)) != NULL) {
		int put = snprintf(known + len, sizeof(known) - len, "%s%s", len != 0 ? ", " : "",
				cgn_conf_schema_name(key));

		if (put < 0 || (size_t)put >= sizeof(known) - len)
			break;
		len += (size_t)put;
	}
	guess_key(level, n->key, guess, sizeof(guess));
	cgn_conf_errors_add(r->errs, n->key_line, n->key_column, cgn_conf_yaml_path(n, path),
			"unknown key", "%smust be one of %s", guess, known);
}

/* Read all keys of one map. */
static int
read_level(struct reader *r, const char *level, struct cgn_conf_node *map, char *base)
{
	const struct cgn_conf_key *key = NULL;
	const size_t n_given = map->n_children; /* nodes for missing keys are added behind these */
	int ret;

	while ((key = cgn_conf_schema_next(level, key)) != NULL) {
		struct cgn_conf_node *n = cgn_conf_yaml_get(map, cgn_conf_schema_name(key));

		if (key->type == CGN_CONF_SECTION && !key->is_list)
			ret = read_section(r, key, map, n, base);
		else if (n == NULL)
			ret = read_absent(r, key, map, base);
		else if (key->is_list)
			ret = conf_read_list(r, key, n, base);
		else
			ret = conf_read_scalar(r, key, n, base + key->offset);
		if (ret < 0)
			return ret;
	}
	for (size_t i = 0; i < n_given; i++) {
		const struct cgn_conf_node *n = map->children[i];

		key = NULL;
		do {
			key = cgn_conf_schema_next(level, key);
		} while (key != NULL && strcmp(cgn_conf_schema_name(key), n->key) != 0);
		if (key == NULL)
			refuse_unknown(r, level, n);
	}
	return 0;
}

int
cgn_conf_read_tree(struct cgn_conf_node *root, struct cgn_conf *conf, struct cgn_conf_errors *errs)
{
	struct reader r = { .errs = errs };

	if (root->kind != CGN_CONF_YAML_MAP) {
		conf_read_refuse(&r, root, "must be a map of keys");
		return 0;
	}
	return read_level(&r, "", root, (char *)conf);
}

static void
free_level(const char *level, char *base)
{
	const struct cgn_conf_key *key = NULL;
	char path[CGN_CONF_YAML_PATH_MAX];

	while ((key = cgn_conf_schema_next(level, key)) != NULL) {
		char *list = base + key->offset;
		size_t n;

		if (!key->is_list && key->type == CGN_CONF_SECTION) {
			free_level(key->path, base);
			continue;
		}
		if (!key->is_list) {
			cgn_conf_value_free(key, base + key->offset);
			continue;
		}
		if (!key->is_inline)
			memcpy(&list, base + key->offset, sizeof(list));
		n = cgn_conf_value_count(key, base);
		snprintf(path, sizeof(path), "%s[]", key->path);
		for (size_t i = 0; i < n; i++) {
			if (key->type == CGN_CONF_SECTION)
				free_level(path, list + i * key->size);
			else
				cgn_conf_value_free(key, list + i * key->size);
		}
		if (!key->is_inline)
			free(list);
	}
}

void
cgn_conf_read_free(struct cgn_conf *conf)
{
	free_level("", (char *)conf);
}
