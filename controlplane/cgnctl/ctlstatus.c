/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The state of cgnd on one screen. It asks for several tables, and shows of long ones what matters most.
 */
#include "controlplane/cgnctl/ctlstatus.h"

#include "controlplane/cgnctl/ctlfetch.h"
#include "controlplane/cgnctl/ctltable.h"
#include "shared/clock_ms.h"
#include "shared/utc_text.h"

#include <errno.h>
#include <string.h>

#define POOLS_MAX    8 /* rows of a table on the screen; --json has all */
#define GROUPS_MAX   8
#define ROUTES_MAX   8
#define WARNINGS_MAX 5

/* The tables of the screen. */
static const struct {
	const char *key;
	const char *path;
} tables[] = {
	{ "workers", "/cgn/workers" },
	{ "ports", "/cgn/ports" },
	{ "pools", "/cgn/pools" },
	{ "groups", "/cgn/groups" },
	{ "sinks", "/cgn/sinks" },
	{ "last_warnings", "/cgn/warnings" },
	{ "routes", "/cgn/routes" },
};

static json_int_t
status_number(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

/* A text of cgnd that may be printed. Each call for one line needs a buffer of its own. */
static const char *
status_text(const json_t *o, const char *key, char buf[static CGN_CTLTABLE_CELL_MAX])
{
	const char *text = json_string_value(json_object_get(o, key));

	return cgn_ctltable_escape(buf, CGN_CTLTABLE_CELL_MAX, text == NULL ? "" : text);
}

/* --- what is asked ------------------------------------------------------------------------- */

static void
add_rows(void *ctx, json_t *rows)
{
	const char *key;
	json_t *row;

	json_object_foreach(rows, key, row) json_array_append(ctx, row);
}

/* @param[out] out  the caller releases it */
static int
fetch_all(struct cgn_ctlsock *s, json_t **out)
{
	int ret = cgn_ctlsock_ask(s, "/cgn/status", out);

	for (size_t i = 0; ret == 0 && i < sizeof(tables) / sizeof(tables[0]); i++) {
		json_t *rows = json_array();

		json_object_set_new(*out, tables[i].key, rows);
		ret = cgn_ctlfetch_pages(s, tables[i].path, "", add_rows, rows);
		if (ret < 0)
			json_decref(*out);
	}
	return ret;
}

/* --- the screen ---------------------------------------------------------------------------- */

static const char *
ago(int64_t at_ms, char buf[static CGN_CTLTABLE_UNIT_MAX])
{
	int64_t s = (cgn_clock_ms(CLOCK_REALTIME) - at_ms) / 1000;

	return cgn_ctltable_seconds(s < 0 ? 0 : (uint64_t)s, buf);
}

static void
print_head(FILE *out, const json_t *all)
{
	const json_t *config = json_object_get(all, "config");
	char text[CGN_CTLTABLE_CELL_MAX], since[CGN_UTC_TEXT_MAX], unit[CGN_CTLTABLE_UNIT_MAX];
	const char *state = json_string_value(json_object_get(config, "file_state"));

	cgn_utc_text_format(status_number(all, "since_ms"), since);
	fprintf(out, "cgnd      %s, up %s since %s\n", status_text(all, "version", text),
			cgn_ctltable_seconds((uint64_t)status_number(all, "up_s"), unit), since);
	fprintf(out, "config    %s", status_text(config, "file", text));
	fprintf(out, ", loaded %s ago by %s\n", ago(status_number(config, "loaded_ms"), unit),
			status_text(config, "by", text));
	if (state != NULL && strcmp(state, "in_use") != 0)
		fprintf(out, "          the file is not in use: %s\n",
				status_text(config, "file_state", text));
	if (status_number(config, "confirm_left_s") != 0)
		fprintf(out,
				"          not confirmed: cgnd falls back in %" JSON_INTEGER_FORMAT
				" s\n",
				status_number(config, "confirm_left_s"));
}

static void
print_workers(FILE *out, const json_t *rows)
{
	const char *title = "workers";
	json_t *w;
	size_t i;

	json_array_foreach(rows, i, w)
	{
		json_int_t load = status_number(w, "load_permille");

		fprintf(out,
				"%-9s %" JSON_INTEGER_FORMAT ": load %" JSON_INTEGER_FORMAT
				".%" JSON_INTEGER_FORMAT " %%, %" JSON_INTEGER_FORMAT
				" subscribers, %" JSON_INTEGER_FORMAT " mappings\n",
				title, status_number(w, "worker"), load / 10, load % 10,
				status_number(w, "subscribers"), status_number(w, "mappings"));
		title = "";
	}
}

static void
print_ports(FILE *out, const json_t *rows)
{
	char name[CGN_CTLTABLE_CELL_MAX], side[CGN_CTLTABLE_CELL_MAX];
	char link[CGN_CTLTABLE_CELL_MAX], receiving[CGN_CTLTABLE_CELL_MAX];
	const char *title = "ports";
	json_t *p;
	size_t i;

	json_array_foreach(rows, i, p)
	{
		fprintf(out, "%-9s %s: %s, link %s%s\n", title, status_text(p, "port", name),
				status_text(p, "side", side), status_text(p, "link", link),
				strcmp(status_text(p, "receiving", receiving), "no") == 0
						? ", packets reach the device but not cgnd"
						: "");
		title = "";
	}
}

/* Print the routes that have a next hop which has answered, or those whose has not. @param[in,out] n  printed yet */
static void
print_hops(FILE *out, const json_t *rows, bool is_resolved, size_t *n)
{
	char prefix[CGN_CTLTABLE_CELL_MAX], via[CGN_CTLTABLE_CELL_MAX], port[CGN_CTLTABLE_CELL_MAX];
	char resolved[CGN_CTLTABLE_CELL_MAX];
	json_t *r;
	size_t i;

	json_array_foreach(rows, i, r)
	{
		if (json_object_get(r, "via") == NULL ||
				(strcmp(status_text(r, "resolved", resolved), "yes") == 0) !=
						is_resolved)
			continue;
		if (*n < ROUTES_MAX)
			fprintf(out, "%-9s %s via %s on %s: %s\n", *n == 0 ? "routes" : "",
					status_text(r, "prefix", prefix),
					status_text(r, "via", via), status_text(r, "port", port),
					is_resolved ? "next hop answers"
						    : "next hop does not answer");
		(*n)++;
	}
}

/* Order of a list: the largest value first. */
static const json_t *
largest(const json_t *rows, const char *key, json_int_t below, size_t from, size_t *at)
{
	const json_t *best = NULL;
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		json_int_t n = status_number(row, key);

		/* Rows with the same value come in their order. */
		if (n > below || (n == below && i < from))
			continue;
		if (best == NULL || n > status_number(best, key)) {
			best = row;
			*at = i;
		}
	}
	return best;
}

