/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The text format of OpenMetrics, octet by octet.
 */
#include "controlplane/metrics/openmetrics.h"
#include "tests/support/cu.h"

#include <stdlib.h>
#include <string.h>

static struct cgn_openmetrics om;

static void
begin(void)
{
	cgn_openmetrics_begin(&om, INT64_C(1732887221304));
}

/* End the text, and compare it. */
static void
expect(const char *expected)
{
	char *text = NULL;
	size_t len = 0;

	CU_ASSERT_EQUAL_FATAL(cgn_openmetrics_end(&om, &text, &len), 0);
	CU_ASSERT_EQUAL(len, strlen(expected));
	CU_ASSERT_EQUAL(memcmp(text, expected, len < strlen(expected) ? len : strlen(expected)), 0);
	if (len != strlen(expected) || memcmp(text, expected, len) != 0)
		printf("\n%.*s", (int)len, text);
	free(text);
}

static void
a_text_without_families_is_its_end(void)
{
	begin();
	expect("# EOF\n");
}

/* G-CNT-1: 64 bits, with the time since when they count. */
static void
counters_have_a_unit_and_tell_since_when_they_count(void)
{
	const struct cgn_openmetrics_label labels[] = { { "port", "inside0" }, { "worker", "12" } };

	begin();
	cgn_openmetrics_family(&om,
			&(struct cgn_openmetrics_family){ .type = CGN_OPENMETRICS_COUNTER,
					.name = { "cgnd_", "port_", "rx_bytes" },
					.unit = "bytes",
					.help = "octets received" });
	cgn_openmetrics_value(&om, labels, 2, UINT64_MAX);
	cgn_openmetrics_value(&om, NULL, 0, 0);
	expect("# TYPE cgnd_port_rx_bytes counter\n"
	       "# UNIT cgnd_port_rx_bytes bytes\n"
	       "# HELP cgnd_port_rx_bytes octets received\n"
	       "cgnd_port_rx_bytes_total{port=\"inside0\",worker=\"12\"} 18446744073709551615\n"
	       "cgnd_port_rx_bytes_created{port=\"inside0\",worker=\"12\"} 1732887221.304\n"
	       "cgnd_port_rx_bytes_total 0\n"
	       "cgnd_port_rx_bytes_created 1732887221.304\n"
	       "# EOF\n");
}

static void
the_time_of_the_start_keeps_its_zeros(void)
{
	cgn_openmetrics_begin(&om, INT64_C(1732887221007));
	cgn_openmetrics_family(&om,
			&(struct cgn_openmetrics_family){ .type = CGN_OPENMETRICS_COUNTER,
					.name = { "a" },
					.help = "b" });
	cgn_openmetrics_value(&om, NULL, 0, 10);
	expect("# TYPE a counter\n# HELP a b\na_total 10\na_created 1732887221.007\n# EOF\n");
}

/* G-CNT-2 */
static void
gauges_have_neither_a_suffix_nor_a_start(void)
{
	begin();
	cgn_openmetrics_family(&om,
			&(struct cgn_openmetrics_family){ .type = CGN_OPENMETRICS_GAUGE,
					.name = { "cgnd_", "leases" },
					.help = "leases now" });
	cgn_openmetrics_value(&om, NULL, 0, 99);
	expect("# TYPE cgnd_leases gauge\n# HELP cgnd_leases leases now\ncgnd_leases 99\n# EOF\n");
}

static void
texts_are_escaped(void)
{
	const struct cgn_openmetrics_label label = { "l", "a\"b\\c\nd" };

	begin();
	cgn_openmetrics_family(&om,
			&(struct cgn_openmetrics_family){ .type = CGN_OPENMETRICS_INFO,
					.name = { "i" },
					.help = "q\"b\\n\n" });
	cgn_openmetrics_info(&om, &label, 1);
	expect("# TYPE i info\n# HELP i q\\\"b\\\\n\\n\ni_info{l=\"a\\\"b\\\\c\\nd\"} 1\n# EOF\n");
}

