/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/collectorfix.h"
#include "tests/support/scratch.h"
#include "tests/support/tlsfix.h"

#include <pthread.h>
#include <signal.h>

#define TIMEOUT_MS 1000

/* A collector: accepts one connection after the other, and reads until the end of each. */
struct collector {
	int fd;
	uint16_t port;
	SSL_CTX *ctx;
	pthread_t thread;
	bool is_mute;   /* it does not even answer the handshake */
	bool is_slow;   /* its answer never ends */
	unsigned int n; /* handshakes that have succeeded */
	size_t len;     /* octets of the text */
	char text[1 << 16];
};

static const struct cgn_export_sink_ops *const ops = &cgn_export_syslog_ops;
static char dir[256];
static struct tlsfix_cert ca, stranger, good, named, wrong, expired, client, foreign_client;
static struct collector collector;

static void
read_all(struct collector *c, SSL *ssl)
{
	int n;

	while ((n = SSL_read(ssl, c->text + c->len, (int)(sizeof(c->text) - c->len))) > 0)
		c->len += (size_t)n;
}

/* Send a long record of a handshake, octet by octet, for much longer than a handshake may take. */
static void
dribble(int fd)
{
	static const char head[] = "\x16\x03\x03\x40";

	(void)send(fd, head, sizeof(head), MSG_NOSIGNAL);
	for (int i = 0; i < 500 && send(fd, "", 1, MSG_NOSIGNAL) == 1; i++)
		(void)poll(NULL, 0, 20);
}

static void *
collect(void *arg)
{
	struct collector *c = arg;
	int fd;

	while ((fd = accept(c->fd, NULL, NULL)) >= 0) {
		SSL *ssl = SSL_new(c->ctx);

		SSL_set_fd(ssl, fd);
		if (c->is_mute)
			(void)recv(fd, c->text, sizeof(c->text), MSG_WAITALL);
		else if (c->is_slow)
			dribble(fd);
		else if (SSL_accept(ssl) == 1) {
			c->n++;
			read_all(c, ssl);
		}
		SSL_free(ssl);
		close(fd);
	}
	return NULL;
}

static void
start(const struct tlsfix_cert *c, const struct tlsfix_cert *clients)
{
	collector = (struct collector){ .ctx = tlsfix_server(c, clients) };
	collector.fd = collectorfix_listen(&collector.port);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&collector.thread, NULL, collect, &collector), 0);
}

static void
stop(void)
{
	shutdown(collector.fd, SHUT_RDWR);
	pthread_join(collector.thread, NULL);
	close(collector.fd);
	SSL_CTX_free(collector.ctx);
}

/* Send two records. @return the first error, or 0 */
static int
send_two(const char *host, const char *ca_path, const char *cert, const char *key)
{
	const struct cgn_target to = collectorfix_target("tls", host, collector.port);
	const struct cgn_export_net_cfg net = {
		.to = &to,
		.ca = ca_path,
		.cert = cert,
		.key = key,
		.timeout_ms = TIMEOUT_MS,
	};
	struct cgn_export_syslog *syslog;
	int ret;

	CU_ASSERT_EQUAL_FATAL(cgn_export_syslog_create(&syslog, &net, exportfix_origin()), 0);
	for (uint64_t seq = 1; seq <= 2; seq++) {
		const struct cgn_record r = exportfix_block(seq);

		CU_ASSERT_EQUAL(ops->write(syslog, &r), 0);
	}
	while ((ret = ops->open(syslog)) == -EINPROGRESS)
		;
	while (ret >= 0 && (ret = ops->flush(syslog)) == -EINPROGRESS)
		;
	ops->close(syslog);
	ops->destroy(syslog);
	return ret;
}

static int
send_plainly(const char *host)
{
	return send_two(host, ca.cert_path, "", "");
}

static void
expect_two(void)
{
	unsigned long seq = 0;
	size_t next = collectorfix_frame(collector.text, collector.len, 0, &seq);

	CU_ASSERT_EQUAL(seq, 1);
	CU_ASSERT_EQUAL(collectorfix_frame(collector.text, collector.len, next, &seq),
			collector.len);
	CU_ASSERT_EQUAL(seq, 2);
}

/* REQ: G-LOG-5, G-LOG-7 */
static void
records_are_sent_to_the_right_collector(void)
{
	start(&good, NULL);
	CU_ASSERT_EQUAL(send_plainly("127.0.0.1"), 0);
	stop();
	expect_two();
	start(&named, NULL);
	CU_ASSERT_EQUAL(send_plainly("localhost"), 0);
	stop();
	expect_two();
}

/* TLS 1.2 is the oldest version that is allowed. */
static void
old_versions_of_tls_are_refused(void)
{
	static const struct {
		int version, ret;
	} rows[] = { { TLS1_2_VERSION, 0 }, { TLS1_1_VERSION, -EPROTO } };

	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		start(&good, NULL);
		SSL_CTX_set_security_level(collector.ctx, 0);
		SSL_CTX_set_min_proto_version(collector.ctx, TLS1_VERSION);
		SSL_CTX_set_max_proto_version(collector.ctx, rows[i].version);
		CU_ASSERT_EQUAL(send_plainly("127.0.0.1"), rows[i].ret);
		stop();
		CU_ASSERT_EQUAL(collector.len > 0, rows[i].ret == 0);
	}
}

