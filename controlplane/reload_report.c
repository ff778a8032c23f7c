/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Makes the report of a reload, for reload.c.
 */
#include "controlplane/reload_report.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* The first n errors as lines, as `cgnd --check` prints them. NULL: no memory */
static char *
report_lines(const struct cgn_conf_errors *errs, size_t n)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (out == NULL)
		return NULL;
	cgn_conf_errors_print_some(errs, n, out);
	return fclose(out) == 0 ? text : NULL;
}

static void
report_keys(json_t *root, const struct cgn_reload_outcome *o)
{
	json_t *list = json_array();

	for (size_t i = 0; i < o->keys->n && i < CGN_CONFLOAD_KEYS_MAX; i++) {
		const char *path = o->keys->path[i];

		json_array_append_new(list, json_string(path == NULL ? "?" : path));
	}
	json_object_set_new(root, "keys", list);
	json_object_set_new(root, "keys_total", json_integer((json_int_t)o->keys->n));
}

static char *
report_with(const struct cgn_reload_outcome *o, size_t n_errors)
{
	json_t *root = json_object();
	char *text, *lines;

	json_object_set_new(root, "result", json_string(o->result));
	if (o->why != NULL)
		json_object_set_new(root, "why", json_string(o->why));
	json_object_set_new(root, "file", json_string(o->file));
	report_keys(root, o);
	if (o->confirm_left_s != 0)
		json_object_set_new(root, "confirm_left_s", json_integer(o->confirm_left_s));
	if (!cgn_conf_errors_none(o->errs) || o->errs->may_be_cut) {
		lines = report_lines(o->errs, n_errors);
		json_object_set_new(root, "errors", json_string(lines == NULL ? "?" : lines));
		free(lines);
	}
	text = json_dumps(root, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_decref(root);
	return text;
}

char *
cgn_reload_report_text(const struct cgn_reload_outcome *o)
{
	size_t n = o->errs->n < CGN_CONFLOAD_KEYS_MAX ? o->errs->n : CGN_CONFLOAD_KEYS_MAX;
	char *text = report_with(o, n);

	while (text != NULL && strlen(text) > CGN_RELOAD_REPORT_MAX && n > 0) {
		free(text);
		text = report_with(o, --n);
	}
	return text;
}
