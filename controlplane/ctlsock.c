/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/ctlsock.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
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

/* Where EAL puts its sockets: systemd's directory, root's, the user's. */
static int
connect_below(int fd, const char *dir, const char *prefix)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int n;

	if (dir == NULL)
		return -ENOENT;
	n = snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/dpdk/%s/" SOCKET_NAME, dir, prefix);
	if (n < 0 || (size_t)n >= sizeof(sa.sun_path))
		return -ENAMETOOLONG;
	return connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 ? -errno : 0;
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

/* The first place that has a socket. @return 0, -EACCES: it is somebody else's, -ENOENT */
static int
connect_anywhere(int fd, const char *prefix)
{
	char own_dir[64];
	const char *const dirs[] = { getenv("RUNTIME_DIRECTORY"), "/var/run", own_dir,
		getenv("XDG_RUNTIME_DIR"), "/tmp" };
	int ret = -ENOENT;

	snprintf(own_dir, sizeof(own_dir), "/run/%s", prefix);
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		int one = connect_below(fd, dirs[i], prefix);

		if (one == 0)
			return 0;
		if (one == -EACCES || one == -EPERM)
			ret = -EACCES;
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
	s->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (s->fd < 0)
		goto fail;
	setsockopt(s->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	ret = connect_anywhere(s->fd, prefix);
	if (ret < 0)
		goto fail;
	ret = -ENOENT;
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
