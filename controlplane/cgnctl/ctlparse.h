/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CTLPARSE_H
#define CGN_CTLPARSE_H

/**
 * @file
 * Reads the command line of cgnctl by the tables of commands and options.
 *
 * What is wrong is told in two lines: how the command is used, and the error.
 */

#include "controlplane/cgnctl/ctlargs.h"

#include <stdio.h>

/**
 * Read a command line.
 *
 * @param argv   its words are kept, and their order changes
 * @param table  all commands
 * @param err    takes the lines that tell what is wrong
 * @param[out] args  without a command if the user asks for help, the version or the reference. Of a question for help,
 *   the words say about what
 * @return 0; -EINVAL: it is wrong
 */
int cgn_ctlparse(int argc, char *argv[], const struct cgn_ctlcommand *table,
		struct cgn_ctlargs *args, FILE *err);

#endif /* CGN_CTLPARSE_H */
