/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/cgnctl/ctlsock.h"

#include "shared/runtimedir.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define SOCKET_NAME "dpdk_telemetry.v2"
#define ANSWER_MAX  (1 << 20) /* DPDK 22.11 sends at most 16 KiB and says so when one connects */
#define ANSWER_S    5

struct cgn_ctlsock {
	int fd;
	char error[256];
	char answer[ANSWER_MAX];
};

static int fail(struct cgn_ctlsock *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static int
fail(struct cgn_ctlsock *s, const char *fmt, ...)
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

/* Nobody else can put something into it or change what it holds. The place where users make directories of
 * their own is sticky: what is ours there stays ours. */
static bool
is_safe(const struct stat *st, bool may_be_sticky)
{
	if (may_be_sticky && (st->st_mode & S_ISVTX) != 0)
		return S_ISDIR(st->st_mode);
	return S_ISDIR(st->st_mode) && is_ours(st->st_uid) && (st->st_mode & 022) == 0;
}

/* @return 0, -EPERM: somebody else's, -errno */
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

/* The process that listens. */
static int
check_peer(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		return -errno;
	return is_ours(peer.uid) ? 0 : -EPERM;
}

/* Where EAL puts its sockets: systemd's directory, root's, the user's. @return a descriptor or -errno */
static int
connect_below(const char *dir, const char *prefix)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int n, fd, ret;

	if (dir == NULL)
		return -ENOENT;
	n = snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/dpdk/%s/" SOCKET_NAME, dir, prefix);
	if (n < 0 || (size_t)n >= sizeof(sa.sun_path))
		return -ENAMETOOLONG;
	ret = check_directories(dir, prefix);
	if (ret < 0)
		return ret;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	ret = connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 ? -errno : check_peer(fd);
	if (ret == 0)
		return fd;
	close(fd);
	return ret;
}

static int
receive(struct cgn_ctlsock *s, size_t *len)
{
	ssize_t n = recv(s->fd, s->answer, sizeof(s->answer) - 1, 0);

	if (n < 0)
		return fail(s, "no answer: %s",
				errno == EAGAIN ? "cgnd is busy or stopped" : strerror(errno));
	if (n == 0)
		return fail(s, "cgnd has closed the connection");
	s->answer[n] = '\0';
	*len = (size_t)n;
	return 0;
}

/* The first place that has a socket. @return a descriptor, -EACCES, -EPERM or -ENOENT */
static int
connect_anywhere(const char *prefix)
{
	char own_dir[64];
	const char *const dirs[] = { cgn_runtimedir(), "/var/run", own_dir,
		getenv("XDG_RUNTIME_DIR"), "/tmp" };
	int ret = -ENOENT;

	snprintf(own_dir, sizeof(own_dir), "/run/%s", prefix);
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		int one = connect_below(dirs[i], prefix);

		if (one >= 0)
			return one;
		if (one == -EACCES || one == -EPERM)
			ret = one;
	}
	return ret;
}

int
cgn_ctlsock_open(struct cgn_ctlsock **out, const char *prefix)
{
	const struct timeval patience = { .tv_sec = ANSWER_S };
	struct cgn_ctlsock *s = calloc(1, sizeof(*s));
	int ret = -ENOENT;
	size_t len;

	if (s == NULL)
		return -ENOMEM;
	s->fd = cgn_ctlsock_is_prefix(prefix) ? connect_anywhere(prefix) : -ENOENT;
	if (s->fd < 0) {
		ret = s->fd;
		goto fail;
	}
	setsockopt(s->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	/* The other side begins by saying who it is. */
	if (receive(s, &len) < 0)
		goto fail;
	*out = s;
	return 0;

fail:
	cgn_ctlsock_close(s);
	return ret;
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

int
cgn_ctlsock_ask(struct cgn_ctlsock *s, const char *question, json_t **answer)
{
	json_error_t error;
	json_t *root;
	json_t *value;
	json_t *why;
	size_t len = 0;
	int ret = 0;

	if (send(s->fd, question, strlen(question), MSG_NOSIGNAL) < 0)
		return fail(s, "cannot ask: %s", strerror(errno));
	if (receive(s, &len) < 0)
		return -EIO;
	root = json_loadb(s->answer, len, 0, &error);
	if (root == NULL)
		return fail(s, "the answer is no JSON: %s", error.text);
	value = json_object_iter_value(json_object_iter(root));
	why = json_object_get(value, "error");
	if (value == NULL || json_is_null(value))
		ret = fail(s, "cgnd does not know %s", question);
	else if (json_is_string(why))
		ret = fail(s, "%s", json_string_value(why));
	else
		*answer = json_incref(value);
	json_decref(root);
	return ret;
}

const char *
cgn_ctlsock_error(const struct cgn_ctlsock *s)
{
	return s->error;
}
