/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * cgnctl's socket: finds the telemetry socket of a cgnd, asks, and waits for the answers.
 */
#include "controlplane/cgnctl/ctlsock.h"

#include "controlplane/cgnctl/ctlrows.h"
#include "shared/clock_ms.h"
#include "shared/ctl.h"
#include "shared/runtimedir.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define SOCKET_NAME "dpdk_telemetry.v2"
#define ANSWER_MAX  (1 << 20) /* DPDK 22.11 sends at most 16 KiB and says so when one connects */
#define RETRY_MS    50        /* between two tries when cgnd is too busy */

struct cgn_ctlsock {
	int fd;
	struct cgn_ctlsock_cfg cfg;
	bool is_noticed; /* the user was told that cgnctl waits */
	char error[2048];
	char answer[ANSWER_MAX];
};

static int
ctlsock_fail(struct cgn_ctlsock *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static int
ctlsock_fail(struct cgn_ctlsock *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(s->error, sizeof(s->error), fmt, ap);
	va_end(ap);
	return -EIO;
}

bool
cgn_ctlsock_is_prefix(const char *prefix)
{
	return prefix[0] != '\0' && prefix[0] != '.' && strchr(prefix, '/') == NULL;
}

static bool
is_ours(uid_t uid)
{
	return uid == 0 || uid == geteuid();
}

/* Whether nobody else can change what a directory holds. A sticky directory, such as /tmp, is safe at the
 * top: others can add to it, but cannot replace what belongs to this user. */
static bool
is_safe(const struct stat *st, bool may_be_sticky)
{
	if (may_be_sticky && (st->st_mode & S_ISVTX) != 0)
		return S_ISDIR(st->st_mode);
	return S_ISDIR(st->st_mode) && is_ours(st->st_uid) && (st->st_mode & 022) == 0;
}

/* Check the directories above the socket. @return 0, -EPERM: they belong to somebody else, -errno */
static int
check_directories(const char *dir, const char *prefix)
{
	char path[PATH_MAX];
	struct stat st;

	if (stat(dir, &st) < 0)
		return -errno;
	if (!is_safe(&st, true))
		return -EPERM;
	snprintf(path, sizeof(path), "%s/dpdk", dir);
	if (lstat(path, &st) < 0)
		return -errno;
	if (!is_safe(&st, false))
		return -EPERM;
	snprintf(path, sizeof(path), "%s/dpdk/%s", dir, prefix);
	if (lstat(path, &st) < 0)
		return -errno;
	return is_safe(&st, false) ? 0 : -EPERM;
}

/* Check who listens: only the process of root or of this user is trusted. @return 0, -EPERM, -errno */
static int
check_peer(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		return -errno;
	return is_ours(peer.uid) ? 0 : -EPERM;
}

/* --- waiting ------------------------------------------------------------------------------- */

/* Tell the user once what cgnctl waits for. Without that, a wait looks like a hang. */
static void
ctlsock_notice(struct cgn_ctlsock *s, const char *what)
{
	if (!s->is_noticed)
		fprintf(stderr, "cgnctl: waiting for cgnd (prefix %s) to answer %s\n",
				s->cfg.prefix, what);
	s->is_noticed = true;
}

/* Wait until the other side has sent something or closed. @return 0; -ETIMEDOUT; -errno */
static int
wait_readable(struct cgn_ctlsock *s, const char *what)
{
	struct pollfd p = { .fd = s->fd, .events = POLLIN };
	int64_t begin = cgn_clock_ms(CLOCK_MONOTONIC);
	int64_t passed = 0;
	int n;

	while (passed < s->cfg.answer_ms) {
		int64_t left = s->cfg.answer_ms - passed;

		if (!s->is_noticed && passed < s->cfg.notice_ms &&
				s->cfg.notice_ms < s->cfg.answer_ms)
			left = s->cfg.notice_ms - passed;
		n = poll(&p, 1, (int)left);
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
		passed = cgn_clock_ms(CLOCK_MONOTONIC) - begin;
		if (passed >= s->cfg.notice_ms)
			ctlsock_notice(s, what);
	}
	return -ETIMEDOUT;
}

static void
set_send_timeout(int fd, unsigned int ms)
{
	const struct timeval tv = {
		.tv_sec = ms / 1000,
		.tv_usec = (suseconds_t)(ms % 1000) * 1000,
	};

	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
}

/* Connect within the send timeout of the socket. A signal interrupts the wait but makes no connection, so the
 * call is repeated. */
static int
connect_in_time(int fd, const struct sockaddr_un *sa)
{
	int ret;

	do
		ret = connect(fd, (const struct sockaddr *)sa, sizeof(*sa));
	while (ret < 0 && errno == EINTR);
	return ret < 0 ? -errno : 0;
}

/* Connect, and wait if necessary. The kernel queues connections that cgnd has not accepted yet. When the
 * queue is full, connect() blocks. */
static int
connect_waiting(struct cgn_ctlsock *s, int fd, const struct sockaddr_un *sa)
{
	int ret;

	set_send_timeout(fd, s->cfg.notice_ms);
	ret = connect_in_time(fd, sa);
	if (ret != -EAGAIN)
		return ret;
	ctlsock_notice(s, "a new connection");
	set_send_timeout(fd, s->cfg.answer_ms);
	ret = connect_in_time(fd, sa);
	return ret == -EAGAIN ? -ETIMEDOUT : ret;
}

/* --- finding the socket -------------------------------------------------------------------- */

/* Connect to the socket in one of the directories that EAL uses: that of systemd, of root, or of the user.
 * @return a descriptor or -errno */
static int
connect_below(struct cgn_ctlsock *s, const char *dir)
{
	const char *prefix = s->cfg.prefix;
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	struct stat st;
	int n, fd, ret;

	if (dir == NULL)
		return -ENOENT;
	n = snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/dpdk/%s/" SOCKET_NAME, dir, prefix);
	if (n < 0 || (size_t)n >= sizeof(sa.sun_path))
		return -ENAMETOOLONG;
	ret = check_directories(dir, prefix);
	/* A directory of somebody else does not matter while there is no socket in it. */
	if (ret == -EPERM && lstat(sa.sun_path, &st) < 0)
		return -ENOENT;
	if (ret < 0)
		return ret;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	ret = connect_waiting(s, fd, &sa);
	if (ret == 0)
		ret = check_peer(fd);
	if (ret == 0)
		return fd;
	close(fd);
	return ret;
}

/* Connect to the first place that has a socket. @return a descriptor, -EACCES, -EPERM, -ETIMEDOUT or
 * -ENOENT */
static int
connect_anywhere(struct cgn_ctlsock *s)
{
	char own_dir[64];
	const char *const dirs[] = { cgn_runtimedir(), "/var/run", own_dir,
		getenv("XDG_RUNTIME_DIR"), "/tmp" };
	int ret = -ENOENT;

	snprintf(own_dir, sizeof(own_dir), "/run/%s", s->cfg.prefix);
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		int one = connect_below(s, dirs[i]);

		if (one >= 0 || one == -ETIMEDOUT)
			return one;
		if (one == -EACCES || one == -EPERM)
			ret = one;
	}
	return ret;
}

