/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CTLHELP_H
#define CGN_CTLHELP_H

/**
 * @file
 * The help of cgnctl: of all, of a noun, and of one command.
 */

#include "controlplane/cgnctl/ctlargs.h"

/** Print the help for the words of the command line. Without words, it is about everything. */
void cgn_ctlhelp_print(const struct cgn_ctlargs *args, FILE *out);

#endif /* CGN_CTLHELP_H */
