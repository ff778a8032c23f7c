/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/loop/loop.h"
#include "tests/support/cu.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rte_common.h>

static struct cgn_loop *loop;
static unsigned int n_calls;

static void
count(void *arg, uint64_t now_ms)
{
	(void)arg;
	(void)now_ms;
	n_calls++;
}

static void
count_and_stop(void *arg, uint64_t now_ms)
{
	count(arg, now_ms);
	cgn_loop_stop(loop);
}

static void
read_and_stop(void *arg, uint64_t now_ms)
{
	uint64_t v;

	if (read(*(int *)arg, &v, sizeof(v)) == (ssize_t)sizeof(v))
		count_and_stop(arg, now_ms);
}

/* Has more work for some turns, then stops. */
static bool
poll_ten(void *arg, uint64_t now_ms)
{
	(void)now_ms;
	if (++*(unsigned int *)arg < 10)
		return true;
	cgn_loop_stop(loop);
	return false;
}

static void
begin(void)
{
	n_calls = 0;
	cgn_loop_block_signals();
	CU_ASSERT_EQUAL_FATAL(cgn_loop_create(&loop), 0);
}

static void
a_timer_ends_the_sleep(void)
{
	struct cgn_timer t = { .fire = count_and_stop };
	uint64_t start;

	begin();
	start = cgn_loop_now_ms();
	cgn_timerq_set(cgn_loop_timers(loop), &t, start + 20);
	CU_ASSERT_EQUAL(cgn_loop_run(loop), 0);
	CU_ASSERT_EQUAL(n_calls, 1);
	CU_ASSERT_TRUE(cgn_loop_now_ms() >= start + 20);
	cgn_loop_destroy(loop);
}

static void
a_descriptor_that_a_worker_writes_ends_the_sleep(void)
{
	int fd = eventfd(1, EFD_NONBLOCK);

	begin();
	CU_ASSERT_EQUAL(cgn_loop_add_fd(loop, fd, read_and_stop, &fd), 0);
	CU_ASSERT_EQUAL(cgn_loop_run(loop), 0);
	CU_ASSERT_EQUAL(n_calls, 1);
	cgn_loop_destroy(loop);
	close(fd);
}

static void
polled_work_goes_on_without_sleep_while_there_is_more(void)
{
	unsigned int n = 0;

	begin();
	cgn_loop_on_poll(loop, poll_ten, &n);
	CU_ASSERT_EQUAL(cgn_loop_run(loop), 0);
	CU_ASSERT_EQUAL(n, 10);
	cgn_loop_destroy(loop);
}

static void
hangup_calls_reload_and_does_not_stop(void)
{
	struct cgn_timer t = { .fire = count_and_stop };

	begin();
	cgn_loop_on_hup(loop, count, NULL);
	cgn_timerq_set(cgn_loop_timers(loop), &t, cgn_loop_now_ms() + 20);
	kill(getpid(), SIGHUP);
	CU_ASSERT_EQUAL(cgn_loop_run(loop), 0);
	CU_ASSERT_EQUAL(n_calls, 2);
	cgn_loop_destroy(loop);
}

static void
the_first_signal_stops_and_the_second_ends_the_process(void)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		cgn_loop_block_signals();
		if (cgn_loop_create(&loop) < 0)
			_exit(1);
		kill(getpid(), SIGTERM);
		if (cgn_loop_run(loop) < 0)
			_exit(2);
		kill(getpid(), SIGTERM);
		_exit(3);
	}
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT_TRUE(WIFEXITED(status));
	CU_ASSERT_EQUAL(WEXITSTATUS(status), 130);
}

/* --- the second time ----------------------------------------------------------------------- */

#define LONG_MS 600000 /* a turn that sleeps so long when it should not hangs the test */

static struct cgn_timer periodic;
static int wake_fd;

static void
drain(void *arg, uint64_t now_ms)
{
	uint64_t v;

	(void)arg;
	(void)now_ms;
	CU_ASSERT_EQUAL(read(wake_fd, &v, sizeof(v)), sizeof(v));
}

/* A timer that ends the turn in which it fires. */
static void
count_and_wake(void *arg, uint64_t now_ms)
{
	uint64_t v = 1;

	count(arg, now_ms);
	CU_ASSERT_EQUAL(write(wake_fd, &v, sizeof(v)), sizeof(v));
}

