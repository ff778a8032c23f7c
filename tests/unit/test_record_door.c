/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/cu.h"
#include "tests/support/recordfix.h"

#include <string.h>

static struct cgn_record_door door;

static bool
put(enum cgn_record_event event)
{
	struct cgn_record r = { .event = (uint8_t)event };

	return cgn_record_door_put(&door, &r);
}

static struct cgn_record
take(void)
{
	struct cgn_record r = { 0 };

	CU_ASSERT_EQUAL(recordfix_take(&door, &r, 1), 1);
	return r;
}

static void
records_are_numbered_and_keep_their_order(void)
{
	struct cgn_record a, b;

	recordfix_open(&door, 16, 7);
	CU_ASSERT_TRUE(put(CGN_RECORD_BLOCK_ALLOCATED));
	CU_ASSERT_TRUE(put(CGN_RECORD_BLOCK_RELEASED));
	a = take();
	b = take();
	CU_ASSERT_EQUAL(a.event, CGN_RECORD_BLOCK_ALLOCATED);
	CU_ASSERT_EQUAL(b.event, CGN_RECORD_BLOCK_RELEASED);
	CU_ASSERT_EQUAL(a.seq, 1);
	CU_ASSERT_EQUAL(b.seq, 2);
	CU_ASSERT_EQUAL(a.producer, 7);
	CU_ASSERT_TRUE(a.time != 0 && a.time <= b.time);
	recordfix_close(&door);
}

/* REQ: N-KEEP-14 */
static void
what_is_restored_is_marked(void)
{
	recordfix_open(&door, 16, 7);
	CU_ASSERT_TRUE(put(CGN_RECORD_BLOCK_ALLOCATED));
	door.is_restoring = true;
	CU_ASSERT_TRUE(put(CGN_RECORD_BLOCK_ALLOCATED));
	door.is_restoring = false;
	CU_ASSERT_TRUE(put(CGN_RECORD_BLOCK_ALLOCATED));
	CU_ASSERT_FALSE(take().is_restored);
	CU_ASSERT_TRUE(take().is_restored);
	CU_ASSERT_FALSE(take().is_restored);
	recordfix_close(&door);
}

static void
the_producer_may_set_the_time(void)
{
	recordfix_open(&door, 16, 7);
	atomic_store(&door.now, 4711);
	CU_ASSERT_TRUE(put(CGN_RECORD_BLOCK_ALLOCATED));
	CU_ASSERT_TRUE(put(CGN_RECORD_BLOCK_RELEASED));
	CU_ASSERT_EQUAL(take().time, 4711);
	CU_ASSERT_EQUAL(take().time, 4711);
	/* The next record has this time, too: a checkpoint must not be later. */
	CU_ASSERT_EQUAL(cgn_record_door_time(&door), 4711);
	recordfix_close(&door);
}

static void
last_number_counts_what_is_lost(void)
{
	recordfix_open(&door, 16, 0);
	CU_ASSERT_EQUAL(cgn_record_door_last(&door), 0);
	for (int i = 0; i < 18; i++)
		(void)put(CGN_RECORD_BLOCK_ALLOCATED);
	CU_ASSERT_EQUAL(cgn_record_door_last(&door), 18);
	recordfix_close(&door);
}

/* G-LOG-2: nothing is lost silently. */
static void
a_full_ring_makes_one_gap_until_a_quarter_is_free(void)
{
	struct cgn_record r;

	recordfix_open(&door, 16, 0);
	for (int i = 0; i < 16; i++)
		CU_ASSERT_TRUE(put(CGN_RECORD_BLOCK_ALLOCATED));
	CU_ASSERT_FALSE(put(CGN_RECORD_BLOCK_ALLOCATED)); /* 17 */
	CU_ASSERT_FALSE(put(CGN_RECORD_BINDING_DELETED)); /* 18 */
	for (int i = 0; i < 3; i++)
		(void)take();
	CU_ASSERT_FALSE(cgn_record_door_settle(&door));
	CU_ASSERT_FALSE(put(CGN_RECORD_BLOCK_RELEASED)); /* 19 */
	(void)take();
	CU_ASSERT_TRUE(put(CGN_RECORD_BLOCK_RELEASED)); /* 20, behind the gap */
	CU_ASSERT_TRUE(cgn_record_door_settle(&door));
	for (int i = 4; i < 16; i++)
		CU_ASSERT_EQUAL(take().seq, (uint64_t)i + 1);
	r = take();
	CU_ASSERT_EQUAL(r.event, CGN_RECORD_GAP);
	CU_ASSERT_EQUAL(r.gap.first, 17);
	CU_ASSERT_EQUAL(r.seq, 19);
	CU_ASSERT_EQUAL(r.gap.lost[CGN_RECORD_KIND_BLOCKS], 2);
	CU_ASSERT_EQUAL(r.gap.lost[CGN_RECORD_KIND_BINDINGS], 1);
	CU_ASSERT_EQUAL(cgn_record_gap_size(&r), 3);
	CU_ASSERT_EQUAL(take().seq, 20);
	CU_ASSERT_EQUAL(rte_ring_count(door.ring), 0);
	recordfix_close(&door);
}

