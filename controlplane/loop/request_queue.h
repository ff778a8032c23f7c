/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_REQUEST_QUEUE_H
#define CGN_REQUEST_QUEUE_H

/**
 * @file
 * A queue of requests from other threads to the control thread.
 *
 * DPDK's telemetry and the HTTP server of metrics run on threads of their own. They must not use the rings to the
 * workers. So such a thread puts a request into the queue and waits. The control thread answers it, at once or after
 * several replies of workers, and wakes the thread.
 *
 * If the control thread has not begun to answer before the deadline, the request is taken out of the queue. If it has
 * begun, the thread waits until the answer is complete. This does not take forever, because each step has a deadline.
 * So the request can be on the stack of the thread that waits.
 *
 * Threads: cgn_request_queue_call(): any but the control thread. The others: the control thread.
 */

#include <stdint.h>

struct cgn_request_queue;
struct cgn_request_queue_req;

/** Begins to answer a request. It must lead to exactly one cgn_request_queue_done(), now or later. */
typedef void (*cgn_request_queue_fn)(void *arg, struct cgn_request_queue_req *req, uint64_t now_ms);

/** Create the queue. @return 0 or -errno */
int cgn_request_queue_create(struct cgn_request_queue **out);

/** Release the queue. No thread may ask any more. NULL is allowed. */
void cgn_request_queue_destroy(struct cgn_request_queue *a);

/** The descriptor that is readable when there are requests. */
int cgn_request_queue_fd(const struct cgn_request_queue *a);

/** Begin to answer all requests in the queue. */
void cgn_request_queue_run(struct cgn_request_queue *a, uint64_t now_ms);

/** The answer is complete. @param ret  the return value of cgn_request_queue_call() */
void cgn_request_queue_done(struct cgn_request_queue_req *req, int ret);

/** Refuse the requests in the queue, and all that come later. */
void cgn_request_queue_close(struct cgn_request_queue *a);

/**
 * Put a request into the queue, and wait for the answer.
 *
 * @param timeout_ms  time within which the control thread must begin to answer
 * @return the value of cgn_request_queue_done(); -ETIMEDOUT; -ESHUTDOWN: the queue is closed
 */
int cgn_request_queue_call(struct cgn_request_queue *a, cgn_request_queue_fn fn, void *arg,
		uint32_t timeout_ms);

#endif /* CGN_REQUEST_QUEUE_H */
