/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/conf/confload.h"
#include "tests/support/conftext.h"
#include "tests/support/cu.h"
#include "tests/support/fake_snapshot.h"
#include "tests/support/scratch.h"

#include <fcntl.h>
#include <unistd.h>

static struct cgn_conf *use;
static char path[256];

static void
append(const char *mode, const char *text)
{
	FILE *file = fopen(path, mode);

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	CU_ASSERT_TRUE(fputs(text, file) >= 0);
	CU_ASSERT_EQUAL(fclose(file), 0);
}

/* The configuration in use, and a file with one other key. */
static void
begin(void)
{
	struct cgn_conf_errors errs = { 0 };

	snprintf(path, sizeof(path), "%s/confload.yaml", scratch_dir());
	append("w", CONFTEXT_PORTS CONFTEXT_POOL CONFTEXT_GROUP);
	CU_ASSERT_EQUAL_FATAL(cgn_conf_load(path, &use, &errs), 0);
	cgn_conf_errors_fini(&errs);
	append("a", "nat: {timeouts: {udp_s: 301}}\n");
}

/* A pipe that has no room for the wake-up: who writes it waits. */
static void
make_full_pipe(int fds[2])
{
	static const char octets[4096];

	CU_ASSERT_EQUAL_FATAL(pipe2(fds, O_NONBLOCK), 0);
	while (write(fds[1], octets, sizeof(octets)) > 0)
		;
	CU_ASSERT_EQUAL(fcntl(fds[1], F_SETFL, 0), 0);
	CU_ASSERT_EQUAL(fcntl(fds[0], F_SETFL, 0), 0);
}

/* Read until the thread has ended: it has the last descriptor of the other end. @return octets */
static size_t
drain(int fds[2])
{
	char octets[4096];
	size_t n = 0;
	ssize_t got;

	close(fds[1]);
	while ((got = read(fds[0], octets, sizeof(octets))) > 0)
		n += (size_t)got;
	close(fds[0]);
	return n;
}

static const struct cgn_planes planes = {
	.snapshot_create = fake_snapshot_create,
	.snapshot_free = fake_snapshot_free,
};

static int
start(struct cgn_confload **l, int fd)
{
	const struct cgn_confload_job job = { .path = path, .use = use, .planes = &planes };

	return cgn_confload_start(l, &job, fd);
}

/* The result is taken while the thread that read the file has not ended yet. */
static void
result_does_not_wait_for_the_end_of_the_thread(void)
{
	struct cgn_confload_result r;
	struct cgn_confload *l;
	int fds[2];

	begin();
	make_full_pipe(fds);
	CU_ASSERT_EQUAL_FATAL(start(&l, fds[1]), 0);
	alarm(60); /* ends a test that waits for ever */
	cgn_confload_end(l, &r);
	alarm(0);
	CU_ASSERT_EQUAL(r.ret, 0);
	CU_ASSERT_EQUAL(r.live.n + r.restart.n, 1);
	CU_ASSERT_EQUAL(r.conf->nat.timeouts.udp_s, 301);
	CU_ASSERT_PTR_NOT_NULL(r.snapshot);
	cgn_confload_fini(&r);
	CU_ASSERT_EQUAL(drain(fds) % 4096, 8);
	cgn_conf_free(use);
}

/* Whenever a result is given up, the thread releases its own and ends. */
static void
abandoned_file_leaves_nothing(void)
{
	begin();
	for (unsigned int i = 0; i < 100; i++) {
		struct cgn_confload *l;
		int fds[2];

		CU_ASSERT_EQUAL_FATAL(pipe(fds), 0);
		CU_ASSERT_EQUAL_FATAL(start(&l, fds[1]), 0);
		if (i % 2 != 0)
			usleep(i * 20);
		cgn_confload_abandon(l);
		CU_ASSERT_TRUE(drain(fds) <= 8);
	}
	cgn_conf_free(use);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(result_does_not_wait_for_the_end_of_the_thread),
	CU_TEST_ROW(abandoned_file_leaves_nothing),
};

CU_MAIN("confload", tests)
