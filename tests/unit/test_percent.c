/* SPDX-License-Identifier: BSD-3-Clause */
#include "shared/percent.h"
#include "tests/support/cu.h"

#include <errno.h>
#include <string.h>

#include <rte_common.h>

static void
texts_become_letters_and_digits_and_come_back(void)
{
	static const struct {
		const char *text, *encoded;
	} rows[] = {
		{ "", "" },
		{ "home.isp.example", "home.isp.example" },
		{ "C=CH, O=a \"b\", CN=100%", "C%3DCH%2C%20O%3Da%20%22b%22%2C%20CN%3D100%25" },
		{ "azAZ09-._~", "azAZ09-._~" },
		{ "/:@[`{^", "%2F%3A%40%5B%60%7B%5E" },
		{ "\x01\x7f\x80\xff", "%01%7F%80%FF" },
	};
	char buf[100];

	for (size_t i = 0; i < RTE_DIM(rows); i++) {
		CU_ASSERT_EQUAL(cgn_percent_encode(buf, sizeof(buf), rows[i].text), 0);
		CU_ASSERT_STRING_EQUAL(buf, rows[i].encoded);
		CU_ASSERT_EQUAL(cgn_percent_decode(buf), 0);
		CU_ASSERT_STRING_EQUAL(buf, rows[i].text);
	}
	strcpy(buf, "%2f%3D");
	CU_ASSERT_EQUAL(cgn_percent_decode(buf), 0);
	CU_ASSERT_STRING_EQUAL(buf, "/=");
}

static void
wrong_codes_are_refused(void)
{
	static const char *const wrong[] = { "%", "a%4", "%4g", "%g4", "%%41", "%00", "a%00b",
		"% 1", "%4", "%-1" };
	char buf[100];

	for (size_t i = 0; i < RTE_DIM(wrong); i++) {
		strcpy(buf, wrong[i]);
		CU_ASSERT_EQUAL(cgn_percent_decode(buf), -EINVAL);
	}
}

/* Nothing is written beyond the end, and no text is cut. */
static void
text_that_does_not_fit_is_refused(void)
{
	char buf[100];

	for (size_t size = 0; size < 30; size++) {
		memset(buf, '#', sizeof(buf));
		if (cgn_percent_encode(buf, size, "ab,cd=ef") == 0) {
			CU_ASSERT_STRING_EQUAL(buf, "ab%2Ccd%3Def");
		} else {
			CU_ASSERT_TRUE(size < sizeof("ab%2Ccd%3Def") + 3);
		}
		for (size_t i = size; i < sizeof(buf); i++)
			CU_ASSERT_EQUAL(buf[i], '#');
	}
	CU_ASSERT_EQUAL(cgn_percent_encode(buf, 0, ""), -ENOSPC);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(texts_become_letters_and_digits_and_come_back),
	CU_TEST_ROW(wrong_codes_are_refused),
	CU_TEST_ROW(text_that_does_not_fit_is_refused),
};

CU_MAIN("percent", tests)