static void
histograms_have_buckets_a_count_a_sum_and_a_start(void)
{
	const struct cgn_openmetrics_bucket buckets[] = { { "1e-06", 3 }, { "1.0", 4 },
		{ "+Inf", 5 } };
	const struct cgn_openmetrics_label label = { "worker", "0" };

	begin();
	cgn_openmetrics_family(&om,
			&(struct cgn_openmetrics_family){ .type = CGN_OPENMETRICS_HISTOGRAM,
					.name = { "h_seconds" },
					.unit = "seconds",
					.help = "x" });
	cgn_openmetrics_histogram(&om, &label, 1, buckets, 3, 2.5);
	cgn_openmetrics_histogram(&om, NULL, 0, &buckets[2], 1, 1e-7);
	expect("# TYPE h_seconds histogram\n# UNIT h_seconds seconds\n# HELP h_seconds x\n"
	       "h_seconds_bucket{worker=\"0\",le=\"1e-06\"} 3\n"
	       "h_seconds_bucket{worker=\"0\",le=\"1.0\"} 4\n"
	       "h_seconds_bucket{worker=\"0\",le=\"+Inf\"} 5\n"
	       "h_seconds_count{worker=\"0\"} 5\n"
	       "h_seconds_sum{worker=\"0\"} 2.5\n"
	       "h_seconds_created{worker=\"0\"} 1732887221.304\n"
	       "h_seconds_bucket{le=\"+Inf\"} 5\n"
	       "h_seconds_count 5\n"
	       "h_seconds_sum 1e-07\n"
	       "h_seconds_created 1732887221.304\n"
	       "# EOF\n");
}

/* Far beyond the first piece of memory, with a line across each of its ends. */
static void
long_texts_are_complete(void)
{
	static const char line[] = "g{n=\"0123456789\"} 123456\n";
	const struct cgn_openmetrics_label label = { "n", "0123456789" };
	const size_t head = strlen("# TYPE g gauge\n# HELP g h\n");
	char *text = NULL;
	size_t len = 0, n = 100000;

	begin();
	cgn_openmetrics_family(&om,
			&(struct cgn_openmetrics_family){ .type = CGN_OPENMETRICS_GAUGE,
					.name = { "g" },
					.help = "h" });
	for (size_t i = 0; i < n; i++)
		cgn_openmetrics_value(&om, &label, 1, 123456);
	CU_ASSERT_EQUAL_FATAL(cgn_openmetrics_end(&om, &text, &len), 0);
	CU_ASSERT_EQUAL_FATAL(len, head + n * strlen(line) + strlen("# EOF\n"));
	for (size_t i = 0; i < n; i++)
		CU_ASSERT_EQUAL_FATAL(
				memcmp(text + head + i * strlen(line), line, strlen(line)), 0);
	free(text);
}

static void
a_text_may_be_given_up(void)
{
	begin();
	cgn_openmetrics_family(&om,
			&(struct cgn_openmetrics_family){ .type = CGN_OPENMETRICS_GAUGE,
					.name = { "g" },
					.help = "h" });
	cgn_openmetrics_abort(&om);
	CU_ASSERT_PTR_NULL(om.text);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(a_text_without_families_is_its_end),
	CU_TEST_ROW(counters_have_a_unit_and_tell_since_when_they_count),
	CU_TEST_ROW(the_time_of_the_start_keeps_its_zeros),
	CU_TEST_ROW(gauges_have_neither_a_suffix_nor_a_start),
	CU_TEST_ROW(texts_are_escaped),
	CU_TEST_ROW(histograms_have_buckets_a_count_a_sum_and_a_start),
	CU_TEST_ROW(long_texts_are_complete),
	CU_TEST_ROW(a_text_may_be_given_up),
};

int
main(void)
{
	return cu_main("openmetrics", tests, sizeof(tests) / sizeof(tests[0]));
}
