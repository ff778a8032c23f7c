/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Long texts come in parts, and a table shows filters as one text.
 */
#include "controlplane/cgnctl/ctlrows.h"

#include "shared/percent.h"
#include "shared/utf8.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Decode a text. What cannot be decoded is shown as it is, and what is not UTF-8 with question marks. @return NULL: no
 * memory */
static json_t *
decode(const char *text)
{
	char *decoded = strdup(text);
	json_t *out;

	if (decoded == NULL)
		return NULL;
	if (cgn_percent_decode(decoded) < 0)
		strcpy(decoded, text);
	cgn_utf8_repair(decoded);
	out = json_string(decoded);
	free(decoded);
	return out;
}

/* Put the parts of a text together. The last one is followed by none. @return false: no memory */
static bool
join_text(json_t *o, const char *name)
{
	json_t *text = json_string("");
	const char *part = "";
	bool is_good = text != NULL;

	for (unsigned int i = 0; is_good && part != NULL; i++) {
		json_t *key = json_sprintf("%s_%u", name, i);
		json_t *longer;

		part = json_string_value(json_object_get(o, json_string_value(key)));
		if (part != NULL) {
			longer = json_sprintf("%s%s", json_string_value(text), part);
			json_decref(text);
			text = longer;
			json_object_del(o, json_string_value(key));
		}
		is_good = key != NULL && text != NULL;
		json_decref(key);
	}
	is_good = is_good && json_object_set_new(o, name, decode(json_string_value(text))) == 0;
	json_decref(text);
	return is_good;
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
	bool is_good = true;

	/* A part that stays would be found for ever. */
	for (char *name = find_text(answer); name != NULL;
			name = is_good ? find_text(answer) : NULL) {
		is_good = join_text(answer, name);
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
