/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Rows of leases: descriptions come in parts, and a table shows filters as one text.
 */
#include "controlplane/cgnctl/ctlrows.h"

#include "shared/ctl.h"
#include "shared/percent.h"

#include <stdio.h>
#include <string.h>

#define DESCRIPTION_MAX 1024 /* octets of an encoded description, more than there can be */

/* Put a long text together. It comes in parts that are percent-encoded. */
static void
join_parts(json_t *row, const char *prefix, const char *key)
{
	char text[DESCRIPTION_MAX] = "", name[32];
	const char *part = "";
	json_t *value;

	for (unsigned int i = 0; part != NULL; i++) {
		size_t len = strlen(text);

		snprintf(name, sizeof(name), "%s%u", prefix, i);
		part = json_string_value(json_object_get(row, name));
		if (part != NULL)
			snprintf(text + len, sizeof(text) - len, "%s", part);
		json_object_del(row, name);
	}
	value = text[0] == '\0' || cgn_percent_decode(text) < 0 ? NULL : json_string(text);
	if (value != NULL)
		json_object_set_new(row, key, value);
}

void
cgn_ctlrows_describe(json_t *rows)
{
	const char *key;
	json_t *row;

	json_object_foreach(rows, key, row)
	{
		join_parts(row, CGN_CTL_DESCRIPTION, "description");
		join_parts(row, CGN_CTL_TEXT, "text");
	}
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
