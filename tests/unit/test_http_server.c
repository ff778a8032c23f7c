/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The HTTP server of metrics with a real socket: what it answers, and what it refuses.
 */
#include "controlplane/metrics/http_server.h"
#include "tests/support/httpask.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>

static struct cgn_http_server *server;
static struct cgn_conf_listen at;
static int make_ret;
static atomic_uint n_made;
static _Atomic(bool) has_own_clock;
static atomic_long own_clock_s; /* what the clock says if has_own_clock */
static atomic_long make_s;      /* how long make() takes on it */

/* In place of that of libc, for this program. */
int
clock_gettime(clockid_t clock, struct timespec *ts)
{
	if (!atomic_load(&has_own_clock))
		return (int)syscall(SYS_clock_gettime, clock, ts);
	*ts = (struct timespec){ .tv_sec = atomic_load(&own_clock_s) };
	return 0;
}

static int
make(void *ctx, char **text, size_t *len)
{
	CU_ASSERT_PTR_EQUAL(ctx, &at);
	atomic_fetch_add(&n_made, 1);
	atomic_fetch_add(&own_clock_s, atomic_load(&make_s));
	if (make_ret < 0)
		return make_ret;
	*text = strdup("the text");
	*len = strlen(*text);
	return 0;
}

static int
start(struct cgn_conf_listen listen)
{
	const struct cgn_http_server_cfg cfg = {
		.listen = listen, .content_type = "text/test; x=1", .make = make, .ctx = &at
	};

	return cgn_http_server_start(&server, &cfg);
}

/* Another program may take the free port meanwhile: try again then. */
static void
begin(void)
{
	int ret = -EADDRINUSE;

	make_ret = 0;
	n_made = 0;
	for (int i = 0; i < 20 && ret == -EADDRINUSE; i++) {
		at = httpask_free_port();
		ret = start(at);
	}
	CU_ASSERT_EQUAL_FATAL(ret, 0);
}

/* Ask, and compare the status and the text. */
static void
expect(const char *request, const char *status, const char *body)
{
	char *answer = httpask(&at, request);

	CU_ASSERT_PTR_NOT_NULL_FATAL(answer);
	CU_ASSERT_EQUAL(strncmp(answer, status, strlen(status)), 0);
	CU_ASSERT_STRING_EQUAL(httpask_body(answer), body);
	if (strcmp(httpask_body(answer), body) != 0)
		printf("\n%s\n", answer);
	free(answer);
}

