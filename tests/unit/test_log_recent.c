/* SPDX-License-Identifier: BSD-3-Clause */
#include "shared/log.h"
#include "shared/log_recent.h"
#include "tests/support/cu.h"

#include <string.h>

CGN_LOG_TYPE("log_recent_test");

static struct cgn_log_recent_line lines[CGN_LOG_RECENT_MAX];

/* REQ: G-DAY-10 */
static void
warnings_and_errors_are_kept_as_they_were_printed(void)
{
	uint64_t before = cgn_log_recent_count();

	CGN_LOG(READY, "all is well n=%d", 1);
	CU_ASSERT_EQUAL(cgn_log_recent_count(), before);
	CGN_LOG(CLOCK_SET, "it is late n=%d", 2);
	CGN_LOG(NO_MEMORY, "it is over n=%d", 3);
	CU_ASSERT_EQUAL(cgn_log_recent_count(), before + 2);
	CU_ASSERT_TRUE_FATAL(cgn_log_recent_read(lines) >= 2);
	CU_ASSERT_STRING_EQUAL(lines[0].text, "no-memory: it is over n=3");
	CU_ASSERT_EQUAL(lines[0].level, RTE_LOG_ERR);
	CU_ASSERT_STRING_EQUAL(lines[1].text, "clock-set: it is late n=2");
	CU_ASSERT_EQUAL(lines[1].level, RTE_LOG_WARNING);
	CU_ASSERT_TRUE(lines[1].wall_ms > 0 && lines[1].wall_ms <= lines[0].wall_ms);
}

/* What --log-level hides is not there either. */
static void
a_line_that_is_not_printed_is_not_kept(void)
{
	uint64_t before = cgn_log_recent_count();

	rte_log_set_level((uint32_t)log_type, RTE_LOG_ERR);
	CGN_LOG(CLOCK_SET, "nobody sees this");
	rte_log_set_level((uint32_t)log_type, RTE_LOG_INFO);
	CU_ASSERT_EQUAL(cgn_log_recent_count(), before);
}

static void
the_oldest_line_gives_way(void)
{
	char text[32];

	for (unsigned int i = 0; i < 3 * CGN_LOG_RECENT_MAX + 5; i++)
		CGN_LOG(CLOCK_SET, "line n=%u", i);
	CU_ASSERT_EQUAL(cgn_log_recent_read(lines), CGN_LOG_RECENT_MAX);
	for (unsigned int i = 0; i < CGN_LOG_RECENT_MAX; i++) {
		snprintf(text, sizeof(text), "clock-set: line n=%u",
				3 * CGN_LOG_RECENT_MAX + 4 - i);
		CU_ASSERT_STRING_EQUAL(lines[i].text, text);
	}
}

static void
a_long_line_is_cut(void)
{
	char text[2 * CGN_LOG_RECENT_TEXT];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	CGN_LOG(CLOCK_SET, "%s", text);
	CU_ASSERT_TRUE_FATAL(cgn_log_recent_read(lines) >= 1);
	CU_ASSERT_EQUAL(strlen(lines[0].text), CGN_LOG_RECENT_TEXT - 1);
	CU_ASSERT_EQUAL(strspn(lines[0].text + strlen("clock-set: "), "x"),
			CGN_LOG_RECENT_TEXT - 1 - strlen("clock-set: "));
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(warnings_and_errors_are_kept_as_they_were_printed),
	CU_TEST_ROW(a_line_that_is_not_printed_is_not_kept),
	CU_TEST_ROW(the_oldest_line_gives_way),
	CU_TEST_ROW(a_long_line_is_cut),
};

CU_MAIN("log_recent", tests)
