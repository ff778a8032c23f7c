/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Hands questions of other threads to the control thread, for telemetry and metrics.
 *
 * The question is on the stack of the thread that asks. So this thread may give up before the control thread
 * has begun with it. After that, it must wait until the control thread is done.
 */
#include "controlplane/loop/request_queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <time.h>
#include <unistd.h>

enum state {
	STATE_QUEUED,
	STATE_RUNNING,
	STATE_DONE,
};

struct cgn_request_queue_req {
	struct cgn_request_queue *ask;
	cgn_request_queue_fn fn;
	void *arg;
	enum state state;
	int ret;
	TAILQ_ENTRY(cgn_request_queue_req) link;
};

struct cgn_request_queue {
	pthread_mutex_t lock;
	pthread_cond_t changed; /* the state of some request has changed */
	TAILQ_HEAD(, cgn_request_queue_req) queue;
	bool is_closed;
	int fd;
};

int
cgn_request_queue_create(struct cgn_request_queue **out)
{
	struct cgn_request_queue *a = calloc(1, sizeof(*a));
	pthread_condattr_t attr;

	if (a == NULL)
		return -ENOMEM;
	a->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (a->fd < 0) {
		free(a);
		return -errno;
	}
	TAILQ_INIT(&a->queue);
	pthread_mutex_init(&a->lock, NULL);
	pthread_condattr_init(&attr);
	/* A step of the wall clock must not lengthen or end a wait. */
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&a->changed, &attr);
	pthread_condattr_destroy(&attr);
	*out = a;
	return 0;
}

void
cgn_request_queue_destroy(struct cgn_request_queue *a)
{
	if (a == NULL)
		return;
	pthread_cond_destroy(&a->changed);
	pthread_mutex_destroy(&a->lock);
	close(a->fd);
	free(a);
}

int
cgn_request_queue_fd(const struct cgn_request_queue *a)
{
	return a->fd;
}

void
cgn_request_queue_run(struct cgn_request_queue *a, uint64_t now_ms)
{
	struct cgn_request_queue_req *r;
	uint64_t count;

	if (read(a->fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
		return;
	for (;;) {
		pthread_mutex_lock(&a->lock);
		r = TAILQ_FIRST(&a->queue);
		if (r != NULL) {
			TAILQ_REMOVE(&a->queue, r, link);
			r->state = STATE_RUNNING;
		}
		pthread_mutex_unlock(&a->lock);
		if (r == NULL)
			return;
		r->fn(r->arg, r, now_ms);
	}
}

void
cgn_request_queue_done(struct cgn_request_queue_req *req, int ret)
{
	struct cgn_request_queue *a = req->ask;

	pthread_mutex_lock(&a->lock);
	req->ret = ret;
	req->state = STATE_DONE;
	pthread_cond_broadcast(&a->changed);
	pthread_mutex_unlock(&a->lock);
}

void
cgn_request_queue_close(struct cgn_request_queue *a)
{
	struct cgn_request_queue_req *r;

	pthread_mutex_lock(&a->lock);
	a->is_closed = true;
	while ((r = TAILQ_FIRST(&a->queue)) != NULL) {
		TAILQ_REMOVE(&a->queue, r, link);
		r->ret = -ESHUTDOWN;
		r->state = STATE_DONE;
	}
	pthread_cond_broadcast(&a->changed);
	pthread_mutex_unlock(&a->lock);
}

int
cgn_request_queue_call(struct cgn_request_queue *a, cgn_request_queue_fn fn, void *arg,
		uint32_t timeout_ms)
{
	struct cgn_request_queue_req req = { .ask = a, .fn = fn, .arg = arg };
	const uint64_t one = 1;
	struct timespec end;
	int ret = 0;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += timeout_ms / 1000;
	end.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
	if (end.tv_nsec >= 1000000000) {
		end.tv_sec++;
		end.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&a->lock);
	if (a->is_closed) {
		pthread_mutex_unlock(&a->lock);
		return -ESHUTDOWN;
	}
	TAILQ_INSERT_TAIL(&a->queue, &req, link);
	if (write(a->fd, &one, sizeof(one)) < 0)
		ret = errno == EAGAIN ? 0 : -errno;
	while (req.state != STATE_DONE) {
		/* No timeout here: the control thread uses the request until it is done. */
		if (req.state == STATE_RUNNING) {
			pthread_cond_wait(&a->changed, &a->lock);
			continue;
		}
		if (ret == 0)
			ret = -pthread_cond_timedwait(&a->changed, &a->lock, &end);
		if (ret < 0 && req.state == STATE_QUEUED) {
			TAILQ_REMOVE(&a->queue, &req, link);
			pthread_mutex_unlock(&a->lock);
			return ret;
		}
	}
	pthread_mutex_unlock(&a->lock);
	return req.ret;
}
