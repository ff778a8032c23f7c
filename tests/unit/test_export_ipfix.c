/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/export/export_ipfix.h"
#include "tests/support/collectorfix.h"
#include "tests/support/ipfixread.h"

#define SOON_MS    50  /* for what is under way on the loopback interface */
#define TIMEOUT_MS 300 /* of the connections here */
#define SEQ        3   /* cgnSeq */

static const struct cgn_export_sink_ops *const ops = &cgn_export_ipfix_ops;
static struct cgn_export_ipfix *ipfix;
static struct ipfixread reader;
static uint8_t got[4 << 20];
static size_t n_got;
static uint32_t next; /* number of the next header */

static void
begin(const char *scheme, uint16_t port, uint32_t templates_every_s, uint32_t connect_every_s)
{
	const struct cgn_target to = collectorfix_target(scheme, "127.0.0.1", port);
	const struct cgn_export_ipfix_cfg cfg = {
		.net = { .to = &to, .ca = "", .cert = "", .key = "", .timeout_ms = TIMEOUT_MS },
		.domain = 5,
		.templates_every_s = templates_every_s,
		.connect_every_s = connect_every_s,
	};

	CU_ASSERT_EQUAL_FATAL(cgn_export_ipfix_create(&ipfix, &cfg, exportfix_origin()), 0);
	reader = (struct ipfixread){ 0 };
	n_got = 0;
	next = 0;
}

static int
put(uint64_t seq)
{
	struct cgn_record r = exportfix_block(seq);

	return ops->write(ipfix, &r);
}

/* Call until there is a result. */
static int
finish(int (*call)(void *))
{
	int ret;

	do {
		ret = call(ipfix);
	} while (ret == -EINPROGRESS);
	return ret;
}

/* Read a message. The numbers in headers follow each other (RFC 7011 section 3.1). */
static void
read_message(const uint8_t *data, size_t len)
{
	unsigned int before = reader.n_records;

	ipfixread_message(&reader, data, len);
	CU_ASSERT_EQUAL(reader.domain, 5);
	CU_ASSERT_EQUAL(reader.sequence, next);
	next += reader.n_records - before;
}

static void
read_datagrams(int fd)
{
	ssize_t n;

	for (; (n = recv(fd, got + n_got, 65536, MSG_DONTWAIT)) > 0; n_got += (size_t)n) {
		CU_ASSERT_TRUE(n <= 1232);
		read_message(got + n_got, (size_t)n);
	}
}

/* Receive what comes within a while, behind what is there. */
static void
receive(int fd, int wait_ms)
{
	ssize_t n = collectorfix_read(fd, (char *)got + n_got, sizeof(got) - n_got, wait_ms);

	CU_ASSERT_TRUE(n >= 0);
	n_got += n > 0 ? (size_t)n : 0;
}

/* Read the whole messages of a connection that has begun at @p at. */
static void
read_messages(size_t at)
{
	next = 0;
	for (size_t len; at + 16 <= n_got; at += len) {
		len = ipfixread_be(got + at + 2, 2);
		if (at + len > n_got)
			break;
		read_message(got + at, len);
	}
}

/* How often templates have come: the name of the domain is the last option of each copy. */
static unsigned int
n_copies(void)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < reader.n_records; i++)
		n += ipfixread_find(&reader.records[i], 0, 300, 0) != NULL ? 1 : 0;
	return n;
}

/* How often a record has come. @param seq  0: all records of blocks */
static unsigned int
n_blocks(uint64_t seq)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < reader.n_records; i++) {
		uint64_t found = ipfixread_cgn(&reader.records[i], SEQ);

		n += found != UINT64_MAX && (seq == 0 || found == seq) ? 1 : 0;
	}
	return n;
}

/* --- UDP --------------------------------------------------------------------------------------- */

