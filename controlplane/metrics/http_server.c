/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The HTTP server of metrics: a socket, a thread that runs libmicrohttpd, and the answers.
 */
#include "controlplane/metrics/http_server.h"

#include "shared/clock_ms.h"
#include "shared/thread.h"

#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTIONS_MAX        16
#define CONNECTIONS_OF_ONE_MAX 8    /* of one client address */
#define MEMORY_MAX             8192 /* octets of a connection, for the header of its request */
#define IDLE_MAX_S             10   /* seconds that a connection may be silent */
#define FRESH_MS               1000 /* a text that is younger is given out again */

struct cgn_http_server {
	struct cgn_http_server_cfg cfg;
	struct MHD_Daemon *daemon;
	struct MHD_Response *text; /* the last text; NULL: there is none */
	int64_t made_ms;
	int stop_fd;
	pthread_t thread;
};

/* --- answers ----------------------------------------------------------------------------------- */

static struct MHD_Response *
page(const char *text)
{
	return MHD_create_response_from_buffer(
			strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_PERSISTENT);
}

static enum MHD_Result
send_page(struct MHD_Connection *to, unsigned int status, const char *text)
{
	struct MHD_Response *r = page(text);
	enum MHD_Result ret = MHD_NO;

	if (r == NULL)
		return MHD_NO;
	if (status != MHD_HTTP_METHOD_NOT_ALLOWED ||
			MHD_add_response_header(r, MHD_HTTP_HEADER_ALLOW, "GET, HEAD") == MHD_YES)
		ret = MHD_queue_response(to, status, r);
	MHD_destroy_response(r);
	return ret;
}

/* Make a new text, unless the last one is fresh. Connections that still send the last one keep it. */
static int
refresh(struct cgn_http_server *s)
{
	struct MHD_Response *r;
	char *text;
	size_t len;
	int ret;

	if (s->text != NULL && cgn_clock_ms(CLOCK_MONOTONIC) - s->made_ms < FRESH_MS)
		return 0;
	ret = s->cfg.make(s->cfg.ctx, &text, &len);
	if (ret < 0)
		return ret;
	r = MHD_create_response_from_buffer(len, text, MHD_RESPMEM_MUST_FREE);
	if (r == NULL) {
		free(text);
		return -ENOMEM;
	}
	if (MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, s->cfg.content_type) !=
			MHD_YES) {
		MHD_destroy_response(r);
		return -ENOMEM;
	}
	if (s->text != NULL)
		MHD_destroy_response(s->text);
	s->text = r;
	/* Making it may have taken longer than FRESH_MS, if the control thread hangs. */
	s->made_ms = cgn_clock_ms(CLOCK_MONOTONIC);
	return 0;
}

