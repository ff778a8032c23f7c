/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The list of all errors of one file. Its memory may run out, too. Errors that are not kept are counted.
 */
#include "controlplane/conf/conf_errors.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define ERRORS_MAX 1000 /* more than anybody reads; bounds the memory a broken file can take */
#define VALUE_MAX  80   /* octets of a value that are shown */

/* Copy a value so that it cannot disturb a terminal or break the line. */
static void
put_value(FILE *out, const char *value)
{
	size_t n = 0;

	for (; value[n] != '\0' && n < VALUE_MAX; n++)
		fputc((unsigned char)value[n] < 0x20 || value[n] == 0x7f ? '?' : value[n], out);
	/* Do not cut a UTF-8 sequence in two. */
	for (; ((unsigned char)value[n] & 0xc0) == 0x80; n++)
		fputc(value[n], out);
	if (value[n] != '\0')
		fputs("...", out);
}

/* @return the text of a line; NULL: no memory */
static __attribute__((format(printf, 3, 0))) char *
line_text(const char *key, const char *value, const char *fmt, va_list ap)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (out == NULL)
		return NULL;
	put_value(out, key);
	fputs(": ", out);
	put_value(out, value);
	fputs(": ", out);
	vfprintf(out, fmt, ap);
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

/* Append an entry, whose text belongs to the list from now on. Without a text or memory it is counted. */
static void
append(struct cgn_conf_errors *errs, const struct cgn_conf_error *e)
{
	struct cgn_conf_error *list = NULL;

	if (e->text != NULL && errs->n < ERRORS_MAX)
		list = realloc(errs->list, (errs->n + 1) * sizeof(*list));
	if (list == NULL) {
		free(e->text);
		errs->n_dropped += !e->is_warning;
		return;
	}
	errs->list = list;
	errs->list[errs->n++] = *e;
	errs->n_warnings += e->is_warning;
}

void
cgn_conf_errors_add(struct cgn_conf_errors *errs, uint32_t line, uint32_t column, const char *key,
		const char *value, const char *fmt, ...)
{
	struct cgn_conf_error e = { .line = line, .column = column };
	va_list ap;

	va_start(ap, fmt);
	if (errs->n < ERRORS_MAX)
		e.text = line_text(key, value, fmt, ap);
	va_end(ap);
	append(errs, &e);
}

void
cgn_conf_errors_warn(struct cgn_conf_errors *errs, uint32_t line, uint32_t column, const char *key,
		const char *value, const char *fmt, ...)
{
	struct cgn_conf_error e = { .line = line, .column = column, .is_warning = true };
	va_list ap;

	va_start(ap, fmt);
	if (errs->n < ERRORS_MAX)
		e.text = line_text(key, value, fmt, ap);
	va_end(ap);
	append(errs, &e);
}

bool
cgn_conf_errors_none(const struct cgn_conf_errors *errs)
{
	return errs->n == errs->n_warnings && errs->n_dropped == 0;
}

bool
cgn_conf_errors_has_warnings(const struct cgn_conf_errors *errs)
{
	return errs->n_warnings != 0 || errs->may_be_cut;
}

static int
by_position(const void *a, const void *b)
{
	const struct cgn_conf_error *x = a, *y = b;

	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	if (x->column != y->column)
		return x->column < y->column ? -1 : 1;
	return strcmp(x->text, y->text);
}

void
cgn_conf_errors_sort(struct cgn_conf_errors *errs)
{
	if (errs->n > 1)
		qsort(errs->list, errs->n, sizeof(errs->list[0]), by_position);
}

void
cgn_conf_errors_print_some(const struct cgn_conf_errors *errs, size_t max, FILE *out)
{
	size_t n = errs->n < max ? errs->n : max;
	size_t n_more = errs->n - n + errs->n_dropped;
	const char *file = errs->file != NULL ? errs->file : "-";

	if (errs->may_be_cut)
		fprintf(out, "%s: warning: the last line has no newline, so the file may have been cut off\n",
				file);
	for (size_t i = 0; i < n; i++) {
		const struct cgn_conf_error *e = &errs->list[i];
		const char *kind = e->is_warning ? "warning: " : "";

		if (e->line == 0)
			fprintf(out, "%s: %s%s\n", file, kind, e->text);
		else
			fprintf(out, "%s:%" PRIu32 ":%" PRIu32 ": %s%s\n", file, e->line, e->column,
					kind, e->text);
	}
	if (n_more != 0)
		fprintf(out, "%s: and %zu more\n", file, n_more);
}

void
cgn_conf_errors_print(const struct cgn_conf_errors *errs, FILE *out)
{
	cgn_conf_errors_print_some(errs, SIZE_MAX, out);
}

const struct cgn_conf_error *
cgn_conf_errors_first(const struct cgn_conf_errors *errs)
{
	for (size_t i = 0; i < errs->n; i++) {
		if (!errs->list[i].is_warning)
			return &errs->list[i];
	}
	return NULL;
}

void
cgn_conf_errors_fini(struct cgn_conf_errors *errs)
{
	for (size_t i = 0; i < errs->n; i++)
		free(errs->list[i].text);
	free(errs->list);
	free(errs->file);
	*errs = (struct cgn_conf_errors){ 0 };
}
