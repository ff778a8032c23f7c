/* SPDX-License-Identifier: BSD-3-Clause */
#include "shared/utc_text.h"
#include "tests/support/cu.h"

static void
times_are_written_to_the_millisecond(void)
{
	static const struct {
		int64_t ms;
		const char *text;
	} rows[] = {
		{ 0, "1970-01-01T00:00:00.000Z" },
		{ 999, "1970-01-01T00:00:00.999Z" },
		{ -1, "1969-12-31T23:59:59.999Z" },
		{ -1000, "1969-12-31T23:59:59.000Z" },
		{ INT64_C(1795835707120), "2026-11-28T03:15:07.120Z" },
		{ INT64_C(1709251199001), "2024-02-29T23:59:59.001Z" },
	};
	char buf[CGN_UTC_TEXT_MAX];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CU_ASSERT_STRING_EQUAL(cgn_utc_text_format(rows[i].ms, buf), rows[i].text);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(times_are_written_to_the_millisecond),
};

CU_MAIN("utc_text", tests)
