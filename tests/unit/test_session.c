/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/nat/session.h"
#include "tests/support/cu.h"
#include "tests/support/eal.h"

#include <string.h>

#define CAPACITY 4096u
#define NOW_S    1000u

static struct cgn_sessions t;
static struct cgn_mapping maps[8]; /* index 0 is none */

static void
start(uint32_t capacity)
{
	eal_start();
	memset(maps, 0, sizeof(maps));
	CU_ASSERT_EQUAL_FATAL(cgn_sessions_init(&t, capacity, 0, NOW_S), 0);
}

static uint32_t
add(uint32_t mapping, rte_be32_t addr, rte_be16_t port, enum cgn_tcp_state state)
{
	return cgn_sessions_add(&t, &maps[mapping], mapping, addr, port, state, NOW_S * 16);
}

/* Length of a list, checking its links back. */
static uint32_t
length(uint32_t head)
{
	uint32_t n = 0, prev = 0;

	for (uint32_t s = head; s != 0; prev = s, s = t.at[s].next, n++)
		CU_ASSERT_EQUAL(t.at[s].prev, prev);
	return n;
}

static void
session_is_found_by_mapping_address_and_port(void)
{
	uint32_t s;

	start(CAPACITY);
	s = add(1, 0x01020304, 80, CGN_TCP_SYN_OUT);
	CU_ASSERT_NOT_EQUAL_FATAL(s, 0);
	CU_ASSERT_EQUAL(cgn_sessions_find(&t, 1, 0x01020304, 80), s);
	CU_ASSERT_EQUAL(cgn_sessions_find(&t, 2, 0x01020304, 80), 0);
	CU_ASSERT_EQUAL(cgn_sessions_find(&t, 1, 0x01020305, 80), 0);
	CU_ASSERT_EQUAL(cgn_sessions_find(&t, 1, 0x01020304, 81), 0);
	CU_ASSERT_EQUAL(cgn_sessions_find(&t, 1, 0x01020304, 0), 0);
	CU_ASSERT_EQUAL(t.at[s].mapping, 1);
	CU_ASSERT_EQUAL(t.at[s].state, CGN_TCP_SYN_OUT);
	CU_ASSERT_EQUAL(t.at[s].last_use, NOW_S * 16);
	CU_ASSERT_EQUAL(t.count, 1);
	cgn_sessions_fini(&t);
}

/* A-MAP-2: one port may talk to many remotes, two mappings to the same one. */
static void
sessions_of_two_mappings_with_one_remote_are_different(void)
{
	uint32_t a, b;

	start(CAPACITY);
	a = add(1, 0x01020304, 80, CGN_TCP_SYN_OUT);
	b = add(2, 0x01020304, 80, CGN_TCP_SYN_OUT);
	CU_ASSERT(a != 0 && b != 0 && a != b);
	cgn_sessions_del(&t, &maps[1], a);
	CU_ASSERT_EQUAL(cgn_sessions_find(&t, 1, 0x01020304, 80), 0);
	CU_ASSERT_EQUAL(cgn_sessions_find(&t, 2, 0x01020304, 80), b);
	CU_ASSERT_EQUAL(maps[1].sessions, 0);
	CU_ASSERT_EQUAL(maps[2].sessions, b);
	cgn_sessions_fini(&t);
}

/* A-TCP-6, A-TCP-9: what nobody inside has answered holds no mapping. */
static void
only_what_the_inside_takes_part_in_holds_the_mapping(void)
{
	for (int s = CGN_TCP_SYN_OUT; s < CGN_TCP_STATE_COUNT; s++)
		CU_ASSERT_EQUAL(cgn_session_holds((enum cgn_tcp_state)s),
				s != CGN_TCP_SYN_IN && s != CGN_TCP_FILTER);
	start(CAPACITY);
	CU_ASSERT_NOT_EQUAL(add(1, 1, 80, CGN_TCP_SYN_IN), 0);
	CU_ASSERT_NOT_EQUAL(add(1, 2, 0, CGN_TCP_FILTER), 0);
	CU_ASSERT_EQUAL(maps[1].sessions, 0);
	CU_ASSERT_EQUAL(length(maps[1].pending), 2);
	cgn_sessions_fini(&t);
}

