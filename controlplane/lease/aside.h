/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_LEASE_ASIDE_H
#define CGN_LEASE_ASIDE_H

/**
 * @file
 * A thread for jobs that may block. It does one job at a time, so the control thread need not wait.
 *
 * When a job has ended, the thread writes an eventfd. The owner need not wait for a job that hangs: it calls
 * cgn_aside_leave(). The thread then releases the memory itself, when the job returns.
 *
 * Threads: one owner.
 */

#include <stdbool.h>
#include <stdint.h>

struct cgn_aside;

/** A job. @return the value that cgn_aside_take() gives to the owner */
typedef int (*cgn_aside_fn)(void *arg);

/**
 * Start the thread, with all signals blocked.
 *
 * @param wake_fd  eventfd that is written when a job has ended; the thread uses a duplicate of it
 * @return 0 or -errno
 */
int cgn_aside_create(struct cgn_aside **out, int wake_fd);

/**
 * Begin a job. Only the job may use @p arg until cgn_aside_take() says that the job has ended.
 *
 * @return 0; -EBUSY: another job is under way
 */
int cgn_aside_run(struct cgn_aside *a, cgn_aside_fn job, void *arg);

/** Whether a job has begun, and cgn_aside_take() has not taken its end yet. */
bool cgn_aside_is_busy(const struct cgn_aside *a);

/** Take the end of a job. @return false: none has ended */
bool cgn_aside_take(struct cgn_aside *a, int *ret);

/** Wait for the end of the job, but no longer than @p wait_ms. @return whether no job is under way any more */
bool cgn_aside_wait(struct cgn_aside *a, uint32_t wait_ms);

/**
 * End the thread without waiting for it. After the job that is under way, the thread calls @p release(@p arg) and
 * ends. If @p a is NULL, this function calls @p release(@p arg) itself.
 */
void cgn_aside_leave(struct cgn_aside *a, void (*release)(void *arg), void *arg);

#endif /* CGN_LEASE_ASIDE_H */
