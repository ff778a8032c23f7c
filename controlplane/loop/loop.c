/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The event loop of the control thread: one epoll with file descriptors, signals and timers.
 */
#include "controlplane/loop/loop.h"

#include "shared/clock_ms.h"
#include "shared/log.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define FDS_MAX    40
#define TIMERS_MAX 256  /* timers fired per turn, so that packets and signals wait only shortly */
#define SLEEP_MAX  1000 /* ms; if a wake-up is lost, work waits no longer than this */

CGN_LOG_TYPE("loop");

struct source {
	int fd;          /* -1: the place is free */
	uint32_t serial; /* how many descriptors have had this place */
	void (*ready)(void *arg, uint64_t now_ms);
	void *arg;
};

struct cgn_loop {
	int epoll_fd;
	int timer_fd;
	int signal_fd;
	bool is_stopped;
	bool is_roused;    /* the next turn does not sleep */
	uint64_t armed_ms; /* the time that timer_fd is set to */
	struct cgn_timerq *timers;
	cgn_loop_poll_fn poll;
	void *poll_arg;
	void (*hup)(void *arg, uint64_t now_ms);
	void *hup_arg;
	unsigned int n_sources;
	struct source sources[FDS_MAX];
};

static void
loop_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGHUP);
}

void
cgn_loop_block_signals(void)
{
	sigset_t set;

	loop_signals(&set);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static void
exit_at_once(int sig)
{
	(void)sig;
	/* 128 + SIGINT, as shells report it. */
	_exit(130);
}

/* A second signal ends the process at once, even if the stop hangs and nobody runs the loop. */
static void
arm_second_signal(void)
{
	struct sigaction sa = { .sa_handler = exit_at_once };
	sigset_t set;

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

static void
signal_ready(void *arg, uint64_t now_ms)
{
	struct cgn_loop *l = arg;
	struct signalfd_siginfo si;

	while (read(l->signal_fd, &si, sizeof(si)) == (ssize_t)sizeof(si)) {
		if (si.ssi_signo == SIGHUP) {
			if (l->hup != NULL)
				l->hup(l->hup_arg, now_ms);
			continue;
		}
		CGN_LOG(STOPPING, "stopping signal=%s",
				si.ssi_signo == (uint32_t)SIGINT ? "SIGINT" : "SIGTERM");
		if (l->is_stopped)
			_exit(130);
		l->is_stopped = true;
		arm_second_signal();
	}
}

static void
timer_ready(void *arg, uint64_t now_ms)
{
	struct cgn_loop *l = arg;
	uint64_t count;

	(void)now_ms;
	/* After it has expired, the timer is not set. So arm_timer() has to set it even for the same
	 * time. */
	if (read(l->timer_fd, &count, sizeof(count)) == (ssize_t)sizeof(count))
		l->armed_ms = UINT64_MAX;
}

int
cgn_loop_create(struct cgn_loop **out)
{
	struct cgn_loop *l = calloc(1, sizeof(*l));
	sigset_t set;
	int ret;

	if (l == NULL)
		return -ENOMEM;
	l->timer_fd = l->signal_fd = -1;
	l->armed_ms = UINT64_MAX;
	l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (l->epoll_fd < 0)
		goto fail_errno;
	l->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (l->timer_fd < 0)
		goto fail_errno;
	loop_signals(&set);
	l->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (l->signal_fd < 0)
		goto fail_errno;
	ret = cgn_timerq_create(&l->timers);
	if (ret == 0)
		ret = cgn_loop_add_fd(l, l->timer_fd, timer_ready, l);
	if (ret == 0)
		ret = cgn_loop_add_fd(l, l->signal_fd, signal_ready, l);
	if (ret < 0)
		goto fail;
	*out = l;
	return 0;

fail_errno:
	ret = -errno;
fail:
	cgn_loop_destroy(l);
	return ret;
}

void
cgn_loop_destroy(struct cgn_loop *l)
{
	if (l == NULL)
		return;
	if (l->signal_fd >= 0)
		close(l->signal_fd);
	if (l->timer_fd >= 0)
		close(l->timer_fd);
	if (l->epoll_fd >= 0)
		close(l->epoll_fd);
	cgn_timerq_destroy(l->timers);
	free(l);
}

int
cgn_loop_add_fd(struct cgn_loop *l, int fd, void (*ready)(void *arg, uint64_t now_ms), void *arg)
{
	struct epoll_event ev = { .events = EPOLLIN };
	struct source *s = l->sources;

	while (s < l->sources + l->n_sources && s->fd >= 0)
		s++;
	if (s == l->sources + FDS_MAX)
		return -ENOSPC;
	/* An event of this turn may belong to a descriptor that had the place before. The serial tells them
	 * apart. */
	ev.data.u64 = (uint64_t)++s->serial << 32 | (uint64_t)(s - l->sources);
	if (epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, fd, &ev) < 0)
		return -errno;
	s->fd = fd;
	s->ready = ready;
	s->arg = arg;
	if (s == l->sources + l->n_sources)
		l->n_sources++;
	return 0;
}

void
cgn_loop_del_fd(struct cgn_loop *l, int fd)
{
	for (unsigned int i = 0; i < l->n_sources; i++) {
		if (l->sources[i].fd == fd) {
			epoll_ctl(l->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
			l->sources[i].fd = -1;
		}
	}
}

void
cgn_loop_on_hup(struct cgn_loop *l, void (*hup)(void *arg, uint64_t now_ms), void *arg)
{
	l->hup = hup;
	l->hup_arg = arg;
}

void
cgn_loop_on_poll(struct cgn_loop *l, cgn_loop_poll_fn poll, void *arg)
{
	l->poll = poll;
	l->poll_arg = arg;
}

struct cgn_timerq *
cgn_loop_timers(struct cgn_loop *l)
{
	return l->timers;
}

uint64_t
cgn_loop_now_ms(void)
{
	return (uint64_t)cgn_clock_ms(CLOCK_MONOTONIC);
}

static void
arm_timer(struct cgn_loop *l)
{
	uint64_t due = cgn_timerq_next(l->timers);
	struct itimerspec its = { 0 };

	/* Most turns change no deadline: no system call then. */
	if (due == l->armed_ms)
		return;
	if (due != UINT64_MAX) {
		its.it_value.tv_sec = (time_t)(due / 1000);
		its.it_value.tv_nsec = (long)(due % 1000) * 1000000 + 1; /* zero would disarm */
	}
	timerfd_settime(l->timer_fd, TFD_TIMER_ABSTIME, &its, NULL);
	l->armed_ms = due;
}

static int
turn(struct cgn_loop *l, uint32_t max_ms, bool until_stop)
{
	struct epoll_event ev[FDS_MAX];
	uint64_t now = cgn_loop_now_ms();
	bool has_more;
	int n;

	/* Timers and rings come before the sleep. They may set new timers, so the time of the next one is
	 * read after them. */
	cgn_timerq_run(l->timers, now, TIMERS_MAX);
	has_more = l->poll != NULL && l->poll(l->poll_arg, now);
	arm_timer(l);
	n = epoll_wait(l->epoll_fd, ev, FDS_MAX,
			has_more || l->is_roused || (until_stop && l->is_stopped) ? 0
										  : (int)max_ms);
	l->is_roused = false;
	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	now = cgn_loop_now_ms();
	for (int i = 0; i < n; i++) {
		const struct source *s = &l->sources[ev[i].data.u64 & UINT32_MAX];

		if (s->fd >= 0 && s->serial == ev[i].data.u64 >> 32)
			s->ready(s->arg, now);
	}
	return 0;
}

int
cgn_loop_turn(struct cgn_loop *l, uint32_t max_ms)
{
	return turn(l, max_ms, false);
}

int
cgn_loop_run(struct cgn_loop *l)
{
	while (!l->is_stopped) {
		int ret = turn(l, SLEEP_MAX, true);

		if (ret < 0)
			return ret;
	}
	return 0;
}

void
cgn_loop_rouse(struct cgn_loop *l)
{
	l->is_roused = true;
}

void
cgn_loop_stop(struct cgn_loop *l)
{
	l->is_stopped = true;
}

bool
cgn_loop_is_stopped(const struct cgn_loop *l)
{
	return l->is_stopped;
}
