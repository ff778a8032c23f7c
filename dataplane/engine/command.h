/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_COMMAND_H
#define CGN_COMMAND_H

/**
 * @file
 * Commands of the control thread to an engine. They set neighbours, leases and the configuration, and read
 * the engine's tables.
 */

#include "dataplane/engine/context.h"

/** Carry out one command and fill its reply. */
void cgn_command_run(struct cgn_engine *e, const struct cgn_cmd *cmd, struct cgn_evt *reply);

#endif /* CGN_COMMAND_H */