static void
answered_session_moves_to_the_list_that_holds(void)
{
	uint32_t a, b, c;

	start(CAPACITY);
	a = add(1, 1, 80, CGN_TCP_SYN_IN);
	b = add(1, 2, 80, CGN_TCP_SYN_IN);
	c = add(1, 3, 80, CGN_TCP_SYN_IN);
	cgn_sessions_set_state(&t, &maps[1], b, CGN_TCP_WAIT_IN);
	CU_ASSERT_EQUAL(t.at[b].state, CGN_TCP_WAIT_IN);
	CU_ASSERT_EQUAL(maps[1].sessions, b);
	CU_ASSERT_EQUAL(length(maps[1].sessions), 1);
	CU_ASSERT_EQUAL(length(maps[1].pending), 2);
	cgn_sessions_set_state(&t, &maps[1], b, CGN_TCP_ESTABLISHED);
	CU_ASSERT_EQUAL(length(maps[1].sessions), 1);
	cgn_sessions_set_state(&t, &maps[1], a, CGN_TCP_WAIT_IN);
	cgn_sessions_set_state(&t, &maps[1], c, CGN_TCP_WAIT_IN);
	CU_ASSERT_EQUAL(length(maps[1].sessions), 3);
	CU_ASSERT_EQUAL(maps[1].pending, 0);
	cgn_sessions_set_state(&t, &maps[1], a, CGN_TCP_SYN_IN);
	CU_ASSERT_EQUAL(maps[1].pending, a);
	CU_ASSERT_EQUAL(length(maps[1].sessions), 2);
	cgn_sessions_fini(&t);
}

/* First, middle and last of a list. */
static void
removed_session_leaves_the_others_linked(void)
{
	for (unsigned int out = 0; out < 3; out++) {
		uint32_t s[3];

		start(CAPACITY);
		for (unsigned int i = 0; i < 3; i++)
			s[i] = add(1, 1 + i, 80, CGN_TCP_ESTABLISHED);
		cgn_wheel_arm(&t.wheel, s[out], NOW_S + 10);
		cgn_sessions_del(&t, &maps[1], s[out]);
		CU_ASSERT_FALSE(cgn_wheel_is_armed(&t.wheel, s[out]));
		CU_ASSERT_EQUAL(length(maps[1].sessions), 2);
		CU_ASSERT_EQUAL(t.count, 2);
		for (unsigned int i = 0; i < 3; i++)
			CU_ASSERT_EQUAL(cgn_sessions_find(&t, 1, 1 + i, 80), i == out ? 0 : s[i]);
		cgn_sessions_fini(&t);
	}
}

/* A-RES-1: every insert up to the capacity succeeds; then the new one is refused, none is lost. */
static void
full_table_refuses_a_session_and_takes_one_for_one(void)
{
	uint32_t lost = 0, s;

	start(CAPACITY);
	for (uint32_t i = 0; i < CAPACITY; i++)
		CU_ASSERT_NOT_EQUAL_FATAL(add(1 + i % 7, i, (rte_be16_t)i, CGN_TCP_SYN_OUT), 0);
	CU_ASSERT_EQUAL(add(1, 0xffffffff, 1, CGN_TCP_SYN_OUT), 0);
	CU_ASSERT_EQUAL(cgn_sessions_find(&t, 1, 0xffffffff, 1), 0);
	CU_ASSERT_EQUAL(t.count, CAPACITY);
	for (uint32_t i = 0; i < CAPACITY; i++)
		lost += cgn_sessions_find(&t, 1 + i % 7, i, (rte_be16_t)i) == 0;
	CU_ASSERT_EQUAL(lost, 0);
	s = cgn_sessions_find(&t, 1 + 100 % 7, 100, 100);
	cgn_sessions_del(&t, &maps[1 + 100 % 7], s);
	CU_ASSERT_EQUAL(add(1, 0xffffffff, 1, CGN_TCP_SYN_OUT), s);
	CU_ASSERT_EQUAL(add(1, 0xfffffffe, 1, CGN_TCP_SYN_OUT), 0);
	cgn_sessions_fini(&t);
}

/* What was there before must not show in what takes its place. */
static void
reused_entry_starts_afresh(void)
{
	uint32_t a, b;

	start(CAPACITY);
	a = add(1, 1, 80, CGN_TCP_ESTABLISHED);
	cgn_wheel_arm(&t.wheel, a, NOW_S + 10);
	cgn_sessions_del(&t, &maps[1], a);
	b = add(2, 9, 99, CGN_TCP_SYN_IN);
	CU_ASSERT_EQUAL(b, a);
	CU_ASSERT_EQUAL(t.at[b].mapping, 2);
	CU_ASSERT_EQUAL(t.at[b].next, 0);
	CU_ASSERT_EQUAL(t.at[b].prev, 0);
	CU_ASSERT_FALSE(cgn_wheel_is_armed(&t.wheel, b));
	CU_ASSERT_EQUAL(maps[1].sessions, 0);
	CU_ASSERT_EQUAL(maps[2].pending, b);
	cgn_sessions_fini(&t);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(session_is_found_by_mapping_address_and_port),
	CU_TEST_ROW(sessions_of_two_mappings_with_one_remote_are_different),
	CU_TEST_ROW(only_what_the_inside_takes_part_in_holds_the_mapping),
	CU_TEST_ROW(answered_session_moves_to_the_list_that_holds),
	CU_TEST_ROW(removed_session_leaves_the_others_linked),
	CU_TEST_ROW(full_table_refuses_a_session_and_takes_one_for_one),
	CU_TEST_ROW(reused_entry_starts_afresh),
};

CU_MAIN("session", tests)
