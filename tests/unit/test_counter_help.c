/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The table of all counters: each row can be found, and only once, and says something.
 */
#include "shared/counter_help.h"
#include "shared/stats.h"
#include "shared/verdict.h"
#include "tests/support/cu.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#define HELP_MAX 127 /* octets that DPDK takes as a text */

static bool
is_name(const char *name)
{
	for (const char *c = name; *c != '\0'; c++) {
		if (!islower((unsigned char)*c) && !isdigit((unsigned char)*c) && *c != '_')
			return false;
	}
	return name[0] != '\0' && strlen(name) < 32;
}

static void
each_row_has_a_unique_name_and_a_help_text(void)
{
	size_t n;
	const struct cgn_counter_help *rows = cgn_counter_help_rows(&n);

	CU_ASSERT_TRUE(n > 150);
	for (size_t i = 0; i < n; i++) {
		CU_ASSERT_TRUE(is_name(rows[i].name));
		CU_ASSERT_TRUE(strlen(rows[i].help) >= 3);
		CU_ASSERT_TRUE(strlen(rows[i].help) <= HELP_MAX);
		CU_ASSERT_PTR_EQUAL(
				cgn_counter_help_find(rows[i].group, rows[i].name), rows[i].help);
		for (size_t j = 0; j < i; j++) {
			bool is_again = strcmp(rows[i].group, rows[j].group) == 0 &&
					strcmp(rows[i].name, rows[j].name) == 0;
			/* Two counters of a group that mean the same would be one counter. */
			bool is_alike = strcmp(rows[i].group, rows[j].group) == 0 &&
					strcmp(rows[i].help, rows[j].help) == 0;

			CU_ASSERT_FALSE(is_again || is_alike);
			if (is_again || is_alike)
				printf("\n%s %s %s\n", rows[i].group, rows[i].name, rows[j].name);
		}
	}
}

/* Telemetry counts the rows of a group in one go. */
static void
rows_of_a_group_stand_together(void)
{
	size_t n, n_groups = 0;
	const struct cgn_counter_help *rows = cgn_counter_help_rows(&n);
	const char *seen[16];

	for (size_t i = 0; i < n; i++) {
		if (i > 0 && strcmp(rows[i].group, rows[i - 1].group) == 0)
			continue;
		for (size_t g = 0; g < n_groups; g++)
			CU_ASSERT_STRING_NOT_EQUAL(seen[g], rows[i].group);
		seen[n_groups++] = rows[i].group;
		CU_ASSERT_FATAL(n_groups < 16);
	}
	CU_ASSERT_EQUAL(n_groups, 8);
}

static void
verdicts_and_statistics_are_in_their_groups(void)
{
	for (int v = 0; v < CGN_V_COUNT; v++) {
		enum cgn_verdict id = (enum cgn_verdict)v;

		CU_ASSERT_STRING_EQUAL(
				cgn_counter_help_find(cgn_verdict_class_name(cgn_verdict_class(id)),
						cgn_verdict_name(id)),
				cgn_verdict_help(id));
	}
	for (int c = 0; c < CGN_C_COUNT; c++)
		CU_ASSERT_STRING_EQUAL(cgn_counter_help_find("counters", cgn_stats_counter_name(c)),
				cgn_stats_counter_help(c));
	for (int g = 0; g < CGN_G_COUNT; g++)
		CU_ASSERT_STRING_EQUAL(cgn_counter_help_find("gauges", cgn_stats_gauge_name(g)),
				cgn_stats_gauge_help(g));
}

static void
unknown_counter_has_no_help(void)
{
	CU_ASSERT_PTR_NULL(cgn_counter_help_find("dropped", "out"));
	CU_ASSERT_PTR_NULL(cgn_counter_help_find("control", "leases"));
	CU_ASSERT_PTR_NULL(cgn_counter_help_find("none", "punted"));
	CU_ASSERT_PTR_NULL(cgn_counter_help_find("control", ""));
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(each_row_has_a_unique_name_and_a_help_text),
	CU_TEST_ROW(rows_of_a_group_stand_together),
	CU_TEST_ROW(verdicts_and_statistics_are_in_their_groups),
	CU_TEST_ROW(unknown_counter_has_no_help),
};

CU_MAIN("counter_help", tests)
