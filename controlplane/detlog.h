/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_DETLOG_H
#define CGN_DETLOG_H

/**
 * @file
 * Logs the variables of deterministic groups, so that the formula can be reversed long afterwards (RFC 7422 section 3).
 *
 * The lines are logged when cgnd starts, because only a restart changes the variables, and then once a day. There is one
 * line for each pair of an inside and an outside prefix of a group:
 *
 *   deterministic group=homes [Wed Oct 11 14:32:52 2000]:198.51.100.0:28:192.0.2.1:32:2:5040:0:0-1023,5004,5060
 *
 * The fields are the time in UTC, I and its mask, O and its mask, D, M, A (always 0) and R. An IPv6 prefix is in
 * brackets. Of a group with very many pairs, the first CGN_DETLOG_LINES_MAX are logged, and how many more there are.
 *
 * Threads: the control thread.
 */

#include "controlplane/loop/timerq.h"
#include "shared/conf.h"

#define CGN_DETLOG_LINES_MAX 256 /* of one group: a line is logged for each pair of prefixes */

struct cgn_detlog;

/**
 * Log the variables now, and once a day from now on. The configuration is not used afterwards.
 *
 * @param[out] out  NULL if no group is deterministic
 * @return 0 or -ENOMEM
 */
int cgn_detlog_create(struct cgn_detlog **out, const struct cgn_conf *conf,
		struct cgn_timerq *timers, uint64_t now_ms);

/** Stop logging. NULL is allowed. */
void cgn_detlog_destroy(struct cgn_detlog *l);

#endif /* CGN_DETLOG_H */
