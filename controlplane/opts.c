/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The command line of cgnd, for main.c. One table has all options. The usage and the manual page show it, too.
 */
#include "controlplane/opts.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>

const struct cgn_opts_row cgn_opts_rows[] = {
	{ "config", 'c', "FILE", "configuration" },
	{ "check", CGN_OPTS_CHECK, NULL,
			"check the configuration, warn of what is surely not meant, and exit" },
	{ "strict", CGN_OPTS_STRICT, NULL, "with --check: a warning is an error" },
	{ "events", CGN_OPTS_EVENTS, NULL, "print all log lines, with what to do, and exit" },
	{ "help", 'h', NULL, "print this and exit" },
	{ "verbose", 'v', NULL, "log more; twice: everything" },
	{ "version", 'V', NULL, "print the version and exit" },
	{ "man", CGN_OPTS_MAN, NULL, NULL },
	{ "man-yaml", CGN_OPTS_MAN_YAML, NULL, NULL },
	{ "reference", CGN_OPTS_REFERENCE, NULL, NULL },
	{ NULL, 0, NULL, NULL },
};

void
cgn_opts_usage(FILE *out)
{
	fputs("usage: " CGN_OPTS_SYNOPSIS "\n", out);
	for (const struct cgn_opts_row *row = cgn_opts_rows; row->name != NULL; row++) {
		char letter[] = "-?,", name[32];

		if (row->help == NULL)
			continue;
		letter[1] = (char)row->letter;
		snprintf(name, sizeof(name), "--%s%s%s", row->name, row->value == NULL ? "" : " ",
				row->value == NULL ? "" : row->value);
		fprintf(out, "  %-3s %-15s %s\n", row->letter < CGN_OPTS_CHECK ? letter : "", name,
				row->help);
	}
	fputs("exit status: 0 clean, 1 run-time failure, 2 command line or configuration\n", out);
}

static int
opts_refuse(FILE *errors, const char *what, const char *arg)
{
	fprintf(errors, "cgnd: %s: %s\n", arg, what);
	cgn_opts_usage(errors);
	return -EINVAL;
}

/* A word that is no option. Without a configuration it is most likely the file. */
static int
opts_refuse_word(const struct cgn_opts *o, const char *word, FILE *errors)
{
	if (o->conf_path != NULL)
		return opts_refuse(
				errors, "not an option; EAL arguments stand behind \"--\"", word);
	fprintf(errors, "cgnd: %s: not an option; did you mean \"-c %s\"?\n", word, word);
	cgn_opts_usage(errors);
	return -EINVAL;
}

static int
opts_take(struct cgn_opts *o, int c, char *argv[], FILE *errors)
{
	char name[3] = "-";

	switch (c) {
	case 'c':
		o->conf_path = optarg;
		return 0;
	case 'h':
		o->want_help = true;
		return 0;
	case 'v':
		o->verbose++;
		return 0;
	case 'V':
		o->want_version = true;
		return 0;
	case CGN_OPTS_CHECK:
		o->want_check = true;
		return 0;
	case CGN_OPTS_EVENTS:
		o->want_events = true;
		return 0;
	case CGN_OPTS_MAN:
		o->want_man = true;
		return 0;
	case CGN_OPTS_MAN_YAML:
		o->want_man_yaml = true;
		return 0;
	case CGN_OPTS_REFERENCE:
		o->want_reference = true;
		return 0;
	case CGN_OPTS_STRICT:
		o->is_strict = true;
		return 0;
	case ':':
		return opts_refuse(errors, "needs an argument", argv[optind - 1]);
	default:
		if (optopt <= 0 || optopt >= CGN_OPTS_CHECK)
			return opts_refuse(errors, "unknown option", argv[optind - 1]);
		name[1] = (char)optopt;
		return opts_refuse(errors, "unknown option", name);
	}
}

/* The table as getopt_long() wants it. */
static void
opts_longs(struct option longs[static CGN_OPTS_MAX])
{
	size_t n = 0;

	for (const struct cgn_opts_row *row = cgn_opts_rows; row->name != NULL; row++)
		longs[n++] = (struct option){ row->name,
			row->value == NULL ? no_argument : required_argument, NULL, row->letter };
	longs[n] = (struct option){ 0 };
}

int
cgn_opts_parse(int argc, char *argv[], struct cgn_opts *opts, FILE *errors)
{
	struct option longs[CGN_OPTS_MAX];
	struct cgn_opts o = { 0 };
	int c;

	opts_longs(longs);
	optind = 0; /* glibc: start over, also after an earlier call */
	opterr = 0;
	while ((c = getopt_long(argc, argv, "+:c:hvV", longs, NULL)) != -1) {
		int ret = opts_take(&o, c, argv, errors);

		if (ret < 0)
			return ret;
	}
	if (optind < argc && strcmp(argv[optind - 1], "--") != 0)
		return opts_refuse_word(&o, argv[optind], errors);
	if (o.is_strict && !o.want_check)
		return opts_refuse(errors, "needs --check", "--strict");
	if (o.conf_path == NULL && !o.want_help && !o.want_version && !o.want_man &&
			!o.want_man_yaml && !o.want_reference && !o.want_events)
		return opts_refuse(errors, "is missing", "-c FILE");
	o.eal = argv + optind;
	o.n_eal = (size_t)(argc - optind);
	*opts = o;
	return 0;
}
