/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CGN_TEST_HTTPASK_H
#define CGN_TEST_HTTPASK_H

/**
 * @file
 * A small HTTP client for tests: it sends a text to a server on this machine, and reads until the server closes.
 */

#include "shared/conf.h"
#include "tests/support/cu.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/** What a GET request looks like. */
#define HTTPASK_GET(path) "GET " path " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

/** The address of a server. */
static inline socklen_t
httpask_addr(const struct cgn_conf_listen *l, struct sockaddr_storage *out)
{
	struct sockaddr_in *a4 = (struct sockaddr_in *)out;
	struct sockaddr_in6 *a6 = (struct sockaddr_in6 *)out;

	memset(out, 0, sizeof(*out));
	if (!l->addr.is_ip6) {
		a4->sin_family = AF_INET;
		a4->sin_port = htons(l->port);
		a4->sin_addr.s_addr = l->addr.ip4;
		return sizeof(*a4);
	}
	a6->sin6_family = AF_INET6;
	a6->sin6_port = htons(l->port);
	memcpy(&a6->sin6_addr, &l->addr.ip6, sizeof(a6->sin6_addr));
	return sizeof(*a6);
}

/** A TCP port of 127.0.0.1 that is free now. */
static inline struct cgn_conf_listen
httpask_free_port(void)
{
	struct cgn_conf_listen l = { .addr.ip4 = htonl(INADDR_LOOPBACK) };
	struct sockaddr_storage a;
	socklen_t len = httpask_addr(&l, &a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	CU_ASSERT_EQUAL_FATAL(bind(fd, (struct sockaddr *)&a, len), 0);
	CU_ASSERT_EQUAL_FATAL(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	l.port = ntohs(((struct sockaddr_in *)&a)->sin_port);
	close(fd);
	return l;
}

/** Connect. @return the socket, -1: refused */
static inline int
httpask_connect(const struct cgn_conf_listen *l)
{
	struct sockaddr_storage a;
	socklen_t len = httpask_addr(l, &a);
	int fd = socket(a.ss_family, SOCK_STREAM, 0);

	if (connect(fd, (struct sockaddr *)&a, len) == 0)
		return fd;
	close(fd);
	return -1;
}

/** Send a request and read the whole answer. @return it with a NUL, the caller frees it; NULL: refused */
static inline char *
httpask(const struct cgn_conf_listen *l, const char *request)
{
	size_t size = 1 << 22, len = 0;
	char *answer = malloc(size);
	int fd = httpask_connect(l);
	ssize_t n;

	if (fd < 0 || answer == NULL || send(fd, request, strlen(request), MSG_NOSIGNAL) < 0) {
		if (fd >= 0)
			close(fd);
		free(answer);
		return NULL;
	}
	while (len < size - 1 && (n = recv(fd, answer + len, size - 1 - len, 0)) > 0)
		len += (size_t)n;
	answer[len] = '\0';
	close(fd);
	return answer;
}

/** The text behind the header of an answer. */
static inline const char *
httpask_body(const char *answer)
{
	const char *end = strstr(answer, "\r\n\r\n");

	return end == NULL ? "" : end + 4;
}

#endif /* CGN_TEST_HTTPASK_H */
