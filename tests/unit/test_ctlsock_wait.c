/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How cgnctl waits. The other side is a thread that answers when something has happened, not after some time, so that
 * no test depends on how fast the machine is.
 */
#include "controlplane/cgnctl/ctlsock.h"
#include "shared/ctl.h"
#include "tests/support/cu.h"
#include "tests/support/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define PREFIX "waits"
#define LONG   600000 /* a wait that no test comes to the end of */

static char top[300], dpdk[310], own[350], path[400];
static int listener, stderr_was, notices; /* notices: what is written to stderr */
static char told[512];                    /* of it, what the other side has read */
static unsigned int n_questions;
static pthread_t server;

/* What the other side does with the connection. */
static void (*behave)(int fd);

static void *
serve(void *arg)
{
	int fd = accept(listener, NULL, NULL);

	(void)arg;
	if (fd >= 0) {
		behave(fd);
		close(fd);
	}
	return NULL;
}

static void
begin(void (*how)(int fd))
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int ends[2];

	scratch_make(top, sizeof(top), "ctlsock_wait");
	snprintf(dpdk, sizeof(dpdk), "%s/dpdk", top);
	snprintf(own, sizeof(own), "%s/" PREFIX, dpdk);
	snprintf(path, sizeof(path), "%s/dpdk_telemetry.v2", own);
	CU_ASSERT_EQUAL_FATAL(mkdir(dpdk, 0700), 0);
	CU_ASSERT_EQUAL_FATAL(mkdir(own, 0700), 0);
	setenv("RUNTIME_DIRECTORY", top, 1);
	listener = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	snprintf(sa.sun_path, sizeof(sa.sun_path), "%.100s", path);
	CU_ASSERT_EQUAL_FATAL(bind(listener, (struct sockaddr *)&sa, sizeof(sa)), 0);
	CU_ASSERT_EQUAL_FATAL(listen(listener, 0), 0);
	CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
	notices = ends[0];
	fflush(stderr);
	stderr_was = dup(STDERR_FILENO);
	dup2(ends[1], STDERR_FILENO);
	close(ends[1]);
	memset(told, 0, sizeof(told));
	n_questions = 0;
	behave = how;
	if (how != NULL)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&server, NULL, serve, NULL), 0);
}

/* The rest of what was written to stderr, behind what the other side has read. */
static void
end(void)
{
	size_t len;
	ssize_t n;

	fflush(stderr);
	dup2(stderr_was, STDERR_FILENO);
	close(stderr_was);
	if (behave != NULL)
		pthread_join(server, NULL);
	len = strlen(told);
	n = read(notices, told + len, sizeof(told) - 1 - len);
	told[len + (n > 0 ? (size_t)n : 0)] = '\0';
	close(notices);
	close(listener);
	unlink(path);
	CU_ASSERT_EQUAL(rmdir(own), 0);
	CU_ASSERT_EQUAL(rmdir(dpdk), 0);
	CU_ASSERT_EQUAL(rmdir(top), 0);
	unsetenv("RUNTIME_DIRECTORY");
}

static void
say(int fd, const char *text)
{
	(void)!send(fd, text, strlen(text), MSG_NOSIGNAL);
}

/* Take a question. @return false: the other side is gone */
static bool
hear(int fd)
{
	char question[CGN_CTLSOCK_QUESTION_MAX];

	if (recv(fd, question, sizeof(question), 0) <= 0)
		return false;
	n_questions++;
	return true;
}

/* Wait until a line has come on stderr. */
static void
wait_for_notice(void)
{
	size_t len = strlen(told);

	while (len + 1 < sizeof(told) && read(notices, told + len, 1) == 1) {
		if (told[len++] == '\n')
			break;
	}
}

static int
open_socket(struct cgn_ctlsock **s, unsigned int notice_ms, unsigned int answer_ms)
{
	return cgn_ctlsock_open(s,
			&(struct cgn_ctlsock_cfg){ .prefix = PREFIX,
					.notice_ms = notice_ms,
					.answer_ms = answer_ms });
}

