/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What `cgnctl --yang` makes of answers that the test gives. tests/smoke/lib_yang.sh checks a real cgnd's with yanglint.
 */
#include "controlplane/cgnctl/ctlyang.h"
#include "tests/support/cu.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CONFIG                                                                                                             \
	"ports:\n"                                                                                                         \
	"- {name: i, device: net_null0, side: inside, addresses: [100.64.0.1/10]}\n"                                       \
	"- {name: o, device: net_null1, side: outside, addresses: [192.0.2.2/24]}\n"                                       \
	"pools:\n"                                                                                                         \
	"- {name: a, addresses: [198.51.100.1-198.51.100.6]}\n"                                                            \
	"- {name: b, addresses: [203.0.113.0/24], exclude: [203.0.113.0/25], use_low_percent: 10, use_high_percent: 80}\n" \
	"groups:\n"                                                                                                        \
	"- {name: x, prefixes: [100.64.0.0/11], pool: b, block_size: 1024}\n"                                              \
	"- {name: y, prefixes: [100.96.0.0/11, 10.0.0.0/8], pool: a, mappings_max: 100000}\n"                              \
	"nat: {filtering: {tcp: address_dependent}, sessions_max: 1000,\n"                                                 \
	" mappings_max: 5000, subscribers_max: 300, subscribers_high: 200}\n"                                              \
	"workers: 2\n"

static const char *question_that_fails;

/* Answer a question: a text, or false. */
static json_t *
answer_to(const char *question)
{
	if (strcmp(question, "/cgn/config,0") == 0)
		return json_string(CONFIG);
	if (strncmp(question, "/cgn/config,", 12) == 0)
		return json_string("");
	if (strcmp(question, "/cgn/verdicts") == 0)
		return json_loads(
				"{\"received\":18446744073709551,\"forwarded\":{\"out\":3,\"in\":4},"
				"\"dropped\":{\"pool_full\":5,\"sub_ports\":1,\"sub_rate\":2,"
				"\"sub_protocol\":4,\"subscribers_full\":6,\"subscribers_max\":7,"
				"\"frag_tiny\":9}}",
				0, NULL);
	if (strcmp(question, "/cgn/counters") == 0)
		return json_loads("{\"since_ms\":1800000000123,\"gauges\":{\"subscribers\":2,"
				  "\"mappings_udp\":1,\"mappings_tcp\":2,\"mappings_icmp\":0}}",
				0, NULL);
	if (strcmp(question, "/cgn/pools") == 0)
		return json_loads("{\"rows\":{\"0\":{\"pool\":\"a\",\"blocks\":10,"
				  "\"blocks_used\":4}},\"next\":\"1\"}",
				0, NULL);
	if (strcmp(question, "/cgn/pools,cursor=1") == 0)
		return json_loads("{\"rows\":{\"0\":{\"pool\":\"b\",\"blocks\":7,"
				  "\"blocks_used\":0}}}",
				0, NULL);
	if (strcmp(question, "/cgn/mappings") == 0)
		return json_loads(
				"{\"rows\":{\"0\":{\"protocol\":\"udp\",\"in\":\"100.64.0.9:5000\","
				"\"ext\":\"203.0.113.200:2000\",\"kind\":\"implicit\","
				"\"expires_s\":30},\"1\":{\"protocol\":\"tcp\","
				"\"in\":\"10.0.0.1:80\",\"ext\":\"198.51.100.1:80\","
				"\"kind\":\"static\",\"b4\":\"2001:db8::1\"}},\"next\":\"0:2\"}",
				0, NULL);
	if (strcmp(question, "/cgn/mappings,cursor=0:2") == 0)
		return json_loads("{\"rows\":{\"0\":{\"protocol\":\"tcp\",\"in\":\"10.0.0.1:81\","
				  "\"ext\":\"198.51.100.1:81\",\"kind\":\"peer\","
				  "\"expires_s\":60}}}",
				0, NULL);
	CU_FAIL("another question");
	return NULL;
}

int
cgn_ctlsock_ask(struct cgn_ctlsock *s, const char *question, json_t **answer)
{
	(void)s;
	if (question_that_fails != NULL && strcmp(question, question_that_fails) == 0)
		return -EIO;
	*answer = answer_to(question);
	return *answer == NULL ? -EIO : 0;
}

