/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CTLCOMMAND_H
#define CGN_CTLCOMMAND_H

/**
 * @file
 * The table of the commands of cgnctl. Each pair of noun and verb has one row.
 */

#include "controlplane/cgnctl/ctlargs.h"

/** All commands, sorted by noun. A row without a noun ends the table. */
extern const struct cgn_ctlcommand cgn_ctlcommands[];

#endif /* CGN_CTLCOMMAND_H */
