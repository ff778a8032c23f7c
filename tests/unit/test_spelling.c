/* SPDX-License-Identifier: BSD-3-Clause */
#include "shared/spelling.h"
#include "tests/support/cu.h"

#include <stdint.h>
#include <string.h>

/* G-DAY-1, G-DAY-31 */
static void
letters_that_are_wrong_are_counted(void)
{
	CU_ASSERT_EQUAL(cgn_spelling_distance("pools", "pools"), 0);
	CU_ASSERT_EQUAL(cgn_spelling_distance("", ""), 0);
	CU_ASSERT_EQUAL(cgn_spelling_distance("", "abc"), 3);
	CU_ASSERT_EQUAL(cgn_spelling_distance("pool", "pools"), 1);
	CU_ASSERT_EQUAL(cgn_spelling_distance("poools", "pools"), 1);
	CU_ASSERT_EQUAL(cgn_spelling_distance("paols", "pools"), 1);
	CU_ASSERT_EQUAL(cgn_spelling_distance("wrokers", "workers"), 1);
	/* Letters that were swapped are not changed again. */
	CU_ASSERT_EQUAL(cgn_spelling_distance("ca", "abc"), 3);
	CU_ASSERT_EQUAL(cgn_spelling_distance("routes", "who"),
			cgn_spelling_distance("who", "routes"));
}

static void
long_words_are_not_compared(void)
{
	char word[CGN_SPELLING_MAX + 2];

	memset(word, 'x', sizeof(word));
	word[CGN_SPELLING_MAX + 1] = '\0';
	CU_ASSERT_EQUAL(cgn_spelling_distance(word, "x"), UINT32_MAX);
	CU_ASSERT_EQUAL(cgn_spelling_distance("x", word), UINT32_MAX);
	word[CGN_SPELLING_MAX] = '\0';
	CU_ASSERT_EQUAL(cgn_spelling_distance(word, "x"), CGN_SPELLING_MAX - 1);
	CU_ASSERT_EQUAL(cgn_spelling_distance(word, word), 0);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(letters_that_are_wrong_are_counted),
	CU_TEST_ROW(long_words_are_not_compared),
};

CU_MAIN("spelling", tests)
