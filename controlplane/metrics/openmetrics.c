/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The text format of OpenMetrics: lines of families and their values.
 */
#include "controlplane/metrics/openmetrics.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_SIZE  65536
#define NUMBER_SIZE 32 /* octets that are enough for any number */

/* Make room for some octets. */
static bool
reserve(struct cgn_openmetrics *om, size_t n)
{
	size_t size = om->size == 0 ? FIRST_SIZE : om->size;
	char *text;

	if (om->is_lost)
		return false;
	if (om->size - om->len >= n)
		return true;
	while (size - om->len < n)
		size *= 2;
	text = realloc(om->text, size);
	if (text == NULL) {
		om->is_lost = true;
		return false;
	}
	om->text = text;
	om->size = size;
	return true;
}

static void
put(struct cgn_openmetrics *om, const char *text)
{
	size_t n = strlen(text);

	if (!reserve(om, n))
		return;
	memcpy(om->text + om->len, text, n);
	om->len += n;
}

/* Quotes, backslashes and ends of lines have a backslash in front, in help texts and in values of labels. */
static void
put_escaped(struct cgn_openmetrics *om, const char *text)
{
	if (!reserve(om, 2 * strlen(text)))
		return;
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\' || *text == '\n')
			om->text[om->len++] = '\\';
		om->text[om->len++] = (char)(*text == '\n' ? 'n' : *text);
	}
}

static void
put_uint(struct cgn_openmetrics *om, uint64_t v)
{
	char digits[NUMBER_SIZE];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + v % 10);
		v /= 10;
	} while (v != 0);
	if (!reserve(om, sizeof(digits) - at))
		return;
	memcpy(om->text + om->len, digits + at, sizeof(digits) - at);
	om->len += sizeof(digits) - at;
}

static void
put_name(struct cgn_openmetrics *om)
{
	const char *const *name = om->family.name;

	for (unsigned int i = 0; i < 3 && name[i] != NULL; i++)
		put(om, name[i]);
}

/* The line "# KEYWORD NAME ", without its last part. */
static void
put_keyword(struct cgn_openmetrics *om, const char *keyword)
{
	put(om, keyword);
	put_name(om);
	put(om, " ");
}

static void
put_label(struct cgn_openmetrics *om, const char *before, const char *name, const char *value)
{
	put(om, before);
	put(om, name);
	put(om, "=\"");
	put_escaped(om, value);
	put(om, "\"");
}

/* Write the part of a line in front of its value. @param le  one more label; NULL: none */
static void
put_sample(struct cgn_openmetrics *om, const char *suffix,
		const struct cgn_openmetrics_label *labels, size_t n, const char *le)
{
	const char *before = "{";

	put_name(om);
	put(om, suffix);
	for (size_t i = 0; i < n; i++) {
		put_label(om, before, labels[i].name, labels[i].value);
		before = ",";
	}
	if (le != NULL) {
		put_label(om, before, "le", le);
		before = ",";
	}
	put(om, before[0] == ',' ? "} " : " ");
}

static void
put_sample_uint(struct cgn_openmetrics *om, const char *suffix,
		const struct cgn_openmetrics_label *labels, size_t n, const char *le, uint64_t v)
{
	put_sample(om, suffix, labels, n, le);
	put_uint(om, v);
	put(om, "\n");
}

static void
put_created(struct cgn_openmetrics *om, const struct cgn_openmetrics_label *labels, size_t n)
{
	put_sample(om, "_created", labels, n, NULL);
	put(om, om->created);
	put(om, "\n");
}

void
cgn_openmetrics_begin(struct cgn_openmetrics *om, int64_t created_ms)
{
	*om = (struct cgn_openmetrics){ 0 };
	snprintf(om->created, sizeof(om->created), "%" PRId64 ".%03d", created_ms / 1000,
			(int)(created_ms % 1000));
}

void
cgn_openmetrics_family(struct cgn_openmetrics *om, const struct cgn_openmetrics_family *f)
{
	static const char *const types[] = {
		[CGN_OPENMETRICS_COUNTER] = "counter\n",
		[CGN_OPENMETRICS_GAUGE] = "gauge\n",
		[CGN_OPENMETRICS_INFO] = "info\n",
		[CGN_OPENMETRICS_HISTOGRAM] = "histogram\n",
	};

	om->family = *f;
	put_keyword(om, "# TYPE ");
	put(om, types[f->type]);
	if (f->unit != NULL) {
		put_keyword(om, "# UNIT ");
		put(om, f->unit);
		put(om, "\n");
	}
	put_keyword(om, "# HELP ");
	put_escaped(om, f->help);
	put(om, "\n");
}

void
cgn_openmetrics_value(struct cgn_openmetrics *om, const struct cgn_openmetrics_label *labels,
		size_t n_labels, uint64_t value)
{
	bool is_counter = om->family.type == CGN_OPENMETRICS_COUNTER;

	put_sample_uint(om, is_counter ? "_total" : "", labels, n_labels, NULL, value);
	if (is_counter)
		put_created(om, labels, n_labels);
}

void
cgn_openmetrics_info(struct cgn_openmetrics *om, const struct cgn_openmetrics_label *labels,
		size_t n_labels)
{
	put_sample_uint(om, "_info", labels, n_labels, NULL, 1);
}

void
cgn_openmetrics_histogram(struct cgn_openmetrics *om, const struct cgn_openmetrics_label *labels,
		size_t n_labels, const struct cgn_openmetrics_bucket *buckets, size_t n_buckets,
		double sum)
{
	char text[NUMBER_SIZE];

	for (size_t i = 0; i < n_buckets; i++)
		put_sample_uint(om, "_bucket", labels, n_labels, buckets[i].le, buckets[i].n);
	put_sample_uint(om, "_count", labels, n_labels, NULL, buckets[n_buckets - 1].n);
	put_sample(om, "_sum", labels, n_labels, NULL);
	snprintf(text, sizeof(text), "%.12g\n", sum);
	put(om, text);
	put_created(om, labels, n_labels);
}

int
cgn_openmetrics_end(struct cgn_openmetrics *om, char **text, size_t *len)
{
	put(om, "# EOF\n");
	if (om->is_lost) {
		cgn_openmetrics_abort(om);
		return -ENOMEM;
	}
	*text = om->text;
	*len = om->len;
	om->text = NULL;
	return 0;
}

void
cgn_openmetrics_abort(struct cgn_openmetrics *om)
{
	free(om->text);
	om->text = NULL;
}