/* @return the NAT instance; the caller releases it */
static json_t *
shown(void)
{
	FILE *f = tmpfile();
	json_t *root, *instance;

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_EQUAL(cgn_ctlyang_show(NULL, f), 0);
	rewind(f);
	root = json_loadf(f, JSON_REJECT_DUPLICATES, NULL);
	fclose(f);
	CU_ASSERT_PTR_NOT_NULL_FATAL(root);
	CU_ASSERT_EQUAL(json_unpack(root, "{s:{s:{s:[O!]}}}", "ietf-nat:nat", "instances",
					"instance", &instance),
			0);
	json_decref(root);
	return instance;
}

/* Compare a part of the instance with JSON. */
static void
expect(const json_t *part, const char *text)
{
	json_t *want = json_loads(text, JSON_DECODE_ANY, NULL);

	CU_ASSERT_PTR_NOT_NULL_FATAL(want);
	CU_ASSERT_TRUE(json_equal(part, want));
	if (!json_equal(part, want))
		json_dumpf(part, stderr, JSON_ENCODE_ANY);
	json_decref(want);
}

static const json_t *
in(const json_t *object, const char *a, const char *b)
{
	return json_object_get(json_object_get(object, a), b);
}

/* G-TBL-1 */
static void
mappings_have_all_their_fields(void)
{
	json_t *i = shown();

	expect(in(i, "mapping-table", "mapping-entry"),
			"[{\"index\":1,\"type\":\"dynamic-implicit\",\"transport-protocol\":17,"
			"\"internal-src-address\":\"100.64.0.9/32\","
			"\"internal-src-port\":{\"start-port-number\":5000},"
			"\"external-src-address\":\"203.0.113.200/32\","
			"\"external-src-port\":{\"start-port-number\":2000},\"lifetime\":30},"
			"{\"index\":2,\"type\":\"static\",\"transport-protocol\":6,"
			"\"internal-src-address\":\"10.0.0.1/32\","
			"\"internal-src-port\":{\"start-port-number\":80},"
			"\"external-src-address\":\"198.51.100.1/32\","
			"\"external-src-port\":{\"start-port-number\":80},"
			"\"ietf-dslite:b4-ipv6-address\":{\"address\":\"2001:db8::1\"}},"
			"{\"index\":3,\"type\":\"dynamic-explicit\",\"transport-protocol\":6,"
			"\"internal-src-address\":\"10.0.0.1/32\","
			"\"internal-src-port\":{\"start-port-number\":81},"
			"\"external-src-address\":\"198.51.100.1/32\","
			"\"external-src-port\":{\"start-port-number\":81},\"lifetime\":60}]");
	json_decref(i);
}

/* A range is split into prefixes, and excluded addresses are left out. Each prefix has its own number. */
static void
pools_are_prefixes_with_numbers(void)
{
	json_t *i = shown(), *policies = json_object_get(i, "policy");

	CU_ASSERT_EQUAL(json_array_size(policies), 2);
	expect(json_object_get(json_array_get(policies, 0), "external-ip-address-pool"),
			"[{\"pool-id\":5,\"external-ip-pool\":\"203.0.113.128/25\"}]");
	expect(json_object_get(json_array_get(policies, 1), "external-ip-address-pool"),
			"[{\"pool-id\":1,\"external-ip-pool\":\"198.51.100.1/32\"},"
			"{\"pool-id\":2,\"external-ip-pool\":\"198.51.100.2/31\"},"
			"{\"pool-id\":3,\"external-ip-pool\":\"198.51.100.4/31\"},"
			"{\"pool-id\":4,\"external-ip-pool\":\"198.51.100.6/32\"}]");
	json_decref(i);
}

static void
policies_say_what_is_configured(void)
{
	json_t *i = shown(), *x = json_array_get(json_object_get(i, "policy"), 0);
	json_t *y = json_array_get(json_object_get(i, "policy"), 1);

	expect(json_object_get(y, "subscriber-match"),
			"[{\"match-id\":1,\"subnet\":\"100.96.0.0/11\"},"
			"{\"match-id\":2,\"subnet\":\"10.0.0.0/8\"}]");
	expect(in(x, "port-set", "port-set-size"), "1024");
	expect(json_object_get(x, "port-quota"), "[{\"quota-type\":0,\"port-limit\":2048}]");
	/* This limit does not fit into the leaf. */
	CU_ASSERT_PTR_NULL(json_object_get(y, "port-quota"));
	expect(in(x, "notify-pool-usage", "low-threshold"), "10");
	expect(in(x, "notify-pool-usage", "high-threshold"), "80");
	expect(in(x, "notify-pool-usage", "notify-interval"), "20");
	CU_ASSERT_PTR_NULL(json_object_get(y, "notify-pool-usage"));
	/* TCP and UDP differ. The module has one value for both. */
	CU_ASSERT_PTR_NULL(json_object_get(x, "filtering-type"));
	expect(in(x, "timers", "tcp-idle-timeout"), "7440");
	expect(in(i, "connection-limits", "limit-per-instance"), "2000");
	expect(in(i, "mapping-limits", "limit-port-mappings"), "10000");
	expect(in(i, "mapping-limits", "limit-subscribers"), "300");
	expect(in(i, "mapping-limits", "limit-address-mappings"), "300");
	expect(in(i, "notification-limits", "notify-interval"), "20");
	expect(in(i, "notification-limits", "notify-subscribers-limit"), "200");
	json_decref(i);
}

