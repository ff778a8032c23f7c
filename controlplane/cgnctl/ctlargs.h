/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CTLARGS_H
#define CGN_CTLARGS_H

/**
 * @file
 * A command of cgnctl: the row of the table that describes it, and the arguments that it gets.
 */

#include "controlplane/cgnctl/ctlsock.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/** The options. ctloption.c has a row for each. */
enum cgn_ctlopt {
	CGN_CTLOPT_EVERY,
	CGN_CTLOPT_AT,
	CGN_CTLOPT_CONFIG,
	CGN_CTLOPT_CONFIRM_S,
	CGN_CTLOPT_PACKETS,
	CGN_CTLOPT_CSV,
	CGN_CTLOPT_EXTERNAL,
	CGN_CTLOPT_FILTER,
	CGN_CTLOPT_FROM,
	CGN_CTLOPT_GROUP,
	CGN_CTLOPT_HELP,
	CGN_CTLOPT_JSON,
	CGN_CTLOPT_LIMIT,
	CGN_CTLOPT_MAN,
	CGN_CTLOPT_PORT,
	CGN_CTLOPT_PREFIX,
	CGN_CTLOPT_PROFILE,
	CGN_CTLOPT_PROTO,
	CGN_CTLOPT_QUESTIONS,
	CGN_CTLOPT_REFERENCE,
	CGN_CTLOPT_SECONDS,
	CGN_CTLOPT_SORT,
	CGN_CTLOPT_STATE,
	CGN_CTLOPT_SUBSCRIBER,
	CGN_CTLOPT_SUBSCRIBERS,
	CGN_CTLOPT_TO,
	CGN_CTLOPT_VERDICT,
	CGN_CTLOPT_VERSION,
	CGN_CTLOPT_WATCH,
	CGN_CTLOPT_WORKER,
	CGN_CTLOPT_WRITE,
	CGN_CTLOPT_YANG,
	CGN_CTLOPT_ZERO,
	CGN_CTLOPT_COUNT,
};

/** A set of options has one bit for each. */
#define CGN_CTLOPT(name) (UINT64_C(1) << CGN_CTLOPT_##name)

/** Options that stand alone, without a command. */
#define CGN_CTLOPT_ALONE \
	(CGN_CTLOPT(MAN) | CGN_CTLOPT(REFERENCE) | CGN_CTLOPT(VERSION) | CGN_CTLOPT(YANG))

/** Options that every command takes. */
#define CGN_CTLOPT_ALL (CGN_CTLOPT(HELP) | CGN_CTLOPT(JSON) | CGN_CTLOPT(PREFIX) | CGN_CTLOPT_ALONE)

/** Options of a command that shows a table. */
#define CGN_CTLOPT_LIST (CGN_CTLOPT(LIMIT) | CGN_CTLOPT(SORT) | CGN_CTLOPT(WATCH))

/** Most words behind the subject of a command that has places for them. */
#define CGN_CTLARGS_MORE_MAX 2

struct cgn_ctlcommand;
struct cgn_ctlwatch;

/** What a command gets from the command line. An option that was not given is NULL or false. */
struct cgn_ctlargs {
	const struct cgn_ctlcommand *table;     /* all commands */
	const struct cgn_ctlcommand *command;   /* the one that runs; NULL: see the parser */
	uint64_t given;                         /* set of options */
	const char *subject;                    /* the first word behind the verb; NULL: none */
	const char *more[CGN_CTLARGS_MORE_MAX]; /* the words behind the subject; NULL: none */
	char **words;                           /* all words behind the verb. NULL ends them */

	struct cgn_ctlwatch *round; /* with --watch: this round; NULL: only one */

	bool want_all;
	bool want_csv;
	bool want_help;
	bool want_json;
	bool want_man;
	bool want_reference;
	bool want_version;
	bool want_yang;
	bool want_zero;
	const char *at;
	const char *config;
	const char *confirm_s;
	const char *count;
	const char *external;
	const char *filter;
	const char *from;
	const char *group;
	const char *limit;
	const char *port;
	const char *prefix;
	const char *profile;
	const char *proto;
	const char *questions;
	const char *seconds;
	const char *sort;
	const char *state;
	const char *subscriber;
	const char *subscribers;
	const char *to;
	const char *verdict;
	const char *watch;
	const char *worker;
	const char *write;
};

/** Carries out a command. */
typedef int (*cgn_ctlcommand_fn)(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out);

/** A row of the table of commands. From it come the parser, usage, help, documents and completion. */
struct cgn_ctlcommand {
	const char *noun;
	const char *verb; /* NULL: the command has no verb */
	/**
	 * Synopsis of the words behind the verb. It is the rule, too: each word of it stands for one word of the command
	 * line. One in brackets may be left out, and "..." at its end allows any number. "": none
	 */
	const char *words;
	const char *help;               /* one line, without a full stop */
	uint64_t options;               /* those it takes, without CGN_CTLOPT_ALL */
	uint64_t needs;                 /* at least one of these must be given; 0: none */
	const struct cgn_ctllist *list; /* the table that it shows; NULL: none */
	const struct cgn_ctllist
			*answer; /* the keys of its JSON, if it shows no table; NULL: see json */
	const char *json; /* where its keys are explained, or what it prints, Markdown; NULL: list or answer */
	bool takes_file;      /* the subject is a file, whose path may be long */
	bool is_offline;      /* it asks no cgnd: the socket is NULL */
	uint8_t error_status; /* exit status of an error; 0: 1 */
	/**
	 * @return 0 or a positive exit status; -EIO: cgn_ctlsock_error() tells why; other -errno. is_offline: what is wrong
	 *   was printed, and -EINVAL: the command line is wrong
	 */
	cgn_ctlcommand_fn run;
};

#endif /* CGN_CTLARGS_H */
