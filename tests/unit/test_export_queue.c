/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/export/export_queue.h"
#include "shared/thread.h"
#include "tests/support/exportfix.h"

#define SIZE      16
#define PRODUCERS 3

static struct cgn_export_queue *queue;
static struct cgn_record got[1024];

static void
begin(void)
{
	CU_ASSERT_EQUAL_FATAL(cgn_export_queue_create(&queue, SIZE, PRODUCERS), 0);
}

static void
put(uint16_t producer, uint64_t seq)
{
	struct cgn_record r = exportfix_block(seq);

	r.producer = producer;
	cgn_export_queue_put(queue, &r, 1);
}

static uint32_t
take(uint32_t max)
{
	return cgn_export_queue_take(queue, got, max, 0);
}

static void
records_come_in_order_around_the_end_of_the_memory(void)
{
	uint64_t next = 1;

	begin();
	for (uint64_t seq = 1; seq <= 100; seq += 10) {
		for (uint64_t i = 0; i < 10; i++)
			put(0, seq + i);
		for (uint32_t i = 0, n = take(64); i < n; i++)
			CU_ASSERT_EQUAL(got[i].seq, next++);
	}
	CU_ASSERT_EQUAL(next, 101);
	CU_ASSERT_EQUAL(take(64), 0);
	cgn_export_queue_destroy(queue);
}

/* G-LOG-2: each producer has a gap of its own, before its next record. */
static void
a_full_queue_leaves_a_gap_for_each_producer(void)
{
	begin();
	for (uint64_t seq = 1; seq <= SIZE; seq++)
		put(0, seq);
	put(0, SIZE + 1);
	put(1, 1);
	put(1, 2);
	put(0, SIZE + 2);
	CU_ASSERT_EQUAL(cgn_export_queue_lost(queue, CGN_RECORD_KIND_BLOCKS), 4);
	CU_ASSERT_FALSE(cgn_export_queue_settle(queue));
	CU_ASSERT_EQUAL(take(3), 3);
	/* Less than a quarter is free. */
	CU_ASSERT_FALSE(cgn_export_queue_settle(queue));
	put(1, 3);
	CU_ASSERT_EQUAL(take(5), 5);
	put(1, 4); /* behind the gap 1..3 */
	CU_ASSERT_TRUE(cgn_export_queue_settle(queue));
	CU_ASSERT_EQUAL(take(64), SIZE - 8 + 3);
	CU_ASSERT_EQUAL(got[7].seq, SIZE);
	CU_ASSERT_EQUAL(got[8].event, CGN_RECORD_GAP);
	CU_ASSERT_EQUAL(got[8].producer, 1);
	CU_ASSERT_EQUAL(got[8].gap.first, 1);
	CU_ASSERT_EQUAL(got[8].seq, 3);
	CU_ASSERT_EQUAL(got[9].producer, 1);
	CU_ASSERT_EQUAL(got[9].seq, 4);
	CU_ASSERT_EQUAL(got[10].event, CGN_RECORD_GAP);
	CU_ASSERT_EQUAL(got[10].producer, 0);
	CU_ASSERT_EQUAL(got[10].gap.first, SIZE + 1);
	CU_ASSERT_EQUAL(got[10].seq, SIZE + 2);
	CU_ASSERT_EQUAL(cgn_export_queue_lost(queue, CGN_RECORD_KIND_BLOCKS), 5);
	cgn_export_queue_destroy(queue);
}

/* What was lost in the ring of a worker, and then its gap in the queue. */
static void
a_lost_gap_is_not_counted_twice(void)
{
	struct cgn_record gap = {
		.event = CGN_RECORD_GAP, .producer = 2, .seq = 9, .gap.first = 5
	};

	gap.gap.lost[CGN_RECORD_KIND_BINDINGS] = 5;
	begin();
	for (uint64_t seq = 1; seq <= SIZE; seq++)
		put(0, seq);
	put(2, 4);
	cgn_export_queue_put(queue, &gap, 1);
	put(2, 10);
	CU_ASSERT_EQUAL(take(64), SIZE);
	CU_ASSERT_TRUE(cgn_export_queue_settle(queue));
	CU_ASSERT_EQUAL(take(64), 1);
	CU_ASSERT_EQUAL(got[0].gap.first, 4);
	CU_ASSERT_EQUAL(got[0].seq, 10);
	CU_ASSERT_EQUAL(got[0].gap.lost[CGN_RECORD_KIND_BINDINGS], 5);
	CU_ASSERT_EQUAL(got[0].gap.lost[CGN_RECORD_KIND_BLOCKS], 2);
	CU_ASSERT_EQUAL(cgn_export_queue_lost(queue, CGN_RECORD_KIND_BINDINGS), 0);
	CU_ASSERT_EQUAL(cgn_export_queue_lost(queue, CGN_RECORD_KIND_PROCESS), 0);
	CU_ASSERT_EQUAL(cgn_export_queue_lost(queue, CGN_RECORD_KIND_BLOCKS), 2);
	cgn_export_queue_destroy(queue);
}

