/* SPDX-License-Identifier: BSD-3-Clause */
#include "shared/refusal.h"
#include "shared/stats.h"
#include "shared/verdict.h"
#include "tests/support/cu.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

/* The lists behind one face. */
struct list {
	const char *what;
	unsigned int n;
	const char *(*name)(unsigned int i);
	const char *(*help)(unsigned int i);
};

static const char *
verdict_name(unsigned int i)
{
	return cgn_verdict_name((enum cgn_verdict)i);
}

static const char *
verdict_help(unsigned int i)
{
	return cgn_verdict_help((enum cgn_verdict)i);
}

static const char *
counter_name(unsigned int i)
{
	return cgn_stats_counter_name((enum cgn_counter_id)i);
}

static const char *
counter_help(unsigned int i)
{
	return cgn_stats_counter_help((enum cgn_counter_id)i);
}

static const char *
gauge_name(unsigned int i)
{
	return cgn_stats_gauge_name((enum cgn_gauge_id)i);
}

static const char *
gauge_help(unsigned int i)
{
	return cgn_stats_gauge_help((enum cgn_gauge_id)i);
}

static const char *
refusal_name(unsigned int i)
{
	return cgn_refusal_name((enum cgn_refusal)i);
}

static const char *
refusal_help(unsigned int i)
{
	return cgn_refusal_help((enum cgn_refusal)i);
}

static const struct list lists[] = {
	{ "verdicts", CGN_V_COUNT, verdict_name, verdict_help },
	{ "counters", CGN_C_COUNT, counter_name, counter_help },
	{ "gauges", CGN_G_COUNT, gauge_name, gauge_help },
	{ "refusals", CGN_REFUSAL_COUNT, refusal_name, refusal_help },
};

#define N_LISTS (sizeof(lists) / sizeof(lists[0]))

/* Lower case, digits and underscores, starting with a letter: what telemetry takes. */
static bool
is_key(const char *s)
{
	if (s == NULL || !islower((unsigned char)s[0]))
		return false;
	for (; *s != '\0'; s++) {
		if (!islower((unsigned char)*s) && !isdigit((unsigned char)*s) && *s != '_')
			return false;
	}
	return true;
}

static void
every_row_has_a_name_that_is_a_key(void)
{
	for (size_t k = 0; k < N_LISTS; k++) {
		CU_ASSERT(lists[k].n > 5);
		for (unsigned int i = 0; i < lists[k].n; i++)
			CU_ASSERT_TRUE(is_key(lists[k].name(i)));
	}
}

static void
no_two_rows_of_a_list_share_their_name_or_help(void)
{
	for (size_t k = 0; k < N_LISTS; k++) {
		for (unsigned int i = 0; i < lists[k].n; i++) {
			for (unsigned int j = 0; j < i; j++) {
				CU_ASSERT_STRING_NOT_EQUAL(lists[k].name(i), lists[k].name(j));
				CU_ASSERT_STRING_NOT_EQUAL(lists[k].help(i), lists[k].help(j));
			}
		}
	}
}

/* Counters and gauges are shown in one table. */
static void
no_counter_is_called_like_a_gauge(void)
{
	for (unsigned int i = 0; i < CGN_C_COUNT; i++) {
		for (unsigned int j = 0; j < CGN_G_COUNT; j++)
			CU_ASSERT_STRING_NOT_EQUAL(counter_name(i), gauge_name(j));
	}
}

/* A-RES-3: a reason that is also a verdict has its name, and every verdict with a reason of its own is one of these. */
static void
reasons_are_called_like_their_verdicts(void)
{
	unsigned int n = 0;

	for (unsigned int v = 0; v < CGN_V_COUNT; v++) {
		enum cgn_refusal why = cgn_refusal_of((enum cgn_verdict)v);

		if (why == CGN_REFUSAL_OTHER)
			continue;
		CU_ASSERT_STRING_EQUAL(cgn_refusal_name(why), verdict_name(v));
		n++;
	}
	CU_ASSERT_EQUAL(n, 12);
	CU_ASSERT_STRING_EQUAL(cgn_refusal_name(CGN_REFUSAL_COUNT), "unknown");
	CU_ASSERT_STRING_EQUAL(cgn_refusal_help(CGN_REFUSAL_COUNT), "");
}

