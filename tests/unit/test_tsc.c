/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/device/tsc.h"
#include "tests/support/cu.h"

#define HZ UINT64_C(2599998917)

static void
ticks_start_late_enough_to_look_back(void)
{
	struct cgn_tsc t = cgn_tsc_init(12345, HZ);

	CU_ASSERT_EQUAL(cgn_tsc_tick(&t, 12345), CGN_TSC_FIRST);
	CU_ASSERT_TRUE(CGN_TSC_FIRST >= cgn_ticks(1000));
}

static void
core_whose_counter_is_behind_sees_the_first_tick(void)
{
	struct cgn_tsc t = cgn_tsc_init(UINT64_C(1) << 40, HZ);

	CU_ASSERT_EQUAL(cgn_tsc_tick(&t, (UINT64_C(1) << 40) - 1), CGN_TSC_FIRST);
}

static void
a_second_has_its_ticks(void)
{
	struct cgn_tsc t = cgn_tsc_init(7, HZ);

	for (uint64_t s = 1; s < 1000; s++) {
		CU_ASSERT_EQUAL(cgn_tsc_tick(&t, 7 + s * HZ + 100),
				CGN_TSC_FIRST + cgn_ticks((uint32_t)s));
		CU_ASSERT_EQUAL(cgn_tsc_tick(&t, 7 + s * HZ - 100),
				CGN_TSC_FIRST + cgn_ticks((uint32_t)s) - 1);
	}
}

static void
eight_years_later_the_clock_is_right_to_a_tick(void)
{
	struct cgn_tsc t = cgn_tsc_init(0, HZ);
	uint64_t s = UINT64_C(8) * 365 * 86400;
	cgn_tick want = CGN_TSC_FIRST + cgn_ticks((uint32_t)s);
	cgn_tick got = cgn_tsc_tick(&t, s * HZ);

	CU_ASSERT_TRUE(got == want || got == want - 1);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(ticks_start_late_enough_to_look_back),
	CU_TEST_ROW(core_whose_counter_is_behind_sees_the_first_tick),
	CU_TEST_ROW(a_second_has_its_ticks),
	CU_TEST_ROW(eight_years_later_the_clock_is_right_to_a_tick),
};
CU_MAIN("tsc", tests)
