/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/nat/hold.h"
#include "tests/support/cu.h"

#include <errno.h>

static struct cgn_hold_entry
entry(uint16_t port)
{
	return (struct cgn_hold_entry){ .port = port, .end = port };
}

static uint32_t
add(struct cgn_hold *h, uint16_t port)
{
	struct cgn_hold_entry e = entry(port);

	return cgn_hold_add(h, &e);
}

/* A-PORT-6 */
static void
held_ports_come_out_in_the_order_of_release(void)
{
	struct cgn_hold h;

	CU_ASSERT_EQUAL_FATAL(cgn_hold_init(&h, 4), 0);
	CU_ASSERT_PTR_NULL(cgn_hold_oldest(&h));
	for (uint16_t i = 0; i < 1000; i++) {
		(void)add(&h, i);
		if (i < 3)
			continue;
		CU_ASSERT_EQUAL(h.n, 4);
		CU_ASSERT_EQUAL(cgn_hold_oldest(&h)->port, i - 3);
		cgn_hold_drop(&h, cgn_hold_place(&h, cgn_hold_oldest(&h)));
	}
	CU_ASSERT_EQUAL(h.n, 3);
	cgn_hold_fini(&h);
}

/* A-PORT-7: the one that goes back early may be any. */
static void
dropping_any_entry_keeps_the_order_of_the_others(void)
{
	for (unsigned int gone = 0; gone < 5; gone++) {
		uint32_t place[5];
		struct cgn_hold h;

		CU_ASSERT_EQUAL_FATAL(cgn_hold_init(&h, 5), 0);
		for (uint16_t i = 0; i < 5; i++) {
			place[i] = add(&h, i);
			CU_ASSERT_EQUAL(cgn_hold_at(&h, place[i])->port, i);
		}
		cgn_hold_drop(&h, place[gone]);
		/* Its place is free for the next one, which is the youngest. */
		CU_ASSERT_EQUAL(add(&h, 5), place[gone]);
		for (uint16_t i = 0; i <= 5; i++) {
			if (i == gone)
				continue;
			CU_ASSERT_PTR_NOT_NULL_FATAL(cgn_hold_oldest(&h));
			CU_ASSERT_EQUAL(cgn_hold_oldest(&h)->port, i);
			cgn_hold_drop(&h, cgn_hold_place(&h, cgn_hold_oldest(&h)));
		}
		CU_ASSERT_PTR_NULL(cgn_hold_oldest(&h));
		CU_ASSERT_EQUAL(h.n, 0);
		cgn_hold_fini(&h);
	}
}

static void
places_fit_beside_the_flag_of_the_external_index(void)
{
	struct cgn_hold h;

	CU_ASSERT_EQUAL(cgn_hold_init(&h, UINT32_C(1) << 30), -EINVAL);
	cgn_hold_fini(&h);
	CU_ASSERT_EQUAL(cgn_hold_init(&h, 0), 0);
	CU_ASSERT_PTR_NULL(cgn_hold_oldest(&h));
	cgn_hold_fini(&h);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(held_ports_come_out_in_the_order_of_release),
	CU_TEST_ROW(dropping_any_entry_keeps_the_order_of_the_others),
	CU_TEST_ROW(places_fit_beside_the_flag_of_the_external_index),
};

CU_MAIN("hold", tests)
