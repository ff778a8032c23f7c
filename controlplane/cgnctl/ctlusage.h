/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CTLUSAGE_H
#define CGN_CTLUSAGE_H

/**
 * @file
 * How commands are written, in one line each.
 */

#include "controlplane/cgnctl/ctlmatch.h"
#include "controlplane/cgnctl/ctloption.h"

#include <stdio.h>

/** Octets that hold the line of a command, or a list of names. */
#define CGN_CTLUSAGE_MAX 1024

/** Most words that a command takes without "..." in its synopsis. */
#define CGN_CTLUSAGE_MANY 1000

/** Write the noun and the verb of a command. @return @p buf */
const char *cgn_ctlusage_name(const struct cgn_ctlcommand *c, char buf[static CGN_CTLUSAGE_MAX]);

/** Write a command with its words, such as "leases delete A[:PORT/PROTO]". @return @p buf */
const char *cgn_ctlusage_short(const struct cgn_ctlcommand *c, char buf[static CGN_CTLUSAGE_MAX]);

/** Write a command with its words and its own options, such as "counters show [--worker N]". @return @p buf */
const char *cgn_ctlusage_line(const struct cgn_ctlcommand *c, char buf[static CGN_CTLUSAGE_MAX]);

/** Write an option with its letter and its value, such as "-w, --worker N". @return @p buf */
const char *cgn_ctlusage_option(const struct cgn_ctloption *o, char buf[static CGN_CTLUSAGE_MAX]);

/** Write the verbs of the commands of one noun, such as "forward|reverse". @return @p buf */
const char *cgn_ctlusage_verbs(const struct cgn_ctlmatch *m, const char *between,
		char buf[static CGN_CTLUSAGE_MAX]);

/** Count the words of a synopsis. @param[out] max  CGN_CTLUSAGE_MANY: any number @return how many must be there */
unsigned int cgn_ctlusage_words(const struct cgn_ctlcommand *c, unsigned int *max);

#endif /* CGN_CTLUSAGE_H */
