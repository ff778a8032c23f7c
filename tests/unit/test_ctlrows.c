/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Long texts of telemetry's answers, put together.
 */
#include "controlplane/cgnctl/ctlrows.h"
#include "tests/support/cu.h"

#include <stdio.h>
#include <string.h>

/* The answer {"row": {"text_0": first, "text_1": second}}, joined. @return the text; NULL: there is none */
static const char *
joined(const char *first, const char *second)
{
	static char text[128];
	json_t *answer = json_pack(
			"{s:{s:s, s:s*, s:i}}", "row", "text_0", first, "text_1", second, "n", 7);
	json_t *row = json_object_get(answer, "row");
	const char *found;

	CU_ASSERT_PTR_NOT_NULL_FATAL(row);
	cgn_ctlrows_join(answer);
	CU_ASSERT_EQUAL(json_object_size(row), 2);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(row, "n")), 7);
	found = json_string_value(json_object_get(row, "text"));
	if (found != NULL)
		snprintf(text, sizeof(text), "%s", found);
	json_decref(answer);
	return found == NULL ? NULL : text;
}

static void
parts_become_one_text(void)
{
	CU_ASSERT_STRING_EQUAL(joined("one", NULL), "one");
	CU_ASSERT_STRING_EQUAL(joined("a%20b%2C", "%22c%22"), "a b,\"c\"");
	CU_ASSERT_STRING_EQUAL(joined("%C3", "%BC"), "\xc3\xbc");
}

/* A path in Latin-1, a character that was cut, and what is no percent encoding. */
static void
a_text_that_cannot_be_decoded_is_shown(void)
{
	CU_ASSERT_STRING_EQUAL(joined("gr%FCn", NULL), "gr?n");
	CU_ASSERT_STRING_EQUAL(joined("%ff", NULL), "?");
	CU_ASSERT_STRING_EQUAL(joined("end%C3", NULL), "end?");
	CU_ASSERT_STRING_EQUAL(joined("100%", NULL), "100%");
	CU_ASSERT_STRING_EQUAL(joined("a%00b", NULL), "a%00b");
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(parts_become_one_text),
	CU_TEST_ROW(a_text_that_cannot_be_decoded_is_shown),
};

CU_MAIN("ctlrows", tests)
