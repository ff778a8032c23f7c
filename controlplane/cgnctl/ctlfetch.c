/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Tables and the configuration, fetched from telemetry in several questions.
 */
#include "controlplane/cgnctl/ctlfetch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int
ask_page(struct cgn_ctlsock *s, const char *path, const char *filter, const char *cursor,
		json_t **page)
{
	char question[CGN_CTLSOCK_QUESTION_MAX];

	snprintf(question, sizeof(question), "%s%s%s%s%s%s", path,
			filter[0] != '\0' || cursor[0] != '\0' ? "," : "", filter,
			filter[0] != '\0' && cursor[0] != '\0' ? "," : "",
			cursor[0] != '\0' ? "cursor=" : "", cursor);
	return cgn_ctlsock_ask(s, question, page);
}

int
cgn_ctlfetch_some(struct cgn_ctlsock *s, const char *path, const char *filter,
		cgn_ctlfetch_some_fn fn, void *ctx)
{
	char cursor[64] = "";
	bool has_more = true;

	while (has_more) {
		const char *next;
		json_t *page;
		int ret = ask_page(s, path, filter, cursor, &page);

		if (ret < 0)
			return ret;
		has_more = fn(ctx, json_object_get(page, "rows"));
		next = json_string_value(json_object_get(page, "next"));
		has_more = has_more && next != NULL;
		snprintf(cursor, sizeof(cursor), "%s", has_more ? next : "");
		json_decref(page);
	}
	return 0;
}

/* Somebody who wants all pages. */
struct all {
	cgn_ctlfetch_page_fn fn;
	void *ctx;
};

static bool
take_page(void *ctx, json_t *rows)
{
	struct all *a = ctx;

	a->fn(a->ctx, rows);
	return true;
}

int
cgn_ctlfetch_pages(struct cgn_ctlsock *s, const char *path, const char *filter,
		cgn_ctlfetch_page_fn fn, void *ctx)
{
	struct all a = { fn, ctx };

	return cgn_ctlfetch_some(s, path, filter, take_page, &a);
}

int
cgn_ctlfetch_config(struct cgn_ctlsock *s, char **text, size_t *len)
{
	char question[CGN_CTLSOCK_QUESTION_MAX];
	int ret = 0;

	*text = NULL;
	*len = 0;
	/* An empty piece is the end. */
	for (size_t n = 1; ret == 0 && n > 0;) {
		char *longer;
		json_t *piece;

		snprintf(question, sizeof(question), "/cgn/config,%zu", *len);
		ret = cgn_ctlsock_ask(s, question, &piece);
		if (ret < 0)
			break;
		n = json_string_length(piece);
		longer = realloc(*text, *len + n + 1);
		if (longer != NULL) {
			*text = longer;
			memcpy(longer + *len, json_string_value(piece), n);
			*len += n;
		}
		json_decref(piece);
		if (longer == NULL)
			ret = -ENOMEM;
	}
	if (ret < 0) {
		free(*text);
		*text = NULL;
	}
	return ret;
}
