/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_DETLOG_H
#define CGN_DETLOG_H

/**
 * @file
 * Logs the variables of deterministic groups, so that the formula can be reversed long afterwards (RFC 7422 section 3).
 *
 * The lines are logged when cgnd starts, because only a restart changes the variables, and then once a day. There is one
 * line for each pair of an inside and an outside prefix of a group, in the configured order:
 *
 *   deterministic group=homes [Wed Oct 11 14:32:52 2000]:198.51.100.0:28:192.0.2.1:32:2:5040:0:0-1023,5004,5060:32
 *
 * The fields are the time in UTC, I and its mask, O and its mask, D, M, A (always 0), R, and the prefix length of one
 * subscriber of I. An IPv6 prefix is in brackets. A group with more than CGN_DETLOG_PAIRS_MAX pairs has lists instead,
 * with up to CGN_DETLOG_LIST_MAX entries in a line, and then a line with D, M, A, R, and the prefix lengths of one IPv4
 * and one IPv6 subscriber:
 *
 *   deterministic group=homes [Wed Oct 11 14:32:52 2000] inside 1-40 of 300: 10.0.0.0/24 10.0.4.0/24 ...
 *   deterministic group=homes [Wed Oct 11 14:32:52 2000] outside 1-2 of 2: 192.0.2.1-192.0.2.9 203.0.113.0-203.0.113.255
 *   deterministic group=homes [Wed Oct 11 14:32:52 2000] variables:2:5040:0:0-1023:32:56
 *
 * Threads: the control thread.
 */

#include "controlplane/loop/timerq.h"
#include "shared/conf.h"

#define CGN_DETLOG_PAIRS_MAX 256 /* of one group: a line is logged for each pair of prefixes */
#define CGN_DETLOG_LIST_MAX  40  /* entries of a list in one line */

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
