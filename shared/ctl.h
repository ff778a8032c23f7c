/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_CTL_H
#define CGN_CTL_H

/**
 * @file
 * What cgnctl and cgnd must agree on: how long each side waits, and the answer that asks for another try.
 *
 * All times are limits for a hang. They are much longer than a busy machine needs, and cgnd's are shorter
 * than cgnctl's, so that cgnd can still say which part of it does not answer.
 */

#include <assert.h>

/** Milliseconds that the control thread has to begin with a question. */
#define CGN_CTL_BEGIN_MS 20000

/** Milliseconds that a worker has to answer one command for a question. */
#define CGN_CTL_WORKER_MS 20000

/** Milliseconds that cgnctl waits for one answer. */
#define CGN_CTL_ANSWER_MS 60000

/** The error text of an answer that cannot be given now, because queues are full. cgnctl asks again. */
#define CGN_CTL_BUSY "too busy, try again"

static_assert(CGN_CTL_BEGIN_MS + CGN_CTL_WORKER_MS < CGN_CTL_ANSWER_MS,
		"cgnd gives up on a command before cgnctl does");

#endif /* CGN_CTL_H */
