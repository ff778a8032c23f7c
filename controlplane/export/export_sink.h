/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_EXPORT_SINK_H
#define CGN_EXPORT_SINK_H

/**
 * @file
 * A sink: a queue of records, and a thread that delivers them to one receiver.
 *
 * The thread may wait as long as the receiver lets it wait: nobody waits for the thread. While the receiver takes
 * nothing, the records stay in the buffer of the receiver's module and in the queue, and delivery is tried again each
 * CGN_EXPORT_SINK_RETRY_MS. A record is lost only if the queue is full, or when cgnd stops before the receiver works again.
 *
 * Threads: cgn_export_sink_queue() and cgn_export_sink_was_opened() are for the exporter. Any thread may read the counters.
 */

#include "controlplane/export/export_queue.h"

/** Time between two attempts. */
#define CGN_EXPORT_SINK_RETRY_MS 1000

/** Time that a sink has for its last records when cgnd stops, and when packets wait until cgnd is back. */
#define CGN_EXPORT_SINK_END_MS   2000
#define CGN_EXPORT_SINK_HURRY_MS 150

/**
 * The module of a kind of receivers. Only the thread of the sink calls the functions, but destroy(). write() and flush()
 * are called while it is open. A function that waits for a receiver returns -EINPROGRESS several times a second, so that
 * the sink notices that cgnd stops.
 */
struct cgn_export_sink_ops {
	/**
	 * Reach the receiver: open a file, connect.
	 *
	 * @return number of records that were delivered before, but perhaps not received, and are sent again; -EINPROGRESS:
	 *         not yet, call it again at once; another -errno: tried again later
	 */
	int (*open)(void *ctx);
	/**
	 * Add a record to a buffer, without keeping what it refers to.
	 *
	 * @return 0; -ENOBUFS: the buffer is full, call flush() first
	 */
	int (*write)(void *ctx, const struct cgn_record *r);
	/**
	 * Deliver what is in the buffer.
	 *
	 * @return 0: all of it; -EINPROGRESS: the receiver takes no more now, call it again at once; another -errno: close()
	 *         and open() follow. What was not delivered stays in the buffer
	 */
	int (*flush)(void *ctx);
	/** Leave the receiver. What is in the buffer stays there. */
	void (*close)(void *ctx);
	/** Release everything. */
	void (*destroy)(void *ctx);
};

struct cgn_export_sink;

/**
 * Create a sink and start its thread.
 *
 * @param name         for the log; copied
 * @param ctx          argument of @p ops; from now on it belongs to the sink, also after an error
 * @param queue_max    records of its queue
 * @param n_producers  producers of records
 * @return 0 or -errno
 */
int cgn_export_sink_create(struct cgn_export_sink **out, const char *name,
		const struct cgn_export_sink_ops *ops, void *ctx, uint32_t queue_max,
		unsigned int n_producers);

/**
 * Let the thread deliver what is in the queue. Returns at once. A second call may shorten the time.
 *
 * @param wait_ms  time that it has, if its receiver does not take the records. A thread that takes five times as long
 *                 more hangs
 */
void cgn_export_sink_end(struct cgn_export_sink *s, uint32_t wait_ms);

/** Whether cgn_export_sink_destroy() would not wait. It is after cgn_export_sink_end(). */
bool cgn_export_sink_is_over(const struct cgn_export_sink *s);

/** Wait for the thread after cgn_export_sink_end(), until its counters stay as they are, or it hangs. */
void cgn_export_sink_wait(const struct cgn_export_sink *s);

/**
 * Wait for the thread after cgn_export_sink_end(), and release the sink. If the thread hangs in a call of the kernel, it
 * keeps its memory. NULL is allowed.
 *
 * @return false: the thread hangs, and may still use what @p ctx refers to
 */
bool cgn_export_sink_destroy(struct cgn_export_sink *s);

/** Leave the receiver and reach it again, because the file may have another name now. Any thread. */
void cgn_export_sink_reopen(struct cgn_export_sink *s);

/**
 * Whether the receiver was reached since the last call: for the first time, or after cgn_export_sink_reopen(). An attempt
 * after a failure does not count. The exporter calls it.
 */
bool cgn_export_sink_was_opened(struct cgn_export_sink *s);

/** Its queue. */
struct cgn_export_queue *cgn_export_sink_queue(struct cgn_export_sink *s);

/** Records of a kind that were delivered. Any thread. */
uint64_t cgn_export_sink_written(const struct cgn_export_sink *s, enum cgn_record_kind kind);

/** Records of a kind that were lost: the queue was full, or cgnd has stopped. Any thread. */
uint64_t cgn_export_sink_lost(const struct cgn_export_sink *s, enum cgn_record_kind kind);

/** Records that were sent again after a connection broke: the receiver may have them twice. Any thread. */
uint64_t cgn_export_sink_resent(const struct cgn_export_sink *s);

/** How often the receiver has begun to take no records. Any thread. */
uint64_t cgn_export_sink_failures(const struct cgn_export_sink *s);

/** Whether the receiver does not take records now. Any thread. */
bool cgn_export_sink_is_failing(const struct cgn_export_sink *s);

#endif /* CGN_EXPORT_SINK_H */
