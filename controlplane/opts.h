/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_OPTS_H
#define CGN_OPTS_H

/**
 * @file
 * The command line of cgnd.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/** Options without a short form. */
enum {
	CGN_OPTS_CHECK = 256, /* behind all letters */
	CGN_OPTS_EVENTS,
	CGN_OPTS_MAN,
	CGN_OPTS_MAN_YAML,
	CGN_OPTS_REFERENCE,
	CGN_OPTS_STRICT,
};

/** An option. */
struct cgn_opts_row {
	const char *name;  /* without the dashes; NULL ends the table */
	int letter;        /* short form, or a number of the enum above */
	const char *value; /* what its value is called; NULL: it has none */
	const char *help;  /* NULL: it is for the build, and no help shows it */
};

/** Most rows of the table, with its end. */
#define CGN_OPTS_MAX 16

/** The table of all options. */
extern const struct cgn_opts_row cgn_opts_rows[];

#define CGN_OPTS_SYNOPSIS "cgnd -c FILE [--check [--strict]] [-v] [-V] [-h] [-- EAL ARGS]"

/** What the command line asks for. Strings belong to argv. */
struct cgn_opts {
	const char *conf_path;
	bool want_check;     /* --check: check the configuration, and stop */
	bool is_strict;      /* --strict: with --check, warnings count as errors */
	bool want_help;      /* -h */
	bool want_version;   /* -V */
	bool want_events;    /* --events: print config/EVENTS.md */
	bool want_reference; /* --reference: print config/REFERENCE.md */
	bool want_man;       /* --man: print the manual page cgnd(8) */
	bool want_man_yaml;  /* --man-yaml: print the manual page cgnd.yaml(5) */
	unsigned int verbose;
	char **eal; /* arguments behind "--" */
	size_t n_eal;
};

/**
 * Parse a command line.
 *
 * @param errors  gets an error message and the usage if the command line is wrong
 * @return 0 or -EINVAL
 */
int cgn_opts_parse(int argc, char *argv[], struct cgn_opts *opts, FILE *errors);

/** Print the usage. */
void cgn_opts_usage(FILE *out);

/** Print the manual page cgnd(8). @param version  of cgnd @param date  of this version */
void cgn_opts_manual(FILE *out, const char *version, const char *date);

#endif /* CGN_OPTS_H */
