/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/conf/conf_ranges.h"
#include "tests/support/cu.h"

static void
sorting_joins_what_overlaps_or_touches(void)
{
	struct cgn_range4 list[] = { { 30, 40 }, { 1, 5 }, { 6, 9 }, { 20, 50 }, { 11, 12 },
		{ UINT32_MAX, UINT32_MAX }, { 35, 36 } };

	CU_ASSERT_EQUAL_FATAL(cgn_conf_ranges_sort(list, 7), 4);
	CU_ASSERT_EQUAL(list[0].first, 1);
	CU_ASSERT_EQUAL(list[0].last, 9);
	CU_ASSERT_EQUAL(list[1].first, 11);
	CU_ASSERT_EQUAL(list[2].first, 20);
	CU_ASSERT_EQUAL(list[2].last, 50);
	CU_ASSERT_EQUAL(list[3].first, UINT32_MAX);
	CU_ASSERT_EQUAL(cgn_conf_ranges_sort(NULL, 0), 0);
}

static void
sorted_list_tells_what_it_contains(void)
{
	const struct cgn_range4 list[] = { { 1, 9 }, { 11, 12 }, { 20, 50 } };
	const struct cgn_range4 in = { 20, 50 }, over_the_gap = { 9, 11 }, out = { 50, 51 };

	CU_ASSERT_FALSE(cgn_conf_ranges_has(list, 3, 0));
	CU_ASSERT_TRUE(cgn_conf_ranges_has(list, 3, 1));
	CU_ASSERT_TRUE(cgn_conf_ranges_has(list, 3, 9));
	CU_ASSERT_FALSE(cgn_conf_ranges_has(list, 3, 10));
	CU_ASSERT_TRUE(cgn_conf_ranges_has(list, 3, 12));
	CU_ASSERT_FALSE(cgn_conf_ranges_has(list, 3, 51));
	CU_ASSERT_FALSE(cgn_conf_ranges_has(list, 0, 1));
	CU_ASSERT_TRUE(cgn_conf_ranges_cover(list, 3, &in));
	CU_ASSERT_FALSE(cgn_conf_ranges_cover(list, 3, &over_the_gap));
	CU_ASSERT_FALSE(cgn_conf_ranges_cover(list, 3, &out));
}

/* Every pair of subsets of eight addresses, compared bit by bit. */
static void
difference_is_right_for_all_small_sets(void)
{
	unsigned int bad = 0;

	for (unsigned int a = 0; a < 256; a++) {
		for (unsigned int b = 0; b < 256; b++) {
			struct cgn_range4 ra[8], rb[8], out[16];
			unsigned int got = 0;
			size_t na = 0, nb = 0, n;

			for (uint32_t i = 0; i < 8; i++) {
				if ((a >> i & 1) != 0)
					ra[na++] = (struct cgn_range4){ i, i };
				if ((b >> i & 1) != 0)
					rb[nb++] = (struct cgn_range4){ i, i };
			}
			na = cgn_conf_ranges_sort(ra, na);
			nb = cgn_conf_ranges_sort(rb, nb);
			n = cgn_conf_ranges_subtract(ra, na, rb, nb, out);
			for (size_t i = 0; i < n; i++) {
				for (uint32_t x = out[i].first; x <= out[i].last; x++)
					got |= 1u << x;
			}
			bad += got != (a & ~b);
			bad += n > na + nb;
		}
	}
	CU_ASSERT_EQUAL(bad, 0);
}

static void
last_address_of_all_can_be_taken_out(void)
{
	const struct cgn_range4 all = { 0, UINT32_MAX }, last = { UINT32_MAX, UINT32_MAX };
	struct cgn_range4 out[2];

	CU_ASSERT_EQUAL_FATAL(cgn_conf_ranges_subtract(&all, 1, &last, 1, out), 1);
	CU_ASSERT_EQUAL(out[0].last, UINT32_MAX - 1);
	CU_ASSERT_EQUAL(cgn_conf_ranges_subtract(&all, 1, &all, 1, out), 0);
	CU_ASSERT_EQUAL(cgn_conf_ranges_count(&all, 1), UINT64_C(1) << 32);
}

/* A-HDR-3 */
static void
martians_are_known_to_their_last_address(void)
{
	static const struct {
		struct cgn_range4 range;
		bool has, within;
	} cases[] = {
		{ { 0x00000000, 0x00ffffff }, true, true },
		{ { 0x01000000, 0x7effffff }, false, false },
		{ { 0x01000000, 0x7f000000 }, true, false },
		{ { 0x7f000000, 0x7fffffff }, true, true },
		{ { 0x80000000, 0xa9fdffff }, false, false },
		{ { 0xa9fe0000, 0xa9feffff }, true, true },
		{ { 0xa9feffff, 0xa9ff0000 }, true, false },
		{ { 0xa9ff0000, 0xdfffffff }, false, false },
		{ { 0xe0000000, 0xffffffff }, true, true },
		{ { 0x00000000, 0xffffffff }, true, false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CU_ASSERT_EQUAL(cgn_conf_ranges_has_martian(&cases[i].range), cases[i].has);
		CU_ASSERT_EQUAL(cgn_conf_ranges_all_martian(&cases[i].range), cases[i].within);
	}
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(sorting_joins_what_overlaps_or_touches),
	CU_TEST_ROW(sorted_list_tells_what_it_contains),
	CU_TEST_ROW(difference_is_right_for_all_small_sets),
	CU_TEST_ROW(last_address_of_all_can_be_taken_out),
	CU_TEST_ROW(martians_are_known_to_their_last_address),
};

CU_MAIN("conf_ranges", tests)
