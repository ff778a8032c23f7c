/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_LOOP_H
#define CGN_LOOP_H

/**
 * @file
 * The loop of the control thread. It waits for file descriptors, signals and timers with one epoll, and calls polled
 * work.
 *
 * The loop sleeps while there is nothing to do. In each turn it calls the polled work once, which reads the rings of
 * the workers. A worker that has put something into its ring writes an eventfd, which ends the sleep.
 *
 * Threads: single owner. cgn_loop_block_signals() must be called before any other thread starts.
 */

#include "controlplane/loop/timerq.h"

struct cgn_loop;

/** Polled work. @return true: there is more to do, so the loop must not sleep */
typedef bool (*cgn_loop_poll_fn)(void *arg, uint64_t now_ms);

/**
 * Block the signals that the loop takes (SIGINT, SIGTERM, SIGHUP) and ignore SIGPIPE, for this
 * thread and all threads started by it later.
 */
void cgn_loop_block_signals(void);

/**
 * Create a loop.
 *
 * SIGINT and SIGTERM end cgn_loop_run(). A second one of these signals ends the process at once with status 130.
 *
 * @return 0 or -errno
 */
int cgn_loop_create(struct cgn_loop **out);

/** Release the loop. Descriptors that were added stay open. NULL is allowed. */
void cgn_loop_destroy(struct cgn_loop *l);

/**
 * Watch a descriptor for input. The callback must read the count of an eventfd.
 *
 * @return 0 or -errno; -ENOSPC: 40 descriptors are watched, of which the loop itself uses two
 */
int
cgn_loop_add_fd(struct cgn_loop *l, int fd, void (*ready)(void *arg, uint64_t now_ms), void *arg);

/** Stop watching a descriptor. */
void cgn_loop_del_fd(struct cgn_loop *l, int fd);

/** Set the function that is called on SIGHUP. */
void cgn_loop_on_hup(struct cgn_loop *l, void (*hup)(void *arg, uint64_t now_ms), void *arg);

/** Set the polled work. */
void cgn_loop_on_poll(struct cgn_loop *l, cgn_loop_poll_fn poll, void *arg);

/** The loop's timers. */
struct cgn_timerq *cgn_loop_timers(struct cgn_loop *l);

/** The present time of the monotonic clock in milliseconds. */
uint64_t cgn_loop_now_ms(void);

/** Run until a signal or cgn_loop_stop(). @return 0 or -errno */
int cgn_loop_run(struct cgn_loop *l);

/** Run one turn, which sleeps for @p max_ms at most. Used for waits with a deadline. @return 0 or -errno */
int cgn_loop_turn(struct cgn_loop *l, uint32_t max_ms);

/**
 * Let the present turn end without a sleep, or the next one if none runs. Who runs turns until something has happened lets
 * this be called when it happens: it may come from the rings, which are polled before the sleep.
 */
void cgn_loop_rouse(struct cgn_loop *l);

/** End cgn_loop_run() after the present turn. */
void cgn_loop_stop(struct cgn_loop *l);

/** Whether a signal or cgn_loop_stop() has asked the loop to end. A turn of the loop must see the signal first. */
bool cgn_loop_is_stopped(const struct cgn_loop *l);

#endif /* CGN_LOOP_H */
