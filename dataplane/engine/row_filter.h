/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_ROW_FILTER_H
#define CGN_ROW_FILTER_H

/**
 * @file
 * Whether a row of a table meets the conditions of the control thread (shared/table.h).
 *
 * Threads: single owner, the worker.
 * Cost:    for a mapping, its own line and, for group and subscriber, the line of its subscriber.
 */

#include "dataplane/engine/context.h"
#include "shared/table.h"

/** Whether a mapping is read. @param f  NULL: every mapping is */
bool cgn_row_filter_mapping(const struct cgn_engine *e, const struct cgn_table_filter *f,
		const struct cgn_mapping *m);

/** Whether the row of a subscriber or of a refused host is read. @param f  NULL: every one is */
bool
cgn_row_filter_subscriber(const struct cgn_table_filter *f, const struct cgn_subscriber_info *s);

#endif /* CGN_ROW_FILTER_H */
