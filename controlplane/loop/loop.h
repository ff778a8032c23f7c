/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_LOOP_H
#define CGN_LOOP_H

/**
 * @file
 * The loop of the control thread: file descriptors, signals, timers and polled work on one epoll.
 *
 * It sleeps when nothing is due. Polled work (the rings of the workers) is asked once per turn;
 * a worker that has put something into a ring writes an eventfd, which ends the sleep.
 *
 * Threads: single owner; cgn_loop_block_signals() before any other thread starts.
 */

#include "controlplane/loop/timerq.h"

struct cgn_loop;

/** Work that is polled. @return true if there is more: do not sleep */
typedef bool (*cgn_loop_poll_fn)(void *arg, uint64_t now_ms);

/**
 * Block the signals that the loop takes (SIGINT, SIGTERM, SIGHUP) and ignore SIGPIPE, for this
 * thread and all threads started by it later.
 */
void cgn_loop_block_signals(void);

/**
 * Create a loop.
 *
 * SIGINT and SIGTERM end cgn_loop_run(); from then on another one ends the process at once with
 * status 130.
 *
 * @return 0 or -errno
 */
int cgn_loop_create(struct cgn_loop **out);

/** Release it; descriptors that were added stay open. NULL is allowed. */
void cgn_loop_destroy(struct cgn_loop *l);

/**
 * Watch a descriptor for input. An eventfd's count is the callback's to read.
 *
 * @return 0 or -errno; -ENOSPC: 16 are watched, two of them the loop's own
 */
int
cgn_loop_add_fd(struct cgn_loop *l, int fd, void (*ready)(void *arg, uint64_t now_ms), void *arg);

/** Watch a descriptor no more. */
void cgn_loop_del_fd(struct cgn_loop *l, int fd);

/** Set what SIGHUP calls. */
void cgn_loop_on_hup(struct cgn_loop *l, void (*hup)(void *arg, uint64_t now_ms), void *arg);

/** Set the polled work. */
void cgn_loop_on_poll(struct cgn_loop *l, cgn_loop_poll_fn poll, void *arg);

/** The loop's timers. */
struct cgn_timerq *cgn_loop_timers(struct cgn_loop *l);

/** Milliseconds of the monotonic clock, now. */
uint64_t cgn_loop_now_ms(void);

/** Run until a signal or cgn_loop_stop(). @return 0 or -errno */
int cgn_loop_run(struct cgn_loop *l);

/** Run one turn that sleeps at most @p max_ms: for waits with a deadline. @return 0 or -errno */
int cgn_loop_turn(struct cgn_loop *l, uint32_t max_ms);

/** End cgn_loop_run() after the present turn. */
void cgn_loop_stop(struct cgn_loop *l);

/** Whether a signal or cgn_loop_stop() asked for the end. Signals are seen by the turns of the loop. */
bool cgn_loop_is_stopped(const struct cgn_loop *l);

#endif /* CGN_LOOP_H */
