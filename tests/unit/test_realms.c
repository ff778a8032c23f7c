/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/lease/realms.h"
#include "tests/support/cu.h"

#include <errno.h>

static struct cgn_realms *realms;

static void
begin(void)
{
	CU_ASSERT_EQUAL_FATAL(cgn_realms_create(&realms, 7), 0);
}

static void
end(void)
{
	cgn_realms_destroy(realms);
}

/* 2001:db8:NUMBER::, an address in it. */
static struct cgn_ip6
b4_of(uint32_t number, uint8_t last)
{
	return (struct cgn_ip6){ .b = { 0x20, 0x01, 0x0d, 0xb8, (uint8_t)(number >> 16),
						 (uint8_t)(number >> 8),
						 (uint8_t)number, [15] = last } };
}

/* F-ID-1, F-ID-2: a home is a prefix; two have two numbers, one keeps its own whatever its B4's address. */
static void
home_keeps_its_number(void)
{
	struct cgn_ip6 a = b4_of(1, 1), moved = b4_of(1, 2), b = b4_of(2, 1);
	bool is_new;
	uint32_t realm;

	begin();
	realm = cgn_realms_get(realms, &a, 56, &is_new);
	CU_ASSERT_TRUE(is_new);
	CU_ASSERT_NOT_EQUAL(realm, 0);
	CU_ASSERT_NOT_EQUAL(cgn_realms_get(realms, &b, 56, &is_new), realm);
	CU_ASSERT_EQUAL(cgn_realms_get(realms, &moved, 56, &is_new), realm);
	CU_ASSERT_FALSE(is_new);
	CU_ASSERT_EQUAL(memcmp(cgn_realms_b4(realms, realm), &moved, sizeof(moved)), 0);
	CU_ASSERT_NOT_EQUAL(cgn_realms_get(realms, &moved, 128, &is_new), realm);
	CU_ASSERT_PTR_NULL(cgn_realms_b4(realms, 0));
	CU_ASSERT_PTR_NULL(cgn_realms_b4(realms, 77));
	end();
}

/* F-HA-1: numbers that come back from the store are not given to others. */
static void
numbers_of_the_store_stay_whose_they_were(void)
{
	struct cgn_ip6 a = b4_of(1, 1), b = b4_of(2, 1);
	bool is_new;

	begin();
	CU_ASSERT_EQUAL(cgn_realms_put(realms, 500, &a, 56), 0);
	CU_ASSERT_EQUAL(cgn_realms_put(realms, 500, &b, 56), -EINVAL);
	CU_ASSERT_EQUAL(cgn_realms_put(realms, 501, &a, 56), -EINVAL);
	CU_ASSERT_EQUAL(cgn_realms_put(realms, 0, &b, 56), -EINVAL);
	CU_ASSERT_EQUAL(cgn_realms_put(realms, CGN_REALMS_MAX, &b, 56), -ENOSPC);
	CU_ASSERT_EQUAL(cgn_realms_get(realms, &a, 56, &is_new), 500);
	CU_ASSERT_FALSE(is_new);
	CU_ASSERT_EQUAL(cgn_realms_get(realms, &b, 56, &is_new), 501);
	end();
}

static void
many_homes_have_numbers_of_their_own(void)
{
	bool is_new;

	begin();
	for (uint32_t i = 0; i < 20000; i++) {
		struct cgn_ip6 b4 = b4_of(i, 1);

		CU_ASSERT_EQUAL_FATAL(cgn_realms_get(realms, &b4, 56, &is_new), i + 1);
	}
	for (uint32_t i = 0; i < 20000; i++) {
		struct cgn_ip6 b4 = b4_of(i, 1);

		CU_ASSERT_EQUAL_FATAL(cgn_realms_get(realms, &b4, 56, &is_new), i + 1);
	}
	end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(home_keeps_its_number),
	CU_TEST_ROW(numbers_of_the_store_stay_whose_they_were),
	CU_TEST_ROW(many_homes_have_numbers_of_their_own),
};

CU_MAIN("realms", tests)