static void
every_row_has_a_help_of_some_words(void)
{
	for (size_t k = 0; k < N_LISTS; k++) {
		for (unsigned int i = 0; i < lists[k].n; i++) {
			const char *help = lists[k].help(i);

			CU_ASSERT_PTR_NOT_NULL_FATAL(help);
			CU_ASSERT(strlen(help) > 10 && strchr(help, ' ') != NULL);
		}
	}
}

/* Verdicts go through eight bits of the transmit buffers. */
static void
verdicts_fit_into_eight_bits_with_none(void)
{
	CU_ASSERT(CGN_V_NONE <= UINT8_MAX);
	CU_ASSERT_EQUAL(CGN_V_NONE, CGN_V_COUNT);
}

static void
classes_have_names_and_members(void)
{
	unsigned int members[CGN_VC_DROPPED + 1] = { 0 };

	for (unsigned int i = 0; i < CGN_V_COUNT; i++)
		members[cgn_verdict_class((enum cgn_verdict)i)]++;
	for (unsigned int c = 0; c <= CGN_VC_DROPPED; c++) {
		CU_ASSERT(members[c] > 0);
		CU_ASSERT_TRUE(is_key(cgn_verdict_class_name((enum cgn_verdict_class)c)));
		for (unsigned int d = 0; d < c; d++)
			CU_ASSERT_STRING_NOT_EQUAL(
					cgn_verdict_class_name((enum cgn_verdict_class)c),
					cgn_verdict_class_name((enum cgn_verdict_class)d));
	}
	CU_ASSERT_EQUAL(cgn_verdict_class(CGN_V_OUT), CGN_VC_FORWARDED);
	CU_ASSERT_EQUAL(cgn_verdict_class(CGN_V_LOCAL), CGN_VC_LOCAL);
	CU_ASSERT_EQUAL(cgn_verdict_class(CGN_V_SYN_HELD), CGN_VC_ABSORBED);
	CU_ASSERT_EQUAL(cgn_verdict_class(CGN_V_TX_FULL), CGN_VC_DROPPED);
}

static void
numbers_outside_the_lists_are_answered_safely(void)
{
	CU_ASSERT_STRING_EQUAL(cgn_verdict_name(CGN_V_COUNT), "unknown");
	CU_ASSERT_STRING_EQUAL(cgn_verdict_help(CGN_V_COUNT), "");
	CU_ASSERT_EQUAL(cgn_verdict_class(CGN_V_COUNT), CGN_VC_DROPPED);
	CU_ASSERT_PTR_NULL(counter_name(CGN_C_COUNT));
	CU_ASSERT_PTR_NULL(counter_help(CGN_C_COUNT));
	CU_ASSERT_PTR_NULL(gauge_name(CGN_G_COUNT));
	CU_ASSERT_PTR_NULL(gauge_help(CGN_G_COUNT));
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(every_row_has_a_name_that_is_a_key),
	CU_TEST_ROW(no_two_rows_of_a_list_share_their_name_or_help),
	CU_TEST_ROW(no_counter_is_called_like_a_gauge),
	CU_TEST_ROW(reasons_are_called_like_their_verdicts),
	CU_TEST_ROW(every_row_has_a_help_of_some_words),
	CU_TEST_ROW(verdicts_fit_into_eight_bits_with_none),
	CU_TEST_ROW(classes_have_names_and_members),
	CU_TEST_ROW(numbers_outside_the_lists_are_answered_safely),
};

CU_MAIN("verdict", tests)