/* Answer as soon as the header of a request is there: nothing is read behind it. */
static enum MHD_Result
answer(void *server, struct MHD_Connection *to, const char *url, const char *method,
		const char *version, const char *upload, size_t *upload_len, void **state)
{
	struct cgn_http_server *s = server;

	(void)version;
	(void)upload;
	(void)upload_len;
	(void)state;
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return send_page(to, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD\n");
	if (strcmp(url, "/metrics") != 0)
		return send_page(to, MHD_HTTP_NOT_FOUND, "only /metrics\n");
	if (refresh(s) < 0)
		return send_page(to, MHD_HTTP_SERVICE_UNAVAILABLE, "cannot read the counters\n");
	return MHD_queue_response(to, MHD_HTTP_OK, s->text);
}

/* --- the thread -------------------------------------------------------------------------------- */

/* Wait for the sockets of libmicrohttpd, at most until the next connection has been idle for too long. */
static void *
serve(void *server)
{
	struct cgn_http_server *s = server;
	struct pollfd fds[2] = {
		{ .fd = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd,
				.events = POLLIN },
		{ .fd = s->stop_fd, .events = POLLIN },
	};
	MHD_UNSIGNED_LONG_LONG wait_ms;

	for (;;) {
		int timeout = -1;

		if (MHD_get_timeout(s->daemon, &wait_ms) == MHD_YES)
			timeout = wait_ms > IDLE_MAX_S * 1000 ? IDLE_MAX_S * 1000 : (int)wait_ms;
		/* A signal may end the wait early (CGN_SIG_CAPS). That does no harm. */
		(void)poll(fds, 2, timeout);
		if (fds[1].revents != 0)
			return NULL;
		(void)MHD_run(s->daemon);
	}
}

/* --- start and stop ---------------------------------------------------------------------------- */

/* Open a socket that listens. @return the descriptor, -errno */
static int
open_socket(const struct cgn_conf_listen *l)
{
	struct sockaddr_in a4 = {
		.sin_family = AF_INET, .sin_port = htons(l->port), .sin_addr.s_addr = l->addr.ip4
	};
	struct sockaddr_in6 a6 = { .sin6_family = AF_INET6, .sin6_port = htons(l->port) };
	const struct sockaddr *addr = l->addr.is_ip6 ? (const struct sockaddr *)&a6
						     : (const struct sockaddr *)&a4;
	socklen_t len = l->addr.is_ip6 ? sizeof(a6) : sizeof(a4);
	int fd = socket(addr->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	const int on = 1;
	int ret;

	if (fd < 0)
		return -errno;
	memcpy(&a6.sin6_addr, &l->addr.ip6, sizeof(a6.sin6_addr));
	/* Without this, a restart would have to wait for the connections of the last cgnd to time out. */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
			(l->addr.is_ip6 &&
					setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) <
							0) ||
			bind(fd, addr, len) < 0 || listen(fd, CONNECTIONS_MAX) < 0) {
		ret = -errno;
		close(fd);
		return ret;
	}
	return fd;
}

/* Hand the socket over to libmicrohttpd, which closes it at the end. It has no thread of its own, because threads of
 * cgnd need a signal mask of their own (shared/thread.h). */
static int
start_daemon(struct cgn_http_server *s, int fd)
{
	const struct MHD_OptionItem options[] = {
		{ MHD_OPTION_LISTEN_SOCKET, fd, NULL },
		{ MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX, NULL },
		{ MHD_OPTION_PER_IP_CONNECTION_LIMIT, CONNECTIONS_OF_ONE_MAX, NULL },
		{ MHD_OPTION_CONNECTION_MEMORY_LIMIT, MEMORY_MAX, NULL },
		{ MHD_OPTION_CONNECTION_TIMEOUT, IDLE_MAX_S, NULL },
		{ MHD_OPTION_END, 0, NULL },
	};

	s->daemon = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, answer, s, MHD_OPTION_ARRAY,
			options, MHD_OPTION_END);
	if (s->daemon != NULL)
		return 0;
	close(fd);
	return -ENOMEM;
}

/* Release everything but the thread. */
static void
release(struct cgn_http_server *s)
{
	if (s->daemon != NULL)
		MHD_stop_daemon(s->daemon);
	if (s->text != NULL)
		MHD_destroy_response(s->text);
	if (s->stop_fd >= 0)
		close(s->stop_fd);
	free(s);
}

int
cgn_http_server_start(struct cgn_http_server **out, const struct cgn_http_server_cfg *cfg)
{
	struct cgn_http_server *s = calloc(1, sizeof(*s));
	int ret;

	if (s == NULL)
		return -ENOMEM;
	s->cfg = *cfg;
	s->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	ret = s->stop_fd < 0 ? -errno : open_socket(&cfg->listen);
	if (ret >= 0)
		ret = start_daemon(s, ret);
	if (ret == 0)
		ret = cgn_thread_start(&s->thread, serve, s);
	if (ret < 0) {
		release(s);
		return ret;
	}
	*out = s;
	return 0;
}

void
cgn_http_server_stop(struct cgn_http_server *s)
{
	const uint64_t one = 1;

	if (s == NULL)
		return;
	if (write(s->stop_fd, &one, sizeof(one)) == sizeof(one))
		pthread_join(s->thread, NULL);
	release(s);
}
