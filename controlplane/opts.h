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

/** What the command line asks for. Strings belong to argv. */
struct cgn_opts {
	const char *conf_path;
	bool want_check;     /* --check: check the configuration, and stop */
	bool want_help;      /* -h */
	bool want_version;   /* -V */
	bool want_reference; /* --reference: print config/REFERENCE.md */
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

#endif /* CGN_OPTS_H */
