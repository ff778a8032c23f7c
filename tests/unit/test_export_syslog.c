/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/collectorfix.h"

#include <sys/ioctl.h>

#define SOON_MS    50   /* for what is under way on the loopback interface */
#define TIMEOUT_MS 300  /* of the connections here */
#define SLOW_MS    1500 /* no call may take as long: CGN_EXPORT_NET_WAIT_MS, and a busy machine */

static const struct cgn_export_sink_ops *const ops = &cgn_export_syslog_ops;
static struct cgn_export_syslog *syslog;
static char got[4 << 20];

static void
begin(const char *scheme, const char *host, uint16_t port)
{
	const struct cgn_target to = collectorfix_target(scheme, host, port);
	const struct cgn_export_net_cfg net = {
		.to = &to,
		.ca = "",
		.cert = "",
		.key = "",
		.timeout_ms = TIMEOUT_MS,
	};

	CU_ASSERT_EQUAL_FATAL(cgn_export_syslog_create(&syslog, &net, exportfix_origin()), 0);
}

static int
put(uint64_t seq)
{
	struct cgn_record r = exportfix_block(seq);

	return ops->write(syslog, &r);
}

/* Call until there is a result. Each call returns soon. */
static int
finish(int (*call)(void *))
{
	int ret;

	do {
		int64_t begin_ms = cgn_clock_ms(CLOCK_MONOTONIC);

		ret = call(syslog);
		CU_ASSERT_TRUE(cgn_clock_ms(CLOCK_MONOTONIC) - begin_ms < SLOW_MS);
	} while (ret == -EINPROGRESS);
	return ret;
}

/* --- UDP --------------------------------------------------------------------------------------- */

/* The datagram is the line of the file, without its end. */
static void
expect_datagram(int fd, uint64_t seq)
{
	const struct cgn_record r = exportfix_block(seq);
	char line[CGN_EXPORT_TEXT_MAX];
	size_t len = cgn_export_text_line(line, exportfix_origin(), &r) - 1;
	ssize_t n = recv(fd, got, sizeof(got), 0);

	CU_ASSERT_EQUAL(n, (ssize_t)len);
	CU_ASSERT_EQUAL(memcmp(got, line, len), 0);
}

/* REQ: G-LOG-7 */
static void
udp_has_a_datagram_for_each_record(void)
{
	uint16_t port = 0;
	int fd = collectorfix_socket(SOCK_DGRAM, &port);

	begin("udp", "127.0.0.1", port);
	CU_ASSERT_EQUAL(finish(ops->open), 0);
	for (uint64_t seq = 1; seq <= 3; seq++)
		CU_ASSERT_EQUAL(put(seq), 0);
	CU_ASSERT_EQUAL(finish(ops->flush), 0);
	for (uint64_t seq = 1; seq <= 3; seq++)
		expect_datagram(fd, seq);
	CU_ASSERT_EQUAL(recv(fd, got, sizeof(got), MSG_DONTWAIT), -1);
	ops->close(syslog);
	ops->destroy(syslog);
	close(fd);
}

static void
no_datagram_is_lost_if_the_collector_is_down_before(void)
{
	uint16_t port = collectorfix_free_port(SOCK_DGRAM);
	int fd;

	begin("udp", "127.0.0.1", port);
	CU_ASSERT_EQUAL(put(1), 0);
	CU_ASSERT_EQUAL(put(2), 0);
	for (int i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(finish(ops->open), 0);
		CU_ASSERT_EQUAL(finish(ops->flush), -ECONNREFUSED);
		ops->close(syslog);
	}
	fd = collectorfix_socket(SOCK_DGRAM, &port);
	CU_ASSERT_EQUAL(finish(ops->open), 0);
	CU_ASSERT_EQUAL(finish(ops->flush), 0);
	expect_datagram(fd, 1);
	expect_datagram(fd, 2);
	ops->close(syslog);
	ops->destroy(syslog);
	close(fd);
}

/* --- TCP --------------------------------------------------------------------------------------- */

/* Octets of the shortest frame. */
static unsigned long
frame_min(void)
{
	const struct cgn_record r = exportfix_block(1);
	char line[CGN_EXPORT_TEXT_MAX];

	return 4 + cgn_export_text_line(line, exportfix_origin(), &r) - 1;
}

