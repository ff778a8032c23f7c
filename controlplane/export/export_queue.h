/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_EXPORT_QUEUE_H
#define CGN_EXPORT_QUEUE_H

/**
 * @file
 * The queue of one sink. The exporter puts records in and never waits. The thread of the sink takes them.
 *
 * If the queue is full, records are lost. Each producer then has a gap. It goes into the queue as soon as a quarter of
 * the queue is free again, and before the next record of the producer. A lost checkpoint leaves no gap. One is lost also
 * while its producer has a gap, so that all that it tells of comes before it.
 *
 * Threads: one puts, one takes. Any thread may wake the one that takes.
 * Memory:  64 octets a record, allocated at create().
 */

#include "shared/counter.h"
#include "shared/record.h"

struct cgn_export_queue;

/**
 * Create an empty queue.
 *
 * @param size         records that it holds, at least 16
 * @param n_producers  producers of records
 * @return 0 or -ENOMEM
 */
int cgn_export_queue_create(struct cgn_export_queue **out, uint32_t size, unsigned int n_producers);

/** Release it. Nobody may use it any more. NULL is allowed. */
void cgn_export_queue_destroy(struct cgn_export_queue *q);

/** Put copies of records in. Those that do not fit are lost, and counted. */
void cgn_export_queue_put(struct cgn_export_queue *q, const struct cgn_record *r, uint32_t n);

/** Put in gaps for which there is room again. @return false: some have none */
bool cgn_export_queue_settle(struct cgn_export_queue *q);

/**
 * Take records. If there are none, wait until there are some, or cgn_export_queue_wake() is called, or the time is over.
 *
 * @param wait_ms  0: do not wait
 * @return number of records, in order; they belong to the caller
 */
uint32_t cgn_export_queue_take(
		struct cgn_export_queue *q, struct cgn_record *out, uint32_t max, uint32_t wait_ms);

/**
 * Wait until cgn_export_queue_wake() is called, or the time is over. A call since the last wait or take counts.
 */
void cgn_export_queue_wait(struct cgn_export_queue *q, uint32_t wait_ms);

/** Let the thread that takes return from its wait. */
void cgn_export_queue_wake(struct cgn_export_queue *q);

/** Records of a kind that were lost because the queue was full. Any thread. */
uint64_t cgn_export_queue_lost(const struct cgn_export_queue *q, enum cgn_record_kind kind);

/** Records in the queue now. Any thread. */
uint32_t cgn_export_queue_count(struct cgn_export_queue *q);

#endif /* CGN_EXPORT_QUEUE_H */
