/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_LEASE_ASIDE_H
#define CGN_LEASE_ASIDE_H

/**
 * @file
 * Work that may block, done aside from the control thread: a thread that does one job at a time.
 *
 * The end of a job is announced by an eventfd. An owner that does not want to wait for a job that hangs leaves
 * it alone: the thread releases what it uses when the job returns.
 *
 * Threads: one owner.
 */

#include <stdbool.h>
#include <stdint.h>

struct cgn_aside;

/** A job. @return what cgn_aside_take() gives */
typedef int (*cgn_aside_fn)(void *arg);

/**
 * Start the thread, with all signals blocked.
 *
 * @param wake_fd  eventfd that is written when a job has ended; duplicated
 * @return 0 or -errno
 */
int cgn_aside_create(struct cgn_aside **out, int wake_fd);

/**
 * Begin a job. @p arg is the job's until cgn_aside_take() says that it has ended.
 *
 * @return 0; -EBUSY: one is under way
 */
int cgn_aside_run(struct cgn_aside *a, cgn_aside_fn job, void *arg);

/** Whether a job was begun whose end was not taken yet. */
bool cgn_aside_is_busy(const struct cgn_aside *a);

/** Take the end of a job. @return false: none has ended */
bool cgn_aside_take(struct cgn_aside *a, int *ret);

/** Wait for the end of the job, but no longer than @p wait_ms. @return whether none is under way */
bool cgn_aside_wait(struct cgn_aside *a, uint32_t wait_ms);

/**
 * Let the thread call @p release(@p arg) after the job that is under way, and end. Does not wait. NULL for
 * @p a: releases in this thread.
 */
void cgn_aside_leave(struct cgn_aside *a, void (*release)(void *arg), void *arg);

#endif /* CGN_LEASE_ASIDE_H */
