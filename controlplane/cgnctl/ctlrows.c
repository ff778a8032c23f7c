/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Long texts come in parts, and a table shows filters as one text.
 */
#include "controlplane/cgnctl/ctlrows.h"

#include "shared/percent.h"

#include <stdlib.h>
#include <string.h>

/* Put the parts of a text together. The last one is followed by none. */
static void
join_text(json_t *o, const char *name)
{
	json_t *text = json_string("");
	const char *part = "";
	char *decoded;

	for (unsigned int i = 0; part != NULL; i++) {
		json_t *key = json_sprintf("%s_%u", name, i);
		json_t *longer;

		part = json_string_value(json_object_get(o, json_string_value(key)));
		if (part != NULL) {
			longer = json_sprintf("%s%s", json_string_value(text), part);
			json_decref(text);
			text = longer;
		}
		json_object_del(o, json_string_value(key));
		json_decref(key);
	}
	decoded = strdup(json_string_value(text));
	if (decoded != NULL && cgn_percent_decode(decoded) == 0)
		json_object_set_new(o, name, json_string(decoded));
	free(decoded);
	json_decref(text);
}

/* Find the first part of a long text. @return the name of the text, which the caller frees; NULL: there is none */
static char *
find_text(json_t *o)
{
	const char *key;
	json_t *value;

	json_object_foreach(o, key, value)
	{
		size_t len = strlen(key);

		if (json_is_string(value) && len > 2 && strcmp(key + len - 2, "_0") == 0)
			return strndup(key, len - 2);
	}
	return NULL;
}

void
cgn_ctlrows_join(json_t *answer)
{
	const char *key;
	json_t *value;

	for (char *name = find_text(answer); name != NULL; name = find_text(answer)) {
		join_text(answer, name);
		free(name);
	}
	json_object_foreach(answer, key, value) cgn_ctlrows_join(value);
}

void
cgn_ctlrows_join_filters(json_t *rows)
{
	const char *key;
	json_t *row;

	json_object_foreach(rows, key, row)
	{
		json_t *filters = json_object_get(row, "filters"), *text = json_string("");

		for (size_t i = 0; i < json_array_size(filters); i++) {
			json_t *longer = json_sprintf("%s%s%s", json_string_value(text),
					i == 0 ? "" : " ",
					json_string_value(json_array_get(filters, i)));

			json_decref(text);
			text = longer;
		}
		if (filters != NULL)
			json_object_set(row, "filters", text);
		json_decref(text);
	}
}
