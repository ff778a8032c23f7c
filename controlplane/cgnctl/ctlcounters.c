/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Counters and gauges, with their help.
 */
#include "controlplane/cgnctl/ctlcounters.h"

#include "controlplane/cgnctl/ctltable.h"
#include "controlplane/cgnctl/ctlwatch.h"
#include "shared/counter_help.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define NAME_WIDTH 20 /* least width of the names */
#define HELP_LEAST 30 /* columns of a terminal that a help needs beside its counter */

/* Counters that are printed. */
struct printing {
	const struct cgn_ctlargs *args;
	FILE *out;
	size_t n_hidden; /* because they are 0 */
	int name_width;
	int columns; /* of the terminal; 0: there is none */
};

static bool
is_hidden(const struct printing *p, json_int_t value)
{
	return value == 0 && !p->args->want_zero;
}

/* --- one counter ----------------------------------------------------------------------------- */

/* Print a help behind its counter. On a terminal, more lines of it stand below the first. */
static void
print_help(const struct printing *p, const char *help, int indent)
{
	int room = p->columns - indent;

	while (p->columns > 0 && room >= HELP_LEAST && strlen(help) > (size_t)room) {
		int len = room;

		while (len > 1 && help[len] != ' ')
			len--;
		fprintf(p->out, "  %.*s\n%*s", len, help, indent - 2, "");
		help += len + strspn(help + len, " ");
	}
	fprintf(p->out, "  %s", help);
}

static void
print_rate(const struct printing *p, const char *group, const char *name, json_int_t value)
{
	enum cgn_ctltable_format format = strcmp(group, "counters") == 0 ||
					strcmp(group, "control") == 0 ||
					strcmp(group, "portmap") == 0
			? CGN_CTLTABLE_COUNT
			: CGN_CTLTABLE_PACKETS;
	char full[CGN_CTLTABLE_CELL_MAX] = "", unit[CGN_CTLTABLE_UNIT_MAX];
	double rate;

	strncat(full, group, 60);
	strncat(full, name, 100);
	rate = cgn_ctlwatch_rate(p->args->round, full, value);
	fprintf(p->out, "  %10s",
			rate < 0 || strcmp(group, "gauges") == 0
					? "-"
					: cgn_ctltable_rate(rate, format, unit));
}

static void
print_counter(struct printing *p, const char *group, const char *name, json_int_t value)
{
	const char *help = cgn_counter_help_find(group, name);
	char text[CGN_CTLTABLE_CELL_MAX];
	int indent;

	cgn_ctltable_escape(text, sizeof(text), name);
	indent = fprintf(p->out, "%-10s  %-*s  %14" JSON_INTEGER_FORMAT, group, p->name_width, text,
			value);
	if (p->args->round != NULL) {
		print_rate(p, group, name, value);
		indent += 12;
	}
	if (help != NULL)
		print_help(p, help, indent + 2);
	fputc('\n', p->out);
}

/* --- all of them ----------------------------------------------------------------------------- */

static const char *const classes[] = { "forwarded", "local", "absorbed", "dropped" };
static const char *const groups[] = { "counters", "gauges", "control", "portmap" };

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

static void
measure_group(struct printing *p, json_t *counters)
{
	const char *name;
	json_t *value;

	json_object_foreach(counters, name, value)
	{
		if (!is_hidden(p, json_integer_value(value)) &&
				strlen(name) > (size_t)p->name_width &&
				strlen(name) < CGN_CTLTABLE_CELL_MAX / 4)
			p->name_width = (int)strlen(name);
	}
}

static void
print_group(struct printing *p, const char *group, json_t *counters)
{
	const char *name;
	json_t *value;

	json_object_foreach(counters, name, value)
	{
		if (is_hidden(p, json_integer_value(value)))
			p->n_hidden++;
		else
			print_counter(p, group, name, json_integer_value(value));
	}
}

/* The group of a name in an answer that has all of them. */
static json_t *
group_of(json_t *all, size_t i)
{
	return i < N_OF(classes) ? json_object_get(json_object_get(all, "verdicts"), classes[i])
				 : json_object_get(all, groups[i - N_OF(classes)]);
}

static void
print_counters(const struct cgn_ctlargs *args, FILE *out, json_t *all)
{
	struct printing p = { .args = args, .out = out, .name_width = NAME_WIDTH };
	struct winsize size;

	if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		p.columns = size.ws_col;
	for (size_t i = 0; i < N_OF(classes) + N_OF(groups); i++)
		measure_group(&p, group_of(all, i));
	fprintf(out, "%-10s  %-*s  %14s%s\n", "GROUP", p.name_width, "COUNTER", "VALUE",
			args->round == NULL ? "" : "  PER SECOND");
	print_counter(&p, "packets", "received",
			json_integer_value(json_object_get(
					json_object_get(all, "verdicts"), "received")));
	for (size_t i = 0; i < N_OF(classes) + N_OF(groups); i++)
		print_group(&p, i < N_OF(classes) ? classes[i] : groups[i - N_OF(classes)],
				group_of(all, i));
	if (p.n_hidden > 0)
		fprintf(out, "counters that are 0, which --zero shows: %zu\n", p.n_hidden);
}

/* --- asking ---------------------------------------------------------------------------------- */

/* Groups of counters that are not of workers. */
static void
drop_control(json_t *all)
{
	json_object_del(all, "control");
	json_object_del(all, "portmap");
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
		return ret;
	snprintf(question, sizeof(question), "/cgn/counters%s%s", param, worker);
	ret = cgn_ctlsock_ask(s, question, &all);
	if (ret == 0) {
		json_object_set(all, "verdicts", verdicts);
		if (args->worker != NULL)
			drop_control(all);
		if (args->want_json)
			cgn_ctltable_json(out, all);
		else
			print_counters(args, out, all);
		json_decref(all);
	}
	json_decref(verdicts);
	return ret;
}