static void
begin_with_wake(void)
{
	begin();
	wake_fd = eventfd(0, EFD_NONBLOCK);
	CU_ASSERT_EQUAL(cgn_loop_add_fd(loop, wake_fd, drain, NULL), 0);
}

static void
set_again(void *arg, uint64_t now_ms)
{
	count(arg, now_ms);
	cgn_timerq_set(cgn_loop_timers(loop), &periodic, now_ms + 5);
}

static void
timer_that_is_set_again_fires_each_time(void)
{
	begin();
	periodic = (struct cgn_timer){ .fire = set_again };
	cgn_timerq_set(cgn_loop_timers(loop), &periodic, cgn_loop_now_ms() + 5);
	for (unsigned int n = 1; n <= 20; n++) {
		while (n_calls < n)
			CU_ASSERT_EQUAL(cgn_loop_turn(loop, LONG_MS), 0);
	}
	cgn_timerq_cancel(cgn_loop_timers(loop), &periodic);
	cgn_loop_destroy(loop);
}

static void
set_sooner(void *arg, uint64_t now_ms)
{
	uint64_t v;

	CU_ASSERT_EQUAL(read(*(int *)arg, &v, sizeof(v)), sizeof(v));
	cgn_timerq_set(cgn_loop_timers(loop), &periodic, now_ms + 5);
}

/* A timer that is due before all others, set while the loop had gone to sleep for them. */
static void
sooner_timer_ends_the_sleep_for_a_later_one(void)
{
	struct cgn_timer later = { .fire = count };
	int fd = eventfd(1, EFD_NONBLOCK);

	begin_with_wake();
	periodic = (struct cgn_timer){ .fire = count_and_wake };
	cgn_timerq_set(cgn_loop_timers(loop), &later, cgn_loop_now_ms() + LONG_MS);
	CU_ASSERT_EQUAL(cgn_loop_turn(loop, 0), 0); /* armed for the later one */
	CU_ASSERT_EQUAL(cgn_loop_add_fd(loop, fd, set_sooner, &fd), 0);
	while (n_calls == 0)
		CU_ASSERT_EQUAL(cgn_loop_turn(loop, LONG_MS), 0);
	CU_ASSERT_EQUAL(n_calls, 1);
	cgn_timerq_cancel(cgn_loop_timers(loop), &later);
	cgn_loop_destroy(loop);
	close(fd);
	close(wake_fd);
}

/* More timers than one turn fires: the others follow without a sleep, and packets wait only shortly. */
static void
timers_that_are_due_at_once_all_fire(void)
{
	static struct cgn_timer many[1000];
	unsigned int turns = 0;
	uint64_t now;

	begin_with_wake();
	now = cgn_loop_now_ms();
	for (unsigned int i = 0; i < RTE_DIM(many); i++) {
		many[i] = (struct cgn_timer){ .fire = i % 100 == 99 ? count_and_wake : count };
		CU_ASSERT_EQUAL(cgn_timerq_set(cgn_loop_timers(loop), &many[i], now), 0);
	}
	while (n_calls < RTE_DIM(many)) {
		unsigned int before = n_calls;

		CU_ASSERT_EQUAL(cgn_loop_turn(loop, turns == 0 ? 0 : LONG_MS), 0);
		CU_ASSERT_TRUE(n_calls - before <= 256);
		turns++;
	}
	CU_ASSERT_TRUE(turns >= 4);
	cgn_loop_destroy(loop);
	close(wake_fd);
}

/* Polled work that never ends keeps neither timers nor descriptors waiting. */
static bool
poll_for_ever(void *arg, uint64_t now_ms)
{
	(void)now_ms;
	++*(unsigned int *)arg;
	return true;
}

static void
polled_work_without_end_lets_others_in(void)
{
	struct cgn_timer t = { .fire = count };
	int fd = eventfd(1, EFD_NONBLOCK);
	unsigned int n = 0;

	begin();
	cgn_loop_on_poll(loop, poll_for_ever, &n);
	cgn_timerq_set(cgn_loop_timers(loop), &t, cgn_loop_now_ms() + 5);
	CU_ASSERT_EQUAL(cgn_loop_add_fd(loop, fd, read_and_stop, &fd), 0);
	while (n_calls < 2)
		CU_ASSERT_EQUAL(cgn_loop_turn(loop, LONG_MS), 0);
	CU_ASSERT_TRUE(n > 0);
	cgn_loop_destroy(loop);
	close(fd);
}

