/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Ends mappings, page after page, and adds up what became of them.
 */
#include "controlplane/cgnctl/ctlclear.h"

#include "controlplane/cgnctl/ctlfetch.h"
#include "controlplane/cgnctl/ctloption.h"
#include "controlplane/cgnctl/ctltable.h"

#include <string.h>

enum {
	STATUS_NO_SUCH = 1,
};

/* What became of the mappings of a page. */
static const struct {
	const char *key;
	const char *text;
} counts[] = {
	{ "ended", "mappings ended" },
	{ "leases", "leases left" },
	{ "static", "static mappings left" },
};

#define N_COUNTS (sizeof(counts) / sizeof(counts[0]))

static void
add_page(void *ctx, json_t *rows)
{
	const json_t *row = json_object_get(rows, "0");
	json_int_t *sum = ctx;

	for (size_t i = 0; i < N_COUNTS; i++)
		sum[i] += json_integer_value(json_object_get(row, counts[i].key));
}

static void
print_json(FILE *out, const json_int_t *sum)
{
	json_t *answer = json_object();

	for (size_t i = 0; i < N_COUNTS; i++)
		json_object_set_new(answer, counts[i].key, json_integer(sum[i]));
	cgn_ctltable_json(out, answer);
	json_decref(answer);
}

/* What stays is told only if there is some. */
static void
print_text(FILE *out, const json_int_t *sum)
{
	for (size_t i = 0; i < N_COUNTS; i++) {
		if (i == 0 || sum[i] != 0)
			fprintf(out, "%s: %" JSON_INTEGER_FORMAT "\n", counts[i].text, sum[i]);
	}
}

int
cgn_ctlclear(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out)
{
	char filter[CGN_CTLSOCK_QUESTION_MAX / 2];
	bool is_filtered = cgn_ctloption_filters(args, filter, sizeof(filter));
	json_int_t sum[N_COUNTS] = { 0 };
	size_t n = strlen(filter);
	int ret;

	if (args->want_all)
		snprintf(filter + n, sizeof(filter) - n, "%sall=1", is_filtered ? "," : "");
	ret = cgn_ctlfetch_pages(s, "/cgn/mappings/clear", filter, add_page, sum);
	if (ret < 0)
		return ret;
	if (args->want_json)
		print_json(out, sum);
	else
		print_text(out, sum);
	return sum[0] > 0 ? 0 : STATUS_NO_SUCH;
}
