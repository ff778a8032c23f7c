/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_REQUEST_QUEUE_H
#define CGN_REQUEST_QUEUE_H

/**
 * @file
 * Questions of other threads, answered by the control thread.
 *
 * rte_telemetry calls back on threads of its own, which must not touch the rings to the workers. They
 * queue what is to be done and wait; the control loop does it, at once or over several replies of
 * workers, and says so. A question that nobody has begun to answer by its deadline is withdrawn; one
 * that was begun is always finished by the control thread, since every step of it has a deadline, so
 * its memory may lie on the asker's stack.
 *
 * Threads: as said; everything without a word is the control thread's.
 */

#include <stdint.h>

struct cgn_request_queue;
struct cgn_request_queue_req;

/** Begin to answer; leads to one cgn_request_queue_done(), now or later. */
typedef void (*cgn_request_queue_fn)(void *arg, struct cgn_request_queue_req *req, uint64_t now_ms);

/** Create the queue. @return 0 or -errno */
int cgn_request_queue_create(struct cgn_request_queue **out);

/** Release it; nobody asks any more. NULL is allowed. */
void cgn_request_queue_destroy(struct cgn_request_queue *a);

/** The descriptor that is readable when there are questions. */
int cgn_request_queue_fd(const struct cgn_request_queue *a);

/** Begin to answer all that is queued. */
void cgn_request_queue_run(struct cgn_request_queue *a, uint64_t now_ms);

/** The answer is complete. @param ret  what cgn_request_queue_call() returns */
void cgn_request_queue_done(struct cgn_request_queue_req *req, int ret);

/** Refuse what is queued and all that comes later. */
void cgn_request_queue_close(struct cgn_request_queue *a);

/**
 * Ask. Any thread but the control thread.
 *
 * @param timeout_ms  for the control thread to begin
 * @return what cgn_request_queue_done() was given, -ETIMEDOUT, -ESHUTDOWN
 */
int cgn_request_queue_call(struct cgn_request_queue *a, cgn_request_queue_fn fn, void *arg,
		uint32_t timeout_ms);

#endif /* CGN_REQUEST_QUEUE_H */
