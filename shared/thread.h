/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_THREAD_H
#define CGN_THREAD_H

/**
 * @file
 * Threads besides the control thread and the workers, for work that may have to wait for a disk or a
 * reader.
 */

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>

/** The signal that makes a thread drop capabilities (dataplane/caps.h). */
#define CGN_SIG_CAPS (SIGRTMAX - 1)

/**
 * Start a thread. The control thread handles signals, so the new thread blocks all but CGN_SIG_CAPS.
 *
 * @param[out] thread  to be joined or detached by the caller
 * @return 0 or -errno
 */
int cgn_thread_start(pthread_t *thread, void *(*work)(void *), void *arg);

/**
 * Whether SIGINT or SIGTERM is pending for the control thread, which blocks them. Long work may then end
 * early.
 */
bool cgn_thread_is_stop_pending(void);

#endif /* CGN_THREAD_H */