/* A turn that may sleep for ever does not, while there is more to poll. */
static void
polled_work_keeps_the_loop_awake(void)
{
	unsigned int n = 0;

	begin();
	cgn_loop_on_poll(loop, poll_for_ever, &n);
	for (unsigned int i = 1; i <= 3; i++) {
		CU_ASSERT_EQUAL(cgn_loop_turn(loop, LONG_MS), 0);
		CU_ASSERT_EQUAL(n, i);
	}
	cgn_loop_destroy(loop);
}

/* What somebody waits for may happen in the rings of the very turn that would sleep. */
static bool
poll_and_rouse(void *arg, uint64_t now_ms)
{
	(void)now_ms;
	++*(unsigned int *)arg;
	cgn_loop_rouse(loop);
	return false;
}

static void
roused_loop_does_not_sleep_in_this_turn(void)
{
	unsigned int n = 0;
	int fd = eventfd(0, EFD_NONBLOCK);

	begin();
	cgn_loop_rouse(loop);
	CU_ASSERT_EQUAL(cgn_loop_turn(loop, LONG_MS), 0);
	/* The next turn sleeps again: only a descriptor ends it. */
	CU_ASSERT_EQUAL(cgn_loop_add_fd(loop, fd, read_and_stop, &fd), 0);
	CU_ASSERT_EQUAL(write(fd, &(uint64_t){ 1 }, sizeof(uint64_t)), sizeof(uint64_t));
	CU_ASSERT_EQUAL(cgn_loop_turn(loop, LONG_MS), 0);
	CU_ASSERT_EQUAL(n_calls, 1);
	cgn_loop_on_poll(loop, poll_and_rouse, &n);
	for (unsigned int i = 1; i <= 3; i++) {
		CU_ASSERT_EQUAL(cgn_loop_turn(loop, LONG_MS), 0);
		CU_ASSERT_EQUAL(n, i);
	}
	cgn_loop_destroy(loop);
	close(fd);
}

/* The loop sleeps until a timer is due and does not look again and again before. */
static void
waiting_for_a_timer_takes_few_turns(void)
{
	unsigned int turns = 0;
	uint64_t due;

	begin_with_wake();
	due = cgn_loop_now_ms() + 60;
	due += due % 1000 < 50 ? 50 : 0; /* an error in the fraction of a second shows */
	periodic = (struct cgn_timer){ .fire = count_and_wake };
	cgn_timerq_set(cgn_loop_timers(loop), &periodic, due);
	while (n_calls == 0) {
		CU_ASSERT_EQUAL(cgn_loop_turn(loop, LONG_MS), 0);
		turns++;
	}
	CU_ASSERT_TRUE(turns <= 3);
	cgn_loop_destroy(loop);
	close(wake_fd);
}

/* --- descriptors --------------------------------------------------------------------------- */

static int pair[2];

/* Takes the other one away and closes it. */
static void
end_the_other(void *arg, uint64_t now_ms)
{
	int *other = arg == &pair[0] ? &pair[1] : &pair[0];

	count(arg, now_ms);
	CU_ASSERT_TRUE(*(int *)arg >= 0);
	cgn_loop_del_fd(loop, *other);
	close(*other);
	*other = -1;
}

static void
descriptor_that_is_closed_while_it_is_ready_is_not_handled(void)
{
	for (unsigned int i = 0; i < 2; i++) {
		begin();
		pair[0] = eventfd(1, EFD_NONBLOCK);
		pair[1] = eventfd(1, EFD_NONBLOCK);
		for (unsigned int k = 0; k < 2; k++)
			CU_ASSERT_EQUAL(cgn_loop_add_fd(loop, pair[k ^ i], end_the_other,
							&pair[k ^ i]),
					0);
		CU_ASSERT_EQUAL(cgn_loop_turn(loop, LONG_MS), 0);
		CU_ASSERT_EQUAL(n_calls, 1);
		close(pair[0] >= 0 ? pair[0] : pair[1]);
		cgn_loop_destroy(loop);
	}
}

