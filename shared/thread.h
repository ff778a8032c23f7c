/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_THREAD_H
#define CGN_THREAD_H

/**
 * @file
 * Additional threads besides the control thread and the workers. They do work that may have to wait for a
 * disk or a reader.
 */

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>

/** The signal that makes a thread drop capabilities (dataplane/caps.h). */
#define CGN_SIG_CAPS (SIGRTMAX - 1)

/**
 * Start a thread. The new thread blocks all signals except CGN_SIG_CAPS, because the control thread handles
 * signals.
 *
 * @param[out] thread  the caller joins or detaches it
 * @return 0 or -errno
 */
int cgn_thread_start(pthread_t *thread, void *(*work)(void *), void *arg);

/**
 * Whether SIGINT or SIGTERM is pending for the control thread, which blocks these signals. Long work can
 * then stop early.
 */
bool cgn_thread_is_stop_pending(void);

#endif /* CGN_THREAD_H */
