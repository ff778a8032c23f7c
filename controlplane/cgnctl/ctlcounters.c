/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Counters and gauges, with their help.
 */
#include "controlplane/cgnctl/ctlcounters.h"

#include "controlplane/cgnctl/ctlfetch.h"
#include "controlplane/cgnctl/ctltable.h"
#include "shared/counter_help.h"

#include <errno.h>
#include <string.h>

enum {
	STATUS_NO_SUCH = 1,
};

/* Print one group of counters. Those that are 0 are left out. */
static void
print_group(FILE *out, const char *group, json_t *counters)
{
	char text[CGN_CTLTABLE_CELL_MAX];
	const char *name;
	json_t *value;

	json_object_foreach(counters, name, value)
	{
		json_int_t n = json_integer_value(value);
		const char *help = cgn_counter_help_find(group, name);

		if (n == 0)
			continue;
		cgn_ctltable_escape(text, sizeof(text), name);
		fprintf(out, "%-10s  %-20s  %14" JSON_INTEGER_FORMAT "%s%s\n", group, text, n,
				help == NULL ? "" : "  ", help == NULL ? "" : help);
	}
}

static void
print_counters(FILE *out, json_t *all)
{
	static const char *const classes[] = { "forwarded", "local", "absorbed", "dropped" };
	static const char *const groups[] = { "counters", "gauges", "control", "portmap" };
	json_t *verdicts = json_object_get(all, "verdicts");

	fprintf(out, "%-10s  %-20s  %14s\n", "GROUP", "COUNTER", "VALUE");
	fprintf(out, "%-10s  %-20s  %14" JSON_INTEGER_FORMAT "\n", "packets", "received",
			json_integer_value(json_object_get(verdicts, "received")));
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		print_group(out, classes[i], json_object_get(verdicts, classes[i]));
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		print_group(out, groups[i], json_object_get(all, groups[i]));
}

/* Groups of counters that are not of workers. */
static void
drop_control(json_t *all)
{
	json_object_del(all, "control");
	json_object_del(all, "portmap");
}

static void
append_worker(void *ctx, json_t *rows)
{
	char *list = ctx;
	const char *key;
	json_t *row;

	json_object_foreach(rows, key, row)
	{
		size_t n = strlen(list);

		snprintf(list + n, CGN_CTLTABLE_CELL_MAX - n, "%s%" JSON_INTEGER_FORMAT,
				n == 0 ? "" : ", ",
				json_integer_value(json_object_get(row, "worker")));
	}
}

/* cgnd has refused the worker: tell which there are. @return as the command */
static int
tell_workers(struct cgn_ctlsock *s, const struct cgn_ctlargs *args)
{
	char list[CGN_CTLTABLE_CELL_MAX] = "";

	if (args->worker == NULL ||
			cgn_ctlfetch_pages(s, "/cgn/workers", "", append_worker, list) < 0)
		return -EIO;
	fprintf(stderr, "cgnctl: no such worker: %s. There are %s\n", args->worker, list);
	return STATUS_NO_SUCH;
}

int
cgn_ctlcounters_show(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out)
{
	char question[CGN_CTLSOCK_QUESTION_MAX];
	const char *worker = args->worker == NULL ? "" : args->worker;
	const char *param = args->worker == NULL ? "" : ",worker=";
	json_t *verdicts;
	json_t *all;
	int ret;

	snprintf(question, sizeof(question), "/cgn/verdicts%s%s", param, worker);
	ret = cgn_ctlsock_ask(s, question, &verdicts);
	if (ret < 0)
		return tell_workers(s, args);
	snprintf(question, sizeof(question), "/cgn/counters%s%s", param, worker);
	ret = cgn_ctlsock_ask(s, question, &all);
	if (ret == 0) {
		json_object_set(all, "verdicts", verdicts);
		if (args->worker != NULL)
			drop_control(all);
		if (args->want_json)
			cgn_ctltable_json(out, all);
		else
			print_counters(out, all);
		json_decref(all);
	}
	json_decref(verdicts);
	return ret;
}
