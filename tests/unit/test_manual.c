/* SPDX-License-Identifier: BSD-3-Clause */
#include "shared/manual.h"
#include "tests/support/cu.h"

#include <stdlib.h>
#include <string.h>

static char *page;
static size_t page_size;
static struct cgn_manual m;

static void
page_begin(void)
{
	m = (struct cgn_manual){ .out = open_memstream(&page, &page_size) };
	CU_ASSERT_PTR_NOT_NULL_FATAL(m.out);
}

static void
page_is(const char *expected)
{
	fclose(m.out);
	CU_ASSERT_STRING_EQUAL(page, expected);
	free(page);
}

/* REQ: G-DAY-41 */
static void
the_head_names_the_release(void)
{
	static const char *const begin[] = { "`cgnd` -c FILE", "`cgnd` --help", NULL };
	const struct cgn_manual_head head = {
		.name = "cgnd",
		.section = 8,
		.brief = "a NAT",
		.date = "2026-11-30",
		.version = "1.0.0",
		.begin = begin,
	};

	page_begin();
	cgn_manual_begin(&m, &head);
	page_is(".\\\" Generated. Do not edit.\n"
		".TH \"CGND\" 8 \"2026-11-30\" \"cgnd 1.0.0\"\n"
		".SH NAME\ncgnd \\- a NAT\n"
		".SH SYNOPSIS\n\\fBcgnd\\fP \\-c FILE\n.br\n\\fBcgnd\\fP \\-\\-help\n");
}

/* A request at the start of a line, or an escape, would be carried out and not shown. */
static void
text_is_never_taken_for_a_request(void)
{
	page_begin();
	cgn_manual_paragraph(&m, ".TH \\fB 'x");
	cgn_manual_verbatim(&m, "a: \\n\n.so /etc/passwd\n'br\n- b\n");
	page_is("\\&.TH \\efB 'x\n.PP\n.nf\na: \\en\n\\&.so /etc/passwd\n\\&'br\n\\- b\n.fi\n");
}

static void
typed_hyphens_stay_hyphens(void)
{
	page_begin();
	cgn_manual_item(&m, "`-c`, `--config` FILE", "a well-known file");
	page_is(".TP\n\\fB\\-c\\fP, \\fB\\-\\-config\\fP FILE\na well\\-known file\n");
}

static void
bold_text_that_is_not_closed_ends_with_its_paragraph(void)
{
	page_begin();
	cgn_manual_paragraph(&m, "see `cgnd");
	page_is("see \\fBcgnd\\fP\n");
}

static void
lines_are_short_and_words_stay_whole(void)
{
	char text[400] = "", word[100];
	size_t longest = 0;

	for (size_t i = 0; i < 40; i++)
		strcat(text, "word.  ");
	memset(word, 'x', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	strcat(text, word);
	page_begin();
	cgn_manual_paragraph(&m, text);
	fflush(m.out);
	for (char *line = page, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		if (*line != 'x' && (size_t)(end - line) > longest)
			longest = (size_t)(end - line);
	}
	CU_ASSERT(longest > 60 && longest <= 78);
	CU_ASSERT_PTR_NOT_NULL(strstr(page, word));
	fclose(m.out);
	free(page);
}

/* man(7) has a warning for a paragraph that begins directly behind a heading. */
static void
paragraphs_are_apart(void)
{
	page_begin();
	cgn_manual_section(&m, "FILES");
	cgn_manual_paragraph(&m, "one");
	cgn_manual_paragraph(&m, "two");
	cgn_manual_part(&m, "more");
	cgn_manual_paragraph(&m, "three");
	page_is(".SH FILES\none\n.PP\ntwo\n.SS more\nthree\n");
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(the_head_names_the_release),
	CU_TEST_ROW(text_is_never_taken_for_a_request),
	CU_TEST_ROW(typed_hyphens_stay_hyphens),
	CU_TEST_ROW(bold_text_that_is_not_closed_ends_with_its_paragraph),
	CU_TEST_ROW(lines_are_short_and_words_stay_whole),
	CU_TEST_ROW(paragraphs_are_apart),
};

CU_MAIN("manual", tests)
