/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/cgnctl/ctlsock.h"
#include "tests/support/cu.h"
#include "tests/support/scratch.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534

/* A directory as EAL has it: TOP/dpdk/PREFIX/dpdk_telemetry.v2. */
static char top[300], dpdk[310], own[350], path[400], prefix[32];
static pid_t server;

/* Somebody listens, as a user, and says what EAL says first. */
static void
listen_as(uid_t uid)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int ready[2];
	char octet;

	CU_ASSERT_EQUAL_FATAL(pipe(ready), 0);
	server = fork();
	if (server == 0) {
		int s = socket(AF_UNIX, SOCK_SEQPACKET, 0);

		snprintf(sa.sun_path, sizeof(sa.sun_path), "%.100s", path);
		if (bind(s, (struct sockaddr *)&sa, sizeof(sa)) < 0 || chmod(path, 0666) < 0 ||
				(uid != geteuid() && seteuid(uid) < 0) || listen(s, 1) < 0)
			_exit(1);
		if (write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;) {
			int c = accept(s, NULL, NULL);

			if (send(c, "{}", 2, MSG_NOSIGNAL) < 0)
				_exit(1);
			close(c);
		}
	}
	CU_ASSERT_EQUAL_FATAL(read(ready[0], &octet, 1), 1);
	close(ready[0]);
	close(ready[1]);
}

static void
begin(void)
{
	scratch_make(top, sizeof(top), "ctlsock");
	snprintf(prefix, sizeof(prefix), "ctlsock%d", (int)getpid());
	snprintf(dpdk, sizeof(dpdk), "%s/dpdk", top);
	snprintf(own, sizeof(own), "%s/%s", dpdk, prefix);
	snprintf(path, sizeof(path), "%s/dpdk_telemetry.v2", own);
	CU_ASSERT_EQUAL_FATAL(mkdir(dpdk, 0700), 0);
	CU_ASSERT_EQUAL_FATAL(mkdir(own, 0700), 0);
	setenv("RUNTIME_DIRECTORY", top, 1);
}

static void
end(void)
{
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	unlink(path);
	CU_ASSERT_EQUAL(rmdir(own), 0);
	CU_ASSERT_EQUAL(rmdir(dpdk), 0);
	CU_ASSERT_EQUAL(rmdir(top), 0);
	unsetenv("RUNTIME_DIRECTORY");
}

static int
try(void)
{
	struct cgn_ctlsock *s = NULL;
	int ret = cgn_ctlsock_open(&s, &(struct cgn_ctlsock_cfg){ .prefix = prefix });

	cgn_ctlsock_close(ret == 0 ? s : NULL);
	return ret;
}

static void
own_socket_is_believed(void)
{
	begin();
	CU_ASSERT_EQUAL(try(), -ENOENT);
	listen_as(geteuid());
	CU_ASSERT_EQUAL(try(), 0);
	/* A place like /tmp, in which our directories are ours. */
	CU_ASSERT_EQUAL(chmod(top, 01777), 0);
	CU_ASSERT_EQUAL(try(), 0);
	end();
}

/* Whoever could put a socket there could be anybody. */
static void
directory_that_others_write_to_is_not_believed(void)
{
	begin();
	CU_ASSERT_EQUAL(chmod(own, 0777), 0);
	CU_ASSERT_EQUAL(try(), -ENOENT); /* there is no socket in it yet */
	listen_as(geteuid());
	CU_ASSERT_EQUAL(try(), -EPERM);
	CU_ASSERT_EQUAL(chmod(own, 0770), 0);
	CU_ASSERT_EQUAL(try(), -EPERM);
	CU_ASSERT_EQUAL(chmod(own, 0700), 0);
	CU_ASSERT_EQUAL(chmod(dpdk, 0707), 0);
	CU_ASSERT_EQUAL(try(), -EPERM);
	CU_ASSERT_EQUAL(chmod(dpdk, 0700), 0);
	CU_ASSERT_EQUAL(chmod(top, 0777), 0);
	CU_ASSERT_EQUAL(try(), -EPERM);
	CU_ASSERT_EQUAL(chmod(top, 0700), 0);
	CU_ASSERT_EQUAL(try(), 0);
	end();
}

/* Only root can make somebody else's directory and process. */
static void
directory_and_process_of_another_user_are_not_believed(void)
{
	if (geteuid() != 0)
		return;
	begin();
	listen_as(NOBODY);
	CU_ASSERT_EQUAL(try(), -EPERM);
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	unlink(path);
	listen_as(0);
	CU_ASSERT_EQUAL(try(), 0);
	CU_ASSERT_EQUAL(chown(own, NOBODY, NOBODY), 0);
	CU_ASSERT_EQUAL(try(), -EPERM);
	CU_ASSERT_EQUAL(chown(own, 0, 0), 0);
	CU_ASSERT_EQUAL(chown(dpdk, NOBODY, NOBODY), 0);
	CU_ASSERT_EQUAL(try(), -EPERM);
	CU_ASSERT_EQUAL(chown(dpdk, 0, 0), 0);
	end();
}

/* systemd joins several directories with colons. cgnd ignores such a list, and so does this side, also if there is a
 * directory of that name. */
static void
list_of_directories_is_not_taken_for_one(void)
{
	char list[sizeof(top) + 8];

	begin();
	listen_as(geteuid());
	snprintf(list, sizeof(list), "%s:x", top);
	CU_ASSERT_EQUAL_FATAL(rename(top, list), 0);
	setenv("RUNTIME_DIRECTORY", list, 1);
	CU_ASSERT_EQUAL(try(), -ENOENT);
	CU_ASSERT_EQUAL_FATAL(rename(list, top), 0);
	setenv("XDG_RUNTIME_DIR", top, 1);
	CU_ASSERT_EQUAL(try(), 0);
	unsetenv("XDG_RUNTIME_DIR");
	end();
}

static void
prefix_leads_to_no_other_directory(void)
{
	static const char *const bad[] = { "", ".", "..", "../x", "a/b", "/", ".hidden" };
	struct cgn_ctlsock *s;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CU_ASSERT_FALSE(cgn_ctlsock_is_prefix(bad[i]));
		CU_ASSERT_EQUAL(cgn_ctlsock_open(&s, &(struct cgn_ctlsock_cfg){ .prefix = bad[i] }),
				-ENOENT);
	}
	CU_ASSERT_TRUE(cgn_ctlsock_is_prefix("cgnd"));
	CU_ASSERT_TRUE(cgn_ctlsock_is_prefix("cgnd-1.lab"));
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(own_socket_is_believed),
	CU_TEST_ROW(directory_that_others_write_to_is_not_believed),
	CU_TEST_ROW(directory_and_process_of_another_user_are_not_believed),
	CU_TEST_ROW(list_of_directories_is_not_taken_for_one),
	CU_TEST_ROW(prefix_leads_to_no_other_directory),
};

CU_MAIN("ctlsock", tests)
