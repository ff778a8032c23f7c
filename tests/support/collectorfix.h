/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_COLLECTORFIX_H
#define CGN_TEST_COLLECTORFIX_H

/**
 * @file
 * Collectors on the loopback interface, and what a sink needs to reach them.
 */

#include "controlplane/export/export_syslog.h"
#include "controlplane/export/export_text.h"
#include "shared/clock_ms.h"
#include "tests/support/exportfix.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/** A socket of 127.0.0.1. @param[in,out] port  0: any one */
static inline int
collectorfix_socket(int type, uint16_t *port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_port = htons(*port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0), on = 1;

	const struct timeval end = { .tv_sec = 20 }; /* only a fault takes as long */

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &end, sizeof(end));
	CU_ASSERT_EQUAL_FATAL(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	getsockname(fd, (struct sockaddr *)&at, &len);
	*port = ntohs(at.sin_port);
	return fd;
}

/** A port that nobody listens on. */
static inline uint16_t
collectorfix_free_port(int type)
{
	uint16_t port = 0;

	close(collectorfix_socket(type, &port));
	return port;
}

/** A server of TCP, with a receive buffer that fills soon. */
static inline int
collectorfix_listen(uint16_t *port)
{
	int fd = collectorfix_socket(SOCK_STREAM, port), size = 8192;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	CU_ASSERT_EQUAL_FATAL(listen(fd, 8), 0);
	return fd;
}

/** "SCHEME://HOST:PORT" as a target. */
static inline struct cgn_target
collectorfix_target(const char *scheme, const char *host, uint16_t port)
{
	struct cgn_target to;
	char text[300];

	snprintf(text, sizeof(text), "%s://%s:%u", scheme, host, port);
	CU_ASSERT_EQUAL_FATAL(cgn_target_parse(text, &to), 0);
	return to;
}

/** Read what comes within a while, until the end. @return octets; -1: the connection was reset */
static inline ssize_t
collectorfix_read(int fd, char *buf, size_t size, int wait_ms)
{
	size_t n = 0;

	while (n < size && poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, wait_ms) > 0) {
		ssize_t got = recv(fd, buf + n, size - n, 0);

		if (got < 0)
			return -1;
		if (got == 0)
			break;
		n += (size_t)got;
	}
	return (ssize_t)n;
}

/** The frame at @p at, "LENGTH LINE". @param[out] seq  its number. @return where the next one begins; 0: half a frame */
static inline size_t
collectorfix_frame(const char *buf, size_t n, size_t at, unsigned long *seq)
{
	char *line;
	size_t len = strtoul(buf + at, &line, 10);
	const char *text;
	char copy[CGN_EXPORT_TEXT_MAX];

	if (at >= n || *line != ' ' || (size_t)(line + 1 - buf) + len > n)
		return 0;
	line++;
	CU_ASSERT_TRUE_FATAL(len < sizeof(copy));
	memcpy(copy, line, len);
	copy[len] = '\0';
	CU_ASSERT_EQUAL(strncmp(copy, "<134>1 2026-", 12), 0);
	CU_ASSERT_EQUAL(copy[len - 1], ']');
	CU_ASSERT_PTR_NULL(strchr(copy, '\n'));
	text = strstr(copy, " seq=\"");
	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	*seq = strtoul(text + 6, NULL, 10);
	return (size_t)(line - buf) + len;
}

#endif /* CGN_TEST_COLLECTORFIX_H */
