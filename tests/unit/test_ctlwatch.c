/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How much of a round a terminal can show.
 */
#include "controlplane/cgnctl/ctlwatch.h"
#include "tests/support/cu.h"

#include <string.h>

static size_t left;

static size_t
fit(const char *text, unsigned short rows, unsigned short columns)
{
	return cgn_ctlwatch_fit(text, strlen(text),
			(struct winsize){ .ws_row = rows, .ws_col = columns }, &left);
}

/* G-DAY-83: a line is left for what is said, or for the cursor. */
static void
head_stays_and_the_rest_is_counted(void)
{
	CU_ASSERT_EQUAL(fit("a\n\nb\nc\n", 5, 80), 7);
	CU_ASSERT_EQUAL(left, 0);
	CU_ASSERT_EQUAL(fit("a\n\nb\nc\n", 4, 80), 5);
	CU_ASSERT_EQUAL(left, 1);
	CU_ASSERT_EQUAL(fit("a\n\nb\nc\n", 1, 80), 0);
	CU_ASSERT_EQUAL(left, 4);
	CU_ASSERT_EQUAL(fit("a\nb", 2, 80), 2);
	CU_ASSERT_EQUAL(left, 1);
	CU_ASSERT_EQUAL(fit("", 2, 80), 0);
	CU_ASSERT_EQUAL(left, 0);
}

/* G-DAY-83: a long line takes several, and behind the first one that has no room all are missing. */
static void
long_lines_take_more(void)
{
	CU_ASSERT_EQUAL(fit("1234\nx\n", 3, 4), 7);
	CU_ASSERT_EQUAL(left, 0);
	CU_ASSERT_EQUAL(fit("12345\nx\ny\n", 3, 4), 6);
	CU_ASSERT_EQUAL(left, 2);
	CU_ASSERT_EQUAL(fit("x\n12345\ny\n", 3, 4), 2);
	CU_ASSERT_EQUAL(left, 2);
	/* Characters count, not octets. */
	CU_ASSERT_EQUAL(fit("\u00e4\u00e4\u00e4\u00e4\nx\n", 3, 4), 11);
	CU_ASSERT_EQUAL(left, 0);
}

static void
unknown_size_limits_nothing(void)
{
	CU_ASSERT_EQUAL(fit("1234567\nx\n", 0, 4), 10);
	CU_ASSERT_EQUAL(fit("1234567\nx\n", 3, 0), 10);
	CU_ASSERT_EQUAL(left, 0);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(head_stays_and_the_rest_is_counted),
	CU_TEST_ROW(long_lines_take_more),
	CU_TEST_ROW(unknown_size_limits_nothing),
};

CU_MAIN("ctlwatch", tests)
