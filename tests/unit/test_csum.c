/* SPDX-License-Identifier: BSD-3-Clause */
#include "shared/csum.h"
#include "tests/support/cu.h"

#include <rte_ip.h>

/* A-CK-1: the incremental form agrees with a full recomputation for every 16-bit checksum value. */
static void
delta_agrees_with_recomputation_for_all_values(void)
{
	uint16_t words[10] = { 0x4500, 0x0054, 0, 0x4000, 0x4011, 0, 0x0a00, 0x0001, 0xc633,
		0x6407 };
	cgn_csum_delta d = cgn_csum_delta32(0x0a000001, 0xcb007109);
	unsigned int bad = 0;

	for (uint32_t v = 0; v <= 0xffff; v++) {
		uint16_t before, after, full;

		words[2] = (uint16_t)v;
		words[6] = 0x0001;
		words[7] = 0x0a00;
		before = (uint16_t)~rte_raw_cksum(words, sizeof(words));
		after = cgn_csum_apply(before, d);
		words[6] = 0x7109;
		words[7] = 0xcb00;
		full = (uint16_t)~rte_raw_cksum(words, sizeof(words));
		/* Both zeros of one's complement arithmetic verify alike. */
		if (after != full &&
				!((after == 0 || after == 0xffff) && (full == 0 || full == 0xffff)))
			bad++;
	}
	CU_ASSERT_EQUAL(bad, 0);
}

/* A-CK-1: a checksum that was wrong is wrong by the same amount afterwards. */
static void
wrong_checksum_stays_wrong_by_the_same_error(void)
{
	cgn_csum_delta d = cgn_csum_delta_add(cgn_csum_delta32(1, 2), cgn_csum_delta16(7, 9));
	uint16_t right = cgn_csum_apply(0x1234, d);
	uint16_t wrong = cgn_csum_apply(0x1235, d);

	CU_ASSERT_EQUAL((uint16_t)(wrong - right), 1);
}

static void
inverse_delta_restores_the_checksum(void)
{
	cgn_csum_delta d = cgn_csum_delta32(0x01020304, 0xfffefdfc);

	for (uint32_t c = 1; c < 0xffff; c += 17)
		CU_ASSERT_EQUAL(cgn_csum_apply(cgn_csum_apply((uint16_t)c, d),
						cgn_csum_delta_invert(d)),
				c);
}

/* A-CK-2 */
static void
udp_checksum_zero_stays_zero(void)
{
	CU_ASSERT_EQUAL(cgn_csum_apply_udp(0, cgn_csum_delta32(1, 2)), 0);
}

/* A-CK-3 */
static void
udp_checksum_that_becomes_zero_is_sent_as_ffff(void)
{
	bool seen = false;

	for (uint32_t c = 1; c <= 0xffff; c++) {
		cgn_csum_delta d = cgn_csum_delta16(0x1111, 0x2222);
		uint16_t after = cgn_csum_apply_udp((uint16_t)c, d);

		CU_ASSERT_NOT_EQUAL(after, 0);
		if (cgn_csum_apply((uint16_t)c, d) == 0) {
			seen = true;
			CU_ASSERT_EQUAL(after, 0xffff);
		}
	}
	CU_ASSERT_TRUE(seen);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(delta_agrees_with_recomputation_for_all_values),
	CU_TEST_ROW(wrong_checksum_stays_wrong_by_the_same_error),
	CU_TEST_ROW(inverse_delta_restores_the_checksum),
	CU_TEST_ROW(udp_checksum_zero_stays_zero),
	CU_TEST_ROW(udp_checksum_that_becomes_zero_is_sent_as_ffff),
};

CU_MAIN("csum", tests)
