/* SPDX-License-Identifier: BSD-3-Clause */
#include "shared/thread.h"

int
cgn_thread_start(pthread_t *thread, void *(*work)(void *), void *arg)
{
	sigset_t most, before;
	int ret;

	/* The mask is inherited, so that the new thread never has an open one. */
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
