/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CTL_H
#define CGN_CTL_H

/**
 * @file
 * Values that cgnctl and cgnd must agree on: how long each side waits, the answer that asks cgnctl to try
 * again, and how long a text may be.
 *
 * The times are reached only if something hangs: they are much longer than a busy machine needs. cgnd waits
 * less long than cgnctl, so that cgnd can still report which part of it does not answer.
 */

#include <assert.h>

/** Milliseconds within which the control thread must begin to work on a question. */
#define CGN_CTL_BEGIN_MS 20000

/** Milliseconds within which a worker must answer one command for a question. */
#define CGN_CTL_WORKER_MS 20000

/** Milliseconds that cgnctl waits for one answer. */
#define CGN_CTL_ANSWER_MS 60000

/** The error text if cgnd cannot answer now because queues are full. cgnctl then asks again. */
#define CGN_CTL_BUSY "too busy, try again"

/** Most octets of the identity of an IPsec peer. DPDK cuts longer texts of a table. */
#define CGN_CTL_IDENTITY_MAX 127

/** Longest time within which a reload must be confirmed, in seconds. */
#define CGN_CTL_CONFIRM_MAX_S 86400

/** Most packets that a trace or a capture shows, and its longest time in seconds. */
#define CGN_CTL_TAP_COUNT_MAX   1000000
#define CGN_CTL_TAP_SECONDS_MAX 3600

/** How many packets a trace shows, and how long a trace or a capture runs, if the user does not say it. */
#define CGN_CTL_TAP_COUNT   20
#define CGN_CTL_TAP_SECONDS 60

static_assert(CGN_CTL_BEGIN_MS + CGN_CTL_WORKER_MS < CGN_CTL_ANSWER_MS,
		"cgnd gives up on a command before cgnctl does");

/**
 * Prefix of the names of the parts of a description in a row of leases; a number follows, from 0 on. The parts together
 * are percent-encoded (shared/percent.h).
 */
#define CGN_CTL_DESCRIPTION "description_"

/** The same for a line of the log. */
#define CGN_CTL_TEXT "text_"

/** The same for what is wrong with a question, if "error" does not say it all. */
#define CGN_CTL_ERROR "error_"

#endif /* CGN_CTL_H */
