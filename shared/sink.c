/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * A ring buffer with a thread that writes it to a descriptor.
 */
#include "shared/sink.h"

#include "shared/log_head.h"
#include "shared/thread.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CHUNK     4096 /* octets per write; a pipe that polls as writable takes them at once */
#define RESCUE_MS 50   /* ms to wait for a write in progress */
#define BACKOFF   20   /* ms until a full descriptor that cannot be polled is tried again */

struct cgn_sink {
	pthread_mutex_t lock; /* held while copying, never while writing */
	pthread_cond_t changed;
	pthread_t thread;
	FILE *stream;
	int fd;
	bool is_losing; /* losing lines until there is room again */
	bool is_cut;    /* the lost text ended inside a line */
	bool is_closing;
	bool is_abandoned; /* the thread releases the memory */
	bool is_done;      /* the thread has written everything */
	_Atomic(bool) is_dying;
	_Atomic(bool) is_writing;
	_Atomic(uint64_t) lost;
	uint64_t lost_said;
	uint64_t head; /* octets ever written into the ring */
	uint64_t tail; /* octets ever taken out of the ring */
	char ring[CGN_SINK_ROOM];
};

static size_t
room(const struct cgn_sink *s)
{
	return CGN_SINK_ROOM - (size_t)(s->head - s->tail);
}

/* Append text; the caller has checked that there is room. */
static void
sink_append(struct cgn_sink *s, const char *text, size_t len)
{
	size_t at = s->head % CGN_SINK_ROOM;
	size_t first = len < CGN_SINK_ROOM - at ? len : CGN_SINK_ROOM - at;

	memcpy(s->ring + at, text, first);
	memcpy(s->ring, text + first, len - first);
	s->head += len;
}

static void
sink_lose(struct cgn_sink *s, const char *text, size_t len)
{
	uint64_t n = 0;

	if (len == 0)
		return;
	for (size_t i = 0; i < len; i++)
		n += text[i] == '\n' ? 1 : 0;
	/* A line whose beginning was lost before was counted then. */
	n -= s->is_cut ? 1 : 0;
	s->is_cut = text[len - 1] != '\n';
	n += s->is_cut ? 1 : 0;
	atomic_fetch_add_explicit(&s->lost, n, memory_order_relaxed);
	s->is_losing = true;
}

/* There is room again: report how many lines were lost. */
static void
say_loss(struct cgn_sink *s)
{
	uint64_t lost = atomic_load_explicit(&s->lost, memory_order_relaxed);
	bool is_inside = s->head > 0 && s->ring[(s->head - 1) % CGN_SINK_ROOM] != '\n';
	char line[CGN_LOG_HEAD_MAX + 96], head[CGN_LOG_HEAD_MAX];
	int len = snprintf(line, sizeof(line), "%s%slog lines were lost, nobody took them n=%llu\n",
			is_inside ? "\n" : "", cgn_log_head_format(CGN_EVENT_LOG_LINES_LOST, head),
			(unsigned long long)(lost - s->lost_said));

	sink_append(s, line, (size_t)len);
	s->lost_said = lost;
	s->is_losing = false;
}

/* Called by stdio. If the beginning of a line was lost, its rest is lost too. */
static ssize_t
sink_put(void *cookie, const char *text, size_t len)
{
	struct cgn_sink *s = cookie;
	const char *from = text;
	size_t left = len;

	pthread_mutex_lock(&s->lock);
	if (s->is_losing && room(s) >= CGN_SINK_ROOM / 2)
		say_loss(s);
	if (!s->is_losing && s->is_cut) {
		const char *end = memchr(text, '\n', len);

		from = end == NULL ? text + len : end + 1;
		left = len - (size_t)(from - text);
		s->is_cut = end == NULL;
	}
	if (s->is_losing || left > room(s))
		sink_lose(s, from, left);
	else
		sink_append(s, from, left);
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
	return (ssize_t)len;
}

/*
 * Wait for text, with the lock held. When it returns true, is_writing is set. Together with is_dying of
 * cgn_sink_rescue() it ensures that only one of both takes text from the buffer.
 *
 * @return false: closed and empty
 */
static bool
wait_for_text(struct cgn_sink *s)
{
	for (;;) {
		if (s->head == s->tail && s->is_losing)
			say_loss(s);
		if (s->head != s->tail) {
			atomic_store(&s->is_writing, true);
			if (!atomic_load(&s->is_dying))
				return true;
			atomic_store(&s->is_writing, false);
		}
		if (s->is_closing)
			return false;
		pthread_cond_wait(&s->changed, &s->lock);
	}
}

/* Take text from the buffer. @return octets, 0: closed and empty */
static size_t
sink_take(struct cgn_sink *s, char *out, size_t max)
{
	size_t at, n = 0;

	pthread_mutex_lock(&s->lock);
	if (wait_for_text(s)) {
		at = s->tail % CGN_SINK_ROOM;
		n = (size_t)(s->head - s->tail);
		n = n < max ? n : max;
		n = n < CGN_SINK_ROOM - at ? n : CGN_SINK_ROOM - at;
		memcpy(out, s->ring + at, n);
		s->tail += n;
	}
	pthread_mutex_unlock(&s->lock);
	return n;
}

