/* SPDX-License-Identifier: BSD-3-Clause */
#include "shared/clock_ms.h"
#include "shared/log.h"
#include "shared/log_recent.h"
#include "tests/support/cu.h"

#include <sched.h>
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

/* Of an event that comes again and again. Lines of others stay. */
static void
the_oldest_line_gives_way(void)
{
	const unsigned int n = 3 * CGN_LOG_RECENT_MAX + 5;
	unsigned int kept, of_event = 0;
	char text[32];

	for (unsigned int i = 0; i < n; i++)
		CGN_LOG(CLOCK_SET, "line n=%u", i);
	kept = cgn_log_recent_read(lines);
	CU_ASSERT_EQUAL(kept, CGN_LOG_RECENT_MAX);
	while (of_event < kept && lines[of_event].event == CGN_EVENT_CLOCK_SET) {
		snprintf(text, sizeof(text), "clock-set: line n=%u", n - 1 - of_event);
		CU_ASSERT_STRING_EQUAL(lines[of_event].text, text);
		of_event++;
	}
	CU_ASSERT_EQUAL(of_event, CGN_LOG_RECENT_MAX - 1);
	CU_ASSERT_EQUAL(lines[of_event].event, CGN_EVENT_NO_MEMORY);
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
	/* A character at the place where it is cut is left out. */
	memcpy(text + CGN_LOG_RECENT_TEXT - 2 - strlen("clock-set: "), "\xc3\xbc", 2);
	CGN_LOG(CLOCK_SET, "%s", text);
	CU_ASSERT_TRUE_FATAL(cgn_log_recent_read(lines) >= 1);
	CU_ASSERT_EQUAL(strlen(lines[0].text), CGN_LOG_RECENT_TEXT - 2);
	CU_ASSERT_EQUAL(lines[0].text[CGN_LOG_RECENT_TEXT - 3], 'x');
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
	CGN_LOG_ABOUT(LINK_UP, "in0", "up");
	CGN_LOG_ABOUT(LINK_UP, "out0", "up");
}

