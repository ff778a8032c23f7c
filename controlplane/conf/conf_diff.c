/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Compares two configurations, for a reload. It compares their JSON text, so that a key of the schema
 * cannot be forgotten here.
 */
#include "controlplane/conf/conf_diff.h"

#include "controlplane/conf/conf_schema.h"
#include "controlplane/conf/conf_show.h"
#include "controlplane/conf/conf_yaml.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct walk {
	cgn_conf_diff_fn changed;
	void *arg;
	int n;
};

/* Copy a path without the numbers of its indexes. */
static void
diff_strip(const char *path, char *out)
{
	bool is_index = false;

	for (; *path != '\0'; path++) {
		if (*path == ']')
			is_index = false;
		if (!is_index)
			*out++ = *path;
		if (*path == '[')
			is_index = true;
	}
	*out = '\0';
}

/* Whether a change needs no restart. If the number of entries of a list of maps has changed, the path is
 * that of the list, which is never live. */
static bool
is_live(const char *path)
{
	char text[CGN_CONF_YAML_PATH_MAX];
	const struct cgn_conf_key *key;

	diff_strip(path, text);
	key = cgn_conf_schema_find(text);
	return key != NULL && key->is_live;
}

static void
diff_tell(struct walk *w, const char *path)
{
	w->n++;
	w->changed(w->arg, path, !is_live(path));
}

static bool
is_list_of_maps(const json_t *list)
{
	return json_is_object(json_array_get(list, 0));
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
		diff_tell(w, below);
	}
}

static void
diff_compare(struct walk *w, const char *path, json_t *a, json_t *b)
{
	char below[CGN_CONF_YAML_PATH_MAX];
	json_t *item;
	size_t i;

	if (json_is_object(a) && json_is_object(b)) {
		diff_maps(w, path, a, b);
	} else if (is_list_of_maps(a) && json_array_size(a) == json_array_size(b)) {
		json_array_foreach(a, i, item)
		{
			snprintf(below, sizeof(below), "%s[%zu]", path, i);
			diff_compare(w, below, item, json_array_get(b, i));
		}
	} else if (!json_equal(a, b)) {
		diff_tell(w, path);
	}
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

int
cgn_conf_diff_walk(const struct cgn_conf *from, const struct cgn_conf *to, cgn_conf_diff_fn changed,
		void *arg)
{
	struct walk w = { .changed = changed, .arg = arg };
	json_t *a = as_json(from);
	json_t *b = as_json(to);

	if (a == NULL || b == NULL)
		w.n = -ENOMEM;
	else
		diff_compare(&w, "", a, b);
	json_decref(a);
	json_decref(b);
	return w.n;
}
