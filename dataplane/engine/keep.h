/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_KEEP_H
#define CGN_KEEP_H

/**
 * @file
 * The commands that save and load the state of an engine (dataplane/state).
 *
 * Threads: single owner, the worker.
 */

#include "shared/msg.h"

struct cgn_engine;

/** CGN_CMD_STATE_SAVE: write the next chunks, as many as there is room for. @return 0, -EINVAL: there is not enough room */
int
cgn_keep_save(struct cgn_engine *e, const struct cgn_cmd_state *cmd, struct cgn_evt_state *reply);

/** CGN_CMD_STATE_LOAD: take what belongs to this worker. @return as struct cgn_cmd_state says */
int
cgn_keep_load(struct cgn_engine *e, const struct cgn_cmd_state *cmd, struct cgn_evt_state *reply);

/** CGN_CMD_STATE_LOADED: nothing more will come. */
void cgn_keep_loaded(struct cgn_engine *e);

#endif /* CGN_KEEP_H */
