/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is said of a word that is none of those that are allowed.
 */
#include "shared/choice.h"
#include "tests/support/cu.h"

#include <stdio.h>
#include <string.h>

static struct cgn_choice c;
static char text[CGN_CHOICE_TEXT_MAX];

/* G-DAY-80 */
static void
names_and_the_nearest_are_told(void)
{
	cgn_choice_begin(&c, "hoems");
	cgn_choice_add(&c, "offices");
	cgn_choice_add(&c, "homes");
	CU_ASSERT_STRING_EQUAL(cgn_choice_text(&c, "group", text),
			"no group is called \"hoems\". Did you mean homes? There are offices, homes");
	cgn_choice_begin(&c, "x");
	cgn_choice_add(&c, "homes");
	CU_ASSERT_STRING_EQUAL(cgn_choice_text(&c, "group", text),
			"no group is called \"x\". There is only homes");
	cgn_choice_begin(&c, "x");
	CU_ASSERT_STRING_EQUAL(cgn_choice_text(&c, "group", text),
			"no group is called \"x\". There are none");
}

/* G-DAY-80: a long word is cut between two characters. */
static void
long_word_is_cut_between_two_characters(void)
{
	char word[] = "123456789012345678901234567890123456789012345678901234567890 end";

	cgn_choice_begin(&c, word);
	CU_ASSERT_PTR_NOT_NULL(strstr(cgn_choice_text(&c, "group", text), "67890...\""));
	memcpy(word + 59, "\xc3\xbc", 2);
	cgn_choice_begin(&c, word);
	CU_ASSERT_PTR_NOT_NULL(strstr(cgn_choice_text(&c, "group", text), "6789...\""));
}

/* G-DAY-80: a name that is not listed may still be the one that is meant. */
static void
what_finds_no_room_is_counted(void)
{
	static char names[300][24];
	char more[32];

	cgn_choice_begin(&c, "name-number-28x");
	for (unsigned int i = 0; i < 300; i++) {
		snprintf(names[i], sizeof(names[i]), "name-number-%u", i);
		cgn_choice_add(&c, names[i]);
	}
	CU_ASSERT_EQUAL(c.n, 300);
	CU_ASSERT_TRUE(c.n_listed > 50 && c.n_listed < 300);
	CU_ASSERT_STRING_EQUAL(c.near.name, "name-number-28");
	(void)cgn_choice_text(&c, "group", text);
	snprintf(more, sizeof(more), "name-number-%u and %u more", c.n_listed - 1,
			300 - c.n_listed);
	CU_ASSERT_STRING_EQUAL(text + strlen(text) - strlen(more), more);
}

/* A long word does not push the names out of the text. */
static void
long_words_are_cut(void)
{
	char word[3000];

	memset(word, 'w', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	cgn_choice_begin(&c, word);
	cgn_choice_add(&c, "homes");
	(void)cgn_choice_text(&c, "group", text);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "ww...\". There is only homes"));
	CU_ASSERT_TRUE(strlen(text) < 120);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(names_and_the_nearest_are_told),
	CU_TEST_ROW(long_word_is_cut_between_two_characters),
	CU_TEST_ROW(what_finds_no_room_is_counted),
	CU_TEST_ROW(long_words_are_cut),
};

CU_MAIN("choice", tests)
