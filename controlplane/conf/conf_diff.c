/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Compares two configurations, for a reload and for `cgnctl config diff`. It compares their JSON text, so
 * that a key of the schema cannot be forgotten here.
 */
#include "controlplane/conf/conf_diff.h"

#include "controlplane/conf/conf_fixed.h"
#include "controlplane/conf/conf_schema.h"
#include "controlplane/conf/conf_show.h"
#include "controlplane/conf/conf_yaml.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct walk {
	cgn_conf_diff_fn differs;
	void *arg;
	const json_t *from, *to; /* the whole configurations */
	int n;
	bool is_full; /* there was no memory */
};

/* Copy a path without what is between brackets. Brackets at the end are left out. */
static void
diff_strip(const char *path, char *out)
{
	bool is_index = false;
	char *start = out;

	for (; *path != '\0'; path++) {
		if (*path == ']')
			is_index = false;
		if (!is_index)
			*out++ = *path;
		if (*path == '[')
			is_index = true;
	}
	if (out - start > 2 && out[-1] == ']')
		out -= 2;
	*out = '\0';
}

/* The row of a key, list, section or entry of a list. NULL: the schema does not have it. */
static const struct cgn_conf_key *
diff_row(const char *path)
{
	char text[CGN_CONF_YAML_PATH_MAX];

	diff_strip(path, text);
	return cgn_conf_schema_find(text);
}

static char *
diff_text(struct walk *w, const json_t *value)
{
	char *text = value == NULL ? NULL : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

	w->is_full |= value != NULL && text == NULL;
	return text;
}

/* @param from, to  NULL: it is not there */
static void
diff_tell(struct walk *w, const char *path, const json_t *from, const json_t *to)
{
	const struct cgn_conf_key *key = diff_row(path);
	char *old = diff_text(w, from), *new = diff_text(w, to);
	const struct cgn_conf_diff diff = {
		.path = path,
		.from = old,
		.to = new,
		.needs_restart = key == NULL || !key->is_live ||
				cgn_conf_fixed_has(w->from, path) ||
				cgn_conf_fixed_has(w->to, path),
	};

	w->n++;
	w->differs(w->arg, &diff);
	free(old);
	free(new);
}

static void diff_compare(struct walk *w, const char *path, json_t *a, json_t *b);

/* Two maps. One of them may lack a section. */
static void
diff_maps(struct walk *w, const char *path, json_t *a, json_t *b)
{
	const char *dot = path[0] == '\0' ? "" : ".";
	char below[CGN_CONF_YAML_PATH_MAX];
	const char *key;
	json_t *item;

	json_object_foreach(a, key, item)
	{
		snprintf(below, sizeof(below), "%s%s%s", path, dot, key);
		diff_compare(w, below, item, json_object_get(b, key));
	}
	json_object_foreach(b, key, item)
	{
		if (json_object_get(a, key) != NULL)
			continue;
		snprintf(below, sizeof(below), "%s%s%s", path, dot, key);
		diff_tell(w, below, NULL, item);
	}
}

/* The path of an entry of a list: its keys stand between the brackets. */
static void
diff_entry_path(const struct cgn_conf_key *list, const char *path, const json_t *entry,
		char out[static CGN_CONF_YAML_PATH_MAX])
{
	const struct cgn_conf_key *key = NULL;
	char level[CGN_CONF_YAML_PATH_MAX], name[CGN_CONF_YAML_PATH_MAX / 2] = "";
	size_t len = 0;

	snprintf(level, sizeof(level), "%s[]", list->path);
	while ((key = cgn_conf_schema_next(level, key)) != NULL) {
		const char *text;

		if (!key->is_key || len >= sizeof(name))
			continue;
		text = json_string_value(json_object_get(entry, cgn_conf_schema_name(key)));
		len += (size_t)snprintf(name + len, sizeof(name) - len, "%s%s", len == 0 ? "" : ",",
				text == NULL ? "?" : text);
	}
	snprintf(out, CGN_CONF_YAML_PATH_MAX, "%s[%s]", path, name);
}

