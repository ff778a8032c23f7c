/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/nat/wheel.h"
#include "tests/support/cu.h"

#include <string.h>

#define ELEMENTS 300u
#define NEVER    UINT32_MAX

/* An element whose real deadline the callback compares, as the mappings' does. */
struct element {
	uint64_t before;
	struct cgn_wheel_node node;
	uint32_t deadline;    /* second, NEVER: not expected */
	uint32_t fired_at;    /* clock of the poll, NEVER: not yet */
	uint32_t fired_order; /* 1, 2, ... */
	uint64_t behind;
};

struct fixture {
	struct element at[ELEMENTS + 1];
	struct cgn_wheel wheel;
	uint32_t now;
	uint32_t calls; /* of the callback, lazy ones too */
	uint32_t fired;
	uint32_t early;      /* fired before the deadline */
	uint32_t rearm_past; /* element that arms itself once more for a second that is over; 0: none */
};

static struct fixture f;

static void
start(uint32_t now)
{
	memset(&f, 0, sizeof(f));
	for (uint32_t i = 0; i <= ELEMENTS; i++) {
		f.at[i].before = f.at[i].behind = UINT64_C(0x5a5a5a5a5a5a5a5a);
		f.at[i].deadline = f.at[i].fired_at = NEVER;
	}
	f.now = now;
	cgn_wheel_init(&f.wheel, f.at, sizeof(f.at[0]), offsetof(struct element, node), now);
}

static void
due(void *ctx, uint32_t element)
{
	struct element *e = &f.at[element];

	CU_ASSERT_PTR_EQUAL(ctx, &f);
	CU_ASSERT_FALSE(cgn_wheel_is_armed(&f.wheel, element));
	f.calls++;
	if ((int32_t)(e->deadline - f.now) > 0) {
		/* Not over yet: it had moved, or lay beyond the horizon. */
		cgn_wheel_arm(&f.wheel, element, e->deadline);
		return;
	}
	f.early += e->deadline == NEVER;
	e->fired_at = f.now;
	e->fired_order = ++f.fired;
	e->deadline = NEVER;
	if (f.rearm_past == element) {
		f.rearm_past = 0;
		e->deadline = f.now - 5;
		cgn_wheel_arm(&f.wheel, element, e->deadline);
	}
}

static bool
poll(uint32_t now, unsigned int budget)
{
	f.now = now;
	return cgn_wheel_poll(&f.wheel, now, &budget, due, NULL, &f);
}

static void
arm(uint32_t element, uint32_t deadline)
{
	f.at[element].deadline = deadline;
	f.at[element].fired_at = NEVER;
	cgn_wheel_arm(&f.wheel, element, deadline);
}

/* A-UDP-1, A-TCP-5: a timer is never early, and with a poll every second never late. */
static void
fires_in_its_second_and_not_before(void)
{
	start(1000);
	for (uint32_t i = 1; i <= ELEMENTS; i++)
		arm(i, 1000 + 1 + (i * 37) % 200);
	for (uint32_t s = 1001; s <= 1200; s++)
		CU_ASSERT_FALSE(poll(s, 10000));
	for (uint32_t i = 1; i <= ELEMENTS; i++)
		CU_ASSERT_EQUAL(f.at[i].fired_at, 1000 + 1 + (i * 37) % 200);
	CU_ASSERT_EQUAL(f.calls, ELEMENTS);
	CU_ASSERT_EQUAL(f.early, 0);
}

static void
second_that_is_over_counts_as_the_next_one(void)
{
	start(1000);
	arm(1, 1000);
	arm(2, 900);
	arm(3, 1001);
	CU_ASSERT_FALSE(poll(1000, 10));
	CU_ASSERT_EQUAL(f.fired, 0);
	CU_ASSERT_FALSE(poll(1001, 10));
	CU_ASSERT_EQUAL(f.fired, 3);
}

/* A-TCP-5: the established timer may be set longer than the wheel is round. */
static void
deadline_beyond_the_horizon_waits_for_it(void)
{
	static const uint32_t ahead[] = { CGN_WHEEL_SLOTS - 2, CGN_WHEEL_SLOTS - 1, CGN_WHEEL_SLOTS,
		CGN_WHEEL_SLOTS + 1, 2 * CGN_WHEEL_SLOTS, 3 * CGN_WHEEL_SLOTS + 17 };
	const uint32_t n = sizeof(ahead) / sizeof(ahead[0]);

	start(77);
	for (uint32_t i = 0; i < n; i++)
		arm(i + 1, 77 + ahead[i]);
	for (uint32_t s = 78; s <= 77 + ahead[n - 1]; s++)
		CU_ASSERT_FALSE(poll(s, 1000));
	for (uint32_t i = 0; i < n; i++)
		CU_ASSERT_EQUAL(f.at[i + 1].fired_at, 77 + ahead[i]);
}