/* Take one message. @return its octets; 0: the other side has closed; -ETIMEDOUT; -errno */
static int
ctlsock_receive(struct cgn_ctlsock *s, const char *what)
{
	int ret = wait_readable(s, what);
	ssize_t n;

	if (ret < 0)
		return ret;
	n = recv(s->fd, s->answer, sizeof(s->answer) - 1, 0);
	if (n < 0)
		return -errno;
	s->answer[n] = '\0';
	return (int)n;
}

int
cgn_ctlsock_open(struct cgn_ctlsock **out, const struct cgn_ctlsock_cfg *cfg)
{
	struct cgn_ctlsock *s = calloc(1, sizeof(*s));
	int ret = -ENOENT;

	if (s == NULL)
		return -ENOMEM;
	s->cfg = *cfg;
	if (s->cfg.notice_ms == 0)
		s->cfg.notice_ms = CGN_CTLSOCK_NOTICE_MS;
	if (s->cfg.answer_ms == 0)
		s->cfg.answer_ms = CGN_CTL_ANSWER_MS;
	s->fd = cgn_ctlsock_is_prefix(cfg->prefix) ? connect_anywhere(s) : -ENOENT;
	if (s->fd < 0) {
		ret = s->fd;
		goto fail;
	}
	/* DPDK first sends a message about itself. If there are too many connections, it closes this one
	 * without a message. */
	ret = ctlsock_receive(s, "a new connection");
	if (ret <= 0) {
		ret = ret == 0 ? -EBUSY : ret == -ETIMEDOUT ? ret : -ENOENT;
		goto fail;
	}
	*out = s;
	return 0;

fail:
	cgn_ctlsock_close(s);
	return ret;
}