/* G-CFG-1: what is not configured has the default of RFC 8512. tcp-in-syn-timeout cannot be configured: it is 6 s. */
static void
timers_have_the_defaults_of_the_module(void)
{
	json_t *i = shown(), *x = json_array_get(json_object_get(i, "policy"), 0);

	expect(in(x, "timers", "udp-timeout"), "300");
	expect(in(x, "timers", "tcp-idle-timeout"), "7440");
	expect(in(x, "timers", "tcp-trans-open-timeout"), "240");
	expect(in(x, "timers", "tcp-trans-close-timeout"), "240");
	expect(in(x, "timers", "fragment-min-timeout"), "2");
	expect(in(x, "timers", "icmp-timeout"), "60");
	expect(in(x, "timers", "hold-down-timeout"), "120");
	json_decref(i);
}

/* G-CNT-1, RFC 7951 section 6.1: counters of 64 bits are strings. */
static void
counters_are_summed_by_reason(void)
{
	json_t *i = shown(), *s = json_object_get(i, "statistics");
	const json_t *traffic = json_object_get(s, "traffic-statistics");

	expect(json_object_get(s, "discontinuity-time"), "\"2027-01-15T08:00:00.123Z\"");
	expect(json_object_get(traffic, "rcvd-packets"), "\"18446744073709551\"");
	expect(json_object_get(traffic, "sent-packets"), "\"7\"");
	expect(json_object_get(traffic, "dropped-packets"), "\"34\"");
	expect(json_object_get(traffic, "dropped-port-limit-packets"), "\"7\"");
	expect(json_object_get(traffic, "dropped-subscriber-limit-packets"), "\"13\"");
	expect(json_object_get(traffic, "dropped-address-packets"), "\"5\"");
	expect(json_object_get(traffic, "dropped-fragments"), "\"9\"");
	json_decref(i);
}

/* G-CNT-2 */
static void
gauges_are_by_protocol_and_pool(void)
{
	json_t *i = shown(), *s = json_object_get(i, "statistics");

	expect(in(s, "mappings-statistics", "total-port-mappings"), "3");
	expect(in(s, "mappings-statistics", "total-per-protocol"),
			"[{\"protocol-id\":1,\"total\":0},{\"protocol-id\":6,\"total\":2},"
			"{\"protocol-id\":17,\"total\":1}]");
	expect(in(s, "pools-stats", "ports-stats"),
			"{\"ports-allocated\":2048,\"ports-free\":10240}");
	expect(in(s, "pools-stats", "per-pool-stats"),
			"[{\"pool-id\":1,\"discontinuity-time\":\"2027-01-15T08:00:00.123Z\","
			"\"port-stats\":{\"ports-allocated\":2048,\"ports-free\":3072}},"
			"{\"pool-id\":5,\"discontinuity-time\":\"2027-01-15T08:00:00.123Z\","
			"\"port-stats\":{\"ports-allocated\":0,\"ports-free\":7168}}]");
	json_decref(i);
}

static void
failed_questions_are_told(void)
{
	static const char *const questions[] = { "/cgn/config,0", "/cgn/verdicts", "/cgn/counters",
		"/cgn/pools", "/cgn/pools,cursor=1", "/cgn/mappings", "/cgn/mappings,cursor=0:2" };
	FILE *f = fopen("/dev/null", "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
		question_that_fails = questions[i];
		CU_ASSERT_EQUAL(cgn_ctlyang_show(NULL, f), -EIO);
	}
	question_that_fails = NULL;
	fclose(f);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(mappings_have_all_their_fields),
	CU_TEST_ROW(pools_are_prefixes_with_numbers),
	CU_TEST_ROW(policies_say_what_is_configured),
	CU_TEST_ROW(timers_have_the_defaults_of_the_module),
	CU_TEST_ROW(counters_are_summed_by_reason),
	CU_TEST_ROW(gauges_are_by_protocol_and_pool),
	CU_TEST_ROW(failed_questions_are_told),
};

CU_MAIN("ctlyang", tests)