/* Takes the other one away; a new one, which is not ready, has its number and its place. */
static void
replace_the_other(void *arg, uint64_t now_ms)
{
	int *other = arg == &pair[0] ? &pair[1] : &pair[0];

	count(arg, now_ms);
	if (n_calls > 1)
		return;
	cgn_loop_del_fd(loop, *other);
	close(*other);
	*other = eventfd(0, EFD_NONBLOCK);
	CU_ASSERT_EQUAL(cgn_loop_add_fd(loop, *other, replace_the_other, other), 0);
}

static void
new_descriptor_does_not_inherit_the_event_of_an_old_one(void)
{
	uint64_t v = 1;

	begin();
	pair[0] = eventfd(1, EFD_NONBLOCK);
	pair[1] = eventfd(1, EFD_NONBLOCK);
	CU_ASSERT_EQUAL(cgn_loop_add_fd(loop, pair[0], replace_the_other, &pair[0]), 0);
	CU_ASSERT_EQUAL(cgn_loop_add_fd(loop, pair[1], replace_the_other, &pair[1]), 0);
	CU_ASSERT_EQUAL(cgn_loop_turn(loop, LONG_MS), 0);
	CU_ASSERT_EQUAL(n_calls, 1);
	/* It has events of its own. */
	for (unsigned int i = 0; i < 2; i++)
		CU_ASSERT_EQUAL(write(pair[i], &v, sizeof(v)), sizeof(v));
	CU_ASSERT_EQUAL(cgn_loop_turn(loop, LONG_MS), 0);
	CU_ASSERT_EQUAL(n_calls, 3);
	cgn_loop_destroy(loop);
	close(pair[0]);
	close(pair[1]);
}

/* Forty at once, two of them the loop's own; any number one after the other. */
static void
descriptors_come_and_go_without_end(void)
{
	int fds[38], fd = eventfd(0, EFD_NONBLOCK);

	begin();
	for (unsigned int i = 0; i < 38; i++) {
		fds[i] = eventfd(0, EFD_NONBLOCK);
		CU_ASSERT_EQUAL(cgn_loop_add_fd(loop, fds[i], count, NULL), 0);
	}
	CU_ASSERT_EQUAL(cgn_loop_add_fd(loop, fd, count, NULL), -ENOSPC);
	for (unsigned int n = 0; n < 100; n++) {
		cgn_loop_del_fd(loop, fds[n % 38]);
		CU_ASSERT_EQUAL(cgn_loop_add_fd(loop, fd, count, NULL), 0);
		CU_ASSERT_EQUAL(cgn_loop_add_fd(loop, fds[n % 38], count, NULL), -ENOSPC);
		cgn_loop_del_fd(loop, fd);
		CU_ASSERT_EQUAL(cgn_loop_add_fd(loop, fds[n % 38], count, NULL), 0);
		CU_ASSERT_EQUAL(cgn_loop_add_fd(loop, fds[n % 38], count, NULL), -ENOSPC);
	}
	CU_ASSERT_EQUAL(cgn_loop_turn(loop, 0), 0);
	CU_ASSERT_EQUAL(n_calls, 0);
	for (unsigned int i = 0; i < 38; i++) {
		uint64_t v = 1;

		CU_ASSERT_EQUAL(write(fds[i], &v, sizeof(v)), sizeof(v));
		CU_ASSERT_EQUAL(cgn_loop_turn(loop, LONG_MS), 0);
		CU_ASSERT_EQUAL(read(fds[i], &v, sizeof(v)), sizeof(v));
		CU_ASSERT_EQUAL(n_calls, i + 1);
		close(fds[i]);
	}
	cgn_loop_destroy(loop);
	close(fd);
}

static uint64_t told_ms;

static void
note_time(void *arg, uint64_t now_ms)
{
	(void)arg;
	told_ms = now_ms;
}