static void
put_checkpoint(uint16_t producer, uint64_t last)
{
	const struct cgn_record r = {
		.event = CGN_RECORD_CHECKPOINT, .producer = producer, .seq = last
	};

	cgn_export_queue_put(queue, &r, 1);
}

/* A checkpoint has no number. So it leaves no gap, and never comes before what it tells of. */
static void
a_checkpoint_is_lost_without_a_gap(void)
{
	begin();
	for (uint64_t seq = 1; seq < SIZE; seq++)
		put(0, seq);
	put_checkpoint(1, 0);
	put_checkpoint(1, 0); /* no room */
	CU_ASSERT_TRUE(cgn_export_queue_settle(queue));
	put(0, SIZE);
	CU_ASSERT_EQUAL(take(2), 2);
	put_checkpoint(0, SIZE); /* there is room, but not for the gap */
	put_checkpoint(2, 0);
	CU_ASSERT_EQUAL(take(SIZE), SIZE - 1);
	CU_ASSERT_EQUAL(got[SIZE - 3].event, CGN_RECORD_CHECKPOINT);
	CU_ASSERT_EQUAL(got[SIZE - 2].event, CGN_RECORD_CHECKPOINT);
	CU_ASSERT_EQUAL(got[SIZE - 2].producer, 2);
	put_checkpoint(0, SIZE);
	CU_ASSERT_EQUAL(take(2), 2);
	CU_ASSERT_EQUAL(got[0].event, CGN_RECORD_GAP);
	CU_ASSERT_EQUAL(got[1].event, CGN_RECORD_CHECKPOINT);
	CU_ASSERT_EQUAL(cgn_export_queue_lost(queue, CGN_RECORD_KIND_PROCESS), 0);
	CU_ASSERT_EQUAL(cgn_export_queue_lost(queue, CGN_RECORD_KIND_BLOCKS), 1);
	cgn_export_queue_destroy(queue);
}

static void *
put_one(void *arg)
{
	put(0, 1);
	return arg;
}

static void *
wake(void *arg)
{
	cgn_export_queue_wake(queue);
	return arg;
}

static void
who_waits_is_woken_by_a_record_or_a_call(void)
{
	pthread_t thread;

	begin();
	CU_ASSERT_EQUAL_FATAL(cgn_thread_start(&thread, put_one, NULL), 0);
	CU_ASSERT_EQUAL(cgn_export_queue_take(queue, got, 64, 600000), 1);
	pthread_join(thread, NULL);
	CU_ASSERT_EQUAL_FATAL(cgn_thread_start(&thread, wake, NULL), 0);
	CU_ASSERT_EQUAL(cgn_export_queue_take(queue, got, 64, 600000), 0);
	pthread_join(thread, NULL);
	cgn_export_queue_wake(queue);
	cgn_export_queue_wait(queue, 600000);
	cgn_export_queue_wait(queue, 1);
	cgn_export_queue_destroy(queue);
}

/* Two threads at full speed: each number comes once, in a record or in a gap. */
static void *
put_many(void *arg)
{
	for (uint64_t seq = 1; seq <= 200000; seq++)
		put((uint16_t)(seq % 2), (seq + 1) / 2);
	return arg;
}

static void
under_load_each_number_comes_once(void)
{
	uint64_t last[2] = { 0, 0 };
	pthread_t thread;

	begin();
	CU_ASSERT_EQUAL_FATAL(cgn_thread_start(&thread, put_many, NULL), 0);
	while (last[0] < 100000 || last[1] < 100000) {
		uint32_t n = cgn_export_queue_take(queue, got, 64, 10);

		for (uint32_t i = 0; i < n; i++) {
			const struct cgn_record *r = &got[i];
			bool is_gap = r->event == CGN_RECORD_GAP;

			if ((is_gap ? r->gap.first : r->seq) != last[r->producer] + 1)
				CU_FAIL("a number is missing or comes twice");
			if (is_gap)
				CU_ASSERT_EQUAL(cgn_record_gap_size(r),
						r->gap.lost[CGN_RECORD_KIND_BLOCKS]);
			last[r->producer] = r->seq;
		}
		if (n == 0)
			(void)cgn_export_queue_settle(queue); /* the producer has ended or sleeps */
	}
	pthread_join(thread, NULL);
	cgn_export_queue_destroy(queue);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(records_come_in_order_around_the_end_of_the_memory),
	CU_TEST_ROW(a_full_queue_leaves_a_gap_for_each_producer),
	CU_TEST_ROW(a_lost_gap_is_not_counted_twice),
	CU_TEST_ROW(a_checkpoint_is_lost_without_a_gap),
	CU_TEST_ROW(who_waits_is_woken_by_a_record_or_a_call),
	CU_TEST_ROW(under_load_each_number_comes_once),
};

CU_MAIN("export_queue", tests)
