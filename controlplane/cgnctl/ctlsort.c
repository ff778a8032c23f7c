/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Sorts the rows of a table.
 */
#include "controlplane/cgnctl/ctlsort.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Whether a name begins with a word, or is it. '_' and a blank are the same. */
static bool
fits(const char *word, const char *name, bool *is_exact)
{
	size_t n = 0;

	while (word[n] != '\0' && name[n] != '\0' &&
			(word[n] == '_' ? ' ' : tolower((unsigned char)word[n])) ==
					(name[n] == '_' ? ' ' : tolower((unsigned char)name[n])))
		n++;
	*is_exact = word[n] == '\0' && name[n] == '\0';
	return n > 0 && word[n] == '\0';
}

bool
cgn_ctlsort_find(struct cgn_ctlsort *order, const char *word,
		const struct cgn_ctltable_column *columns, size_t n)
{
	unsigned int n_found = 0;

	order->is_descending = word[0] == '-';
	word += order->is_descending ? 1 : 0;
	for (size_t i = 0; i < n; i++) {
		bool is_key = false, is_title = false;
		bool fits_key = fits(word, columns[i].key, &is_key);
		bool fits_title = columns[i].title != NULL &&
				fits(word, columns[i].title, &is_title);

		if (is_key || is_title) {
			order->key = columns[i].key;
			return true;
		}
		if (fits_key || fits_title) {
			order->key = columns[i].key;
			n_found++;
		}
	}
	return n_found == 1;
}

/* A row with its place before. */
struct place {
	json_t *row;
	const json_t *value;
	size_t at;
};

static int
compare_values(const json_t *a, const json_t *b)
{
	if (json_is_string(a) && json_is_string(b))
		return strverscmp(json_string_value(a), json_string_value(b));
	if (json_is_number(a) && json_is_number(b))
		return (json_number_value(a) > json_number_value(b)) -
				(json_number_value(a) < json_number_value(b));
	return json_is_number(b) - json_is_number(a);
}

static int
compare_places(const void *a, const void *b, void *arg)
{
	const struct place *x = a, *y = b;
	const struct cgn_ctlsort *order = arg;
	int c;

	if (x->value == NULL || y->value == NULL)
		c = (x->value == NULL) - (y->value == NULL);
	else
		c = compare_values(x->value, y->value) * (order->is_descending ? -1 : 1);
	return c != 0 ? c : (x->at > y->at) - (x->at < y->at);
}

json_t *
cgn_ctlsort_rows(const json_t *rows, const struct cgn_ctlsort *order)
{
	size_t n = json_array_size(rows);
	struct place *places = calloc(n + 1, sizeof(*places));
	struct cgn_ctlsort by = *order;
	json_t *sorted = json_array();

	for (size_t i = 0; places != NULL && i < n; i++) {
		json_t *row = json_array_get(rows, i);

		places[i] = (struct place){ row, json_object_get(row, order->key), i };
	}
	if (places != NULL)
		qsort_r(places, n, sizeof(*places), compare_places, &by);
	for (size_t i = 0; places != NULL && i < n; i++)
		json_array_append(sorted, places[i].row);
	if (places == NULL) {
		json_decref(sorted);
		sorted = NULL;
	}
	free(places);
	return sorted;
}
