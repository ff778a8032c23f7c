/* SPDX-License-Identifier: BSD-3-Clause */
#include "shared/latency.h"
#include "tests/support/cu.h"

#include <string.h>

static void
every_duration_lies_in_its_bucket(void)
{
	unsigned int last = 0;

	for (uint64_t c = 0; c < 100000; c++) {
		unsigned int b = cgn_latency_bucket(c);

		CU_ASSERT_TRUE(b == last || b == last + 1);
		CU_ASSERT_TRUE(c < cgn_latency_bound(b));
		CU_ASSERT_TRUE(b == 0 || c >= cgn_latency_bound(b - 1));
		last = b;
	}
	CU_ASSERT_EQUAL(cgn_latency_bucket(UINT64_MAX), CGN_LATENCY_BUCKETS - 1);
}

static void
bounds_are_a_quarter_apart_at_most(void)
{
	for (unsigned int b = 8; b < CGN_LATENCY_BUCKETS; b++)
		CU_ASSERT_TRUE(cgn_latency_bound(b) * 4 <= cgn_latency_bound(b - 1) * 5);
}

static void
quantiles_count_from_below(void)
{
	struct cgn_latency l;

	memset(&l, 0, sizeof(l));
	CU_ASSERT_EQUAL(cgn_latency_quantile(&l, 500000), 0);
	for (unsigned int i = 0; i < 990; i++)
		cgn_latency_note(&l, 100);
	for (unsigned int i = 0; i < 10; i++)
		cgn_latency_note(&l, 5000);
	CU_ASSERT_EQUAL(cgn_latency_count(&l), 1000);
	CU_ASSERT_EQUAL(l.cycles, 990 * 100 + 10 * 5000);
	CU_ASSERT_EQUAL(cgn_latency_quantile(&l, 990000),
			cgn_latency_bound(cgn_latency_bucket(100)));
	CU_ASSERT_EQUAL(cgn_latency_quantile(&l, 990001),
			cgn_latency_bound(cgn_latency_bucket(5000)));
	CU_ASSERT_EQUAL(cgn_latency_quantile(&l, 1000000),
			cgn_latency_bound(cgn_latency_bucket(5000)));
	CU_ASSERT_EQUAL(cgn_latency_count_above(&l, 100), 10);
	CU_ASSERT_EQUAL(cgn_latency_count_above(&l, 5000), 0);
}

static void
names_are_there_for_all_and_no_others(void)
{
	CU_ASSERT_STRING_EQUAL(cgn_latency_name(CGN_LATENCY_LOOP), "loop");
	CU_ASSERT_STRING_EQUAL(cgn_latency_name(CGN_LATENCY_BURST), "burst");
	CU_ASSERT_PTR_NULL(cgn_latency_name(CGN_LATENCY_COUNT));
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(every_duration_lies_in_its_bucket),
	CU_TEST_ROW(bounds_are_a_quarter_apart_at_most),
	CU_TEST_ROW(quantiles_count_from_below),
	CU_TEST_ROW(names_are_there_for_all_and_no_others),
};

CU_MAIN("latency", tests)
