/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Start of threads, and a test for pending signals to stop.
 */
#include "shared/thread.h"

int
cgn_thread_start(pthread_t *thread, void *(*work)(void *), void *arg)
{
	sigset_t most, before;
	int ret;

	/* A thread inherits the mask, so it never runs with these signals open. */
	sigfillset(&most);
	sigdelset(&most, CGN_SIG_CAPS);
	pthread_sigmask(SIG_SETMASK, &most, &before);
	ret = pthread_create(thread, NULL, work, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -ret;
}

bool
cgn_thread_is_stop_pending(void)
{
	sigset_t set;

	return sigpending(&set) == 0 &&
			(sigismember(&set, SIGINT) == 1 || sigismember(&set, SIGTERM) == 1);
}
