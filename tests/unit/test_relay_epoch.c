/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/relay/relay_epoch.h"
#include "tests/support/cu.h"

static void
nothing_is_known_at_first(void)
{
	struct cgn_relay_epoch e = { 0 };

	CU_ASSERT_EQUAL(cgn_relay_epoch_s(&e, 1000000), UINT32_MAX);
	CU_ASSERT_FALSE(cgn_relay_epoch_take(&e, 7, 1000000));
	CU_ASSERT_EQUAL(cgn_relay_epoch_s(&e, 1000000), 7);
}

/* C-G-5: between two packets it goes on by the own clock. */
static void
epoch_goes_on_by_the_own_clock(void)
{
	struct cgn_relay_epoch e = { 0 };

	(void)cgn_relay_epoch_take(&e, 100, 5000);
	CU_ASSERT_EQUAL(cgn_relay_epoch_s(&e, 5999), 100);
	CU_ASSERT_EQUAL(cgn_relay_epoch_s(&e, 6000), 101);
	CU_ASSERT_EQUAL(cgn_relay_epoch_s(&e, 5000 + 3600000), 3700);
}

/* C-G-6, B-CL-5: two seconds back are forgiven, three are not. */
static void
three_seconds_back_are_a_loss(void)
{
	for (uint32_t back = 0; back <= 10; back++) {
		struct cgn_relay_epoch e = { 0 };

		(void)cgn_relay_epoch_take(&e, 1000, 5000);
		CU_ASSERT_EQUAL(cgn_relay_epoch_take(&e, 1000 - back, 5000), back > 2);
		CU_ASSERT_EQUAL(cgn_relay_epoch_s(&e, 5000), 1000 - back);
	}
}

/* B-CL-5, C-G-6: a clock that runs 1/8 slower is no loss, one that runs slower still is. */
static void
slow_clock_is_no_loss(void)
{
	struct cgn_relay_epoch e = { 0 };

	(void)cgn_relay_epoch_take(&e, 1000, 5000);
	CU_ASSERT_FALSE(cgn_relay_epoch_take(&e, 1000 + 700 - 2, 5000 + 800 * 1000));
	e = (struct cgn_relay_epoch){ 0 };
	(void)cgn_relay_epoch_take(&e, 1000, 5000);
	CU_ASSERT_TRUE(cgn_relay_epoch_take(&e, 1000 + 700 - 3, 5000 + 800 * 1000));
}

/* C-G-5: a day with clocks that differ by 100 ppm, asked once a minute. */
static void
day_with_differing_clocks_is_no_loss(void)
{
	for (int ppm = -100; ppm <= 100; ppm += 200) {
		struct cgn_relay_epoch e = { 0 };

		for (uint64_t s = 0; s < 86400; s += 60) {
			uint64_t theirs = s + (uint64_t)((int64_t)s * ppm / 1000000 + 100);

			CU_ASSERT_FALSE(cgn_relay_epoch_take(&e, (uint32_t)theirs, s * 1000));
		}
	}
}

static void
counter_does_not_wrap(void)
{
	struct cgn_relay_epoch e = { 0 };

	(void)cgn_relay_epoch_take(&e, UINT32_MAX - 1, 0);
	CU_ASSERT_EQUAL(cgn_relay_epoch_s(&e, 10000), UINT32_MAX);
	CU_ASSERT_TRUE(cgn_relay_epoch_take(&e, 0, 10000));
}

/* E-EP-2: the check of PCP has two sides, and allows one second back. */
static void
check_of_pcp_has_two_sides(void)
{
	static const struct {
		uint32_t passed_s, said_s;
		bool is_lost;
	} rows[] = {
		{ 0, 999, false },
		{ 0, 998, true },
		{ 0, 1002, false },
		{ 0, 1003, true },
		{ 1600, 2600, false },
		{ 1600, 1000 + 1500 - 2, false },
		{ 1600, 1000 + 1500 - 3, true },
		/* 1600 + 2 < x - x/16 from 1709 on */
		{ 1600, 1000 + 1708, false },
		{ 1600, 1000 + 1709, true },
	};

	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cgn_relay_epoch e = { 0 };
		uint64_t now = 5000 + rows[i].passed_s * UINT64_C(1000);

		CU_ASSERT_FALSE(cgn_relay_epoch_take_pcp(&e, 1000, 5000));
		CU_ASSERT_EQUAL(cgn_relay_epoch_take_pcp(&e, rows[i].said_s, now), rows[i].is_lost);
	}
}

/* E-PX-4: the age runs by the clock here. After a jump forward it begins at 0. */
static void
age_is_no_copy(void)
{
	struct cgn_relay_epoch e = { 0 };

	CU_ASSERT_EQUAL(cgn_relay_epoch_age_s(&e, 5000), UINT32_MAX);
	(void)cgn_relay_epoch_take_pcp(&e, 1000, 5000);
	(void)cgn_relay_epoch_take_pcp(&e, 1001, 5000);
	CU_ASSERT_EQUAL(cgn_relay_epoch_age_s(&e, 6000), 1001);
	CU_ASSERT_TRUE(cgn_relay_epoch_take_pcp(&e, 900, 6000));
	CU_ASSERT_EQUAL(cgn_relay_epoch_age_s(&e, 6000), 900);
	CU_ASSERT_TRUE(cgn_relay_epoch_take_pcp(&e, 9000, 7000));
	CU_ASSERT_EQUAL(cgn_relay_epoch_age_s(&e, 7000), 0);
	/* Another protocol may have another epoch. The age does not grow by it. */
	cgn_relay_epoch_forget(&e);
	CU_ASSERT_EQUAL(cgn_relay_epoch_s(&e, 9000), UINT32_MAX);
	(void)cgn_relay_epoch_take(&e, 500, 9000);
	CU_ASSERT_EQUAL(cgn_relay_epoch_age_s(&e, 9000), 2);
	cgn_relay_epoch_forget(&e);
	(void)cgn_relay_epoch_take(&e, 1, 9000);
	CU_ASSERT_EQUAL(cgn_relay_epoch_age_s(&e, 9000), 1);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(nothing_is_known_at_first),
	CU_TEST_ROW(epoch_goes_on_by_the_own_clock),
	CU_TEST_ROW(three_seconds_back_are_a_loss),
	CU_TEST_ROW(slow_clock_is_no_loss),
	CU_TEST_ROW(day_with_differing_clocks_is_no_loss),
	CU_TEST_ROW(counter_does_not_wrap),
	CU_TEST_ROW(check_of_pcp_has_two_sides),
	CU_TEST_ROW(age_is_no_copy),
};

CU_MAIN("relay_epoch", tests)