/* No record goes to a collector whose certificate is not right. */
static void
wrong_certificates_are_refused(void)
{
	static const struct {
		const struct tlsfix_cert *cert;
		const char *host;
	} rows[] = {
		{ &wrong, "127.0.0.1" },
		{ &wrong, "localhost" },
		{ &named, "127.0.0.1" },
		{ &good, "localhost" },
		{ &expired, "127.0.0.1" },
		{ &stranger, "127.0.0.1" },
	};

	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		start(rows[i].cert, NULL);
		CU_ASSERT_EQUAL(send_plainly(rows[i].host), -EPROTO);
		stop();
		CU_ASSERT_EQUAL(collector.len, 0);
	}
	/* Without a file, those of the system are trusted, and ours is none of them. */
	start(&good, NULL);
	CU_ASSERT_EQUAL(send_two("127.0.0.1", "", "", ""), -EPROTO);
	stop();
	CU_ASSERT_EQUAL(collector.n, 0);
}

static void
the_collector_may_ask_for_a_certificate(void)
{
	start(&good, &ca);
	CU_ASSERT_EQUAL(send_two("127.0.0.1", ca.cert_path, client.cert_path, client.key_path), 0);
	stop();
	expect_two();
	for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
		start(&good, &ca);
		SSL_CTX_set_max_proto_version(collector.ctx, version);
		/* In TLS 1.3, the client's handshake is over before the collector refuses. */
		CU_ASSERT_EQUAL(send_plainly("127.0.0.1"), -EPROTO);
		CU_ASSERT_EQUAL(send_two("127.0.0.1", ca.cert_path, foreign_client.cert_path,
						foreign_client.key_path),
				-EPROTO);
		stop();
		CU_ASSERT_EQUAL(collector.n, 0);
	}
}

static void
files_that_cannot_be_used_are_no_reason_to_go_on(void)
{
	char locked[300];
	FILE *f;

	snprintf(locked, sizeof(locked), "%s/locked.key", dir);
	f = fopen(locked, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	PEM_write_PrivateKey(f, client.key, EVP_aes_128_cbc(), NULL, 0, NULL,
			(void *)(uintptr_t) "secret");
	fclose(f);
	start(&good, NULL);
	CU_ASSERT_EQUAL(send_two("127.0.0.1", "/nowhere/ca.pem", "", ""), -EPROTO);
	CU_ASSERT_EQUAL(send_two("127.0.0.1", ca.key_path, "", ""), -EPROTO);
	CU_ASSERT_EQUAL(send_two("127.0.0.1", ca.cert_path, client.cert_path, ca.key_path),
			-EPROTO);
	CU_ASSERT_EQUAL(send_two("127.0.0.1", ca.cert_path, client.cert_path, locked), -EPROTO);
	stop();
	CU_ASSERT_EQUAL(collector.len, 0);
}

static void
a_collector_that_does_not_answer_is_given_up(void)
{
	start(&good, NULL);
	collector.is_mute = true;
	CU_ASSERT_EQUAL(send_plainly("127.0.0.1"), -ETIMEDOUT);
	stop();
}

/* Octets that come now and then do not keep the thread. */
static void
a_collector_that_never_ends_its_answer_is_given_up(void)
{
	start(&good, NULL);
	collector.is_slow = true;
	CU_ASSERT_EQUAL(send_plainly("127.0.0.1"), -ETIMEDOUT);
	stop();
}

static void
make_certificates(void)
{
	scratch_make(dir, sizeof(dir), "tls");
	tlsfix_make(&ca, dir, "ca", NULL, NULL, 1);
	tlsfix_make(&stranger, dir, "stranger", "IP:127.0.0.1", NULL, 1);
	tlsfix_make(&good, dir, "good", "IP:127.0.0.1", &ca, 1);
	tlsfix_make(&named, dir, "named", "DNS:localhost", &ca, 1);
	tlsfix_make(&wrong, dir, "wrong", "DNS:other.example.net,IP:192.0.2.1", &ca, 1);
	tlsfix_make(&expired, dir, "expired", "IP:127.0.0.1", &ca, -1);
	tlsfix_make(&client, dir, "client", "DNS:cgn1.example.net", &ca, 1);
	tlsfix_make(&foreign_client, dir, "foreign", "DNS:cgn1.example.net", &stranger, 1);
	/* OpenSSL writes without MSG_NOSIGNAL. Threads of cgnd block all signals. */
	signal(SIGPIPE, SIG_IGN);
}

static void
free_certificates(void)
{
	struct tlsfix_cert *const all[] = { &ca, &stranger, &good, &named, &wrong, &expired,
		&client, &foreign_client };

	for (unsigned int i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		tlsfix_free(all[i]);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(make_certificates),
	CU_TEST_ROW(records_are_sent_to_the_right_collector),
	CU_TEST_ROW(old_versions_of_tls_are_refused),
	CU_TEST_ROW(wrong_certificates_are_refused),
	CU_TEST_ROW(the_collector_may_ask_for_a_certificate),
	CU_TEST_ROW(files_that_cannot_be_used_are_no_reason_to_go_on),
	CU_TEST_ROW(a_collector_that_does_not_answer_is_given_up),
	CU_TEST_ROW(a_collector_that_never_ends_its_answer_is_given_up),
	CU_TEST_ROW(free_certificates),
};

CU_MAIN("export_tls", tests)
