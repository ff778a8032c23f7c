/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/link/receipt.h"
#include "tests/support/cu.h"

#include <stddef.h>

#define N(a) (sizeof(a) / sizeof((a)[0]))

enum state {
	UP,
	DOWN,
	UNREAD, /* up, but the arrivals could not be read */
};

/* One look a row: what the workers have received, and what arrived at the device. */
struct row {
	uint64_t received;
	uint64_t arrived;
	enum state state;
};

static struct cgn_receipt r;

/* @return looks that changed the judgement */
static unsigned int
judge(const struct row *rows, size_t n)
{
	unsigned int changes = 0;

	for (size_t i = 0; i < n; i++) {
		const struct cgn_receipt_look look = {
			.is_up = rows[i].state != DOWN,
			.has_arrived = rows[i].state != UNREAD,
			.received = rows[i].received,
			.arrived = rows[i].arrived,
		};

		changes += cgn_receipt_judge(&r, &look);
	}
	return changes;
}

static unsigned int
judge_anew(const struct row *rows, size_t n)
{
	r = (struct cgn_receipt){ 0 };
	return judge(rows, n);
}

static void
port_that_takes_what_arrives_is_not_silent(void)
{
	static const struct row rows[] = {
		{ 10, 10, UP },
		{ 20, 20, UP },
		{ 30, 900, UP },
		{ 31, 1900, UP },
		{ 32, 2900, UP },
		{ 33, 3900, UP },
		{ 34, 4900, UP },
		{ 35, 5900, UP },
		{ 36, 6900, UP },
	};

	CU_ASSERT_EQUAL(judge_anew(rows, N(rows)), 0);
	CU_ASSERT_FALSE(r.is_silent);
}

static void
idle_port_is_not_silent(void)
{
	static const struct row row = { 10, 10, UP };

	r = (struct cgn_receipt){ 0 };
	for (unsigned int i = 0; i < 1000; i++)
		CU_ASSERT_EQUAL(judge(&row, 1), 0);
	CU_ASSERT_FALSE(r.is_silent);
}

static const struct row lost[] = {
	{ 10, 10, UP },  /* the last packet that was received, or was it? */
	{ 10, 100, UP }, /* some of these may have been received before the first look */
	{ 10, 101, UP },
	{ 10, 102, UP },
	{ 10, 103, UP },
	{ 10, 104, UP },
	{ 10, 105, UP },
};

static void
port_with_five_looks_of_arrivals_only_is_silent(void)
{
	CU_ASSERT_EQUAL(judge_anew(lost, N(lost) - 1), 0);
	CU_ASSERT_FALSE(r.is_silent);
	CU_ASSERT_EQUAL(judge(&lost[N(lost) - 1], 1), 1);
	CU_ASSERT_TRUE(r.is_silent);
}

static void
port_that_never_received_is_judged_as_well(void)
{
	for (uint64_t i = 0; i <= CGN_RECEIPT_LOOKS + 1; i++) {
		const struct row row = { 0, 100 + i, UP };

		if (i == 0)
			r = (struct cgn_receipt){ 0 };
		CU_ASSERT_EQUAL(judge(&row, 1), i == CGN_RECEIPT_LOOKS + 1);
	}
	CU_ASSERT_TRUE(r.is_silent);
}

static void
change_is_told_once(void)
{
	judge_anew(lost, N(lost));
	for (uint64_t i = 0; i < 100; i++) {
		const struct row row = { 10, 200 + i, UP };

		CU_ASSERT_EQUAL(judge(&row, 1), 0);
	}
	CU_ASSERT_TRUE(r.is_silent);
}

/* Slow arrivals: a second without any does not begin the count anew. */
static void
arrivals_need_not_be_in_a_row(void)
{
	static const struct row rows[] = {
		{ 10, 10, UP },
		{ 10, 11, UP },
		{ 10, 11, UP },
		{ 10, 12, UP },
		{ 10, 12, UP },
		{ 10, 12, UP },
		{ 10, 13, UP },
		{ 10, 14, UP },
		{ 10, 14, UP },
		{ 10, 15, UP },
	};

	CU_ASSERT_EQUAL(judge_anew(rows, N(rows)), 0);
	CU_ASSERT_EQUAL(judge(&(const struct row){ 10, 15, UP }, 1), 0);
	CU_ASSERT_EQUAL(judge(&(const struct row){ 10, 16, UP }, 1), 1);
}

static void
port_that_receives_again_is_not_silent_any_more(void)
{
	static const struct row again = { 11, 105, UP };

	judge_anew(lost, N(lost));
	CU_ASSERT_EQUAL(judge(&again, 1), 1);
	CU_ASSERT_FALSE(r.is_silent);
	CU_ASSERT_EQUAL(judge(&again, 1), 0);
	/* From here it takes as many looks as at first. */
	for (uint64_t i = 0; i < CGN_RECEIPT_LOOKS; i++) {
		const struct row row = { 11, 200 + i, UP };

		CU_ASSERT_EQUAL(judge(&row, 1), i + 1 == CGN_RECEIPT_LOOKS);
	}
}

/* Packets of an interface that is down are nobody's. */
static void
arrivals_without_a_link_do_not_count(void)
{
	for (uint64_t i = 0; i < 100; i++) {
		const struct row row = { 10, 10 + i, DOWN };

		if (i == 0)
			r = (struct cgn_receipt){ 0 };
		CU_ASSERT_EQUAL(judge(&row, 1), 0);
	}
	/* Nor does what came while nobody could count it. */
	CU_ASSERT_EQUAL(judge(&(const struct row){ 10, 500, UP }, 1), 0);
	CU_ASSERT_EQUAL(r.n_lost, 0);
}

static void
arrivals_that_cannot_be_read_do_not_count(void)
{
	judge_anew(lost, N(lost) - 1);
	for (uint64_t i = 0; i < 100; i++) {
		const struct row row = { 10, 900 + i, UNREAD };

		CU_ASSERT_EQUAL(judge(&row, 1), 0);
	}
}

/* An interface's counters may begin anew (a driver that is loaded again). */
static void
counter_that_goes_back_is_no_arrival(void)
{
	static const struct row rows[] = {
		{ 10, 1000, UP },
		{ 10, 1000, UP },
		{ 10, 900, UP },
		{ 10, 800, UP },
		{ 10, 700, UP },
		{ 10, 600, UP },
		{ 10, 500, UP },
		{ 10, 400, UP },
	};

	CU_ASSERT_EQUAL(judge_anew(rows, N(rows)), 0);
	CU_ASSERT_FALSE(r.is_silent);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(port_that_takes_what_arrives_is_not_silent),
	CU_TEST_ROW(idle_port_is_not_silent),
	CU_TEST_ROW(port_with_five_looks_of_arrivals_only_is_silent),
	CU_TEST_ROW(port_that_never_received_is_judged_as_well),
	CU_TEST_ROW(change_is_told_once),
	CU_TEST_ROW(arrivals_need_not_be_in_a_row),
	CU_TEST_ROW(port_that_receives_again_is_not_silent_any_more),
	CU_TEST_ROW(arrivals_without_a_link_do_not_count),
	CU_TEST_ROW(arrivals_that_cannot_be_read_do_not_count),
	CU_TEST_ROW(counter_that_goes_back_is_no_arrival),
};
CU_MAIN("receipt", tests)