static void
print_rest(FILE *out, size_t n, size_t shown, const char *what)
{
	if (n > shown)
		fprintf(out, "          and %zu more: cgnctl %s show\n", n - shown, what);
}

/* Those that lead nowhere first. */
static void
print_routes(FILE *out, const json_t *rows)
{
	size_t n = 0;

	print_hops(out, rows, false, &n);
	print_hops(out, rows, true, &n);
	print_rest(out, n, ROUTES_MAX, "routes");
}

static void
print_pools(FILE *out, const json_t *rows)
{
	size_t n = json_array_size(rows), at = 0;
	json_int_t below = INT64_MAX;
	char name[CGN_CTLTABLE_CELL_MAX];

	/* The fullest ones first. */
	for (size_t i = 0; i < n && i < POOLS_MAX; i++) {
		const json_t *p = largest(rows, "blocks_percent", below, at, &at);

		fprintf(out,
				"%-9s %s: %" JSON_INTEGER_FORMAT " %% of %" JSON_INTEGER_FORMAT
				" blocks, %" JSON_INTEGER_FORMAT " %% of the ports\n",
				i == 0 ? "pools" : "", status_text(p, "pool", name),
				status_number(p, "blocks_percent"), status_number(p, "blocks"),
				status_number(p, "use_percent"));
		below = status_number(p, "blocks_percent");
		at++;
	}
	print_rest(out, n, POOLS_MAX, "pools");
}

static void
print_groups(FILE *out, const json_t *rows)
{
	char name[CGN_CTLTABLE_CELL_MAX];
	json_t *g;
	size_t i;

	json_array_foreach(rows, i, g)
	{
		if (i == GROUPS_MAX)
			break;
		fprintf(out,
				"%-9s %s: %" JSON_INTEGER_FORMAT
				" subscribers, %" JSON_INTEGER_FORMAT
				" mappings, %" JSON_INTEGER_FORMAT " leases, %" JSON_INTEGER_FORMAT
				" refused\n",
				i == 0 ? "groups" : "", status_text(g, "group", name),
				status_number(g, "subscribers"), status_number(g, "mappings"),
				status_number(g, "leases"), status_number(g, "refused"));
	}
	print_rest(out, json_array_size(rows), GROUPS_MAX, "groups");
}

