/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The commands `cgnctl config`.
 */
#include "controlplane/cgnctl/ctlconfig.h"

#include "controlplane/cgnctl/ctlfetch.h"
#include "controlplane/cgnctl/ctltable.h"
#include "controlplane/conf/conf.h"
#include "controlplane/conf/conf_diff.h"
#include "controlplane/conf/conf_ends.h"
#include "controlplane/conf/conf_json.h"
#include "controlplane/conf/conf_refused.h"
#include "shared/utc_text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
	STATUS_SAME = 0,
	STATUS_DIFFERS = 1,
	STATUS_REFUSED = 1,
	STATUS_BAD_FILE = 2,
};

static json_int_t
number_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

/* --- show and status ------------------------------------------------------------------------- */

/* Why the file is not what cgnd uses. NULL: it is, as far as cgnd knows */
static const char *
state_text(const char *state)
{
	if (strcmp(state, "refused") == 0)
		return "the file differs: its last reload was refused";
	if (strcmp(state, "not_confirmed") == 0)
		return "the file differs: nobody confirmed it in time, and cgnd fell back";
	return NULL;
}

/* Say on stderr what an operator must know about the configuration that was shown. A cgnd that is older than this
 * program may not answer. */
static void
warn_of_state(struct cgn_ctlsock *s)
{
	json_t *status;
	const char *why;

	if (cgn_ctlsock_ask(s, "/cgn/config/status", &status) < 0)
		return;
	why = state_text(cgn_conf_json_text(status, "file_state"));
	if (why != NULL)
		fprintf(stderr, "cgnctl: %s\n", why);
	if (number_of(status, "confirm_left_s") != 0)
		fprintf(stderr,
				"cgnctl: cgnd falls back in %" JSON_INTEGER_FORMAT
				" s without cgnctl config confirm\n",
				number_of(status, "confirm_left_s"));
	json_decref(status);
}

int
cgn_ctlconfig_show(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out)
{
	char *text;
	size_t len;
	json_t *root;
	int ret = cgn_ctlfetch_config(s, &text, &len);

	if (ret < 0)
		return ret;
	root = json_loadb(text, len, 0, NULL);
	free(text);
	if (root == NULL)
		return -EPROTO;
	if (args->want_json)
		cgn_ctltable_json(out, root);
	else
		cgn_ctltable_yaml(out, root);
	json_decref(root);
	warn_of_state(s);
	return 0;
}

static void
print_status(FILE *out, const json_t *status)
{
	const char *state = cgn_conf_json_text(status, "file_state"), *why = state_text(state);
	char text[CGN_CTLTABLE_CELL_MAX], when[CGN_UTC_TEXT_MAX];

	fprintf(out, "%-16s%s\n", "file",
			cgn_ctltable_escape(
					text, sizeof(text), cgn_conf_json_text(status, "file")));
	fprintf(out, "%-16s%s\n", "state", why == NULL ? "in use" : why);
	fprintf(out, "%-16s%s (%s)\n", "loaded",
			cgn_utc_text_format((uint64_t)number_of(status, "loaded_ms"), when),
			cgn_ctltable_escape(text, sizeof(text), cgn_conf_json_text(status, "by")));
	if (number_of(status, "confirm_left_s") != 0)
		fprintf(out, "%-16s%" JSON_INTEGER_FORMAT " s left, then cgnd falls back\n",
				"confirmation", number_of(status, "confirm_left_s"));
	if (number_of(status, "is_busy") != 0)
		fprintf(out, "%-16s%s\n", "reload", "under way");
	fprintf(out, "%-16s%" JSON_INTEGER_FORMAT "\n", "reloads", number_of(status, "reloads"));
	fprintf(out, "%-16s%" JSON_INTEGER_FORMAT "\n", "refused",
			number_of(status, "reloads_refused"));
	fprintf(out, "%-16s%" JSON_INTEGER_FORMAT "\n", "fallen back",
			number_of(status, "fall_backs"));
}