void
cgn_ctlsock_set_answer_ms(struct cgn_ctlsock *s, unsigned int answer_ms)
{
	s->cfg.answer_ms = answer_ms;
}

void
cgn_ctlsock_close(struct cgn_ctlsock *s)
{
	if (s == NULL)
		return;
	if (s->fd >= 0)
		close(s->fd);
	free(s);
}

/* --- asking -------------------------------------------------------------------------------- */

/* Send a question and take the message that answers it. @return octets or -EIO */
static int
exchange(struct cgn_ctlsock *s, const char *question)
{
	int n;

	if (send(s->fd, question, strlen(question), MSG_NOSIGNAL) < 0)
		return ctlsock_fail(s, "cgnd does not take the question: %s", strerror(errno));
	n = ctlsock_receive(s, question);
	if (n == -ETIMEDOUT)
		return ctlsock_fail(s,
				"cgnd (prefix %s) has not answered %s for %u s: it hangs or is stopped",
				s->cfg.prefix, question, s->cfg.answer_ms / 1000);
	if (n < 0)
		return ctlsock_fail(s, "cgnd does not answer: %s", strerror(-n));
	if (n == 0)
		return ctlsock_fail(s, "cgnd has closed the connection");
	return n;
}

/* Parse an answer. @return 0; -EBUSY: cgnd asks for another try; -EIO */
static int
ctlsock_parse(struct cgn_ctlsock *s, int len, const char *question, json_t **answer)
{
	json_error_t error;
	json_t *root = json_loadb(s->answer, (size_t)len, 0, &error);
	json_t *value = json_object_iter_value(json_object_iter(root));
	const char *why;
	int ret = 0;

	if (root == NULL)
		return ctlsock_fail(s, "the answer is no JSON: %s", error.text);
	cgn_ctlrows_join(value);
	why = json_string_value(json_object_get(value, "error"));
	if (value == NULL || json_is_null(value))
		ret = ctlsock_fail(s, "cgnd does not know %s", question);
	else if (why != NULL)
		ret = ctlsock_fail(s, "%s", why);
	else
		*answer = json_incref(value);
	if (why != NULL && strcmp(why, CGN_CTL_BUSY) == 0)
		ret = -EBUSY;
	json_decref(root);
	return ret;
}

int
cgn_ctlsock_ask(struct cgn_ctlsock *s, const char *question, json_t **answer)
{
	const struct timespec pause = { .tv_nsec = RETRY_MS * 1000000L };
	int64_t begin = cgn_clock_ms(CLOCK_MONOTONIC);
	int ret;

	for (;;) {
		int64_t passed;

		ret = exchange(s, question);
		if (ret >= 0)
			ret = ctlsock_parse(s, ret, question, answer);
		passed = cgn_clock_ms(CLOCK_MONOTONIC) - begin;
		if (ret != -EBUSY || passed >= s->cfg.answer_ms)
			return ret < 0 ? -EIO : 0;
		if (passed >= s->cfg.notice_ms)
			ctlsock_notice(s, question);
		nanosleep(&pause, NULL);
	}
}

const char *
cgn_ctlsock_error(const struct cgn_ctlsock *s)
{
	return s->error;
}