static void
print_parts(FILE *out, const json_t *all)
{
	const json_t *store = json_object_get(all, "store"), *host = json_object_get(all, "host");
	char state[CGN_CTLTABLE_CELL_MAX], file[CGN_CTLTABLE_CELL_MAX];
	char name[CGN_CTLTABLE_CELL_MAX], to[CGN_CTLTABLE_CELL_MAX];
	const json_t *sinks = json_object_get(all, "sinks");
	json_t *sink;
	size_t i;

	fprintf(out, "store     %s, %" JSON_INTEGER_FORMAT " leases%s%s\n",
			status_text(store, "state", state), status_number(store, "leases"),
			json_object_get(store, "file") == NULL ? "" : ", ",
			status_text(store, "file", file));
	if (json_array_size(sinks) == 0)
		fprintf(out, "export    %s\n",
				status_text(json_object_get(all, "export"), "state", state));
	json_array_foreach(sinks, i, sink) fprintf(out,
			"%-9s %s: %s, %" JSON_INTEGER_FORMAT " written, %" JSON_INTEGER_FORMAT
			" waiting, %" JSON_INTEGER_FORMAT " lost, to %s\n",
			i == 0 ? "export" : "", status_text(sink, "sink", name),
			status_text(sink, "state", state), status_number(sink, "written"),
			status_number(sink, "queued"), status_number(sink, "lost"),
			status_text(sink, "to", to));
	fprintf(out, "host      %s\n", status_text(host, "state", state));
}

static bool
is_open(const json_t *warning)
{
	const char *state = json_string_value(json_object_get(warning, "state"));

	return state != NULL && strcmp(state, "open") == 0;
}

static size_t
count_open(const json_t *rows)
{
	size_t n = 0, i;
	json_t *w;

	json_array_foreach(rows, i, w) n += is_open(w);
	return n;
}

static void
print_warning(FILE *out, const json_t *w)
{
	char severity[CGN_CTLTABLE_CELL_MAX], text[CGN_CTLTABLE_CELL_MAX];
	char begun[CGN_CTLTABLE_UNIT_MAX], over[CGN_CTLTABLE_UNIT_MAX];

	ago(status_number(w, "at_ms"), begun);
	status_text(w, "severity", severity);
	status_text(w, "text", text);
	if (is_open(w))
		fprintf(out, "          open for %s, %s: %s\n", begun, severity, text);
	else if (json_object_get(w, "over_ms") != NULL)
		fprintf(out, "          %s ago, over for %s, %s: %s\n", begun,
				ago(status_number(w, "over_ms"), over), severity, text);
	else
		fprintf(out, "          %s ago, %s: %s\n", begun, severity, text);
}

/* What still lasts comes first. */
static void
print_warnings(FILE *out, const json_t *all)
{
	const json_t *rows = json_object_get(all, "last_warnings");
	const size_t n_open = count_open(rows);
	size_t n = 0, i;
	json_t *w;

	fprintf(out, "warnings  %" JSON_INTEGER_FORMAT " since the start, %zu open now\n",
			status_number(all, "warnings"), n_open);
	for (int want_open = 1; want_open >= 0; want_open--) {
		json_array_foreach(rows, i, w)
		{
			if (is_open(w) == want_open && n++ < WARNINGS_MAX)
				print_warning(out, w);
		}
	}
	print_rest(out, json_array_size(rows), WARNINGS_MAX, "warnings");
}

int
cgn_ctlstatus_show(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out)
{
	json_t *all;
	int ret = fetch_all(s, &all);

	if (ret < 0)
		return ret;
	if (args->want_json) {
		cgn_ctltable_json(out, all);
	} else {
		print_head(out, all);
		print_workers(out, json_object_get(all, "workers"));
		print_ports(out, json_object_get(all, "ports"));
		print_routes(out, json_object_get(all, "routes"));
		print_pools(out, json_object_get(all, "pools"));
		print_groups(out, json_object_get(all, "groups"));
		print_parts(out, all);
		print_warnings(out, all);
	}
	json_decref(all);
	return 0;
}
