/* SPDX-License-Identifier: BSD-3-Clause */
/* Lines of records, from anywhere. */
#include "controlplane/trace/trace_line.h"
#include "tests/support/cu.h"

#include <string.h>

#define BASE_MS INT64_C(1795834800000)

static void
times_have_a_zone(void)
{
	static const struct {
		const char *text;
		size_t len;
		int64_t ms;
	} rows[] = {
		{ "2026-11-28T03:00:00Z", 20, BASE_MS },
		{ "2026-11-28T03:00:00.5Z", 22, BASE_MS + 500 },
		{ "2026-11-28T03:00:00.123456Z", 27, BASE_MS + 123 },
		{ "2026-11-28T04:30:00+01:30", 25, BASE_MS },
		{ "2026-11-27T22:00:00-05:00", 25, BASE_MS },
		{ "1970-01-01T00:00:00Z", 20, 0 },
		{ "2024-02-29T23:59:60Z", 20, INT64_C(1709251200000) },
		{ "2026-11-28T03:00:00", 0, 0 },
		{ "2026-11-31T03:00:00Z", 0, 0 },
		{ "2026-02-29T03:00:00Z", 0, 0 },
		{ "2026-11-28 03:00:00Z", 0, 0 },
		{ "2026-13-28T03:00:00Z", 0, 0 },
		{ "2026-11-28T03:00:00.Z", 0, 0 },
		{ "2026-11-28T03:00:00+0100", 0, 0 },
		{ "", 0, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t ms = 0;

		CU_ASSERT_EQUAL(cgn_trace_line_time(rows[i].text, strlen(rows[i].text), &ms),
				rows[i].len);
		if (rows[i].len != 0)
			CU_ASSERT_EQUAL(ms, rows[i].ms);
	}
}

static void
damaged_lines_are_no_records(void)
{
	static const char *const rows[] = {
		"",
		"Nov 28 03:15:07 box cgnd: something",
		"<134>1 2026-11-28T03:15:07Z box cgnd 7 block-allocated -",
		"<134>1 2026-11-28T03:15:07Z box cgnd 7 stop [cgnd@32473 boot=\"1\" seq=\"1\"",
		"<134>1 2026-11-28T03:15:07Z box cgnd 7 stop [cgnd@32473 boot=\"g\" seq=\"1\"]",
		"<134>1 2026-11-28T03:15:07Z box cgnd 7 stop [cgnd@32473 boot=\"1\" seq=\"0\"]",
		"<134>1 2026-11-28T03:15:07Z box cgnd 7 stop [cgnd@32473 boot=\"1\" "
		"seq=\"18446744073709551616\"]",
		"<134>1 2026-11-28T03:15:07Z box cgnd 7 stop [cgnd@32473 boot=\"1\" "
		"seq=\"18446744073709551615\"]",
		"<134>1 2026-11-28T03:15:07Z box cgnd 7 checkpoint [cgnd@32473 boot=\"1\" producer=\"worker0\"]",
		"<134>1 2026-11-28T03:15:07Z box cgnd 7 gap [cgnd@32473 boot=\"1\" first=\"5\" last=\"4\"]",
		"<134>1 2026-11-28T03:15:07Z box cgnd 7 block-allocated [cgnd@32473 boot=\"1\" seq=\"1\" "
		"sourceIPv4Address=\"100.64.0.9\" sourceIPv4PrefixLength=\"33\" "
		"postNATSourceIPv4Address=\"198.51.100.3\" portRangeStart=\"1\" portRangeEnd=\"2\"]",
		"<134>1 2026-11-28T03:15:07Z box cgnd 7 block-allocated [cgnd@32473 boot=\"1\" seq=\"1\" "
		"sourceIPv4Address=\"100.64.0.9\" sourceIPv4PrefixLength=\"32\" "
		"postNATSourceIPv4Address=\"198.51.100.3\" portRangeStart=\"1\" portRangeEnd=\"65536\"]",
	};
	struct cgn_trace_record r;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CU_ASSERT_FALSE(cgn_trace_line_read(rows[i], strlen(rows[i]), &r));
}

static void
lines_cut_anywhere_are_no_records(void)
{
	static const char line[] =
			"<134>1 2026-11-28T03:15:07Z box cgnd 7 block-allocated [cgnd@32473 boot=\"1\" seq=\"1\" "
			"sourceIPv4Address=\"100.64.0.9\" sourceIPv4PrefixLength=\"32\" "
			"postNATSourceIPv4Address=\"198.51.100.3\" portRangeStart=\"1\" portRangeEnd=\"2\"]";
	struct cgn_trace_record r;

	for (size_t len = 0; len < strlen(line); len++)
		CU_ASSERT_FALSE(cgn_trace_line_read(line, len, &r));
	CU_ASSERT_TRUE(cgn_trace_line_read(line, strlen(line), &r));
}

/* Later releases add events and fields. Only their numbers, and whose they are, count. */
static void
fields_of_unknown_events_do_not_matter(void)
{
	static const char line[] =
			"<134>1 2026-11-28T03:15:07Z box cgnd 7 mapping-created [cgnd@32473 boot=\"1\" "
			"producer=\"worker3\" seq=\"5\" portRangeStart=\"70000\" last=\"never\" "
			"text=\"a\\\"b\\]c\" postNATSourceIPv4Address=\"198.51.100.3\"]";
	struct cgn_trace_record r;

	CU_ASSERT_TRUE_FATAL(cgn_trace_line_read(line, strlen(line), &r));
	CU_ASSERT_EQUAL(r.event, CGN_TRACE_OTHER);
	CU_ASSERT_EQUAL(r.seq, 5);
	CU_ASSERT_EQUAL(r.producer, CGN_TRACE_WORKER0 + 3);
	CU_ASSERT_EQUAL(r.ext, RTE_BE32(0xc6336403));
	CU_ASSERT_FALSE(r.has_last);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(times_have_a_zone),
	CU_TEST_ROW(damaged_lines_are_no_records),
	CU_TEST_ROW(lines_cut_anywhere_are_no_records),
	CU_TEST_ROW(fields_of_unknown_events_do_not_matter),
};

CU_MAIN("trace_line", tests)
