/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Shows a table of cgnd.
 */
#include "controlplane/cgnctl/ctllist.h"

#include "controlplane/cgnctl/ctlfetch.h"
#include "controlplane/cgnctl/ctloption.h"
#include "controlplane/cgnctl/ctlrows.h"
#include "controlplane/cgnctl/ctlsort.h"
#include "controlplane/cgnctl/ctlwatch.h"

#include <stdlib.h>
#include <string.h>

#define KEPT_MAX 4096 /* rows behind the limit that are kept before they are cut */

enum {
	STATUS_NO_SUCH = 1,
	STATUS_USAGE = 2,
};

/* A table that is printed page by page, or kept to be sorted. */
struct printing {
	const struct cgn_ctllist *l;
	const struct cgn_ctlargs *args;
	size_t limit;  /* rows that may be printed */
	size_t n_rows; /* that were printed */
	json_t *kept;  /* with --sort: all rows yet; NULL: they are printed at once */
	struct cgn_ctlsort order;
	struct cgn_ctltable table;
};

/* --- rates ----------------------------------------------------------------------------------- */

/* The name of a row is what stands in its first two columns, such as a subscriber and its group. */
static void
write_name(const struct cgn_ctllist *l, const json_t *row, const char *key,
		char name[static CGN_CTLTABLE_CELL_MAX])
{
	char *part[2] = { NULL };

	for (size_t i = 0; i < 2 && i < l->n_columns; i++)
		part[i] = json_dumps(json_object_get(row, l->columns[i].key), JSON_ENCODE_ANY);
	snprintf(name, CGN_CTLTABLE_CELL_MAX, "%s %s %s", key, part[0] == NULL ? "" : part[0],
			part[1] == NULL ? "" : part[1]);
	free(part[0]);
	free(part[1]);
}

static bool
only_grows(const struct cgn_ctltable_column *c)
{
	return c->format == CGN_CTLTABLE_COUNT || c->format == CGN_CTLTABLE_PACKETS ||
			c->format == CGN_CTLTABLE_OCTETS;
}

/* Put rates in place of the numbers that only grow. */
static void
make_rates(const struct printing *p, json_t *row)
{
	char name[CGN_CTLTABLE_CELL_MAX];

	for (size_t i = 0; i < p->l->n_columns; i++) {
		const struct cgn_ctltable_column *c = &p->l->columns[i];
		const json_t *value = json_object_get(row, c->key);
		double rate;

		if (value == NULL || !only_grows(c))
			continue;
		write_name(p->l, row, c->key, name);
		rate = cgn_ctlwatch_rate(p->args->round, name, json_integer_value(value));
		if (rate >= 0)
			json_object_set_new(row, c->key, json_real(rate));
		else
			json_object_del(row, c->key);
	}
}

/* --- rows ------------------------------------------------------------------------------------ */

/* Print rows, at most as many as the limit allows. */
static void
print_rows(struct printing *p, json_t *rows)
{
	json_t *page = json_object(), *row;
	const char *key;

	json_object_foreach(rows, key, row)
	{
		if (p->n_rows == p->limit)
			break;
		if (p->args->want_json) {
			fputs(p->n_rows > 0 ? ",\n  " : "[\n  ", p->table.out);
			json_dumpf(row, p->table.out, JSON_COMPACT | JSON_ENSURE_ASCII);
		}
		json_object_set(page, key, row);
		p->n_rows++;
	}
	if (!p->args->want_json && json_object_size(page) > 0) {
		cgn_ctlrows_join_filters(page);
		cgn_ctltable_page(&p->table, page);
	}
	json_decref(page);
}

/* Sort what was kept, and forget what is behind the limit. */
static void
sort_kept(struct printing *p)
{
	json_t *sorted = cgn_ctlsort_rows(p->kept, &p->order);

	if (sorted == NULL)
		return;
	json_decref(p->kept);
	p->kept = sorted;
	while (json_array_size(sorted) > p->limit)
		json_array_remove(sorted, json_array_size(sorted) - 1);
}

static void
print_kept(struct printing *p)
{
	json_t *rows = json_object(), *row;
	char key[24];
	size_t i;

	sort_kept(p);
	json_array_foreach(p->kept, i, row)
	{
		snprintf(key, sizeof(key), "%zu", i);
		json_object_set(rows, key, row);
	}
	print_rows(p, rows);
	json_decref(rows);
}

/* @return whether more rows are wanted */
static bool
take_page(void *ctx, json_t *rows)
{
	struct printing *p = ctx;
	const char *key;
	json_t *row;

	json_object_foreach(rows, key, row)
	{
		if (p->args->round != NULL)
			make_rates(p, row);
		if (p->kept != NULL)
			json_array_append(p->kept, row);
	}
	if (p->kept == NULL)
		print_rows(p, rows);
	else if (p->limit < SIZE_MAX && json_array_size(p->kept) > p->limit + KEPT_MAX)
		sort_kept(p);
	return p->kept != NULL || p->n_rows < p->limit;
}

/* --- the command ----------------------------------------------------------------------------- */

/* Print what stands in place of a table without rows. */
static void
print_none(struct printing *p)
{
	json_t *none = json_object();

	if (p->l->none != NULL)
		fprintf(p->table.out, "%s\n", p->l->none);
	else
		cgn_ctltable_page(&p->table, none);
	json_decref(none);
}

/* Tell that --sort names no column, or several. */
static int
wrong_order(const struct cgn_ctlargs *args)
{
	const struct cgn_ctllist *l = args->command->list;
	char text[CGN_CTLTABLE_CELL_MAX];

	fprintf(stderr, "cgnctl: %s: --sort takes one of",
			cgn_ctltable_escape(text, sizeof(text), args->sort));
	for (size_t i = 0; i < l->n_columns; i++)
		fprintf(stderr, "%s %s", i == 0 ? "" : ",", l->columns[i].key);
	fputc('\n', stderr);
	return STATUS_USAGE;
}

/* Print what stands behind the last row, or in place of rows. @return as the command */
static int
end_list(struct printing *p, bool is_filtered)
{
	if (p->kept != NULL)
		print_kept(p);
	if (p->args->want_json)
		fputs(p->n_rows > 0 ? "\n]\n" : "[]\n", p->table.out);
	if (p->n_rows > 0)
		return 0;
	if (is_filtered) {
		fprintf(stderr, "cgnctl: no such %s\n", p->l->one);
		return STATUS_NO_SUCH;
	}
	if (!p->args->want_json)
		print_none(p);
	return 0;
}

int
cgn_ctllist_show(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out)
{
	const struct cgn_ctllist *l = args->command->list;
	struct printing p = {
		.l = l,
		.args = args,
		.limit = args->limit == NULL ? SIZE_MAX : strtoul(args->limit, NULL, 10),
		.table = { .out = out, .columns = l->columns, .n_columns = l->n_columns },
	};
	char filter[CGN_CTLSOCK_QUESTION_MAX / 2];
	bool is_filtered = cgn_ctloption_filters(args, filter, sizeof(filter));
	int ret;

	if (args->sort != NULL && !cgn_ctlsort_find(&p.order, args->sort, l->columns, l->n_columns))
		return wrong_order(args);
	p.kept = args->sort == NULL ? NULL : json_array();
	ret = cgn_ctlfetch_some(s, l->path, filter, take_page, &p);
	if (ret == 0)
		ret = end_list(&p, is_filtered);
	json_decref(p.kept);
	return ret;
}