/* Check that frames follow each other. @return number of the last one; 0: there is none */
static unsigned long
follow(const char *buf, size_t n, unsigned long *first)
{
	unsigned long seq = 0, last = 0;
	size_t at = 0, next;

	while ((next = collectorfix_frame(buf, n, at, &seq)) > 0) {
		CU_ASSERT_TRUE(last == 0 || seq == last + 1);
		if (last == 0)
			*first = seq;
		last = seq;
		at = next;
	}
	return last;
}

/* REQ: G-LOG-7 */
static void
tcp_has_a_stream_of_frames(void)
{
	uint16_t port = 0;
	int fd = collectorfix_listen(&port), peer;
	unsigned long first = 0;
	ssize_t n;

	begin("tcp", "127.0.0.1", port);
	CU_ASSERT_EQUAL(finish(ops->open), 0);
	for (uint64_t seq = 1; seq <= 3; seq++)
		CU_ASSERT_EQUAL(put(seq), 0);
	CU_ASSERT_EQUAL(finish(ops->flush), 0);
	ops->close(syslog);
	peer = accept(fd, NULL, NULL);
	n = collectorfix_read(peer, got, sizeof(got), 10000);
	CU_ASSERT_TRUE_FATAL(n > 0);
	CU_ASSERT_EQUAL(follow(got, (size_t)n, &first), 3);
	CU_ASSERT_EQUAL(first, 1);
	ops->destroy(syslog);
	close(peer);
	close(fd);
}

/* Give records to a collector that does not read, until its kernel takes no more. @return number of the last record */
static uint64_t
fill(void)
{
	uint64_t seq = 0;
	int ret = 0;

	CU_ASSERT_EQUAL(finish(ops->open), 0);
	while (ret == 0) {
		if (put(seq + 1) == 0)
			seq++;
		else
			ret = ops->flush(syslog);
	}
	CU_ASSERT_EQUAL(ret, -EINPROGRESS);
	return seq;
}

/* The end of a connection in the middle of the stream: what the kernel of the collector has not received comes again. */
static void
what_was_not_received_comes_again(void)
{
	uint16_t port = 0;
	int fd = collectorfix_listen(&port), peer, unread = 0, n_again;
	unsigned long first = 0, again = 0, last;
	uint64_t seq;
	ssize_t n;

	begin("tcp", "127.0.0.1", port);
	seq = fill();
	peer = accept(fd, NULL, NULL);
	n = recv(peer, got, 10000, MSG_WAITALL);
	CU_ASSERT_EQUAL(n, 10000);
	last = follow(got, 10000, &first);
	CU_ASSERT_EQUAL(first, 1);
	CU_ASSERT_TRUE(last > 10);
	CU_ASSERT_EQUAL(ioctl(peer, FIONREAD, &unread), 0);
	close(peer); /* with unread octets: a reset */
	CU_ASSERT_TRUE(finish(ops->flush) < 0);
	ops->close(syslog);
	n_again = finish(ops->open);
	CU_ASSERT_TRUE(n_again > 0);
	peer = accept(fd, NULL, NULL);
	for (n = 0; ops->flush(syslog) == -EINPROGRESS;)
		n += collectorfix_read(peer, got + n, sizeof(got) - (size_t)n, SOON_MS);
	ops->close(syslog);
	n += collectorfix_read(peer, got + n, sizeof(got) - (size_t)n, 10000);
	CU_ASSERT_EQUAL(follow(got, (size_t)n, &again), seq);
	/* All that was not received, and not all from the beginning. */
	CU_ASSERT_TRUE(again > 1);
	CU_ASSERT_TRUE(again <= (10000 + (unsigned long)unread) / frame_min() + 1);
	ops->destroy(syslog);
	close(peer);
	close(fd);
}

static void
a_collector_that_leaves_in_time_gets_nothing_twice(void)
{
	uint16_t port = 0;
	int fd = collectorfix_listen(&port), peer;
	unsigned long first = 0;
	ssize_t n;

	begin("tcp", "127.0.0.1", port);
	CU_ASSERT_EQUAL(finish(ops->open), 0);
	CU_ASSERT_EQUAL(put(1), 0);
	CU_ASSERT_EQUAL(finish(ops->flush), 0);
	peer = accept(fd, NULL, NULL);
	CU_ASSERT_TRUE(collectorfix_read(peer, got, sizeof(got), SOON_MS) > 300);
	close(peer);
	CU_ASSERT_EQUAL(put(2), 0);
	while (ops->flush(syslog) == 0) /* until its end has arrived */
		CU_FAIL("a record was sent to a collector that has left");
	ops->close(syslog);
	CU_ASSERT_EQUAL(finish(ops->open), 0);
	CU_ASSERT_EQUAL(finish(ops->flush), 0);
	ops->close(syslog);
	peer = accept(fd, NULL, NULL);
	n = collectorfix_read(peer, got, sizeof(got), 10000);
	CU_ASSERT_TRUE_FATAL(n > 0);
	CU_ASSERT_EQUAL(follow(got, (size_t)n, &first), 2);
	CU_ASSERT_EQUAL(first, 2);
	ops->destroy(syslog);
	close(peer);
	close(fd);
}