/* --- answers that take long ---------------------------------------------------------------- */

static void
answer_after_notice(int fd)
{
	say(fd, "{}");
	for (unsigned int i = 0; hear(fd); i++) {
		if (i == 0)
			wait_for_notice();
		say(fd, "{\"/cgn/mappings\":{\"rows\":{}}}");
	}
}

/* The answer comes only when the user has been told: who waits in silence waits for ever here. */
static void
slow_answer_is_waited_for_and_told_once(void)
{
	struct cgn_ctlsock *s;
	json_t *answer;

	begin(answer_after_notice);
	CU_ASSERT_EQUAL_FATAL(open_socket(&s, 1, LONG), 0);
	for (unsigned int i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL_FATAL(cgn_ctlsock_ask(s, "/cgn/mappings", &answer), 0);
		CU_ASSERT_PTR_NOT_NULL(json_object_get(answer, "rows"));
		json_decref(answer);
	}
	cgn_ctlsock_close(s);
	end();
	CU_ASSERT_EQUAL(n_questions, 3);
	CU_ASSERT_PTR_NOT_NULL(strstr(told, "cgnctl: waiting for cgnd (prefix waits) to answer "));
	CU_ASSERT_PTR_EQUAL(strchr(told, '\n'), told + strlen(told) - 1);
}

static void
greet_after_notice(int fd)
{
	wait_for_notice();
	say(fd, "{}");
	if (hear(fd))
		say(fd, "{\"/cgn/pools\":{}}");
}

static void
slow_greeting_is_waited_for(void)
{
	struct cgn_ctlsock *s;
	json_t *answer;

	begin(greet_after_notice);
	CU_ASSERT_EQUAL_FATAL(open_socket(&s, 1, LONG), 0);
	CU_ASSERT_EQUAL_FATAL(cgn_ctlsock_ask(s, "/cgn/pools", &answer), 0);
	json_decref(answer);
	cgn_ctlsock_close(s);
	end();
	CU_ASSERT_STRING_EQUAL(told,
			"cgnctl: waiting for cgnd (prefix waits) to answer a new connection\n");
}

static void
answer_at_once(int fd)
{
	say(fd, "{}");
	if (hear(fd))
		say(fd, "{\"/cgn/pools\":{}}");
}

static void
nothing_is_said_of_a_wait_that_is_short(void)
{
	struct cgn_ctlsock *s;
	json_t *answer;

	begin(answer_at_once);
	CU_ASSERT_EQUAL_FATAL(open_socket(&s, LONG / 2, LONG), 0);
	CU_ASSERT_EQUAL_FATAL(cgn_ctlsock_ask(s, "/cgn/pools", &answer), 0);
	json_decref(answer);
	cgn_ctlsock_close(s);
	end();
	CU_ASSERT_STRING_EQUAL(told, "");
}

static void
busy_until_notice(int fd)
{
	say(fd, "{}");
	while (hear(fd)) {
		if (n_questions == 4)
			say(fd, "{\"/cgn/pools\":{\"rows\":{}}}");
		else
			say(fd, "{\"/cgn/pools\":{\"error\":\"" CGN_CTL_BUSY "\"}}");
	}
}

static void
cgnd_that_is_too_busy_is_asked_again(void)
{
	struct cgn_ctlsock *s;
	json_t *answer;

	begin(busy_until_notice);
	CU_ASSERT_EQUAL_FATAL(open_socket(&s, LONG / 2, LONG), 0);
	CU_ASSERT_EQUAL_FATAL(cgn_ctlsock_ask(s, "/cgn/pools", &answer), 0);
	CU_ASSERT_PTR_NOT_NULL(json_object_get(answer, "rows"));
	json_decref(answer);
	cgn_ctlsock_close(s);
	end();
	CU_ASSERT_EQUAL(n_questions, 4);
}

/* --- answers that never come --------------------------------------------------------------- */

static void
answer_nothing(int fd)
{
	say(fd, "{}");
	while (hear(fd))
		;
}

