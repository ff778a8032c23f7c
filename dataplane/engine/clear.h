/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CLEAR_H
#define CGN_CLEAR_H

/**
 * @file
 * Ends mappings that the operator wants to end (cgnctl mappings clear).
 *
 * Only mappings that traffic has made end. Leases belong to the control thread, and static mappings to the configuration.
 *
 * Threads: single owner, the worker.
 * Cost:    a slice looks at 512 places of the table, and ends or resets about 32 mappings and connections.
 */

#include "dataplane/engine/context.h"
#include "shared/msg.h"

/**
 * CGN_CMD_CLEAR: end the mappings of the next slice that meet the filter. If the ring of records is full, a slice ends
 * early, so that each end is recorded.
 *
 * @param cmd  cursor and filter are read
 * @return 0; -ESHUTDOWN: the worker stops, and its mappings stay as they are
 */
int
cgn_clear_some(struct cgn_engine *e, const struct cgn_cmd_read *cmd, struct cgn_evt_clear *reply);

#endif /* CGN_CLEAR_H */
