/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CTLSHOW_H
#define CGN_CTLSHOW_H

/**
 * @file
 * The table of the commands of cgnctl. Each pair of noun and verb has one row.
 */

#include "controlplane/cgnctl/ctlargs.h"
#include "controlplane/cgnctl/ctlsock.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/** A command of cgnctl: its words, its help, and what it does. */
struct cgn_ctlshow_command {
	const char *noun;
	const char *verb; /* NULL: the command has no verb, but a subject */
	const char *args; /* text of the arguments for the usage */
	const char *help;
	bool needs_subject;
	bool takes_subject;
	uint8_t more_min; /* words behind the subject */
	uint8_t more_max;
	bool takes_subscriber;
	bool takes_worker;
	bool takes_csv;
	bool takes_confirm;   /* --confirm-s */
	bool takes_file;      /* the subject is a file, whose path may be long */
	uint8_t error_status; /* exit status of an error; 0: 1 */
	bool takes_words; /* any number of words behind the noun, --subscriber, and the options of a trace */
	bool is_offline; /* it may read the file of --config, and asks no cgnd: the socket is NULL */
	/**
	 * @return 0 or a positive exit status; -EIO: cgn_ctlsock_error() tells why; is_offline: as in ctldet.h, or a
	 *   positive exit status
	 */
	int (*run)(struct cgn_ctlsock *s, const struct cgn_ctlshow_args *args, FILE *out);
};

/** All commands. A row without a noun ends the table. */
extern const struct cgn_ctlshow_command cgn_ctlshow_commands[];

/** Find the command of a noun and a verb. @p verb may be NULL. @return NULL: there is none */
const struct cgn_ctlshow_command *cgn_ctlshow_find(const char *noun, const char *verb);

/** Whether there is a command with this noun. Its verb does not matter. */
bool cgn_ctlshow_has(const char *noun);

#endif /* CGN_CTLSHOW_H */