static void
a_gap_goes_into_the_ring_without_another_record(void)
{
	struct cgn_record r;

	recordfix_open(&door, 16, 0);
	for (int i = 0; i < 17; i++)
		(void)put(CGN_RECORD_BLOCK_ALLOCATED);
	for (int i = 0; i < 16; i++)
		(void)take();
	CU_ASSERT_TRUE(cgn_record_door_settle(&door));
	r = take();
	CU_ASSERT_EQUAL(r.event, CGN_RECORD_GAP);
	CU_ASSERT_EQUAL(r.gap.first, 17);
	CU_ASSERT_EQUAL(r.seq, 17);
	CU_ASSERT_TRUE(cgn_record_door_settle(&door));
	CU_ASSERT_EQUAL(rte_ring_count(door.ring), 0);
	recordfix_close(&door);
}

/* A gap that is lost itself becomes part of the next gap. */
static void
gaps_add_up(void)
{
	struct cgn_record gap = { 0 }, r = { .event = CGN_RECORD_BLOCK_ALLOCATED, .seq = 5 };
	struct cgn_record later = { .event = CGN_RECORD_GAP, .seq = 9, .gap.first = 6 };

	later.gap.lost[CGN_RECORD_KIND_BLOCKS] = 3;
	later.gap.lost[CGN_RECORD_KIND_BINDINGS] = 1;
	cgn_record_gap_add(&gap, &r);
	cgn_record_gap_add(&gap, &later);
	CU_ASSERT_EQUAL(gap.gap.first, 5);
	CU_ASSERT_EQUAL(gap.seq, 9);
	CU_ASSERT_EQUAL(gap.gap.lost[CGN_RECORD_KIND_BLOCKS], 4);
	CU_ASSERT_EQUAL(gap.gap.lost[CGN_RECORD_KIND_BINDINGS], 1);
	gap = (struct cgn_record){ 0 };
	cgn_record_gap_add(&gap, &later);
	CU_ASSERT_EQUAL(gap.gap.first, 6);
	CU_ASSERT_EQUAL(cgn_record_gap_size(&gap), 4);
}

/* A sink may be down for a long time. A count that does not fit must not begin again at 0. */
static void
counts_of_a_gap_end_at_their_maximum(void)
{
	struct cgn_record gap = { 0 }, r = { .event = CGN_RECORD_SESSION_CREATED, .seq = 1 };
	struct cgn_record more = { .event = CGN_RECORD_GAP, .gap.first = 2 };

	more.seq = UINT32_MAX;
	more.gap.lost[CGN_RECORD_KIND_SESSIONS] = UINT32_MAX - 1;
	cgn_record_gap_add(&gap, &r);
	cgn_record_gap_add(&gap, &more);
	CU_ASSERT_EQUAL(gap.gap.lost[CGN_RECORD_KIND_SESSIONS], UINT32_MAX);
	r.seq = gap.seq + 1;
	cgn_record_gap_add(&gap, &r);
	CU_ASSERT_EQUAL(gap.gap.lost[CGN_RECORD_KIND_SESSIONS], UINT32_MAX);
	more.gap.first = r.seq + 1;
	more.seq += more.gap.first;
	cgn_record_gap_add(&gap, &more);
	CU_ASSERT_EQUAL(gap.gap.lost[CGN_RECORD_KIND_SESSIONS], UINT32_MAX);
	CU_ASSERT_EQUAL(cgn_record_gap_size(&gap), gap.seq);
}

static void
without_a_door_nothing_is_wanted(void)
{
	struct cgn_record_door d = { .kinds = 1u << CGN_RECORD_KIND_BLOCKS };

	CU_ASSERT_FALSE(cgn_record_door_wants(NULL, CGN_RECORD_KIND_BLOCKS));
	CU_ASSERT_TRUE(cgn_record_door_wants(&d, CGN_RECORD_KIND_BLOCKS));
	CU_ASSERT_FALSE(cgn_record_door_wants(&d, CGN_RECORD_KIND_BINDINGS));
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(records_are_numbered_and_keep_their_order),
	CU_TEST_ROW(what_is_restored_is_marked),
	CU_TEST_ROW(the_producer_may_set_the_time),
	CU_TEST_ROW(last_number_counts_what_is_lost),
	CU_TEST_ROW(a_full_ring_makes_one_gap_until_a_quarter_is_free),
	CU_TEST_ROW(a_gap_goes_into_the_ring_without_another_record),
	CU_TEST_ROW(gaps_add_up),
	CU_TEST_ROW(counts_of_a_gap_end_at_their_maximum),
	CU_TEST_ROW(without_a_door_nothing_is_wanted),
};

CU_MAIN("record_door", tests)
