/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Text that cgnctl prints: tables with aligned columns, and the configuration as YAML.
 *
 * Names may come from strangers. Each text is escaped, so that it cannot control the terminal.
 */
#include "controlplane/cgnctl/ctltable.h"

#include "shared/utc_text.h"

#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Write a number that grows by thousands. */
static void
scaled(double v, const char *const *units, size_t n_units, char buf[static CGN_CTLTABLE_UNIT_MAX])
{
	size_t u = 0;

	while (v >= 999.95 && u + 1 < n_units) {
		v /= 1000;
		u++;
	}
	snprintf(buf, CGN_CTLTABLE_UNIT_MAX, "%.*f %s", v > 0 ? 1 : 0, v, units[u]);
}

const char *
cgn_ctltable_bytes(uint64_t n, char buf[static CGN_CTLTABLE_UNIT_MAX])
{
	static const char *const units[] = { "kB", "MB", "GB", "TB", "PB", "EB" };

	if (n < 1000)
		snprintf(buf, CGN_CTLTABLE_UNIT_MAX, "%" PRIu64 " B", n);
	else
		scaled((double)n / 1000, units, N_OF(units), buf);
	return buf;
}

const char *
cgn_ctltable_nanoseconds(uint64_t n, char buf[static CGN_CTLTABLE_UNIT_MAX])
{
	static const char *const units[] = { "us", "ms", "s" };

	if (n < 1000)
		snprintf(buf, CGN_CTLTABLE_UNIT_MAX, "%" PRIu64 " ns", n);
	else
		scaled((double)n / 1000, units, N_OF(units), buf);
	return buf;
}

const char *
cgn_ctltable_rate(double v, enum cgn_ctltable_format format, char buf[static CGN_CTLTABLE_UNIT_MAX])
{
	static const char *const counts[] = { "/s", "k/s", "M/s", "G/s" };
	static const char *const packets[] = { "pps", "kpps", "Mpps", "Gpps" };
	static const char *const bits[] = { "bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s" };

	if (format == CGN_CTLTABLE_PACKETS)
		scaled(v, packets, N_OF(packets), buf);
	else if (format == CGN_CTLTABLE_OCTETS)
		scaled(8 * v, bits, N_OF(bits), buf);
	else
		scaled(v, counts, N_OF(counts), buf);
	return buf;
}

const char *
cgn_ctltable_seconds(uint64_t s, char buf[static CGN_CTLTABLE_UNIT_MAX])
{
	if (s < 60)
		snprintf(buf, CGN_CTLTABLE_UNIT_MAX, "%" PRIu64 "s", s);
	else if (s < 3600)
		snprintf(buf, CGN_CTLTABLE_UNIT_MAX, "%" PRIu64 "m%02" PRIu64 "s", s / 60, s % 60);
	else if (s < 86400)
		snprintf(buf, CGN_CTLTABLE_UNIT_MAX, "%" PRIu64 "h%02" PRIu64 "m", s / 3600,
				s % 3600 / 60);
	else
		snprintf(buf, CGN_CTLTABLE_UNIT_MAX, "%" PRIu64 "d%02" PRIu64 "h", s / 86400,
				s % 86400 / 3600);
	return buf;
}

/* How many octets the control character has that a text begins with. 0: it begins with another
 * character. */
static size_t
control_len(const unsigned char *t)
{
	if (t[0] < 0x20 || t[0] == 0x7f)
		return 1;
	if (t[0] == 0xc2 && t[1] >= 0x80 && t[1] <= 0x9f)
		return 2; /* U+0080 to U+009F */
	if (t[0] == 0xe2 && t[1] == 0x80 && t[2] >= 0xa8 && t[2] <= 0xae)
		return 3; /* line ends and directions, U+2028 to U+202E */
	if (t[0] == 0xe2 && t[1] == 0x81 && t[2] >= 0xa6 && t[2] <= 0xa9)
		return 3; /* U+2066 to U+2069 */
	return 0;
}

const char *
cgn_ctltable_escape(char *out, size_t size, const char *text)
{
	const unsigned char *t = (const unsigned char *)text;
	size_t n = 0;

	while (*t != '\0' && n + 4 < size) {
		size_t control = control_len(t);

		if (control == 0)
			out[n++] = (char)*t++;
		for (; control > 0 && n + 4 < size; control--)
			n += (size_t)snprintf(out + n, size - n, "\\x%02x", *t++);
	}
	out[n] = '\0';
	return out;
}

