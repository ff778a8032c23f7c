/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/notify.h"
#include "tests/support/cu.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A service manager's socket of a name that begins with '@' or a path. */
static int
manager(const char *name)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	CU_ASSERT_FATAL(fd >= 0);
	strcpy(sa.sun_path, name);
	if (name[0] == '@')
		sa.sun_path[0] = '\0';
	CU_ASSERT_EQUAL_FATAL(bind(fd, (struct sockaddr *)&sa,
					      (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
							      strlen(name))),
			0);
	setenv("NOTIFY_SOCKET", name, 1);
	return fd;
}

static void
expect(int fd, const char *want)
{
	char buf[64] = "";

	CU_ASSERT_EQUAL(recv(fd, buf, sizeof(buf) - 1, MSG_DONTWAIT), (ssize_t)strlen(want));
	CU_ASSERT_STRING_EQUAL(buf, want);
	close(fd);
}

static void
the_service_manager_is_told_by_path_and_by_abstract_name(void)
{
	char path[64];
	char name[80];
	int fd;

	snprintf(path, sizeof(path), "test_notify_%d", getpid());
	snprintf(name, sizeof(name), "@%s", path);
	fd = manager(name);
	CU_ASSERT_EQUAL(cgn_notify_send("READY=1"), 0);
	expect(fd, "READY=1");
	fd = manager(path);
	CU_ASSERT_EQUAL(cgn_notify_send("STOPPING=1"), 0);
	expect(fd, "STOPPING=1");
	unlink(path);
	CU_ASSERT_EQUAL(cgn_notify_send("READY=1"), -ENOENT);
}

static void
without_a_service_manager_nothing_happens(void)
{
	unsetenv("NOTIFY_SOCKET");
	CU_ASSERT_EQUAL(cgn_notify_send("READY=1"), 0);
}

/* Until the manager's socket takes no more. */
static void
fill(const char *name)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	memcpy(sa.sun_path, name, strlen(name));
	sa.sun_path[0] = '\0';
	while (sendto(fd, "X", 1, MSG_DONTWAIT, (struct sockaddr *)&sa, len) == 1)
		continue;
	CU_ASSERT_EQUAL(errno, EAGAIN);
	close(fd);
}

/* @return how often the text came among what the manager reads now */
static unsigned int
read_all(int fd, const char *want)
{
	unsigned int n = 0;
	char buf[64];
	ssize_t len;

	while ((len = recv(fd, buf, sizeof(buf) - 1, MSG_DONTWAIT)) >= 0) {
		buf[len] = '\0';
		n += strcmp(buf, want) == 0 ? 1 : 0;
	}
	return n;
}

static void
a_manager_that_does_not_read_is_not_waited_for(void)
{
	char name[80];
	int fd;

	snprintf(name, sizeof(name), "@test_notify_full_%d", getpid());
	fd = manager(name);
	fill(name);
	CU_ASSERT_EQUAL(cgn_notify_send("READY=1"), -EAGAIN);
	close(fd);
}

static void
what_a_full_socket_did_not_take_is_told_later(void)
{
	struct cgn_timerq *timers;
	char name[80];
	int fd;

	snprintf(name, sizeof(name), "@test_notify_later_%d", getpid());
	fd = manager(name);
	fill(name);
	CU_ASSERT_EQUAL_FATAL(cgn_timerq_create(&timers), 0);
	cgn_notify_attach(timers);
	CU_ASSERT_EQUAL(cgn_notify_send("RELOADING=1"), 0);
	CU_ASSERT_EQUAL(cgn_notify_send("READY=1"), 0);
	/* Still full: it is tried again. */
	CU_ASSERT_EQUAL(cgn_timerq_run(timers, UINT64_MAX, 1), 1);
	CU_ASSERT_TRUE(cgn_timerq_next(timers) != UINT64_MAX);
	CU_ASSERT_EQUAL(read_all(fd, "READY=1"), 0);
	CU_ASSERT_EQUAL(cgn_timerq_run(timers, UINT64_MAX, 1), 1);
	CU_ASSERT_EQUAL(read_all(fd, "READY=1"), 1);
	/* Once. */
	CU_ASSERT_EQUAL(cgn_timerq_next(timers), UINT64_MAX);
	cgn_notify_attach(NULL);
	cgn_timerq_destroy(timers);
	close(fd);
}

/* systemd of Type=notify-reload wants to know when the reload has begun (sd_notify(3)). */
static void
reload_is_told_with_the_time_of_its_begin(void)
{
	char name[80], text[128] = "";
	unsigned long long usec = 0;
	int fd;

	snprintf(name, sizeof(name), "@test_notify_reload_%d", getpid());
	fd = manager(name);
	setenv("NOTIFY_SOCKET", name, 1);
	CU_ASSERT_EQUAL(cgn_notify_reloading(), 0);
	CU_ASSERT_TRUE(recv(fd, text, sizeof(text) - 1, 0) > 0);
	CU_ASSERT_EQUAL(sscanf(text, "RELOADING=1\nMONOTONIC_USEC=%llu", &usec), 1);
	CU_ASSERT_TRUE(usec > 0);
	close(fd);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(reload_is_told_with_the_time_of_its_begin),
	CU_TEST_ROW(a_manager_that_does_not_read_is_not_waited_for),
	CU_TEST_ROW(what_a_full_socket_did_not_take_is_told_later),
	CU_TEST_ROW(the_service_manager_is_told_by_path_and_by_abstract_name),
	CU_TEST_ROW(without_a_service_manager_nothing_happens),
};

CU_MAIN("notify", tests)
