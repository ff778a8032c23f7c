/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Texts that are cut, and texts that are no UTF-8.
 */
#include "shared/utf8.h"
#include "tests/support/cu.h"

#include <stdio.h>
#include <string.h>

static void
characters_have_their_length(void)
{
	static const struct {
		const char *text;
		size_t n;
	} rows[] = {
		{ "a", 1 },
		{ "\x7f", 1 },
		{ "\xc3\xbc", 2 },
		{ "\xe2\x82\xac", 3 },
		{ "\xf0\x9f\x99\x82", 4 },
		{ "", 0 },
		{ "\x80", 0 },
		{ "\xc3", 0 },             /* cut */
		{ "\xc3(", 0 },            /* something else follows */
		{ "\xc0\x80", 0 },         /* a form that is too long */
		{ "\xe0\x80\x80", 0 },     /* the same */
		{ "\xed\xa0\x80", 0 },     /* a surrogate */
		{ "\xf4\x90\x80\x80", 0 }, /* above U+10FFFF */
		{ "\xff", 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CU_ASSERT_EQUAL(cgn_utf8_character((const uint8_t *)rows[i].text,
						strlen(rows[i].text)),
				rows[i].n);
	/* What lies behind the end does not count. */
	CU_ASSERT_EQUAL(cgn_utf8_character((const uint8_t *)"\xc3\xbc", 1), 0);
}

static void
a_text_is_cut_between_two_characters(void)
{
	CU_ASSERT_EQUAL(cgn_utf8_cut("abc", 3), 3);
	CU_ASSERT_EQUAL(cgn_utf8_cut("abc", 9), 3);
	CU_ASSERT_EQUAL(cgn_utf8_cut("abcd", 3), 3);
	CU_ASSERT_EQUAL(cgn_utf8_cut("abc", 0), 0);
	/* a, u umlaut, euro, a smiling face: 1 + 2 + 3 + 4 octets */
	for (size_t max = 0; max < 12; max++) {
		size_t want = max < 1 ? 0 : max < 3 ? 1 : max < 6 ? 3 : max < 10 ? 6 : 10;

		CU_ASSERT_EQUAL(cgn_utf8_cut("a\xc3\xbc\xe2\x82\xac\xf0\x9f\x99\x82", max), want);
	}
	/* No UTF-8 at all. */
	CU_ASSERT_EQUAL(cgn_utf8_cut("\x80\x80\x80\x80\x80\x80\x80\x80", 6), 6);
	CU_ASSERT_EQUAL(cgn_utf8_cut("\x80\x80\x80", 2), 2);
}

static void
what_is_no_utf8_becomes_question_marks(void)
{
	static const char *const rows[][2] = {
		{ "", "" },
		{ "plain", "plain" },
		{ "gr\xc3\xbcn", "gr\xc3\xbcn" },
		{ "gr\xfcn", "gr?n" },
		{ "cut \xe2\x82", "cut ??" },
		{ "\xff\xfe", "??" },
		{ "\xed\xa0\x80z", "???z" },
	};
	char text[32];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(text, sizeof(text), "%s", rows[i][0]);
		cgn_utf8_repair(text);
		CU_ASSERT_STRING_EQUAL(text, rows[i][1]);
	}
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(characters_have_their_length),
	CU_TEST_ROW(a_text_is_cut_between_two_characters),
	CU_TEST_ROW(what_is_no_utf8_becomes_question_marks),
};

CU_MAIN("utf8", tests)
