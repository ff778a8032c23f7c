/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The command line of cgnd, for main.c.
 */
#include "controlplane/opts.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>

enum {
	OPT_CHECK = 256,
	OPT_REFERENCE,
};

void
cgn_opts_usage(FILE *out)
{
	fputs("usage: cgnd -c FILE [--check] [-v] [-V] [-h] [-- EAL ARGS]\n"
	      "  -c, --config FILE  configuration\n"
	      "      --check        check the configuration and exit\n"
	      "  -h, --help         print this and exit\n"
	      "  -v, --verbose      log more; twice: everything\n"
	      "  -V, --version      print the version and exit\n"
	      "exit status: 0 clean, 1 run-time failure, 2 command line or configuration\n",
			out);
}

static int
opts_refuse(FILE *errors, const char *what, const char *arg)
{
	fprintf(errors, "cgnd: %s: %s\n", arg, what);
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
	case OPT_CHECK:
		o->want_check = true;
		return 0;
	case OPT_REFERENCE:
		o->want_reference = true;
		return 0;
	case ':':
		return opts_refuse(errors, "needs an argument", argv[optind - 1]);
	default:
		if (optopt <= 0 || optopt >= OPT_CHECK)
			return opts_refuse(errors, "unknown option", argv[optind - 1]);
		name[1] = (char)optopt;
		return opts_refuse(errors, "unknown option", name);
	}
}

int
cgn_opts_parse(int argc, char *argv[], struct cgn_opts *opts, FILE *errors)
{
	static const struct option longs[] = {
		{ "check", no_argument, NULL, OPT_CHECK },
		{ "config", required_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ "reference", no_argument, NULL, OPT_REFERENCE },
		{ "verbose", no_argument, NULL, 'v' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	struct cgn_opts o = { 0 };
	int c;

	optind = 0; /* glibc: start over, also after an earlier call */
	opterr = 0;
	while ((c = getopt_long(argc, argv, "+:c:hvV", longs, NULL)) != -1) {
		int ret = opts_take(&o, c, argv, errors);

		if (ret < 0)
			return ret;
	}
	if (optind < argc && strcmp(argv[optind - 1], "--") != 0)
		return opts_refuse(errors, "not an option; EAL arguments stand behind \"--\"",
				argv[optind]);
	if (o.conf_path == NULL && !o.want_help && !o.want_version && !o.want_reference)
		return opts_refuse(errors, "is missing", "-c FILE");
	o.eal = argv + optind;
	o.n_eal = (size_t)(argc - optind);
	*opts = o;
	return 0;
}
