/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/link/neigh.h"
#include "dataplane/packet_budget.h"
#include "shared/limits.h"
#include "tests/support/cu.h"

static const struct cgn_packet_budget least = { .n_workers = 1, .n_ports = 2, .n_inject = 1024 };

static void
all_that_can_keep_buffers_is_covered(void)
{
	for (unsigned int w = 1; w <= CGN_WORKERS_MAX; w++) {
		for (unsigned int p = 2; p <= CGN_PORTS_MAX; p++) {
			const struct cgn_packet_budget b = {
				.n_workers = w,
				.n_ports = p,
				.n_inject = 1024,
				.n_handover = w == 1 ? 0 : 2048,
				.n_txd = p * w * 1024,
			};
			unsigned int held = w * CGN_NEIGH_HELD_MAX;
			unsigned int gathered = w * p * CGN_BURST;

			CU_ASSERT_TRUE(cgn_packet_budget_control(&b) >=
					held + gathered + b.n_txd + b.n_handover + b.n_inject);
		}
	}
}

/* What the ring holds does not come out of what neighbours may hold, and so on: each counts by itself. */
static void
each_part_adds_its_own(void)
{
	unsigned int n = cgn_packet_budget_control(&least);
	struct cgn_packet_budget b = least;

	b.n_inject += 100;
	CU_ASSERT_EQUAL(cgn_packet_budget_control(&b), n + 100);
	b = least;
	b.n_txd += 1000;
	CU_ASSERT_EQUAL(cgn_packet_budget_control(&b), n + 1000);
	b = least;
	b.n_handover += 10;
	CU_ASSERT_EQUAL(cgn_packet_budget_control(&b), n + 10);
	b = least;
	b.n_workers++;
	CU_ASSERT_TRUE(cgn_packet_budget_control(&b) >= n + CGN_NEIGH_HELD_MAX + 2 * CGN_BURST);
	b = least;
	b.n_ports++;
	CU_ASSERT_EQUAL(cgn_packet_budget_control(&b), n + CGN_BURST);
}

static void
one_worker_on_copying_devices_takes_little(void)
{
	CU_ASSERT_TRUE(cgn_packet_budget_control(&least) <= 2500);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(all_that_can_keep_buffers_is_covered),
	CU_TEST_ROW(each_part_adds_its_own),
	CU_TEST_ROW(one_worker_on_copying_devices_takes_little),
};
CU_MAIN("packet_budget", tests)
