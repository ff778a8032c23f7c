/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * A thread that does one blocking job at a time for the control thread.
 *
 * The store uses it for commits, the keeper for opening a store. The job and its owner share a structure that the
 * last of them releases, so an owner can leave a job that hangs.
 */
#include "controlplane/lease/aside.h"

#include "shared/thread.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

enum phase {
	IDLE,
	BUSY,
	ENDED,
};

struct cgn_aside {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	/* Written under the lock. The owner also reads it without the lock, so it is atomic. Only the owner
	 * leaves IDLE and ENDED. */
	_Atomic(enum phase) phase;
	bool is_left;
	int ret;
	int wake_fd;
	cgn_aside_fn job;
	void *arg;
	void (*release)(void *arg);
	void *release_arg;
};

static void
destroy(struct cgn_aside *a)
{
	if (a->wake_fd >= 0)
		close(a->wake_fd);
	pthread_cond_destroy(&a->changed);
	pthread_mutex_destroy(&a->lock);
	free(a);
}

/* Do the job. The lock is held when this is called and when it returns, but not during the job. */
static void
do_job(struct cgn_aside *a)
{
	const uint64_t one = 1;
	int ret;

	pthread_mutex_unlock(&a->lock);
	ret = a->job(a->arg);
	pthread_mutex_lock(&a->lock);
	a->ret = ret;
	a->phase = ENDED;
	pthread_cond_broadcast(&a->changed);
	/* The descriptor always has room: the owner reads it before the next job begins. */
	if (!a->is_left && write(a->wake_fd, &one, sizeof(one)) < 0)
		a->ret = ret < 0 ? ret : -errno;
}

static void *
work(void *arg)
{
	struct cgn_aside *a = arg;

	pthread_mutex_lock(&a->lock);
	while (!a->is_left) {
		if (a->phase == BUSY)
			do_job(a);
		else
			pthread_cond_wait(&a->changed, &a->lock);
	}
	if (a->phase == BUSY) /* the owner gave a job and left before this thread saw it */
		do_job(a);
	pthread_mutex_unlock(&a->lock);
	if (a->release != NULL)
		a->release(a->release_arg);
	destroy(a);
	return NULL;
}

static int
start_thread(struct cgn_aside *a)
{
	pthread_t thread;
	int ret = cgn_thread_start(&thread, work, a);

	if (ret == 0)
		pthread_detach(thread);
	return ret;
}

int
cgn_aside_create(struct cgn_aside **out, int wake_fd)
{
	struct cgn_aside *a = calloc(1, sizeof(*a));
	int ret;

	if (a == NULL)
		return -ENOMEM;
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->changed, NULL);
	/* A copy, because the owner may close its descriptor while a job hangs. */
	a->wake_fd = fcntl(wake_fd, F_DUPFD_CLOEXEC, 0);
	ret = a->wake_fd < 0 ? -errno : start_thread(a);
	if (ret < 0) {
		destroy(a);
		return ret;
	}
	*out = a;
	return 0;
}

int
cgn_aside_run(struct cgn_aside *a, cgn_aside_fn job, void *arg)
{
	int ret = -EBUSY;

	pthread_mutex_lock(&a->lock);
	if (a->phase == IDLE) {
		a->job = job;
		a->arg = arg;
		a->phase = BUSY;
		ret = 0;
		pthread_cond_broadcast(&a->changed);
	}
	pthread_mutex_unlock(&a->lock);
	return ret;
}

bool
cgn_aside_is_busy(const struct cgn_aside *a)
{
	return a->phase != IDLE;
}

bool
cgn_aside_take(struct cgn_aside *a, int *ret)
{
	bool has_ended;

	pthread_mutex_lock(&a->lock);
	has_ended = a->phase == ENDED;
	if (has_ended) {
		a->phase = IDLE;
		*ret = a->ret;
	}
	pthread_mutex_unlock(&a->lock);
	return has_ended;
}

/* This is used only at the start and the end of the process, so a look every millisecond is good enough. */
bool
cgn_aside_wait(struct cgn_aside *a, uint32_t wait_ms)
{
	for (uint32_t ms = 0; a->phase == BUSY && ms < wait_ms; ms++)
		(void)poll(NULL, 0, 1);
	return a->phase != BUSY;
}

void
cgn_aside_leave(struct cgn_aside *a, void (*release)(void *arg), void *arg)
{
	if (a == NULL) {
		release(arg);
		return;
	}
	pthread_mutex_lock(&a->lock);
	a->release = release;
	a->release_arg = arg;
	a->is_left = true;
	pthread_cond_broadcast(&a->changed);
	pthread_mutex_unlock(&a->lock);
}
