/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Shows a table of cgnd.
 */
#include "controlplane/cgnctl/ctllist.h"

#include "controlplane/cgnctl/ctlfetch.h"
#include "controlplane/cgnctl/ctloption.h"
#include "controlplane/cgnctl/ctlrows.h"

#include <string.h>

enum {
	STATUS_NO_SUCH = 1,
};

/* A table that is printed page by page. */
struct printing {
	const struct cgn_ctllist *l;
	bool want_json;
	size_t n_rows;
	struct cgn_ctltable table;
};

static void
print_json_rows(struct printing *p, json_t *rows)
{
	const char *key;
	json_t *row;

	json_object_foreach(rows, key, row)
	{
		fputs(p->n_rows > 0 ? ",\n  " : "[\n  ", p->table.out);
		json_dumpf(row, p->table.out, JSON_COMPACT | JSON_ENSURE_ASCII);
		p->n_rows++;
	}
}

static void
print_page(void *ctx, json_t *rows)
{
	struct printing *p = ctx;

	cgn_ctlrows_describe(rows);
	if (p->want_json) {
		print_json_rows(p, rows);
		return;
	}
	cgn_ctlrows_join_filters(rows);
	p->n_rows += json_object_size(rows);
	if (p->n_rows > 0)
		cgn_ctltable_page(&p->table, rows);
}

/* Write the parameters of the filters that were given. @return whether there is one */
static bool
write_filter(const struct cgn_ctlargs *args, char *text, size_t size)
{
	size_t n = 0;

	text[0] = '\0';
	for (unsigned int i = 0; i < CGN_CTLOPT_COUNT; i++) {
		const char *value = cgn_ctloption_value(args, i);

		if (value != NULL && cgn_ctloptions[i].filter != NULL && n < size)
			n += (size_t)snprintf(text + n, size - n, "%s%s=%s", n == 0 ? "" : ",",
					cgn_ctloptions[i].filter, value);
	}
	return n > 0;
}

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

int
cgn_ctllist_show(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out)
{
	const struct cgn_ctllist *l = args->command->list;
	struct printing p = {
		.l = l,
		.want_json = args->want_json,
		.table = { .out = out, .columns = l->columns, .n_columns = l->n_columns },
	};
	char filter[CGN_CTLSOCK_QUESTION_MAX / 2];
	bool is_filtered = write_filter(args, filter, sizeof(filter));
	int ret = cgn_ctlfetch_pages(s, l->path, filter, print_page, &p);

	if (ret < 0)
		return ret;
	if (args->want_json)
		fputs(p.n_rows > 0 ? "\n]\n" : "[]\n", out);
	if (p.n_rows == 0 && is_filtered) {
		fprintf(stderr, "cgnctl: no such %s\n", l->one);
		return STATUS_NO_SUCH;
	}
	if (p.n_rows == 0 && !args->want_json)
		print_none(&p);
	return 0;
}