int
cgn_ctlconfig_status(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out)
{
	json_t *status;
	int ret = cgn_ctlsock_ask(s, "/cgn/config/status", &status);

	if (ret < 0)
		return ret;
	if (args->want_json)
		cgn_ctltable_json(out, status);
	else
		print_status(out, status);
	json_decref(status);
	return 0;
}

/* --- diff ------------------------------------------------------------------------------------ */

/* The differences, as they are found. */
struct diffing {
	FILE *out;
	json_t *list; /* with --json; NULL: print them */
	unsigned int n_restart;
};

static json_t *
as_value(const char *text)
{
	return text == NULL ? NULL : json_loads(text, JSON_DECODE_ANY, NULL);
}

static void
print_side(FILE *out, char sign, const struct cgn_conf_diff *d, const char *text)
{
	json_t *value = as_value(text);
	char cell[CGN_CTLTABLE_CELL_MAX];

	if (json_is_string(value) && strlen(json_string_value(value)) < sizeof(cell) / 4)
		text = cgn_ctltable_escape(cell, sizeof(cell), json_string_value(value));
	if (text != NULL)
		fprintf(out, "%c %s: %s%s\n", sign, d->path, text,
				d->needs_restart ? "  # needs a restart" : "");
	json_decref(value);
}

static void
add_difference(json_t *list, const struct cgn_conf_diff *d)
{
	json_t *row = json_object();

	json_object_set_new(row, "key", json_string(d->path));
	if (d->from != NULL)
		json_object_set_new(row, "from", as_value(d->from));
	if (d->to != NULL)
		json_object_set_new(row, "to", as_value(d->to));
	json_object_set_new(row, "change", json_string(d->needs_restart ? "restart" : "reload"));
	if (!d->needs_restart && cgn_conf_ends_what(d) != NULL)
		json_object_set_new(row, "ends", json_string(cgn_conf_ends_what(d)));
	json_array_append_new(list, row);
}

/* Tell what a reload of the difference would end. A restart ends all, which is told at the end. */
static void
print_ends(FILE *out, const struct cgn_conf_diff *d)
{
	const char *what = d->needs_restart ? NULL : cgn_conf_ends_what(d);

	if (what != NULL)
		fprintf(out, "  # ends %s\n", what);
}

static void
differs(void *arg, const struct cgn_conf_diff *d)
{
	struct diffing *x = arg;

	x->n_restart += d->needs_restart;
	if (x->list != NULL) {
		add_difference(x->list, d);
		return;
	}
	/* Of a list, only what has gone and what has come is told. */
	if (d->from != NULL && strcmp(d->from, "[]") != 0)
		print_side(x->out, '-', d, d->from);
	if (d->to != NULL && (strcmp(d->to, "[]") != 0 || d->from == NULL))
		print_side(x->out, '+', d, d->to);
	print_ends(x->out, d);
}

/* Read the file as cgnd does. @return NULL: it has errors, which were printed */
static struct cgn_conf *
load_file(const char *path)
{
	struct cgn_conf_errors errs = { .want_warnings = true };
	struct cgn_conf *conf = NULL;

	if (cgn_conf_load(path, &conf, &errs) == -ENOMEM)
		fprintf(stderr, "cgnctl: %s: no memory\n", path);
	cgn_conf_errors_print(&errs, stderr);
	cgn_conf_errors_fini(&errs);
	return conf;
}

int
cgn_ctlconfig_diff(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out)
{
	struct cgn_conf *conf = load_file(args->subject);
	struct diffing x = { .out = out };
	char *text;
	size_t len;
	int n;

	if (conf == NULL)
		return STATUS_BAD_FILE;
	n = cgn_ctlfetch_config(s, &text, &len);
	if (n == 0) {
		x.list = args->want_json ? json_array() : NULL;
		n = cgn_conf_diff_walk_text(text, len, conf, differs, &x);
		free(text);
	}
	cgn_conf_free(conf);
	if (n >= 0 && args->want_json)
		cgn_ctltable_json(out, x.list);
	json_decref(x.list);
	if (n > 0 && x.n_restart > 0)
		fprintf(stderr, "cgnctl: %u of %d differences need a restart: cgnd refuses to reload this file\n",
				x.n_restart, n);
	return n < 0 ? n : n == 0 ? STATUS_SAME : STATUS_DIFFERS;
}