/* Write text. Another process may have made a shared descriptor non-blocking, so wait like a blocking one. */
static void
write_out(struct cgn_sink *s, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(s->fd, text, len);

		if (n >= 0) {
			text += n;
			len -= (size_t)n;
		} else if (errno == EAGAIN) {
			struct pollfd p = { .fd = s->fd, .events = POLLOUT };

			/* A dying process does not wait, but its last text was tried once. */
			if (atomic_load(&s->is_dying))
				break;
			if (poll(&p, 1, -1) < 0)
				(void)poll(NULL, 0, BACKOFF);
		} else if (errno != EINTR) {
			break;
		}
	}
	atomic_store(&s->is_writing, false);
	if (len > 0) {
		bool is_losing, is_cut;

		pthread_mutex_lock(&s->lock);
		is_losing = s->is_losing;
		is_cut = s->is_cut;
		s->is_cut = false;
		sink_lose(s, text, len);
		/* The text in the buffer is tried anew. Whether writers are losing lines for want of room
		 * does not change. */
		s->is_losing = is_losing;
		s->is_cut = is_cut;
		pthread_mutex_unlock(&s->lock);
	}
}

static void
sink_release(struct cgn_sink *s)
{
	pthread_cond_destroy(&s->changed);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

static void *
sink_work(void *arg)
{
	struct cgn_sink *s = arg;
	char chunk[CHUNK];
	bool is_mine;
	size_t n;

	while ((n = sink_take(s, chunk, sizeof(chunk))) > 0)
		write_out(s, chunk, n);
	pthread_mutex_lock(&s->lock);
	s->is_done = true;
	is_mine = s->is_abandoned;
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
	if (is_mine)
		sink_release(s);
	return NULL;
}

int
cgn_sink_open(struct cgn_sink **out, int fd)
{
	const cookie_io_functions_t io = { .write = sink_put };
	struct cgn_sink *s = calloc(1, sizeof(*s));
	pthread_condattr_t attr;
	int ret;

	if (s == NULL)
		return -ENOMEM;
	s->fd = fd;
	pthread_mutex_init(&s->lock, NULL);
	pthread_condattr_init(&attr);
	/* Changes of the wall clock must not prolong the wait of cgn_sink_close(). */
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&s->changed, &attr);
	pthread_condattr_destroy(&attr);
	s->stream = fopencookie(s, "w", io);
	ret = s->stream == NULL ? -ENOMEM : cgn_thread_start(&s->thread, sink_work, s);
	if (ret < 0) {
		if (s->stream != NULL)
			fclose(s->stream);
		sink_release(s);
		return ret;
	}
	setvbuf(s->stream, NULL, _IOLBF, BUFSIZ);
	*out = s;
	return 0;
}

int
cgn_sink_close(struct cgn_sink *s, uint32_t wait_ms)
{
	struct timespec end;
	pthread_t thread;
	bool is_done;
	int ret = 0;

	if (s == NULL)
		return 0;
	fclose(s->stream);
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += wait_ms / 1000;
	end.tv_nsec += (long)(wait_ms % 1000) * 1000000;
	if (end.tv_nsec >= 1000000000) {
		end.tv_sec++;
		end.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&s->lock);
	s->is_closing = true;
	pthread_cond_broadcast(&s->changed);
	while (!s->is_done && ret == 0)
		ret = pthread_cond_timedwait(&s->changed, &s->lock, &end);
	is_done = s->is_done;
	s->is_abandoned = !is_done;
	thread = s->thread; /* an abandoned thread may release s from now on */
	pthread_mutex_unlock(&s->lock);
	if (!is_done) {
		pthread_detach(thread);
		return -ETIMEDOUT;
	}
	pthread_join(thread, NULL);
	sink_release(s);
	return 0;
}

FILE *
cgn_sink_stream(struct cgn_sink *s)
{
	return s->stream;
}

void
cgn_sink_follow(struct cgn_sink *s)
{
	cpu_set_t set;

	if (pthread_getaffinity_np(pthread_self(), sizeof(set), &set) == 0)
		(void)pthread_setaffinity_np(s->thread, sizeof(set), &set);
}

uint64_t
cgn_sink_lost(const struct cgn_sink *s)
{
	return atomic_load_explicit(&s->lost, memory_order_relaxed);
}

void
cgn_sink_rescue(struct cgn_sink *s)
{
	atomic_store(&s->is_dying, true);
	/* The thread may be writing. If it is stuck, nothing else can be written. */
	for (int ms = 0; atomic_load(&s->is_writing); ms++) {
		if (ms == RESCUE_MS)
			return;
		(void)poll(NULL, 0, 1);
	}
	while (s->tail != s->head) {
		struct pollfd p = { .fd = s->fd, .events = POLLOUT };
		size_t at = s->tail % CGN_SINK_ROOM;
		size_t n = (size_t)(s->head - s->tail);
		ssize_t done;

		n = n < CHUNK ? n : CHUNK;
		n = n < CGN_SINK_ROOM - at ? n : CGN_SINK_ROOM - at;
		/* A pipe without a reader polls as writable, but SIGPIPE would hide the signal of the
		 * crash. */
		if (poll(&p, 1, 0) != 1 || p.revents != POLLOUT)
			return;
		done = write(s->fd, s->ring + at, n);
		if (done <= 0)
			return;
		s->tail += (size_t)done;
	}
}
