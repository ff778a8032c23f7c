/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CTLCOMPLETION_H
#define CGN_CTLCOMPLETION_H

/**
 * @file
 * The commands `cgnctl completion`: scripts that make a shell complete the words of cgnctl, from the tables of commands
 * and options.
 */

#include "controlplane/cgnctl/ctlargs.h"

/** Print the script for bash. @return 0 */
int cgn_ctlcompletion_bash(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out);

/** Print the script for zsh. @return 0 */
int cgn_ctlcompletion_zsh(struct cgn_ctlsock *s, const struct cgn_ctlargs *args, FILE *out);

#endif /* CGN_CTLCOMPLETION_H */
