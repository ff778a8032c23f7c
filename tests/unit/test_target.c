/* SPDX-License-Identifier: BSD-3-Clause */
#include "shared/target.h"
#include "tests/support/cu.h"

#include <errno.h>
#include <string.h>

static void
a_target_is_parsed_and_written(void)
{
	static const struct {
		const char *text;
		enum cgn_target_transport transport;
		const char *host;
		uint16_t port;
		bool is_address;
		const char *written; /* NULL: as the text */
	} rows[] = {
		{ "udp://192.0.2.10:514", CGN_TARGET_UDP, "192.0.2.10", 514, true, NULL },
		{ "udp://192.0.2.10", CGN_TARGET_UDP, "192.0.2.10", 0, true, NULL },
		{ "udp://[2001:db8::1]:514", CGN_TARGET_UDP, "2001:db8::1", 514, true, NULL },
		{ "tcp://[2001:DB8:0::1]", CGN_TARGET_TCP, "2001:db8::1", 0, true,
				"tcp://[2001:db8::1]" },
		{ "tcp://localhost:65535", CGN_TARGET_TCP, "localhost", 65535, false, NULL },
		{ "tls://Logs-1.Example.NET:1", CGN_TARGET_TLS, "logs-1.example.net", 1, false,
				"tls://logs-1.example.net:1" },
		{ "tls://3com.example", CGN_TARGET_TLS, "3com.example", 0, false, NULL },
	};

	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char buf[CGN_TARGET_TEXT_MAX];
		struct cgn_target t;

		CU_ASSERT_EQUAL_FATAL(cgn_target_parse(rows[i].text, &t), 0);
		CU_ASSERT_EQUAL(t.transport, rows[i].transport);
		CU_ASSERT_STRING_EQUAL(t.host, rows[i].host);
		CU_ASSERT_EQUAL(t.port, rows[i].port);
		CU_ASSERT_EQUAL(t.is_address, rows[i].is_address);
		CU_ASSERT_STRING_EQUAL(cgn_target_format(&t, buf),
				rows[i].written != NULL ? rows[i].written : rows[i].text);
	}
}

static void
what_is_no_target_is_refused(void)
{
	static const char *const texts[] = { "", "192.0.2.1", "192.0.2.1:514", "udp:192.0.2.1",
		"udp://", "udp://:514", "UDP://192.0.2.1", "http://192.0.2.1",
		"udp://192.0.2.1:", "udp://192.0.2.1:0", "udp://192.0.2.1:65536",
		"udp://192.0.2.1:0514", "udp://192.0.2.1:514/", "udp://192.0.2.1/",
		"udp://192.0.2.256", "udp://192.0.2", "udp://0.0.0.0", "udp://[::]",
		"udp://2001:db8::1", "udp://[2001:db8::1", "udp://[2001:db8::1]514",
		"udp://[192.0.2.1]", "udp://[logs]", "udp://[]", "udp://[fe80::1%eth0]",
		"udp://-logs", "udp://logs-", "udp://logs..net", "udp://logs.", "udp://.logs",
		"udp://lo gs", "udp://l\xc3\xb6g", "udp://me@logs" };
	struct cgn_target t = { .transport = CGN_TARGET_TLS, .port = 7 };

	for (unsigned int i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		CU_ASSERT_EQUAL(cgn_target_parse(texts[i], &t), -EINVAL);
		if (cgn_target_parse(texts[i], &t) == 0)
			printf("accepted: %s\n", texts[i]);
	}
	CU_ASSERT_EQUAL(t.transport, CGN_TARGET_TLS);
	CU_ASSERT_EQUAL(t.port, 7);
}

/* "tls://" and n characters with a dot behind each 60th */
static int
parse_long(size_t n, struct cgn_target *t)
{
	char text[512] = "tls://";

	for (size_t i = 0; i < n; i++)
		text[6 + i] = i % 61 == 60 ? '.' : 'a';
	return cgn_target_parse(text, t);
}

static void
a_name_has_limits(void)
{
	char label[] = "tls://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	char buf[CGN_TARGET_TEXT_MAX];
	struct cgn_target t;

	CU_ASSERT_EQUAL(parse_long(253, &t), 0);
	CU_ASSERT_EQUAL(strlen(t.host), 253);
	t.port = 65535;
	CU_ASSERT_EQUAL(strlen(cgn_target_format(&t, buf)), 6 + 253 + 6);
	CU_ASSERT_EQUAL(parse_long(254, &t), -EINVAL);
	CU_ASSERT_EQUAL(cgn_target_parse(label, &t), -EINVAL);
	label[6 + 63] = '\0';
	CU_ASSERT_EQUAL(cgn_target_parse(label, &t), 0);
}

static void
targets_are_compared(void)
{
	static const char *const others[] = { "tcp://a:1", "udp://b:1", "udp://a:2", "udp://a" };
	struct cgn_target a, b;

	CU_ASSERT_EQUAL_FATAL(cgn_target_parse("udp://a:1", &a), 0);
	CU_ASSERT_EQUAL_FATAL(cgn_target_parse("udp://A:1", &b), 0);
	CU_ASSERT_TRUE(cgn_target_equal(&a, &b));
	for (unsigned int i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		CU_ASSERT_EQUAL_FATAL(cgn_target_parse(others[i], &b), 0);
		CU_ASSERT_FALSE(cgn_target_equal(&a, &b));
	}
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(a_target_is_parsed_and_written),
	CU_TEST_ROW(what_is_no_target_is_refused),
	CU_TEST_ROW(a_name_has_limits),
	CU_TEST_ROW(targets_are_compared),
};

CU_MAIN("target", tests)