/* Two lists of maps, as sets of entries. */
static void
diff_entries(struct walk *w, const struct cgn_conf_key *list, const char *path, json_t *a,
		json_t *b)
{
	json_t *rest = json_object(), *item;
	char below[CGN_CONF_YAML_PATH_MAX];
	const char *key;
	size_t i;

	json_array_foreach(b, i, item)
	{
		diff_entry_path(list, path, item, below);
		w->is_full |= json_object_set(rest, below, item) < 0;
	}
	json_array_foreach(a, i, item)
	{
		diff_entry_path(list, path, item, below);
		diff_compare(w, below, item, json_object_get(rest, below));
		json_object_del(rest, below);
	}
	json_object_foreach(rest, key, item) diff_tell(w, key, NULL, item);
	json_decref(rest);
}

/* The entries of a list of scalars that another list does not have. */
static json_t *
diff_without(struct walk *w, json_t *list, json_t *other)
{
	json_t *has = json_object(), *out = json_array(), *item;
	size_t i;

	json_array_foreach(other, i, item)
	{
		char *text = diff_text(w, item);

		w->is_full |= json_object_set_new(has, text, json_true()) < 0;
		free(text);
	}
	json_array_foreach(list, i, item)
	{
		char *text = diff_text(w, item);

		if (json_object_get(has, text) == NULL)
			w->is_full |= json_array_append(out, item) < 0;
		free(text);
	}
	json_decref(has);
	return out;
}

static void
diff_scalars(struct walk *w, const struct cgn_conf_key *key, const char *path, json_t *a, json_t *b)
{
	json_t *gone = diff_without(w, a, b), *come = diff_without(w, b, a);

	if (json_array_size(gone) + json_array_size(come) != 0)
		diff_tell(w, path, gone, come);
	else if (!key->is_set)
		diff_tell(w, path, a, b);
	json_decref(gone);
	json_decref(come);
}

/* @param b  NULL: it is gone */
static void
diff_compare(struct walk *w, const char *path, json_t *a, json_t *b)
{
	const struct cgn_conf_key *key;

	if (json_equal(a, b))
		return;
	if (json_is_object(a) && json_is_object(b)) {
		diff_maps(w, path, a, b);
		return;
	}
	key = diff_row(path);
	if (key == NULL || !key->is_list || !json_is_array(a) || !json_is_array(b))
		diff_tell(w, path, a, b);
	else if (key->type == CGN_CONF_SECTION)
		diff_entries(w, key, path, a, b);
	else
		diff_scalars(w, key, path, a, b);
}

static json_t *
as_json(const struct cgn_conf *conf)
{
	json_t *root;
	char *text;

	if (cgn_conf_show_json(conf, &text) < 0)
		return NULL;
	root = json_loads(text, 0, NULL);
	free(text);
	return root;
}

/* Compare, and release both. @param a, b  NULL: there was no memory */
static int
diff_roots(json_t *a, json_t *b, cgn_conf_diff_fn differs, void *arg)
{
	struct walk w = { differs, arg, a, b, .is_full = a == NULL || b == NULL };

	if (!w.is_full)
		diff_compare(&w, "", a, b);
	json_decref(a);
	json_decref(b);
	return w.is_full ? -ENOMEM : w.n;
}

int
cgn_conf_diff_walk(const struct cgn_conf *from, const struct cgn_conf *to, cgn_conf_diff_fn differs,
		void *arg)
{
	return diff_roots(as_json(from), as_json(to), differs, arg);
}

int
cgn_conf_diff_walk_text(const char *from, size_t len, const struct cgn_conf *to,
		cgn_conf_diff_fn differs, void *arg)
{
	json_t *a = json_loadb(from, len, 0, NULL);

	return a == NULL ? -EINVAL : diff_roots(a, as_json(to), differs, arg);
}
