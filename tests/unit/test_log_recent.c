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
	CU_ASSERT_EQUAL(lines[0].event, CGN_EVENT_NO_MEMORY);
	CU_ASSERT_STRING_EQUAL(lines[1].text, "clock-set: it is late n=2");
	CU_ASSERT_EQUAL(lines[1].event, CGN_EVENT_CLOCK_SET);
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

/* The line that is kept of an event about something. NULL: none is */
static const struct cgn_log_recent_line *
find(const char *text)
{
	unsigned int n = cgn_log_recent_read(lines);

	for (unsigned int i = 0; i < n; i++) {
		if (strcmp(lines[i].text, text) == 0)
			return &lines[i];
	}
	return NULL;
}

static enum cgn_log_recent_state
state_of(const char *text)
{
	const struct cgn_log_recent_line *l = find(text);

	CU_ASSERT_PTR_NOT_NULL_FATAL(l);
	CU_ASSERT_EQUAL(l->over_ms != 0, l->state == CGN_LOG_RECENT_OVER);
	CU_ASSERT_TRUE(l->over_ms == 0 || l->over_ms >= l->wall_ms);
	return l->state;
}

/* One link comes back, another one does not, and a moment is neither. REQ: G-DAY-70 */
static void
what_lasts_is_open_until_its_own_end(void)
{
	CGN_LOG_ABOUT(LINK_DOWN, "in0", "one");
	CGN_LOG_ABOUT(LINK_DOWN, "out0", "two");
	CGN_LOG_ABOUT(PORT_SILENT, "in0", "three");
	CGN_LOG(CLOCK_SET, "four");
	CU_ASSERT_EQUAL(state_of("link-down: one"), CGN_LOG_RECENT_OPEN);
	CGN_LOG_ABOUT(LINK_UP, "in0", "up");
	CU_ASSERT_EQUAL(state_of("link-down: one"), CGN_LOG_RECENT_OVER);
	CU_ASSERT_EQUAL(state_of("link-down: two"), CGN_LOG_RECENT_OPEN);
	CU_ASSERT_EQUAL(state_of("port-silent: three"), CGN_LOG_RECENT_OPEN);
	CU_ASSERT_EQUAL(state_of("clock-set: four"), CGN_LOG_RECENT_ONCE);
	/* It goes down again: only the new line lasts. */
	CGN_LOG_ABOUT(LINK_DOWN, "in0", "five");
	CU_ASSERT_EQUAL(state_of("link-down: one"), CGN_LOG_RECENT_OVER);
	CU_ASSERT_EQUAL(state_of("link-down: five"), CGN_LOG_RECENT_OPEN);
	/* The same begins twice. */
	CGN_LOG_ABOUT(LINK_DOWN, "in0", "six");
	CU_ASSERT_EQUAL(state_of("link-down: five"), CGN_LOG_RECENT_OVER);
	CU_ASSERT_EQUAL(state_of("link-down: six"), CGN_LOG_RECENT_OPEN);
}

/* An end that --log-level hides is an end all the same. REQ: G-DAY-70 */
static void
hidden_end_counts(void)
{
	CGN_LOG_ABOUT(LINK_DOWN, "in0", "seven");
	rte_log_set_level((uint32_t)log_type, RTE_LOG_WARNING);
	CGN_LOG_ABOUT(LINK_UP, "in0", "nobody sees this");
	rte_log_set_level((uint32_t)log_type, RTE_LOG_INFO);
	CU_ASSERT_EQUAL(state_of("link-down: seven"), CGN_LOG_RECENT_OVER);
}

/* Moments do not push out what lasts, but what lasts cannot fill the list for ever. REQ: G-DAY-70 */
static void
what_lasts_stays_in_the_list(void)
{
	char text[32];

	CGN_LOG_ABOUT(LINK_DOWN, "old", "old");
	for (unsigned int i = 0; i < 3 * CGN_LOG_RECENT_MAX; i++)
		CGN_LOG(CLOCK_SET, "moment");
	CU_ASSERT_EQUAL(state_of("link-down: old"), CGN_LOG_RECENT_OPEN);
	for (unsigned int i = 0; i < CGN_LOG_RECENT_MAX; i++) {
		snprintf(text, sizeof(text), "p%u", i);
		CGN_LOG_ABOUT(LINK_DOWN, text, "%s", text);
	}
	CU_ASSERT_PTR_NULL(find("link-down: old"));
	CU_ASSERT_EQUAL(state_of("link-down: p0"), CGN_LOG_RECENT_OPEN);
	CGN_LOG(CLOCK_SET, "later");
	CU_ASSERT_PTR_NULL(find("link-down: p0"));
	CU_ASSERT_EQUAL(state_of("clock-set: later"), CGN_LOG_RECENT_ONCE);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(warnings_and_errors_are_kept_as_they_were_printed),
	CU_TEST_ROW(a_line_that_is_not_printed_is_not_kept),
	CU_TEST_ROW(the_oldest_line_gives_way),
	CU_TEST_ROW(a_long_line_is_cut),
	CU_TEST_ROW(what_lasts_is_open_until_its_own_end),
	CU_TEST_ROW(hidden_end_counts),
	CU_TEST_ROW(what_lasts_stays_in_the_list),
};

CU_MAIN("log_recent", tests)
