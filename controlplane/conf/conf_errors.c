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

void
cgn_conf_errors_add(struct cgn_conf_errors *errs, uint32_t line, uint32_t column, const char *key,
		const char *value, const char *fmt, ...)
{
	struct cgn_conf_error *list;
	char *text = NULL;
	size_t len;
	va_list ap;
	FILE *out;

	if (errs->n >= ERRORS_MAX)
		goto drop;
	list = realloc(errs->list, (errs->n + 1) * sizeof(*list));
	if (list == NULL)
		goto drop;
	errs->list = list;
	out = open_memstream(&text, &len);
	if (out == NULL)
		goto drop;
	put_value(out, key);
	fputs(": ", out);
	put_value(out, value);
	fputs(": ", out);
	va_start(ap, fmt);
	vfprintf(out, fmt, ap);
	va_end(ap);
	if (fclose(out) != 0) {
		free(text);
		goto drop;
	}
	errs->list[errs->n++] = (struct cgn_conf_error){
		.line = line, .column = column, .text = text
	};
	return;

drop:
	errs->n_dropped++;
}

bool
cgn_conf_errors_none(const struct cgn_conf_errors *errs)
{
	return errs->n == 0 && errs->n_dropped == 0;
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

		if (e->line == 0)
			fprintf(out, "%s: %s\n", file, e->text);
		else
			fprintf(out, "%s:%" PRIu32 ":%" PRIu32 ": %s\n", file, e->line, e->column,
					e->text);
	}
	if (n_more != 0)
		fprintf(out, "%s: and %zu more\n", file, n_more);
}

void
cgn_conf_errors_print(const struct cgn_conf_errors *errs, FILE *out)
{
	cgn_conf_errors_print_some(errs, SIZE_MAX, out);
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