static_assert(CGN_UTC_TEXT_MAX <= CGN_CTLTABLE_CELL_MAX, "a time fits into a cell");

static void
cell(const struct cgn_ctltable_column *c, const json_t *value,
		char buf[static CGN_CTLTABLE_CELL_MAX])
{
	uint64_t n = (uint64_t)json_integer_value(value);

	if (value == NULL) {
		strcpy(buf, "-");
		return;
	}
	if (json_is_string(value)) {
		cgn_ctltable_escape(buf, CGN_CTLTABLE_CELL_MAX, json_string_value(value));
		return;
	}
	if (json_is_real(value)) {
		cgn_ctltable_rate(json_real_value(value), c->format, buf);
		return;
	}
	switch (c->format) {
	case CGN_CTLTABLE_TEXT:
	case CGN_CTLTABLE_NUMBER:
	case CGN_CTLTABLE_COUNT:
	case CGN_CTLTABLE_PACKETS:
		snprintf(buf, CGN_CTLTABLE_CELL_MAX, "%" PRIu64, n);
		break;
	case CGN_CTLTABLE_BYTES:
	case CGN_CTLTABLE_OCTETS:
		cgn_ctltable_bytes(n, buf);
		break;
	case CGN_CTLTABLE_UTC:
		cgn_utc_text_format((int64_t)n, buf);
		break;
	case CGN_CTLTABLE_SECONDS:
		cgn_ctltable_seconds(n, buf);
		break;
	case CGN_CTLTABLE_NANOSECONDS:
		cgn_ctltable_nanoseconds(n, buf);
		break;
	case CGN_CTLTABLE_PERCENT:
		snprintf(buf, CGN_CTLTABLE_CELL_MAX, "%" PRIu64 " %%", n);
		break;
	case CGN_CTLTABLE_PERMILLE:
		snprintf(buf, CGN_CTLTABLE_CELL_MAX, "%" PRIu64 ".%" PRIu64 " %%", n / 10, n % 10);
		break;
	}
}

static bool
is_empty(const json_t *value)
{
	return value == NULL || (json_is_string(value) && json_string_length(value) == 0);
}

/* Find the columns that have something. An empty table has them all. @return whether one is new */
static bool
choose(struct cgn_ctltable *t, json_t *rows)
{
	bool is_any_new = false;
	const char *key;
	json_t *row;

	assert(t->n_columns <= CGN_CTLTABLE_COLUMNS_MAX);
	for (size_t i = 0; i < t->n_columns; i++) {
		const struct cgn_ctltable_column *c = &t->columns[i];
		bool is_new = json_object_size(rows) == 0;

		if (c->title == NULL || t->is_shown[i])
			continue;
		json_object_foreach(rows, key, row)
				is_new |= !is_empty(json_object_get(row, c->key));
		t->is_shown[i] = is_new;
		is_any_new |= is_new;
	}
	return is_any_new;
}

static void
measure(struct cgn_ctltable *t, json_t *rows)
{
	char buf[CGN_CTLTABLE_CELL_MAX];
	const char *key;
	json_t *row;

	for (size_t i = 0; i < t->n_columns; i++) {
		const struct cgn_ctltable_column *c = &t->columns[i];

		if (!t->is_shown[i])
			continue;
		t->last = i;
		t->width[i] = (int)strlen(c->title) > c->width ? (int)strlen(c->title) : c->width;
		json_object_foreach(rows, key, row)
		{
			cell(c, json_object_get(row, c->key), buf);
			if ((int)strlen(buf) > t->width[i])
				t->width[i] = (int)strlen(buf);
		}
	}
}

/* Print a cell. Text is aligned left, and numbers right. Nothing is padded at the end of a line. */
static void
ctltable_put(struct cgn_ctltable *t, size_t i, const char *text)
{
	bool is_last = i == t->last;

	if (t->columns[i].format != CGN_CTLTABLE_TEXT)
		fprintf(t->out, "%*s", t->width[i], text);
	else
		fprintf(t->out, "%-*s", is_last ? 0 : t->width[i], text);
	fputs(is_last ? "\n" : "  ", t->out);
}

