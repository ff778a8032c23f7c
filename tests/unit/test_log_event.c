/* SPDX-License-Identifier: BSD-3-Clause */
#include "shared/log.h"
#include "shared/log_head.h"
#include "tests/support/cu.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

CGN_LOG_TYPE("log_event_test");

/* REQ: G-DAY-32 */
static void
each_event_has_a_name_of_its_own_a_meaning_and_an_action(void)
{
	for (unsigned int i = CGN_EVENT_NONE + 1; i < CGN_EVENT_COUNT; i++) {
		const struct cgn_log_event_row *row = cgn_log_event_row(i);

		CU_ASSERT_PTR_NOT_NULL_FATAL(row->name);
		CU_ASSERT_EQUAL(strspn(row->name, "abcdefghijklmnopqrstuvwxyz-"),
				strlen(row->name));
		CU_ASSERT_TRUE(row->level >= RTE_LOG_ERR && row->level <= RTE_LOG_DEBUG);
		CU_ASSERT_TRUE(row->meaning[0] != '\0' &&
				row->meaning[strlen(row->meaning) - 1] == '.');
		CU_ASSERT_TRUE(row->action[0] != '\0' &&
				row->action[strlen(row->action) - 1] == '.');
		CU_ASSERT_PTR_NULL(strchr(row->meaning, '|'));
		for (unsigned int k = CGN_EVENT_NONE + 1; k < i; k++)
			CU_ASSERT_STRING_NOT_EQUAL(row->name, cgn_log_event_row(k)->name);
	}
}

/* What can be wrong in a row: an end that lasts itself would stay open for ever, and the document stops at a hole. That
 * begin and end have the same form is a matter of scripts/check-events. REQ: G-DAY-70 */
static void
what_lasts_is_ended_by_what_does_not_last(void)
{
	for (unsigned int i = CGN_EVENT_NONE + 1; i < CGN_EVENT_COUNT; i++) {
		const struct cgn_log_event_row *row = cgn_log_event_row(i);
		bool is_last = false;

		CU_ASSERT_TRUE(row->lasts || !row->is_one);
		for (unsigned int k = 0; k < CGN_LOG_EVENT_OVER_MAX; k++) {
			is_last = is_last || row->over[k] == CGN_EVENT_NONE;
			CU_ASSERT_EQUAL(row->over[k] == CGN_EVENT_NONE, is_last);
			if (is_last)
				continue;
			CU_ASSERT_TRUE(row->lasts);
			CU_ASSERT_NOT_EQUAL(row->over[k], i);
			CU_ASSERT_FALSE(cgn_log_event_row(row->over[k])->lasts);
			CU_ASSERT_TRUE(cgn_log_event_is_end(row->over[k]));
			for (unsigned int j = 0; j < k; j++)
				CU_ASSERT_NOT_EQUAL(row->over[k], row->over[j]);
		}
	}
	CU_ASSERT_FALSE(cgn_log_event_is_end(CGN_EVENT_NONE));
	CU_ASSERT_FALSE(cgn_log_event_is_end(CGN_EVENT_READY));
}

/* REQ: G-DAY-70 */
static void
events_end_what_their_row_names(void)
{
	CU_ASSERT_TRUE(cgn_log_event_ends(CGN_EVENT_LINK_UP, CGN_EVENT_LINK_DOWN));
	CU_ASSERT_FALSE(cgn_log_event_ends(CGN_EVENT_LINK_DOWN, CGN_EVENT_LINK_UP));
	CU_ASSERT_FALSE(cgn_log_event_ends(CGN_EVENT_LINK_UP, CGN_EVENT_NEXT_HOP_DOWN));
	CU_ASSERT_TRUE(cgn_log_event_ends(CGN_EVENT_SINK_CLOSED, CGN_EVENT_SINK_FAILS));
	CU_ASSERT_FALSE(cgn_log_event_ends(CGN_EVENT_NONE, CGN_EVENT_LINK_DOWN));
}

/* What CGN_LOG() prints, into @p out. */
static void
print_line(char *out, size_t size)
{
	FILE *f = fmemopen(out, size, "w");

	rte_openlog_stream(f);
	CGN_LOG(LINK_DOWN, "port %s has no carrier", "in0");
	rte_openlog_stream(NULL);
	fclose(f);
}

/* The log before cgnd knows where it goes, then in the journal, then in a file. REQ: G-DAY-32 */
static void
line_has_severity_and_event_and_outside_of_the_journal_the_time(void)
{
	const char shape[] = "0000-00-00T00:00:00.000Z cgnd: ";
	char line[256] = "", stream[64], path[] = "/tmp/cgn-log-XXXXXX";
	int fd = mkstemp(path);
	struct stat st;

	CU_ASSERT_TRUE_FATAL(fd >= 0 && fstat(fd, &st) == 0);
	unlink(path);
	print_line(line, sizeof(line));
	CU_ASSERT_STRING_EQUAL(line, "cgnd: warning link-down: port in0 has no carrier\n");
	snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)st.st_dev,
			(unsigned long long)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	cgn_log_head_begin(fd);
	print_line(line, sizeof(line));
	CU_ASSERT_STRING_EQUAL(line, "<4>cgnd: warning link-down: port in0 has no carrier\n");
	/* Somebody has led stderr away from the journal. */
	setenv("JOURNAL_STREAM", "0:1", 1);
	cgn_log_head_begin(fd);
	print_line(line, sizeof(line));
	for (size_t i = 0; shape[i] != '\0'; i++)
		CU_ASSERT_TRUE(shape[i] == '0' ? isdigit((unsigned char)line[i])
					       : line[i] == shape[i]);
	CU_ASSERT_STRING_EQUAL(
			line + strlen(shape), "warning link-down: port in0 has no carrier\n");
	close(fd);
}

/* Lines of deterministic groups are long, and nothing of them may be missing. */
static void
long_line_is_not_cut(void)
{
	static char text[5000], line[6000];
	FILE *f = fmemopen(line, sizeof(line), "w");

	memset(text, 'x', sizeof(text) - 1);
	rte_openlog_stream(f);
	CGN_LOG(DETERMINISTIC_RANGES, "%s.", text);
	rte_openlog_stream(NULL);
	fclose(f);
	CU_ASSERT_PTR_NOT_NULL(strstr(line, text));
	CU_ASSERT_STRING_EQUAL(strchr(line, '.') == NULL ? "" : strrchr(line, '.'), ".\n");
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(each_event_has_a_name_of_its_own_a_meaning_and_an_action),
	CU_TEST_ROW(what_lasts_is_ended_by_what_does_not_last),
	CU_TEST_ROW(events_end_what_their_row_names),
	CU_TEST_ROW(line_has_severity_and_event_and_outside_of_the_journal_the_time),
	CU_TEST_ROW(long_line_is_not_cut),
};

CU_MAIN("log_event", tests)