/* What is told to be the time is the time after the sleep, not before it. */
static void
time_that_is_told_is_that_of_the_event(void)
{
	struct itimerspec its = { .it_value.tv_nsec = 30000000 };
	int fd = timerfd_create(CLOCK_MONOTONIC, 0);
	uint64_t start;

	begin();
	CU_ASSERT_EQUAL(cgn_loop_add_fd(loop, fd, note_time, NULL), 0);
	start = cgn_loop_now_ms();
	told_ms = 0;
	timerfd_settime(fd, 0, &its, NULL);
	while (told_ms == 0)
		CU_ASSERT_EQUAL(cgn_loop_turn(loop, LONG_MS), 0);
	CU_ASSERT_TRUE(told_ms >= start + 29);
	CU_ASSERT_TRUE(told_ms <= cgn_loop_now_ms());
	cgn_loop_destroy(loop);
	close(fd);
}

/* --- signals ------------------------------------------------------------------------------- */

static void
each_hangup_is_told_and_one_that_nobody_waits_for_is_no_end(void)
{
	struct cgn_timer stop = { .fire = count_and_stop };

	begin();
	kill(getpid(), SIGHUP);
	CU_ASSERT_EQUAL(cgn_loop_turn(loop, LONG_MS), 0);
	CU_ASSERT_EQUAL(n_calls, 0);
	/* The loop still runs: until the timer stops it. */
	cgn_timerq_set(cgn_loop_timers(loop), &stop, cgn_loop_now_ms() + 5);
	CU_ASSERT_EQUAL(cgn_loop_run(loop), 0);
	CU_ASSERT_EQUAL(n_calls, 1);
	n_calls = 0;
	cgn_loop_on_hup(loop, count, NULL);
	for (unsigned int n = 1; n <= 3; n++) {
		kill(getpid(), SIGHUP);
		CU_ASSERT_EQUAL(cgn_loop_turn(loop, LONG_MS), 0);
		CU_ASSERT_EQUAL(n_calls, n);
	}
	cgn_loop_destroy(loop);
}

/* SIGINT and SIGTERM in any order, with a hangup between them. */
static void
any_two_signals_end_the_process(void)
{
	static const int firsts[] = { SIGINT, SIGTERM };

	for (unsigned int i = 0; i < 4; i++) {
		int status = 0;
		pid_t pid = fork();

		if (pid == 0) {
			cgn_loop_block_signals();
			if (cgn_loop_create(&loop) < 0)
				_exit(1);
			kill(getpid(), SIGHUP);
			kill(getpid(), firsts[i % 2]);
			if (cgn_loop_run(loop) < 0)
				_exit(2);
			kill(getpid(), SIGHUP);
			kill(getpid(), firsts[i / 2]);
			_exit(3);
		}
		CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
		CU_ASSERT_TRUE(WIFEXITED(status));
		CU_ASSERT_EQUAL(WEXITSTATUS(status), 130);
	}
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(timer_that_is_set_again_fires_each_time),
	CU_TEST_ROW(sooner_timer_ends_the_sleep_for_a_later_one),
	CU_TEST_ROW(timers_that_are_due_at_once_all_fire),
	CU_TEST_ROW(polled_work_without_end_lets_others_in),
	CU_TEST_ROW(polled_work_keeps_the_loop_awake),
	CU_TEST_ROW(roused_loop_does_not_sleep_in_this_turn),
	CU_TEST_ROW(waiting_for_a_timer_takes_few_turns),
	CU_TEST_ROW(descriptor_that_is_closed_while_it_is_ready_is_not_handled),
	CU_TEST_ROW(new_descriptor_does_not_inherit_the_event_of_an_old_one),
	CU_TEST_ROW(descriptors_come_and_go_without_end),
	CU_TEST_ROW(time_that_is_told_is_that_of_the_event),
	CU_TEST_ROW(each_hangup_is_told_and_one_that_nobody_waits_for_is_no_end),
	CU_TEST_ROW(any_two_signals_end_the_process),
	CU_TEST_ROW(a_timer_ends_the_sleep),
	CU_TEST_ROW(a_descriptor_that_a_worker_writes_ends_the_sleep),
	CU_TEST_ROW(polled_work_goes_on_without_sleep_while_there_is_more),
	CU_TEST_ROW(hangup_calls_reload_and_does_not_stop),
	CU_TEST_ROW(the_first_signal_stops_and_the_second_ends_the_process),
};

CU_MAIN("loop", tests)
