/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TIMERQ_H
#define CGN_TIMERQ_H

/**
 * @file
 * Timers of the control thread, in a binary heap. A timer is a field of the struct that owns it.
 *
 * Units:   milliseconds of the caller's monotonic clock.
 * Threads: single owner.
 * Cost:    set, cancel and fire O(log n).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cgn_timerq;

/** A timer. Its owner sets fire and arg, zeroes the other fields, and does not move it while it is set. */
struct cgn_timer {
	void (*fire)(void *arg, uint64_t now_ms);
	void *arg;
	uint64_t due_ms;
	size_t pos; /* index in the heap plus one; 0: the timer is not set */
};

/** Create an empty queue. @return 0 or -ENOMEM */
int cgn_timerq_create(struct cgn_timerq **out);

/** Release the queue. Timers that are still set never fire. NULL is allowed. */
void cgn_timerq_destroy(struct cgn_timerq *q);

/** Make room for @p n timers in all. Setting a timer cannot fail while fewer are set. @return 0 or -ENOMEM */
int cgn_timerq_reserve(struct cgn_timerq *q, size_t n);

/** Set a timer, or change its time. @return 0; -ENOMEM: never if the timer is set already, or there is room */
int cgn_timerq_set(struct cgn_timerq *q, struct cgn_timer *t, uint64_t due_ms);

/** Cancel a timer. Does nothing if it is not set. */
void cgn_timerq_cancel(struct cgn_timerq *q, struct cgn_timer *t);

/** When the first timer is due. @return UINT64_MAX if none is set */
uint64_t cgn_timerq_next(const struct cgn_timerq *q);

/**
 * Fire the timers that are due, at most @p max of them. The earliest one fires first.
 *
 * A timer is no longer set when it fires. Its function may set it again.
 *
 * @return number fired
 */
unsigned int cgn_timerq_run(struct cgn_timerq *q, uint64_t now_ms, unsigned int max);

#endif /* CGN_TIMERQ_H */