static void
the_text_comes_with_its_type(void)
{
	char *answer;

	begin();
	answer = httpask(&at, HTTPASK_GET("/metrics"));
	CU_ASSERT_PTR_NOT_NULL_FATAL(answer);
	CU_ASSERT_EQUAL(strncmp(answer, "HTTP/1.1 200 ", 13), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(answer, "Content-Type: text/test; x=1\r\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(answer, "Content-Length: 8\r\n"));
	CU_ASSERT_STRING_EQUAL(httpask_body(answer), "the text");
	free(answer);
	expect(HTTPASK_GET("/metrics?x=y"), "HTTP/1.1 200 ", "the text");
	expect("HEAD /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 200 ",
			"");
	cgn_http_server_stop(server);
}

static void
other_paths_and_methods_are_refused(void)
{
	begin();
	expect(HTTPASK_GET("/"), "HTTP/1.1 404 ", "only /metrics\n");
	expect(HTTPASK_GET("/metrics/"), "HTTP/1.1 404 ", "only /metrics\n");
	expect("POST /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc",
			"HTTP/1.1 405 ", "only GET and HEAD\n");
	expect("DELETE /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 405 ",
			"only GET and HEAD\n");
	CU_ASSERT_EQUAL(n_made, 0);
	cgn_http_server_stop(server);
}

static void
a_failure_is_told_and_does_not_last(void)
{
	begin();
	make_ret = -ENOMEM;
	expect(HTTPASK_GET("/metrics"), "HTTP/1.1 503 ", "cannot read the counters\n");
	make_ret = 0;
	expect(HTTPASK_GET("/metrics"), "HTTP/1.1 200 ", "the text");
	cgn_http_server_stop(server);
}

/* A text that takes long to make is fresh when it is there, else it would be made again for each request. */
static void
a_fresh_text_is_given_out_again(void)
{
	begin();
	atomic_store(&own_clock_s, 1000);
	atomic_store(&make_s, 3);
	atomic_store(&has_own_clock, true);
	expect(HTTPASK_GET("/metrics"), "HTTP/1.1 200 ", "the text");
	expect(HTTPASK_GET("/metrics"), "HTTP/1.1 200 ", "the text");
	CU_ASSERT_EQUAL(n_made, 1);
	atomic_fetch_add(&own_clock_s, 1);
	expect(HTTPASK_GET("/metrics"), "HTTP/1.1 200 ", "the text");
	CU_ASSERT_EQUAL(n_made, 2);
	cgn_http_server_stop(server);
	atomic_store(&has_own_clock, false);
	atomic_store(&make_s, 0);
}

/* Too large a header, and no HTTP at all. */
static void
nonsense_ends_the_connection_only(void)
{
	static char large[64000];

	begin();
	memset(large, 'x', sizeof(large) - 1);
	memcpy(large, "GET /", 5);
	free(httpask(&at, large));
	free(httpask(&at, "\r\n\r\n\x80\xff\r\n\r\n"));
	free(httpask(&at, "GET /metrics HTTP/9.9\r\n\r\n"));
	expect(HTTPASK_GET("/metrics"), "HTTP/1.1 200 ", "the text");
	cgn_http_server_stop(server);
}

static void
a_taken_port_is_told(void)
{
	struct cgn_http_server *first;

	begin();
	first = server;
	CU_ASSERT_EQUAL(start(at), -EADDRINUSE);
	server = first;
	cgn_http_server_stop(server);
	/* At once, although connections of the first one may still linger. */
	CU_ASSERT_EQUAL_FATAL(start(at), 0);
	expect(HTTPASK_GET("/metrics"), "HTTP/1.1 200 ", "the text");
	cgn_http_server_stop(server);
}

static void
an_address_of_somebody_else_is_told(void)
{
	struct cgn_conf_listen l = { .addr.ip4 = RTE_BE32(0xc0000201), .port = 9 };

	CU_ASSERT_EQUAL(start(l), -EADDRNOTAVAIL);
}

/* Only where the machine has IPv6. */
static void
ip6_addresses_are_served(void)
{
	int ret;

	begin();
	cgn_http_server_stop(server);
	at.addr = (struct cgn_ip){ .is_ip6 = true, .ip6 = { { [15] = 1 } } };
	ret = start(at);
	if (ret == -EADDRNOTAVAIL || ret == -EAFNOSUPPORT)
		return;
	CU_ASSERT_EQUAL_FATAL(ret, 0);
	expect(HTTPASK_GET("/metrics"), "HTTP/1.1 200 ", "the text");
	cgn_http_server_stop(server);
}

/* Connections that are open and silent do not hold up the end. */
static void
the_end_waits_for_nobody(void)
{
	int fds[4];

	begin();
	for (int i = 0; i < 4; i++)
		fds[i] = httpask_connect(&at);
	CU_ASSERT_TRUE(fds[0] >= 0 && send(fds[0], "GET /metr", 9, MSG_NOSIGNAL) == 9);
	expect(HTTPASK_GET("/metrics"), "HTTP/1.1 200 ", "the text");
	cgn_http_server_stop(server);
	for (int i = 0; i < 4; i++)
		close(fds[i]);
	cgn_http_server_stop(NULL);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(the_text_comes_with_its_type),
	CU_TEST_ROW(other_paths_and_methods_are_refused),
	CU_TEST_ROW(a_failure_is_told_and_does_not_last),
	CU_TEST_ROW(a_fresh_text_is_given_out_again),
	CU_TEST_ROW(nonsense_ends_the_connection_only),
	CU_TEST_ROW(a_taken_port_is_told),
	CU_TEST_ROW(an_address_of_somebody_else_is_told),
	CU_TEST_ROW(ip6_addresses_are_served),
	CU_TEST_ROW(the_end_waits_for_nobody),
};

int
main(void)
{
	return cu_main("http_server", tests, sizeof(tests) / sizeof(tests[0]));
}