/* --- reload ---------------------------------------------------------------------------------- */

static void
print_keys(FILE *out, const char *title, const json_t *report)
{
	const json_t *list = json_object_get(report, "keys"), *key;
	json_int_t more = number_of(report, "keys_total") - (json_int_t)json_array_size(list);
	char text[CGN_CTLTABLE_CELL_MAX];
	size_t i;

	json_array_foreach(list, i, key)
	{
		if (json_is_string(key))
			fprintf(out, "%-16s%s\n", title,
					cgn_ctltable_escape(text, sizeof(text),
							json_string_value(key)));
	}
	if (more > 0)
		fprintf(out, "%-16sand %" JSON_INTEGER_FORMAT " more keys\n", title, more);
}

/* Print the errors of the file, one a line, as `cgnd --check` does. */
static void
print_errors(const char *lines)
{
	char text[CGN_CTLTABLE_CELL_MAX], line[CGN_CTLTABLE_CELL_MAX / 4];

	for (const char *p = lines; *p != '\0'; p += strspn(p, "\n")) {
		size_t len = strcspn(p, "\n");

		/* A long line is printed in pieces. */
		if (len >= sizeof(line))
			len = sizeof(line) - 1;
		memcpy(line, p, len);
		line[len] = '\0';
		p += len;
		fprintf(stderr, "%s%s", cgn_ctltable_escape(text, sizeof(text), line),
				*p == '\n' || *p == '\0' ? "\n" : "");
	}
}

/* Print why cgnd has refused. */
static void
print_refused(const json_t *report)
{
	const char *text = cgn_conf_refused_text(cgn_conf_json_text(report, "why"));
	char cell[CGN_CTLTABLE_CELL_MAX];

	print_errors(cgn_conf_json_text(report, "errors"));
	print_keys(stderr, "needs a restart", report);
	fprintf(stderr, "cgnctl: reload refused, the configuration in use stays: %s\n",
			cgn_ctltable_escape(cell, sizeof(cell), text));
}

static void
print_reloaded(FILE *out, const json_t *report)
{
	char text[CGN_CTLTABLE_CELL_MAX];

	print_errors(cgn_conf_json_text(report, "errors")); /* a warning */
	print_keys(out, "changed", report);
	fprintf(out, "%-16s%s\n", cgn_conf_json_text(report, "result"),
			cgn_ctltable_escape(
					text, sizeof(text), cgn_conf_json_text(report, "file")));
	if (number_of(report, "confirm_left_s") != 0)
		fprintf(out,
				"%-16scgnctl config confirm within %" JSON_INTEGER_FORMAT
				" s, or cgnd falls back\n",
				"confirm", number_of(report, "confirm_left_s"));
}

int
cgn_ctlconfig_reload(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out)
{
	char question[CGN_CTLSOCK_QUESTION_MAX];
	json_t *answer, *report;
	bool is_refused;
	int ret;

	snprintf(question, sizeof(question), "/cgn/config/reload%s%s",
			args->confirm_s == NULL ? "" : ",confirm_s=",
			args->confirm_s == NULL ? "" : args->confirm_s);
	ret = cgn_ctlsock_ask(s, question, &answer);
	if (ret < 0)
		return ret;
	report = json_loadb(json_string_value(answer), json_string_length(answer), 0, NULL);
	json_decref(answer);
	if (report == NULL)
		return -EPROTO;
	is_refused = strcmp(cgn_conf_json_text(report, "result"), "refused") == 0;
	if (args->want_json)
		cgn_ctltable_json(out, report);
	else if (is_refused)
		print_refused(report);
	else
		print_reloaded(out, report);
	json_decref(report);
	return is_refused ? STATUS_REFUSED : 0;
}

int
cgn_ctlconfig_confirm(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out)
{
	json_t *answer;
	int ret = cgn_ctlsock_ask(s, "/cgn/config/confirm", &answer);

	if (ret < 0)
		return ret;
	if (args->want_json)
		cgn_ctltable_json(out, answer);
	else
		fputs("confirmed\n", out);
	json_decref(answer);
	return 0;
}
