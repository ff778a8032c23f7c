/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CTLSHOW_H
#define CGN_CTLSHOW_H

/**
 * @file
 * What cgnctl can show: one row per noun and verb.
 */

#include "controlplane/cgnctl/ctlsock.h"

#include <stdbool.h>
#include <stdio.h>

/** A command line, taken apart. */
struct cgn_ctlshow_args {
	bool want_json;
	const char *subject;    /* the word behind the verb; NULL: none */
	const char *subscriber; /* --subscriber; NULL: none */
	const char *worker;     /* --worker; NULL: none */
};

/** A command of cgnctl: its words, its help, and what it does. */
struct cgn_ctlshow_command {
	const char *noun;
	const char *verb; /* NULL: the noun alone, with a subject */
	const char *args; /* for the usage */
	const char *help;
	bool needs_subject;
	bool takes_subject;
	bool takes_subscriber;
	bool takes_worker;
	/** @return 0 or -EIO: cgn_ctlsock_error() says why */
	int (*run)(struct cgn_ctlsock *s, const struct cgn_ctlshow_args *args, FILE *out);
};

/** All commands; the last has no noun. */
extern const struct cgn_ctlshow_command cgn_ctlshow_commands[];

/** The command of a noun and a verb (may be NULL), or NULL. */
const struct cgn_ctlshow_command *cgn_ctlshow_find(const char *noun, const char *verb);

/** Whether a command has this noun, with whatever verb. */
bool cgn_ctlshow_has(const char *noun);

#endif /* CGN_CTLSHOW_H */
