/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/nat/subtable.h"
#include "tests/support/cu.h"
#include "tests/support/eal.h"

#define CAPACITY 1000u

static struct cgn_subtable t;

static struct cgn_subtable_key
key(uint32_t i)
{
	return cgn_subtable_key4(rte_cpu_to_be_32(0x0a000000 + i), 32);
}

static void
start(void)
{
	eal_start();
	CU_ASSERT_EQUAL_FATAL(cgn_subtable_init(&t, CAPACITY, 42), 0);
}

/* A-RES-1: every subscriber up to the capacity is taken, one more is refused. */
static void
table_takes_its_capacity_and_no_more(void)
{
	struct cgn_subtable_key k;
	uint32_t wrong = 0;

	start();
	for (uint32_t i = 0; i < CAPACITY; i++) {
		k = key(i);
		wrong += cgn_subtable_add(&t, &k, 0) != i;
	}
	k = key(CAPACITY);
	CU_ASSERT_EQUAL(cgn_subtable_add(&t, &k, 0), CGN_SUBTABLE_NONE);
	for (uint32_t i = 0; i < CAPACITY; i++) {
		k = key(i);
		wrong += cgn_subtable_find(&t, &k) != i;
	}
	CU_ASSERT_EQUAL(wrong, 0);
	cgn_subtable_fini(&t);
}

static void
bulk_look_up_agrees_with_single_ones(void)
{
	struct cgn_subtable_key keys[CGN_SUBTABLE_BULK];
	uint32_t subs[CGN_SUBTABLE_BULK], wrong = 0, rnd = 7;

	start();
	for (uint32_t i = 0; i < CAPACITY; i += 2) {
		struct cgn_subtable_key k = key(i);

		CU_ASSERT_NOT_EQUAL(cgn_subtable_add(&t, &k, 0), CGN_SUBTABLE_NONE);
	}
	for (unsigned int n = 1; n <= CGN_SUBTABLE_BULK; n++) {
		for (unsigned int i = 0; i < n; i++) {
			rnd = rnd * 1664525 + 1013904223;
			keys[i] = key((rnd >> 8) % CAPACITY);
		}
		cgn_subtable_find_bulk(&t, keys, n, subs);
		for (unsigned int i = 0; i < n; i++)
			wrong += subs[i] != cgn_subtable_find(&t, &keys[i]);
	}
	CU_ASSERT_EQUAL(wrong, 0);
	cgn_subtable_fini(&t);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(table_takes_its_capacity_and_no_more),
	CU_TEST_ROW(bulk_look_up_agrees_with_single_ones),
};

CU_MAIN("subtable", tests)
