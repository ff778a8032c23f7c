/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_THREAD_H
#define CGN_THREAD_H

/**
 * @file
 * Threads beside the control thread and the workers: for what may have to wait for a disk or a reader.
 */

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>

/** The signal by which a thread is told to give up capabilities (dataplane/caps.h). */
#define CGN_SIG_CAPS (SIGRTMAX - 1)

/**
 * Start a thread. Signals are the control thread's: the new thread takes none but CGN_SIG_CAPS.
 *
 * @param[out] thread  to be joined or detached by the caller
 * @return 0 or -errno
 */
int cgn_thread_start(pthread_t *thread, void *(*work)(void *), void *arg);

/** Whether SIGINT or SIGTERM, which are blocked, waits for the control thread: long work may end early then. */
bool cgn_thread_is_stop_pending(void);

#endif /* CGN_THREAD_H */
