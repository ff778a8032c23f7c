/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CTLARGS_H
#define CGN_CTLARGS_H

/**
 * @file
 * The arguments of a command of cgnctl, for the files that carry out commands.
 */

#include <stdbool.h>

/** Most words behind the subject of a command. */
#define CGN_CTLSHOW_MORE_MAX 2

/** The parts of a command line behind the noun and the verb. */
struct cgn_ctlshow_args {
	bool want_json;
	bool want_csv;                          /* --csv */
	const char *confirm_s;                  /* --confirm-s; NULL: none */
	const char *config;                     /* --config; NULL: none */
	const char *subject;                    /* the word behind the verb; NULL: none */
	const char *more[CGN_CTLSHOW_MORE_MAX]; /* the words behind the subject; NULL: none */
	const char *subscriber;                 /* --subscriber; NULL: none */
	const char *worker;                     /* --worker; NULL: none */
	const char *at;                         /* --at, --from, --to: times; NULL: none */
	const char *from;
	const char *to;
	const char *questions; /* --questions; NULL: none */
	char **words; /* of a command that takes any number: those behind the noun. NULL ends them */
};

#endif /* CGN_CTLARGS_H */
