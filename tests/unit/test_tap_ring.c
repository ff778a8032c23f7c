/* SPDX-License-Identifier: BSD-3-Clause */
#include "shared/tap_record.h"
#include "tests/support/cu.h"

#include <string.h>

#define RING 256

/* A record of a size whose octets behind the head are all @p fill. */
static bool
put(struct cgn_tap_ring *r, uint32_t size, uint8_t fill)
{
	struct cgn_tap_head *h = cgn_tap_ring_begin(r, size);

	if (h == NULL)
		return false;
	*h = (struct cgn_tap_head){ .size = size, .kind = CGN_TAP_PACKET };
	memset(h + 1, fill, size - sizeof(*h));
	cgn_tap_ring_end(r, h);
	return true;
}

static void
expect(struct cgn_tap_ring *r, uint32_t size, uint8_t fill)
{
	const struct cgn_tap_head *h = cgn_tap_ring_peek(r);
	uint8_t want[RING];

	memset(want, fill, sizeof(want));
	CU_ASSERT_PTR_NOT_NULL_FATAL(h);
	CU_ASSERT_EQUAL(h->size, size);
	CU_ASSERT_EQUAL(memcmp(h + 1, want, size - sizeof(*h)), 0);
	cgn_tap_ring_next(r, h);
}

static void
records_come_out_as_they_went_in(void)
{
	struct cgn_tap_ring r;

	CU_ASSERT_EQUAL(cgn_tap_ring_init(&r, RING), 0);
	CU_ASSERT_PTR_NULL(cgn_tap_ring_peek(&r));
	CU_ASSERT_TRUE(put(&r, 16, 1));
	CU_ASSERT_TRUE(put(&r, 64, 2));
	expect(&r, 16, 1);
	expect(&r, 64, 2);
	CU_ASSERT_PTR_NULL(cgn_tap_ring_peek(&r));
	cgn_tap_ring_fini(&r);
}

/* All sizes, over the end of the memory many times. */
static void
records_lie_in_one_piece(void)
{
	struct cgn_tap_ring r;
	uint32_t size = 16;

	CU_ASSERT_EQUAL(cgn_tap_ring_init(&r, RING), 0);
	for (unsigned int i = 0; i < 1000; i++) {
		CU_ASSERT_TRUE(put(&r, size, (uint8_t)i));
		CU_ASSERT_TRUE((uintptr_t)cgn_tap_ring_peek(&r) - (uintptr_t)r.at + size <= RING);
		expect(&r, size, (uint8_t)i);
		size = size == 128 ? 16 : size + 8;
	}
	cgn_tap_ring_fini(&r);
}

static void
full_ring_takes_nothing_and_keeps_what_it_has(void)
{
	struct cgn_tap_ring r;

	CU_ASSERT_EQUAL(cgn_tap_ring_init(&r, RING), 0);
	CU_ASSERT_TRUE(put(&r, 96, 1));
	CU_ASSERT_TRUE(put(&r, 96, 2));
	/* 64 octets are left at the end; a record of 72 would need the start. */
	CU_ASSERT_FALSE(put(&r, 72, 3));
	CU_ASSERT_TRUE(put(&r, 64, 4));
	CU_ASSERT_FALSE(put(&r, 16, 5));
	expect(&r, 96, 1);
	CU_ASSERT_TRUE(put(&r, 72, 6));
	expect(&r, 96, 2);
	expect(&r, 64, 4);
	expect(&r, 72, 6);
	CU_ASSERT_PTR_NULL(cgn_tap_ring_peek(&r));
	cgn_tap_ring_fini(&r);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(records_come_out_as_they_went_in),
	CU_TEST_ROW(records_lie_in_one_piece),
	CU_TEST_ROW(full_ring_takes_nothing_and_keeps_what_it_has),
};

CU_MAIN("tap_ring", tests)
