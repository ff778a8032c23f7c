/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/nat/refused.h"
#include "tests/support/cu.h"

#include <stdlib.h>

#define T0 1000

static struct cgn_subtable_key
host(uint32_t i)
{
	return cgn_subtable_key4(rte_cpu_to_be_32(0x64400000 + i), 32);
}

static struct cgn_refused *
create(void)
{
	struct cgn_refused *t = malloc(sizeof(*t));

	CU_ASSERT_PTR_NOT_NULL_FATAL(t);
	CU_ASSERT_EQUAL_FATAL(cgn_refused_init(t, 4711), 0);
	return t;
}

static void
destroy(struct cgn_refused *t)
{
	cgn_refused_fini(t);
	free(t);
}

static void
count(struct cgn_refused *t, uint32_t i, cgn_tick now)
{
	struct cgn_subtable_key key = host(i);

	cgn_refused_count_stranger(t, &key, CGN_REFUSAL_POOL_FULL, now);
}

static uint64_t
refusals(const struct cgn_refused *t, uint32_t i)
{
	struct cgn_subtable_key key = host(i);
	const struct cgn_refused_entry *e = cgn_refused_find(t, &key);

	return e == NULL ? 0 : e->n;
}

/* A-RES-3 */
static void
refusals_of_a_host_are_counted_until_it_is_admitted(void)
{
	struct cgn_refused *t = create();
	struct cgn_subtable_key key = host(1);

	CU_ASSERT_EQUAL(refusals(t, 1), 0);
	for (unsigned int i = 0; i < 3; i++)
		count(t, 1, T0);
	count(t, 2, T0);
	CU_ASSERT_EQUAL(refusals(t, 1), 3);
	CU_ASSERT_EQUAL(refusals(t, 2), 1);
	CU_ASSERT_EQUAL(t->n_hosts, 2);
	CU_ASSERT_EQUAL(t->n_strangers, 2);
	CU_ASSERT_EQUAL(cgn_refused_take(t, &key), 3);
	CU_ASSERT_EQUAL(cgn_refused_take(t, &key), 0);
	CU_ASSERT_EQUAL(t->n_strangers, 1);
	/* The reasons stay. */
	CU_ASSERT_EQUAL(t->n_hosts, 2);
	CU_ASSERT_EQUAL(cgn_refused_find(t, &key)->why[CGN_REFUSAL_POOL_FULL].n, 3);
	/* It begins anew. */
	count(t, 1, T0);
	CU_ASSERT_EQUAL(refusals(t, 1), 1);
	CU_ASSERT_EQUAL(t->n_strangers, 2);
	destroy(t);
}

/* A-RES-3, D-LIM-3: however many hosts there are, the table does not grow, the newest is in it. */
static void
oldest_of_a_full_set_gives_way(void)
{
	struct cgn_refused *t = create();
	uint32_t n = 0, old = 0;

	for (uint32_t i = 0; i < 10 * CGN_REFUSED_MAX; i++) {
		count(t, i, T0 + i);
		CU_ASSERT_EQUAL_FATAL(refusals(t, i), 1);
		CU_ASSERT_TRUE_FATAL(t->n_hosts <= CGN_REFUSED_MAX);
	}
	CU_ASSERT_EQUAL(t->n_hosts, CGN_REFUSED_MAX);
	for (uint32_t i = 0; i < 10 * CGN_REFUSED_MAX; i++) {
		n += refusals(t, i) != 0;
		old += i < 7 * CGN_REFUSED_MAX && refusals(t, i) != 0;
	}
	CU_ASSERT_EQUAL(n, CGN_REFUSED_MAX);
	/* The four newest of each set: few of the first seven tenths are among them. */
	CU_ASSERT_TRUE(old < CGN_REFUSED_MAX / 100);
	destroy(t);
}

/* A-RES-3: a host that is refused again and again stays, even across the wrap of the clock. */
static void
host_that_is_refused_again_stays(void)
{
	struct cgn_refused *t = create();
	cgn_tick now = UINT32_MAX - 2 * CGN_REFUSED_MAX;

	for (uint32_t i = 1; i < 5 * CGN_REFUSED_MAX; i++) {
		count(t, 0, now);
		count(t, i, now++);
	}
	CU_ASSERT_EQUAL(refusals(t, 0), 5 * CGN_REFUSED_MAX - 1);
	destroy(t);
}

/* A-RES-3: each reason has its count and its last time. */
static void
reasons_are_counted_apart(void)
{
	struct cgn_refused *t = create();
	struct cgn_subtable_key key = host(1);
	const struct cgn_refused_entry *e;

	for (unsigned int i = 0; i < 5; i++)
		cgn_refused_count(t, &key, CGN_REFUSAL_SUB_PORTS, T0 + i);
	cgn_refused_count(t, &key, CGN_REFUSAL_OTHER, T0 + 9);
	e = cgn_refused_find(t, &key);
	CU_ASSERT_PTR_NOT_NULL_FATAL(e);
	CU_ASSERT_EQUAL(e->n, 0);
	CU_ASSERT_EQUAL(t->n_strangers, 0);
	CU_ASSERT_EQUAL(e->last, T0 + 9);
	for (unsigned int r = 0; r < CGN_REFUSAL_COUNT; r++) {
		CU_ASSERT_EQUAL(e->why[r].n,
				r == CGN_REFUSAL_SUB_PORTS               ? 5
						: r == CGN_REFUSAL_OTHER ? 1
									 : 0);
	}
	CU_ASSERT_EQUAL(e->why[CGN_REFUSAL_SUB_PORTS].last, T0 + 4);
	CU_ASSERT_EQUAL(e->why[CGN_REFUSAL_OTHER].last, T0 + 9);
	destroy(t);
}

/* A-RES-3: nothing is kept for ever. */
static void
host_is_forgotten_a_day_after_its_last_refusal(void)
{
	struct cgn_refused *t = create();

	count(t, 1, T0);
	count(t, 2, T0);
	count(t, 2, T0 + cgn_ticks(10));
	for (unsigned int i = 0; i < CGN_REFUSED_MAX; i++)
		cgn_refused_expire(t, T0 + cgn_ticks(CGN_REFUSED_S) - 1);
	CU_ASSERT_EQUAL(t->n_hosts, 2);
	for (unsigned int i = 0; i < CGN_REFUSED_MAX; i++)
		cgn_refused_expire(t, T0 + cgn_ticks(CGN_REFUSED_S));
	CU_ASSERT_EQUAL(refusals(t, 1), 0);
	CU_ASSERT_EQUAL(refusals(t, 2), 2);
	for (unsigned int i = 0; i < CGN_REFUSED_MAX; i++)
		cgn_refused_expire(t, T0 + cgn_ticks(CGN_REFUSED_S + 10));
	CU_ASSERT_EQUAL(t->n_hosts, 0);
	CU_ASSERT_EQUAL(t->n_strangers, 0);
	destroy(t);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(refusals_of_a_host_are_counted_until_it_is_admitted),
	CU_TEST_ROW(oldest_of_a_full_set_gives_way),
	CU_TEST_ROW(host_that_is_refused_again_stays),
	CU_TEST_ROW(host_is_forgotten_a_day_after_its_last_refusal),
	CU_TEST_ROW(reasons_are_counted_apart),
};

CU_MAIN("refused", tests)