static void
clock_that_jumps_far_fires_everything_once(void)
{
	start(10);
	for (uint32_t i = 1; i <= ELEMENTS; i++)
		arm(i, 10 + i * 100);
	CU_ASSERT_FALSE(poll(10 + ELEMENTS * 100, 100000));
	CU_ASSERT_EQUAL(f.fired, ELEMENTS);
	CU_ASSERT_FALSE(poll(10 + ELEMENTS * 200, 100000));
	CU_ASSERT_EQUAL(f.fired, ELEMENTS);
}

/* Lazily re-armed: packets move the deadline only, the wheel finds out when its second comes. */
static void
callback_may_arm_the_element_again(void)
{
	start(100);
	arm(1, 110);
	f.at[1].deadline = 115;
	for (uint32_t s = 101; s <= 120; s++)
		(void)poll(s, 10);
	CU_ASSERT_EQUAL(f.at[1].fired_at, 115);
	CU_ASSERT_EQUAL(f.calls, 2);
}

/* A second just as far ahead as the wheel is round lies in the slot in hand: it must not be called again now. */
static void
arming_one_round_ahead_in_the_callback_ends_the_poll(void)
{
	start(100);
	arm(1, 105);
	f.at[1].deadline = 105 + CGN_WHEEL_SLOTS;
	CU_ASSERT_FALSE(poll(105, 1000));
	CU_ASSERT_EQUAL(f.calls, 1);
	for (uint32_t s = 106; s <= 105 + CGN_WHEEL_SLOTS; s++)
		CU_ASSERT_FALSE(poll(s, 1000));
	CU_ASSERT_EQUAL(f.at[1].fired_at, 105 + CGN_WHEEL_SLOTS);
}

/* Else one call of the engine could last for ever. */
static void
arming_a_past_second_in_the_callback_ends_the_poll(void)
{
	start(100);
	arm(1, 105);
	arm(2, 105);
	f.rearm_past = 1;
	CU_ASSERT_FALSE(poll(105, 1000));
	CU_ASSERT_EQUAL(f.calls, 2);
	CU_ASSERT_TRUE(cgn_wheel_is_armed(&f.wheel, 1));
	CU_ASSERT_FALSE(poll(106, 1000));
	CU_ASSERT_EQUAL(f.calls, 3);
	CU_ASSERT_FALSE(cgn_wheel_is_armed(&f.wheel, 1));
}

static void
nearer_deadline_moves_the_element(void)
{
	start(100);
	arm(1, 200);
	arm(1, 120);
	for (uint32_t s = 101; s <= 210; s++)
		(void)poll(s, 10);
	CU_ASSERT_EQUAL(f.at[1].fired_at, 120);
	CU_ASSERT_EQUAL(f.calls, 1);
}

/* First, middle and last of one slot's list, and the only one. */
static void
disarmed_element_never_fires_and_its_neighbours_do(void)
{
	for (uint32_t out = 1; out <= 4; out++) {
		start(100);
		for (uint32_t i = 1; i <= 3; i++)
			arm(i, 150);
		arm(4, 160);
		cgn_wheel_disarm(&f.wheel, out);
		CU_ASSERT_FALSE(cgn_wheel_is_armed(&f.wheel, out));
		cgn_wheel_disarm(&f.wheel, out);
		for (uint32_t s = 101; s <= 170; s++)
			(void)poll(s, 10);
		for (uint32_t i = 1; i <= 4; i++)
			CU_ASSERT_EQUAL(f.at[i].fired_at, i == out ? NEVER : i == 4 ? 160 : 150);
	}
}

static void
disarming_what_was_never_armed_changes_nothing(void)
{
	start(100);
	arm(1, 101);
	cgn_wheel_disarm(&f.wheel, 2);
	CU_ASSERT_FALSE(cgn_wheel_is_armed(&f.wheel, 2));
	CU_ASSERT_TRUE(cgn_wheel_is_armed(&f.wheel, 1));
	(void)poll(101, 10);
	CU_ASSERT_EQUAL(f.fired, 1);
}