/* G-LOG-4, RFC 7011 section 8.4 */
static void
templates_come_several_times_before_the_first_record(void)
{
	uint16_t port = 0;
	int fd = collectorfix_socket(SOCK_DGRAM, &port);

	begin("udp", port, 3600, 60);
	CU_ASSERT_EQUAL(finish(ops->open), 0);
	for (uint64_t seq = 1; seq <= 100; seq++)
		CU_ASSERT_EQUAL(put(seq), 0);
	CU_ASSERT_EQUAL(finish(ops->flush), 0);
	read_datagrams(fd);
	CU_ASSERT_EQUAL(n_copies(), CGN_EXPORT_IPFIX_COPIES);
	CU_ASSERT_EQUAL(n_blocks(0), 100);
	CU_ASSERT_TRUE(reader.time_s + 5 > (uint32_t)time(NULL));
	/* Nothing more is sent if there is nothing to say. */
	CU_ASSERT_EQUAL(finish(ops->flush), 0);
	CU_ASSERT_EQUAL(put(101), 0);
	CU_ASSERT_EQUAL(finish(ops->flush), 0);
	read_datagrams(fd);
	CU_ASSERT_EQUAL(n_copies(), CGN_EXPORT_IPFIX_COPIES);
	CU_ASSERT_EQUAL(n_blocks(101), 1);
	ops->close(ipfix);
	ops->destroy(ipfix);
	close(fd);
}

/* G-LOG-4, RFC 7011 section 8.4: also while there are no records. */
static void
templates_come_again_over_udp(void)
{
	uint16_t port = 0;
	int fd = collectorfix_socket(SOCK_DGRAM, &port);

	begin("udp", port, 0, 60);
	CU_ASSERT_EQUAL(finish(ops->open), 0);
	CU_ASSERT_EQUAL(finish(ops->flush), 0);
	CU_ASSERT_EQUAL(finish(ops->flush), 0);
	read_datagrams(fd);
	CU_ASSERT_EQUAL(n_copies(), CGN_EXPORT_IPFIX_COPIES + 1);
	/* The header goes on counting over UDP, and templates come before the next record. */
	ops->close(ipfix);
	CU_ASSERT_EQUAL(put(1), 0);
	CU_ASSERT_EQUAL(finish(ops->open), 0);
	CU_ASSERT_EQUAL(finish(ops->flush), 0);
	reader.n_records = reader.n_templates = 0;
	read_datagrams(fd);
	CU_ASSERT_EQUAL(n_copies(), CGN_EXPORT_IPFIX_COPIES);
	CU_ASSERT_EQUAL(n_blocks(1), 1);
	ops->close(ipfix);
	ops->destroy(ipfix);
	close(fd);
}

/* G-LOG-2 */
static void
records_wait_while_a_collector_of_udp_is_down(void)
{
	uint16_t port = collectorfix_free_port(SOCK_DGRAM);
	int fd;

	begin("udp", port, 3600, 60);
	for (uint64_t seq = 1; seq <= 50; seq++)
		CU_ASSERT_EQUAL(put(seq), 0);
	for (int i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(finish(ops->open), 0);
		CU_ASSERT_EQUAL(finish(ops->flush), -ECONNREFUSED);
		ops->close(ipfix);
	}
	fd = collectorfix_socket(SOCK_DGRAM, &port);
	CU_ASSERT_EQUAL(finish(ops->open), 0);
	CU_ASSERT_EQUAL(finish(ops->flush), 0);
	read_datagrams(fd);
	for (uint64_t seq = 1; seq <= 50; seq++)
		CU_ASSERT_EQUAL(n_blocks(seq), 1);
	CU_ASSERT_EQUAL(n_copies(), CGN_EXPORT_IPFIX_COPIES);
	ops->close(ipfix);
	ops->destroy(ipfix);
	close(fd);
}

/* How often the name of pool 3 has come. */
static unsigned int
n_names(void)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < reader.n_records; i++) {
		const struct ipfixread_record *x = &reader.records[i];

		n += ipfixread_iana(x, 283) == 3 && ipfixread_is_text(x, 0, 284, "guests");
	}
	return n;
}

static int
put_of_new_pool(uint64_t seq)
{
	struct cgn_record r = exportfix_block(seq);

	r.nat.pool = 3;
	return ops->write(ipfix, &r);
}