/* A warning that comes again while it lasts has not begun anew, and takes no place of others. REQ: G-DAY-70 */
static void
what_is_repeated_while_it_lasts_is_one_line(void)
{
	char text[32];
	uint64_t number, before = cgn_log_recent_count();
	int64_t began_ms;

	CGN_LOG(PORT_FAILED, "a moment");
	CGN_LOG_ABOUT(LINK_DOWN, "in0", "n=0");
	CU_ASSERT_EQUAL(state_of("link-down: n=0"), CGN_LOG_RECENT_OPEN);
	began_ms = find("link-down: n=0")->wall_ms;
	number = find("link-down: n=0")->number;
	CGN_LOG(PORT_FAILED, "another moment");
	while (cgn_clock_ms(CLOCK_REALTIME) == began_ms)
		sched_yield();
	for (unsigned int i = 1; i <= 2 * CGN_LOG_RECENT_MAX; i++)
		CGN_LOG_ABOUT(LINK_DOWN, "in0", "n=%u", i);
	snprintf(text, sizeof(text), "link-down: n=%u", 2 * CGN_LOG_RECENT_MAX);
	CU_ASSERT_EQUAL(state_of(text), CGN_LOG_RECENT_OPEN);
	CU_ASSERT_EQUAL(find(text)->wall_ms, began_ms);
	CU_ASSERT_EQUAL(find(text)->number, number);
	CU_ASSERT_PTR_NULL(find("link-down: n=1"));
	CU_ASSERT_EQUAL(state_of("port-failed: a moment"), CGN_LOG_RECENT_ONCE);
	CU_ASSERT_EQUAL(cgn_log_recent_count(), before + 3 + 2 * CGN_LOG_RECENT_MAX);
	CGN_LOG_ABOUT(LINK_UP, "in0", "up");
	CU_ASSERT_EQUAL(state_of(text), CGN_LOG_RECENT_OVER);
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

/* Moments do not push out what lasts. REQ: G-DAY-70 */
static void
what_lasts_stays_in_the_list(void)
{
	CGN_LOG_ABOUT(LINK_DOWN, "old", "old");
	for (unsigned int i = 0; i < 3 * CGN_LOG_RECENT_MAX; i++) {
		CGN_LOG(CLOCK_SET, "moment");
		CGN_LOG(NO_MEMORY, "moment");
		CGN_LOG(PORT_FAILED, "moment");
		CGN_LOG(STORE_DAMAGED, "moment");
		CGN_LOG(STATE_FAILED, "moment");
	}
	CU_ASSERT_EQUAL(state_of("link-down: old"), CGN_LOG_RECENT_OPEN);
	CGN_LOG_ABOUT(LINK_UP, "old", "up");
}

/* A host with many MAC addresses, and what matters came before it or comes after it. REQ: G-DAY-70 */
static void
many_warnings_of_one_kind_push_out_no_others(void)
{
	char text[48];

	CGN_LOG_ABOUT(LINK_DOWN, "in0", "before");
	CGN_LOG(CRASHED, "before");
	for (unsigned int i = 0; i < 3 * CGN_LOG_RECENT_MAX; i++) {
		snprintf(text, sizeof(text), "station=%u", i);
		CGN_LOG_ABOUT(STATION_LIMITED, text, "%s", text);
	}
	CU_ASSERT_EQUAL(state_of("link-down: before"), CGN_LOG_RECENT_OPEN);
	CU_ASSERT_EQUAL(state_of("crashed: before"), CGN_LOG_RECENT_ONCE);
	/* Of the kind itself, the oldest ones give way. */
	CU_ASSERT_PTR_NULL(find("station-limited: station=0"));
	snprintf(text, sizeof(text), "station-limited: station=%u", 3 * CGN_LOG_RECENT_MAX - 1);
	CU_ASSERT_EQUAL(state_of(text), CGN_LOG_RECENT_OPEN);
	CGN_LOG_ABOUT(LINK_DOWN, "out0", "after");
	CGN_LOG_ABOUT(STORE_FAILS, "path", "after");
	for (unsigned int i = 0; i < 3 * CGN_LOG_RECENT_MAX; i++) {
		snprintf(text, sizeof(text), "station=%u", i);
		CGN_LOG_ABOUT(STATION_LIMITED, text, "%s", text);
	}
	CU_ASSERT_EQUAL(state_of("link-down: before"), CGN_LOG_RECENT_OPEN);
	CU_ASSERT_EQUAL(state_of("link-down: after"), CGN_LOG_RECENT_OPEN);
	CU_ASSERT_EQUAL(state_of("store-fails: after"), CGN_LOG_RECENT_OPEN);
}

/* A list full of what lasts, and each event has its share or less. REQ: G-DAY-70 */
static void
when_all_lasts_the_oldest_gives_way(void)
{
	char text[48];

	for (unsigned int i = 0; i < CGN_LOG_RECENT_SHARE; i++) {
		snprintf(text, sizeof(text), "x%u", i);
		CGN_LOG_ABOUT(PORT_SILENT, text, "%s", text);
		CGN_LOG_ABOUT(SINK_FAILS, text, "%s", text);
		CGN_LOG_ABOUT(NEXT_HOP_DOWN, text, "%s", text);
		CGN_LOG_ABOUT(OFFLOADS_ON, text, "%s", text);
	}
	for (unsigned int i = 0; i < CGN_LOG_RECENT_SHARE; i++) {
		snprintf(text, sizeof(text), "sink-fails: x%u", i);
		CU_ASSERT_EQUAL(state_of(text), CGN_LOG_RECENT_OPEN);
	}
	CGN_LOG_ABOUT(STORE_MISSING, "path", "last");
	CU_ASSERT_EQUAL(state_of("store-missing: last"), CGN_LOG_RECENT_OPEN);
	CU_ASSERT_PTR_NULL(find("port-silent: x0"));
	CU_ASSERT_EQUAL(state_of("sink-fails: x0"), CGN_LOG_RECENT_OPEN);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(warnings_and_errors_are_kept_as_they_were_printed),
	CU_TEST_ROW(a_line_that_is_not_printed_is_not_kept),
	CU_TEST_ROW(the_oldest_line_gives_way),
	CU_TEST_ROW(a_long_line_is_cut),
	CU_TEST_ROW(what_lasts_is_open_until_its_own_end),
	CU_TEST_ROW(what_is_repeated_while_it_lasts_is_one_line),
	CU_TEST_ROW(hidden_end_counts),
	CU_TEST_ROW(what_lasts_stays_in_the_list),
	CU_TEST_ROW(many_warnings_of_one_kind_push_out_no_others),
	CU_TEST_ROW(when_all_lasts_the_oldest_gives_way),
};

CU_MAIN("log_recent", tests)