/* Expiring a million mappings must not stall the worker. */
static void
budget_bounds_one_poll_and_the_rest_follows(void)
{
	uint32_t polls = 0;
	bool more;

	start(100);
	for (uint32_t i = 1; i <= ELEMENTS; i++)
		arm(i, 101 + i % 3);
	do {
		uint32_t before = f.calls;

		more = poll(110, 7);
		CU_ASSERT(f.calls - before <= 7);
		CU_ASSERT_EQUAL(more, f.calls < ELEMENTS);
	} while (more && ++polls < ELEMENTS);
	CU_ASSERT_EQUAL(f.fired, ELEMENTS);
	CU_ASSERT_FALSE(poll(110, 0));
}

/* While a second is done in part, what is armed for it or before it still comes in time. */
static void
arming_between_two_parts_of_a_second_loses_nothing(void)
{
	start(100);
	for (uint32_t i = 1; i <= 20; i++)
		arm(i, 105);
	CU_ASSERT_TRUE(poll(105, 5));
	arm(30, 105);
	arm(31, 50);
	arm(32, 106);
	while (poll(105, 5))
		;
	CU_ASSERT_EQUAL(f.at[30].fired_at, 105);
	CU_ASSERT_EQUAL(f.at[31].fired_at, 105);
	CU_ASSERT_EQUAL(f.at[32].fired_at, NEVER);
	(void)poll(106, 5);
	CU_ASSERT_EQUAL(f.at[32].fired_at, 106);
}

static uint32_t
next_random(uint32_t *s)
{
	*s = *s * 1664525u + 1013904223u;
	return *s >> 8;
}

/* One step of the property test: arm, move, disarm, or let time pass. */
static void
random_step(uint32_t *rnd, uint32_t *misses)
{
	uint32_t i = 1 + next_random(rnd) % ELEMENTS, until;

	switch (next_random(rnd) % 8) {
	case 0:
	case 1:
		arm(i, f.now + 1 + next_random(rnd) % 300);
		return;
	case 2:
		arm(i, f.now + 1 + next_random(rnd) % 20000);
		return;
	case 3: /* a packet came: only the deadline moves */
		if (cgn_wheel_is_armed(&f.wheel, i))
			f.at[i].deadline += next_random(rnd) % 500;
		return;
	case 4:
		cgn_wheel_disarm(&f.wheel, i);
		f.at[i].deadline = NEVER;
		return;
	default:
		break;
	}
	until = f.now + next_random(rnd) % 50;
	while (f.now != until) {
		uint32_t before = f.fired, expected = 0;

		for (uint32_t k = 1; k <= ELEMENTS; k++)
			expected += f.at[k].deadline == f.now + 1;
		while (poll(f.now + 1, 3))
			f.now--;
		*misses += f.fired - before != expected;
	}
}

/* A-UDP-1: every timer fires in its second, whatever was armed, moved and disarmed before. */
static void
random_use_agrees_with_a_list_of_deadlines(void)
{
	uint32_t rnd = 12345, misses = 0, torn = 0;

	start(500000);
	for (uint32_t step = 0; step < 20000; step++)
		random_step(&rnd, &misses);
	for (uint32_t i = 0; i <= ELEMENTS; i++)
		torn += f.at[i].before != f.at[i].behind;
	CU_ASSERT(f.fired > 1000);
	CU_ASSERT_EQUAL(misses, 0);
	CU_ASSERT_EQUAL(f.early, 0);
	CU_ASSERT_EQUAL(torn, 0);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(fires_in_its_second_and_not_before),
	CU_TEST_ROW(second_that_is_over_counts_as_the_next_one),
	CU_TEST_ROW(deadline_beyond_the_horizon_waits_for_it),
	CU_TEST_ROW(clock_that_jumps_far_fires_everything_once),
	CU_TEST_ROW(callback_may_arm_the_element_again),
	CU_TEST_ROW(arming_one_round_ahead_in_the_callback_ends_the_poll),
	CU_TEST_ROW(arming_a_past_second_in_the_callback_ends_the_poll),
	CU_TEST_ROW(nearer_deadline_moves_the_element),
	CU_TEST_ROW(disarmed_element_never_fires_and_its_neighbours_do),
	CU_TEST_ROW(disarming_what_was_never_armed_changes_nothing),
	CU_TEST_ROW(budget_bounds_one_poll_and_the_rest_follows),
	CU_TEST_ROW(arming_between_two_parts_of_a_second_loses_nothing),
	CU_TEST_ROW(random_use_agrees_with_a_list_of_deadlines),
};

CU_MAIN("wheel", tests)
