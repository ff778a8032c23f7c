/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/loop.h"
#include "tests/support/cu.h"

#include <signal.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

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

static const struct cu_test tests[] = {
	CU_TEST_ROW(a_timer_ends_the_sleep),
	CU_TEST_ROW(a_descriptor_that_a_worker_writes_ends_the_sleep),
	CU_TEST_ROW(polled_work_goes_on_without_sleep_while_there_is_more),
	CU_TEST_ROW(hangup_calls_reload_and_does_not_stop),
	CU_TEST_ROW(the_first_signal_stops_and_the_second_ends_the_process),
};

CU_MAIN("loop", tests)