static void
a_collector_that_hangs_is_given_up(void)
{
	uint16_t port = 0;
	int fd = collectorfix_listen(&port), n_again;

	begin("tcp", "127.0.0.1", port);
	fill();
	CU_ASSERT_EQUAL(finish(ops->flush), -ETIMEDOUT);
	ops->close(syslog);
	n_again = finish(ops->open);
	CU_ASSERT_TRUE(n_again > 0);
	ops->close(syslog);
	ops->destroy(syslog);
	close(fd);
}

/* With a full queue of connections, the kernel drops requests for more. */
static void
a_machine_that_does_not_answer_is_given_up(void)
{
	uint16_t port = 0;
	int fd = collectorfix_socket(SOCK_STREAM, &port), peers[16];
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	CU_ASSERT_EQUAL(listen(fd, 0), 0);
	for (int i = 0; i < 16; i++) {
		peers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)connect(peers[i], (struct sockaddr *)&at, sizeof(at));
	}
	begin("tcp", "127.0.0.1", port);
	CU_ASSERT_EQUAL(finish(ops->open), -ETIMEDOUT);
	ops->destroy(syslog);
	for (int i = 0; i < 16; i++)
		close(peers[i]);
	close(fd);
}

static void
nobody_listens(void)
{
	begin("tcp", "127.0.0.1", collectorfix_free_port(SOCK_STREAM));
	for (int i = 0; i < 2; i++)
		CU_ASSERT_EQUAL(finish(ops->open), -ECONNREFUSED);
	ops->destroy(syslog);
}

/* "localhost" may be ::1 first, where nobody listens. */
static void
a_name_is_resolved(void)
{
	uint16_t port = 0;
	int fd = collectorfix_listen(&port);

	begin("tcp", "localhost", port);
	CU_ASSERT_EQUAL(finish(ops->open), 0);
	ops->close(syslog);
	ops->destroy(syslog);
	close(fd);
}

static void
a_name_that_is_unknown_is_asked_for_again(void)
{
	begin("tcp", "nowhere.invalid", 514);
	CU_ASSERT_EQUAL(ops->open(syslog), -EHOSTUNREACH);
	CU_ASSERT_EQUAL(ops->open(syslog), -EHOSTUNREACH);
	ops->destroy(syslog);
}

static void
the_buffer_has_an_end(void)
{
	unsigned int n = 0;

	begin("tcp", "127.0.0.1", 9);
	while (put(n + 1) == 0)
		n++;
	CU_ASSERT_EQUAL(put(n + 1), -ENOBUFS);
	CU_ASSERT_TRUE(n <= CGN_EXPORT_SYSLOG_ROOM / frame_min());
	CU_ASSERT_TRUE(n > (CGN_EXPORT_SYSLOG_ROOM - CGN_EXPORT_TEXT_MAX) / (frame_min() + 10));
	ops->destroy(syslog);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(udp_has_a_datagram_for_each_record),
	CU_TEST_ROW(no_datagram_is_lost_if_the_collector_is_down_before),
	CU_TEST_ROW(tcp_has_a_stream_of_frames),
	CU_TEST_ROW(what_was_not_received_comes_again),
	CU_TEST_ROW(a_collector_that_leaves_in_time_gets_nothing_twice),
	CU_TEST_ROW(a_collector_that_hangs_is_given_up),
	CU_TEST_ROW(a_machine_that_does_not_answer_is_given_up),
	CU_TEST_ROW(nobody_listens),
	CU_TEST_ROW(a_name_is_resolved),
	CU_TEST_ROW(a_name_that_is_unknown_is_asked_for_again),
	CU_TEST_ROW(the_buffer_has_an_end),
};

CU_MAIN("export_syslog", tests)