/* A datagram may get lost, so the name of a new pool comes several times, and with all later templates. REQ: N-LIVE-30 */
static void
a_new_pool_is_named_over_udp(void)
{
	struct cgn_export_origin *o = exportfix_origin();
	uint16_t port = 0;
	int fd = collectorfix_socket(SOCK_DGRAM, &port);

	begin("udp", port, 0, 60);
	CU_ASSERT_EQUAL(finish(ops->open), 0);
	CU_ASSERT_EQUAL(put(1), 0);
	CU_ASSERT_EQUAL(finish(ops->flush), 0);
	read_datagrams(fd);
	CU_ASSERT_EQUAL(n_names(), 0);
	snprintf(o->pools.pieces[0][3], CGN_NAME_MAX, "guests");
	CU_ASSERT_EQUAL(put_of_new_pool(2), 0);
	CU_ASSERT_EQUAL(finish(ops->flush), 0);
	CU_ASSERT_EQUAL(finish(ops->flush), 0);
	read_datagrams(fd);
	CU_ASSERT_EQUAL(n_names(), 1 + CGN_EXPORT_IPFIX_COPIES);
	/* With the templates that come from time to time. */
	CU_ASSERT_EQUAL(finish(ops->flush), 0);
	read_datagrams(fd);
	CU_ASSERT_EQUAL(n_names(), 2 + CGN_EXPORT_IPFIX_COPIES);
	ops->close(ipfix);
	ops->destroy(ipfix);
	close(fd);
}

/* --- TCP --------------------------------------------------------------------------------------- */

/* Connect to the collector, and give it one record. @return the collector's end */
static int
connect_and_put(int server, uint64_t seq)
{
	int fd;

	CU_ASSERT_EQUAL(finish(ops->open), 0);
	fd = accept(server, NULL, NULL);
	CU_ASSERT_EQUAL(put(seq), 0);
	CU_ASSERT_EQUAL(finish(ops->flush), 0);
	return fd;
}

/* End the connection and read what came, from an octet on. It has its templates once. */
static void
disconnect_and_read(int fd, size_t begin_at)
{
	receive(fd, SOON_MS);
	ops->close(ipfix);
	reader.n_records = reader.n_templates = 0;
	read_messages(begin_at);
	CU_ASSERT_EQUAL(n_copies(), 1);
	close(fd);
}

/* Once in a connection, before the first record; with the templates of the next one. REQ: N-LIVE-30 */
static void
a_new_pool_is_named_in_each_connection(void)
{
	struct cgn_export_origin *o = exportfix_origin();
	uint16_t port = 0;
	int server = collectorfix_listen(&port), fd;

	begin("tcp", port, 0, 0);
	for (uint64_t seq = 1; seq <= 3; seq++) {
		size_t begin_at = n_got;

		fd = connect_and_put(server, seq);
		snprintf(o->pools.pieces[0][3], CGN_NAME_MAX, "guests");
		for (unsigned int i = 0; i < 2; i++) {
			CU_ASSERT_EQUAL(put_of_new_pool(10 * seq + i), 0);
			CU_ASSERT_EQUAL(finish(ops->flush), 0);
		}
		disconnect_and_read(fd, begin_at);
		CU_ASSERT_EQUAL(n_names(), 1);
		CU_ASSERT_EQUAL(n_blocks(10 * seq), 1);
		CU_ASSERT_EQUAL(n_blocks(10 * seq + 1), 1);
	}
	ops->destroy(ipfix);
	close(server);
}

/* G-LOG-4, RFC 7011 section 10.4: a connection begins with templates, and counts from 0 on. */
static void
a_connection_has_templates_once(void)
{
	uint16_t port = 0;
	int server = collectorfix_listen(&port), fd;

	begin("tcp", port, 0, 0);
	for (uint64_t seq = 1; seq <= 2; seq++) {
		size_t begin_at = n_got;

		fd = connect_and_put(server, seq);
		CU_ASSERT_EQUAL(finish(ops->flush), 0);
		disconnect_and_read(fd, begin_at);
		CU_ASSERT_EQUAL(n_blocks(0), 1);
		CU_ASSERT_EQUAL(n_blocks(seq), 1);
	}
	ops->destroy(ipfix);
	close(server);
}