/* Print the headings, also again if a later page has something in a column that was left out. */
static void
begin(struct cgn_ctltable *t, json_t *rows)
{
	measure(t, rows);
	if (t->is_begun)
		fputc('\n', t->out);
	for (size_t i = 0; i < t->n_columns; i++) {
		if (t->is_shown[i])
			ctltable_put(t, i, t->columns[i].title);
	}
	t->is_begun = true;
}

void
cgn_ctltable_page(struct cgn_ctltable *t, json_t *rows)
{
	char buf[CGN_CTLTABLE_CELL_MAX];
	const char *key;
	json_t *row;

	if (choose(t, rows))
		begin(t, rows);
	json_object_foreach(rows, key, row)
	{
		for (size_t i = 0; i < t->n_columns; i++) {
			if (!t->is_shown[i])
				continue;
			cell(&t->columns[i], json_object_get(row, t->columns[i].key), buf);
			ctltable_put(t, i, buf);
		}
	}
}

/* --- YAML ---------------------------------------------------------------------------------- */

static bool
yaml_is_plain(const char *s)
{
	static const char *const words[] = { "true", "false", "yes", "no", "on", "off", "null", "y",
		"n" };

	if (!isalpha((unsigned char)s[0]) && s[0] != '/')
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasecmp(s, words[i]) == 0)
			return false;
	}
	return strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./") ==
			strlen(s);
}

static bool
is_flat(const json_t *value)
{
	const json_t *item;
	size_t i;

	if (json_is_object(value))
		return json_object_size(value) == 0;
	json_array_foreach(value, i, item)
	{
		if (json_is_object(item) || json_is_array(item))
			return false;
	}
	return true;
}

static void
flat(FILE *out, const json_t *value)
{
	const json_t *item;
	char *text;
	size_t i;

	if (json_is_string(value) && yaml_is_plain(json_string_value(value))) {
		fputs(json_string_value(value), out);
		return;
	}
	if (json_is_array(value)) {
		fputc('[', out);
		json_array_foreach(value, i, item)
		{
			fputs(i == 0 ? "" : ", ", out);
			flat(out, item);
		}
		fputc(']', out);
		return;
	}
	text = json_dumps(value, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
	fputs(text == NULL ? "null" : text, out);
	free(text);
}

static void yaml(FILE *out, const json_t *value, int indent);

/* Print the value behind a key or a dash. A map in a list begins on the line of the dash. */
static void
yaml_nested(FILE *out, const json_t *value, int indent)
{
	if (is_flat(value)) {
		flat(out, value);
		fputc('\n', out);
		return;
	}
	yaml(out, value, indent);
}

static void
yaml(FILE *out, const json_t *value, int indent)
{
	char key[CGN_CTLTABLE_CELL_MAX];
	const json_t *item;
	void *iter;
	size_t i;
	bool is_first = true;

	if (json_is_array(value)) {
		json_array_foreach(value, i, item)
		{
			fprintf(out, "%*s- ", indent, "");
			yaml_nested(out, item, indent + 2);
		}
		return;
	}
	/* jansson keeps the order of keys; its iterators take no const object. */
	for (iter = json_object_iter((json_t *)(uintptr_t)value); iter != NULL;
			iter = json_object_iter_next((json_t *)(uintptr_t)value, iter)) {
		item = json_object_iter_value(iter);
		/* The first key of a map in a list is on the line of the dash. */
		fprintf(out, "%*s%s:%s", is_first ? 0 : indent, "",
				cgn_ctltable_escape(key, sizeof(key), json_object_iter_key(iter)),
				is_flat(item) ? " " : "\n");
		if (!is_flat(item) && json_is_object(item))
			fprintf(out, "%*s", indent + 2, "");
		yaml_nested(out, item, indent + 2);
		is_first = false;
	}
}

void
cgn_ctltable_yaml(FILE *out, const json_t *value)
{
	yaml_nested(out, value, 0);
}

void
cgn_ctltable_json(FILE *out, const json_t *value)
{
	json_dumpf(value, out, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	fputc('\n', out);
}
