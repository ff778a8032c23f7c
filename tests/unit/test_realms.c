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
	uint32_t realm;

	begin();
	realm = cgn_realms_get(realms, &a, 56);
	CU_ASSERT_NOT_EQUAL(realm, 0);
	CU_ASSERT_NOT_EQUAL(cgn_realms_get(realms, &b, 56), realm);
	CU_ASSERT_EQUAL(cgn_realms_get(realms, &moved, 56), realm);
	CU_ASSERT_EQUAL(memcmp(cgn_realms_b4(realms, realm), &moved, sizeof(moved)), 0);
	CU_ASSERT_NOT_EQUAL(cgn_realms_get(realms, &moved, 128), realm);
	CU_ASSERT_PTR_NULL(cgn_realms_b4(realms, 0));
	CU_ASSERT_PTR_NULL(cgn_realms_b4(realms, 77));
	end();
}

/* F-HA-1: numbers that come back from the store are not given to others. */
static void
numbers_of_the_store_stay_whose_they_were(void)
{
	struct cgn_ip6 a = b4_of(1, 1), b = b4_of(2, 1);

	begin();
	CU_ASSERT_EQUAL(cgn_realms_put(realms, 500, &a, 56), 0);
	CU_ASSERT_EQUAL(cgn_realms_put(realms, 500, &b, 56), -EINVAL);
	CU_ASSERT_EQUAL(cgn_realms_put(realms, 501, &a, 56), -EINVAL);
	CU_ASSERT_EQUAL(cgn_realms_put(realms, 0, &b, 56), -EINVAL);
	CU_ASSERT_EQUAL(cgn_realms_put(realms, CGN_REALMS_MAX, &b, 56), -ENOSPC);
	CU_ASSERT_EQUAL(cgn_realms_get(realms, &a, 56), 500);
	CU_ASSERT_EQUAL(cgn_realms_get(realms, &b, 56), 501);
	end();
}

static void
many_homes_have_numbers_of_their_own(void)
{
	begin();
	for (uint32_t i = 0; i < 20000; i++) {
		struct cgn_ip6 b4 = b4_of(i, 1);

		CU_ASSERT_EQUAL_FATAL(cgn_realms_get(realms, &b4, 56), i + 1);
	}
	for (uint32_t i = 0; i < 20000; i++) {
		struct cgn_ip6 b4 = b4_of(i, 1);

		CU_ASSERT_EQUAL_FATAL(cgn_realms_get(realms, &b4, 56), i + 1);
	}
	end();
}

static uint32_t n_freed, last_freed;

static void
freed(void *ctx, uint32_t realm)
{
	CU_ASSERT_PTR_EQUAL(ctx, &n_freed);
	n_freed++;
	last_freed = realm;
}

/* F-ID-1: a number lasts for as long as it is held, and the B4's address with it. */
static void
number_that_nobody_holds_is_free_again(void)
{
	struct cgn_ip6 a = b4_of(1, 1), b = b4_of(2, 1), c = b4_of(3, 1), b4;
	unsigned int len;
	uint32_t realm;

	begin();
	n_freed = 0;
	cgn_realms_on_free(realms, freed, &n_freed);
	realm = cgn_realms_get(realms, &a, 56);
	CU_ASSERT_EQUAL(cgn_realms_find(realms, &a, 56), realm);
	CU_ASSERT_EQUAL(cgn_realms_find(realms, &c, 56), 0);
	CU_ASSERT_NOT_EQUAL(cgn_realms_get(realms, &b, 56), realm);
	cgn_realms_hold(realms, realm);
	cgn_realms_release(realms, realm);
	CU_ASSERT_EQUAL(n_freed, 0);
	CU_ASSERT_TRUE(cgn_realms_to_store(realms, realm, &b4, &len));
	CU_ASSERT_FALSE(cgn_realms_to_store(realms, realm, &b4, &len));
	cgn_realms_release(realms, realm);
	CU_ASSERT_EQUAL(n_freed, 1);
	CU_ASSERT_EQUAL(last_freed, realm);
	CU_ASSERT_EQUAL(cgn_realms_count(realms), 1);
	CU_ASSERT_PTR_NULL(cgn_realms_b4(realms, realm));
	CU_ASSERT_EQUAL(cgn_realms_get(realms, &c, 56), realm);
	/* Nothing of the former one is left: the store has to be told. */
	CU_ASSERT_TRUE(cgn_realms_to_store(realms, realm, &b4, &len));
	CU_ASSERT_EQUAL(memcmp(&b4, &c, sizeof(c)), 0);
	CU_ASSERT_EQUAL(len, 56);
	/* It moves within its prefix: told again. */
	c.b[15] = 9;
	CU_ASSERT_EQUAL(cgn_realms_get(realms, &c, 56), realm);
	CU_ASSERT_TRUE(cgn_realms_to_store(realms, realm, &b4, &len));
	CU_ASSERT_EQUAL(memcmp(&b4, &c, sizeof(c)), 0);
	end();
}

/* Two million homes, one after the other: the table is for those that are there at one time. */
static void
homes_that_come_and_go_fill_nothing(void)
{
	begin();
	for (uint32_t i = 0; i < 2 * CGN_REALMS_MAX; i++) {
		struct cgn_ip6 b4 = b4_of(i, 1);
		uint32_t realm = cgn_realms_get(realms, &b4, 56);

		CU_ASSERT_EQUAL_FATAL(realm, 1);
		cgn_realms_release(realms, realm);
	}
	CU_ASSERT_EQUAL(cgn_realms_count(realms), 0);
	end();
}

/* What an earlier release has left in the store, and the numbers between, are free after a load. */
static void
loaded_numbers_that_nobody_holds_are_swept(void)
{
	struct cgn_ip6 b4;

	begin();
	for (uint32_t i = 1; i <= 1000; i++) {
		b4 = b4_of(i, 1);
		CU_ASSERT_EQUAL_FATAL(cgn_realms_put(realms, 2 * i, &b4, 56), 0);
	}
	cgn_realms_hold(realms, 20);
	CU_ASSERT_EQUAL(cgn_realms_sweep(realms), 999);
	CU_ASSERT_EQUAL(cgn_realms_count(realms), 1);
	for (uint32_t i = 0; i < 1999; i++) {
		b4 = b4_of(100000 + i, 1);
		CU_ASSERT_TRUE(cgn_realms_get(realms, &b4, 56) <= 2000);
	}
	b4 = b4_of(200000, 1);
	CU_ASSERT_EQUAL(cgn_realms_get(realms, &b4, 56), 2001);
	b4 = b4_of(10, 1);
	CU_ASSERT_EQUAL(cgn_realms_find(realms, &b4, 56), 20);
	end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(home_keeps_its_number),
	CU_TEST_ROW(numbers_of_the_store_stay_whose_they_were),
	CU_TEST_ROW(number_that_nobody_holds_is_free_again),
	CU_TEST_ROW(homes_that_come_and_go_fill_nothing),
	CU_TEST_ROW(loaded_numbers_that_nobody_holds_are_swept),
	CU_TEST_ROW(many_homes_have_numbers_of_their_own),
};

CU_MAIN("realms", tests)