/* Give records to a collector that does not read, until its kernel and the buffer take no more. @return how many */
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
			ret = ops->flush(ipfix);
	}
	CU_ASSERT_EQUAL(ret, -EINPROGRESS);
	return seq;
}

/* G-LOG-2: what the other end has not received comes again, in whole messages. */
static void
what_was_not_received_comes_again(void)
{
	uint16_t port = 0;
	int server = collectorfix_listen(&port), fd, n_again;
	unsigned int n_first;
	uint64_t n;

	begin("tcp", port, 0, 0);
	n = fill();
	fd = accept(server, NULL, NULL);
	CU_ASSERT_EQUAL(recv(fd, got, 10000, MSG_WAITALL), 10000);
	n_got = 10000;
	read_messages(0);
	n_first = n_blocks(0);
	CU_ASSERT_TRUE(n_first > 50);
	close(fd); /* with unread octets: a reset */
	CU_ASSERT_TRUE(finish(ops->flush) < 0);
	ops->close(ipfix);
	n_again = finish(ops->open);
	CU_ASSERT_TRUE(n_again > 0 && (uint64_t)n_again < n);
	fd = accept(server, NULL, NULL);
	while (ops->flush(ipfix) == -EINPROGRESS)
		receive(fd, SOON_MS);
	ops->close(ipfix);
	receive(fd, 10000);
	read_messages(10000);
	CU_ASSERT_EQUAL(n_copies(), 2);
	CU_ASSERT_EQUAL(n_blocks(n), 1);
	/* All that was not received, and not all from the beginning. */
	CU_ASSERT_EQUAL(n_blocks(1), 1);
	CU_ASSERT_TRUE(n_blocks(0) - n_first < n);
	/* What is missing between was in the kernel of the collector when it left. */
	CU_ASSERT_TRUE(n_blocks(0) + 8192 / 44 >= n);
	ops->destroy(ipfix);
	close(fd);
	close(server);
}

/* The last records do not fit into the ring, and then the other end receives all messages of the ring at once. */
static void
a_ring_that_was_received_hides_no_record(void)
{
	uint16_t port = 0;
	int server = collectorfix_listen(&port), fd;
	uint64_t n;

	begin("tcp", port, 0, 0);
	n = fill();
	fd = accept(server, NULL, NULL);
	receive(fd, SOON_MS);
	while (ops->flush(ipfix) == -EINPROGRESS)
		receive(fd, SOON_MS);
	ops->close(ipfix);
	receive(fd, 10000);
	read_messages(0);
	CU_ASSERT_EQUAL(n_blocks(n), 1);
	CU_ASSERT_EQUAL(n_blocks(0), n);
	ops->destroy(ipfix);
	close(fd);
	close(server);
}

/* RFC 7011 section 10.4.4: not more than once a minute by default. */
static void
attempts_to_connect_have_a_distance(void)
{
	uint16_t port = collectorfix_free_port(SOCK_STREAM);

	begin("tcp", port, 0, 3600);
	CU_ASSERT_EQUAL(finish(ops->open), -ECONNREFUSED);
	CU_ASSERT_EQUAL(finish(ops->open), -EAGAIN);
	CU_ASSERT_EQUAL(finish(ops->open), -EAGAIN);
	ops->destroy(ipfix);
	begin("tcp", port, 0, 0);
	CU_ASSERT_EQUAL(finish(ops->open), -ECONNREFUSED);
	CU_ASSERT_EQUAL(finish(ops->open), -ECONNREFUSED);
	ops->destroy(ipfix);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(templates_come_several_times_before_the_first_record),
	CU_TEST_ROW(templates_come_again_over_udp),
	CU_TEST_ROW(records_wait_while_a_collector_of_udp_is_down),
	CU_TEST_ROW(a_new_pool_is_named_over_udp),
	CU_TEST_ROW(a_new_pool_is_named_in_each_connection),
	CU_TEST_ROW(a_connection_has_templates_once),
	CU_TEST_ROW(what_was_not_received_comes_again),
	CU_TEST_ROW(a_ring_that_was_received_hides_no_record),
	CU_TEST_ROW(attempts_to_connect_have_a_distance),
};

CU_MAIN("export_ipfix", tests)
