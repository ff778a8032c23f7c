/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CTLREFERENCE_H
#define CGN_CTLREFERENCE_H

/**
 * @file
 * Prints config/CGNCTL.md from the tables of commands and options, for `cgnctl --reference`.
 */

#include "controlplane/cgnctl/ctlargs.h"

/** Print it. */
void cgn_ctlreference_print(const struct cgn_ctlcommand *table, FILE *out);

#endif /* CGN_CTLREFERENCE_H */
