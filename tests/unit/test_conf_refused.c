/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/conf/conf_refused.h"
#include "tests/support/cu.h"

#include <string.h>

/* REQ: N-CONF-5 */
static void
every_reason_has_a_word_and_a_text(void)
{
	CU_ASSERT_PTR_NULL(cgn_conf_refused_word(CGN_CONF_REFUSED_NO));
	for (unsigned int i = CGN_CONF_REFUSED_NO + 1; i < CGN_CONF_REFUSED_COUNT; i++) {
		const char *word = cgn_conf_refused_word((enum cgn_conf_refused)i);

		CU_ASSERT_PTR_NOT_NULL_FATAL(word);
		CU_ASSERT_PTR_NULL(strchr(word, ' '));
		CU_ASSERT_PTR_NOT_NULL(strchr(cgn_conf_refused_text(word), ' '));
		for (unsigned int k = CGN_CONF_REFUSED_NO + 1; k < i; k++)
			CU_ASSERT_STRING_NOT_EQUAL(
					word, cgn_conf_refused_word((enum cgn_conf_refused)k));
	}
}

/* A cgnd that is newer than cgnctl may have another reason. */
static void
word_that_is_not_known_stays(void)
{
	CU_ASSERT_STRING_EQUAL(cgn_conf_refused_text("newer"), "newer");
	CU_ASSERT_STRING_EQUAL(cgn_conf_refused_text(""), "");
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(every_reason_has_a_word_and_a_text),
	CU_TEST_ROW(word_that_is_not_known_stays),
};

CU_MAIN("conf_refused", tests)