static void
hang_ends_with_its_reason(void)
{
	struct cgn_ctlsock *s;
	json_t *answer;

	begin(answer_nothing);
	CU_ASSERT_EQUAL_FATAL(open_socket(&s, 1, LONG), 0);
	cgn_ctlsock_set_answer_ms(s, 1000);
	CU_ASSERT_EQUAL(cgn_ctlsock_ask(s, "/cgn/mappings", &answer), -EIO);
	CU_ASSERT_STRING_EQUAL(cgn_ctlsock_error(s),
			"cgnd (prefix waits) has not answered /cgn/mappings for 1 s: it hangs or is stopped");
	cgn_ctlsock_close(s);
	end();
	CU_ASSERT_PTR_NOT_NULL(strstr(told, "cgnctl: waiting for cgnd (prefix waits) to answer "));
}

static void
busy_for_ever(int fd)
{
	say(fd, "{}");
	while (hear(fd))
		say(fd, "{\"/cgn/pools\":{\"error\":\"" CGN_CTL_BUSY "\"}}");
}

static void
cgnd_that_stays_too_busy_is_given_up(void)
{
	struct cgn_ctlsock *s;
	json_t *answer;

	begin(busy_for_ever);
	CU_ASSERT_EQUAL_FATAL(open_socket(&s, 1, LONG), 0);
	cgn_ctlsock_set_answer_ms(s, 500);
	CU_ASSERT_EQUAL(cgn_ctlsock_ask(s, "/cgn/pools", &answer), -EIO);
	cgn_ctlsock_close(s);
	end();
	CU_ASSERT_PTR_NOT_NULL(strstr(told, "cgnctl: waiting for cgnd (prefix waits) to answer "));
}

static void
greet_nothing(int fd)
{
	while (hear(fd))
		;
}

static void
cgnd_that_does_not_greet_is_given_up(void)
{
	struct cgn_ctlsock *s;

	begin(greet_nothing);
	CU_ASSERT_EQUAL(open_socket(&s, 1, 50), -ETIMEDOUT);
	end();
}

/* Nobody accepts: the second connection waits for a place in the queue. */
static void
cgnd_that_does_not_accept_is_given_up(void)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int first[8];
	struct cgn_ctlsock *s;

	begin(NULL);
	snprintf(sa.sun_path, sizeof(sa.sun_path), "%.100s", path);
	for (size_t i = 0; i < sizeof(first) / sizeof(first[0]); i++) {
		first[i] = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);
		(void)!connect(first[i], (struct sockaddr *)&sa, sizeof(sa));
	}
	CU_ASSERT_EQUAL(open_socket(&s, 1, 50), -ETIMEDOUT);
	for (size_t i = 0; i < sizeof(first) / sizeof(first[0]); i++)
		close(first[i]);
	end();
	CU_ASSERT_STRING_EQUAL(told,
			"cgnctl: waiting for cgnd (prefix waits) to answer a new connection\n");
}

static void
close_at_once(int fd)
{
	(void)fd;
}

/* DPDK closes a connection above its limit. */
static void
connection_that_cgnd_closes_is_no_missing_cgnd(void)
{
	struct cgn_ctlsock *s;

	begin(close_at_once);
	CU_ASSERT_EQUAL(open_socket(&s, LONG / 2, LONG), -EBUSY);
	end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(slow_answer_is_waited_for_and_told_once),
	CU_TEST_ROW(slow_greeting_is_waited_for),
	CU_TEST_ROW(nothing_is_said_of_a_wait_that_is_short),
	CU_TEST_ROW(cgnd_that_is_too_busy_is_asked_again),
	CU_TEST_ROW(hang_ends_with_its_reason),
	CU_TEST_ROW(cgnd_that_stays_too_busy_is_given_up),
	CU_TEST_ROW(cgnd_that_does_not_greet_is_given_up),
	CU_TEST_ROW(cgnd_that_does_not_accept_is_given_up),
	CU_TEST_ROW(connection_that_cgnd_closes_is_no_missing_cgnd),
};

CU_MAIN("ctlsock_wait", tests)
