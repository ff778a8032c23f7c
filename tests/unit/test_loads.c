/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/loads.h"
#include "tests/support/cu.h"

#include <string.h>

#define N_WORKERS 2
#define HZ        UINT64_C(1000000)

static struct cgn_stats stats[N_WORKERS];
static struct cgn_planes planes;
static struct cgn_timerq *timers;
static struct cgn_loads *loads;
static uint64_t now_ms;

static void
begin(void)
{
	memset(stats, 0, sizeof(stats));
	planes = (struct cgn_planes){ .n_workers = N_WORKERS };
	for (unsigned int w = 0; w < N_WORKERS; w++)
		planes.workers[w].stats = &stats[w];
	now_ms = 5000;
	CU_ASSERT_EQUAL_FATAL(cgn_timerq_create(&timers), 0);
	CU_ASSERT_EQUAL_FATAL(cgn_loads_create(&loads, &planes, timers, HZ, now_ms), 0);
}

static void
end(void)
{
	cgn_loads_destroy(loads);
	cgn_timerq_destroy(timers);
}

/* A second in which worker 1 works for so many thousandths. */
static void
work(unsigned int permille)
{
	cgn_counter_add(&stats[1].latency[CGN_LATENCY_LOOP].cycles, HZ * permille / 1000);
	now_ms += 1000;
	(void)cgn_timerq_run(timers, now_ms, 10);
}

/* REQ: G-DAY-10 */
static void
load_is_the_share_of_time_with_work(void)
{
	begin();
	CU_ASSERT_EQUAL(cgn_loads_permille(loads, 1), 0);
	work(400);
	CU_ASSERT_EQUAL(cgn_loads_permille(loads, 0), 0);
	CU_ASSERT_EQUAL(cgn_loads_permille(loads, 1), 400);
	work(200);
	CU_ASSERT_EQUAL(cgn_loads_permille(loads, 1), 300);
	end();
}

static void
load_is_that_of_the_last_seconds(void)
{
	begin();
	for (unsigned int i = 0; i < 3 * CGN_LOADS_S; i++)
		work(1000);
	CU_ASSERT_EQUAL(cgn_loads_permille(loads, 1), 1000);
	for (unsigned int i = 1; i <= CGN_LOADS_S; i++) {
		work(0);
		CU_ASSERT_EQUAL(cgn_loads_permille(loads, 1), 1000 - i * 1000 / CGN_LOADS_S);
	}
	end();
}

/* The control thread may be late, and a turn that began before counts as a whole. */
static void
load_is_never_above_all(void)
{
	begin();
	work(1700);
	CU_ASSERT_EQUAL(cgn_loads_permille(loads, 1), 1000);
	end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(load_is_the_share_of_time_with_work),
	CU_TEST_ROW(load_is_that_of_the_last_seconds),
	CU_TEST_ROW(load_is_never_above_all),
};

CU_MAIN("loads", tests)
