/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TIMERQ_H
#define CGN_TIMERQ_H

/**
 * @file
 * Timers of the control thread: a binary heap of timers that live inside their owners.
 *
 * Units:   milliseconds of the caller's monotonic clock.
 * Threads: single owner.
 * Cost:    set, cancel and fire O(log n).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cgn_timerq;

/** Zeroed by its owner but for fire and arg; stays where it is while it is set. */
struct cgn_timer {
	void (*fire)(void *arg, uint64_t now_ms);
	void *arg;
	uint64_t due_ms;
	size_t pos; /* place in the heap plus one; 0: not set */
};

/** Create an empty queue. @return 0 or -ENOMEM */
int cgn_timerq_create(struct cgn_timerq **out);

/** Release the queue; timers that are still set never fire. NULL is allowed. */
void cgn_timerq_destroy(struct cgn_timerq *q);

/** Make room for @p n timers, so that cgn_timerq_set() of that many cannot fail. @return 0 or -ENOMEM */
int cgn_timerq_reserve(struct cgn_timerq *q, size_t n);

/** Set a timer, or set it anew. @return 0 or -ENOMEM (never if it was set before or reserved) */
int cgn_timerq_set(struct cgn_timerq *q, struct cgn_timer *t, uint64_t due_ms);

/** Cancel a timer; one that is not set stays so. */
void cgn_timerq_cancel(struct cgn_timerq *q, struct cgn_timer *t);

/** When the first timer is due. @return UINT64_MAX if none is set */
uint64_t cgn_timerq_next(const struct cgn_timerq *q);

/**
 * Fire what is due, earliest first, at most @p max timers.
 *
 * A timer is cleared before it fires and may be set again by its function.
 *
 * @return number fired
 */
unsigned int cgn_timerq_run(struct cgn_timerq *q, uint64_t now_ms, unsigned int max);

#endif /* CGN_TIMERQ_H */
