/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/nat/remotes.h"
#include "tests/support/cu.h"

#define KEY UINT64_C(0x0123456789abcdef)

static struct cgn_remotes r;

static rte_be32_t
addr(uint32_t a)
{
	return rte_cpu_to_be_32(a);
}

static void
start(uint32_t sessions)
{
	CU_ASSERT_EQUAL_FATAL(cgn_remotes_init(&r, sessions, KEY), 0);
}

/* Sum of all counters. */
static uint64_t
total(void)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < r.n; i++)
		n += r.at[i];
	return n;
}

static void
check(uint32_t sub, uint32_t a, uint32_t want_addr, uint32_t want_net)
{
	uint32_t of_addr, of_net;

	cgn_remotes_get(&r, sub, addr(a), &of_addr, &of_net);
	CU_ASSERT_EQUAL(of_addr, want_addr);
	CU_ASSERT_EQUAL(of_net, want_net);
}

/* A-RES-4 */
static void
hosts_and_networks_count_by_subscriber_and_for_all(void)
{
	start(100000);
	cgn_remotes_add(&r, 7, addr(0x09010203));
	cgn_remotes_add(&r, 7, addr(0x09010203));
	cgn_remotes_add(&r, 7, addr(0x090102ff));
	cgn_remotes_add(&r, 8, addr(0x09010203));
	check(7, 0x09010203, 2, 3);
	check(7, 0x090102ff, 1, 3);
	check(7, 0x09010303, 0, 0);
	check(8, 0x09010203, 1, 1);
	check(9, 0x09010203, 0, 0);
	check(CGN_REMOTES_ALL, 0x09010203, 3, 4);
	/* The first address of a network is not the network. */
	check(7, 0x09010200, 0, 3);
	/* Nor is an address whose low octets read like one. */
	check(7, 0x00090102, 0, 0);
	cgn_remotes_del(&r, 7, addr(0x09010203));
	check(7, 0x09010203, 1, 2);
	cgn_remotes_del(&r, 7, addr(0x09010203));
	cgn_remotes_del(&r, 7, addr(0x090102ff));
	cgn_remotes_del(&r, 8, addr(0x09010203));
	CU_ASSERT_EQUAL(total(), 0);
	cgn_remotes_fini(&r);
}

/* A-RES-4: an eighth of the free places, rounded up, and nothing when there is none. */
static void
host_may_add_while_it_has_less_than_its_part(void)
{
	static const struct {
		uint32_t free;
		uint32_t has; /* the most that may be there before */
	} rows[] = { { 1, 0 }, { 7, 0 }, { 8, 0 }, { 9, 1 }, { 16, 1 }, { 17, 2 }, { 800, 99 } };

	for (unsigned int i = 0; i < RTE_DIM(rows); i++) {
		start(1000);
		CU_ASSERT_FALSE(cgn_remotes_may_add(&r, 1, addr(0x09010203), 0));
		for (uint32_t n = 0; n <= rows[i].has; n++) {
			CU_ASSERT_TRUE(cgn_remotes_may_add(&r, 1, addr(0x09010203), rows[i].free));
			cgn_remotes_add(&r, 1, addr(0x09010203));
		}
		CU_ASSERT_FALSE(cgn_remotes_may_add(&r, 1, addr(0x09010203), rows[i].free));
		cgn_remotes_fini(&r);
	}
}

/* A-RES-4: a quarter of them for all hosts of a network. */
static void
network_may_add_while_it_has_less_than_its_part(void)
{
	start(1000);
	for (uint32_t n = 0; n < 10; n++) {
		CU_ASSERT_TRUE(cgn_remotes_may_add(&r, 1, addr(0x09010200 + n), 40));
		cgn_remotes_add(&r, 1, addr(0x09010200 + n));
	}
	CU_ASSERT_FALSE(cgn_remotes_may_add(&r, 1, addr(0x090102fe), 40));
	CU_ASSERT_TRUE(cgn_remotes_may_add(&r, 1, addr(0x090102fe), 41));
	CU_ASSERT_TRUE(cgn_remotes_may_add(&r, 1, addr(0x090103fe), 40));
	CU_ASSERT_TRUE(cgn_remotes_may_add(&r, 2, addr(0x090102fe), 40));
	cgn_remotes_fini(&r);
}

/* Chance meetings in one counter are rare when the table is full. */
static void
few_hosts_share_a_counter_by_chance(void)
{
	uint32_t n_met = 0;

	start(10000);
	for (uint32_t i = 0; i < 7500; i++)
		cgn_remotes_add(&r, 1, addr(0x09000000 + i * 256));
	for (uint32_t i = 0; i < 7500; i++) {
		uint32_t of_addr, of_net;

		cgn_remotes_get(&r, 1, addr(0x0b000000 + i * 256), &of_addr, &of_net);
		n_met += of_addr != 0;
		CU_ASSERT_TRUE(of_addr < 10);
	}
	CU_ASSERT_TRUE(n_met < 7500 / 2);
	cgn_remotes_fini(&r);
}

static void
smallest_and_largest_tables_have_bounded_counters(void)
{
	start(1);
	CU_ASSERT_EQUAL(r.n, 1024);
	cgn_remotes_add(&r, 0, addr(0xffffffff));
	CU_ASSERT_EQUAL(total(), 4);
	cgn_remotes_fini(&r);
	start(257);
	CU_ASSERT_EQUAL(r.n, 2048);
	cgn_remotes_fini(&r);
	start(UINT32_MAX);
	CU_ASSERT_EQUAL(r.n, 1u << 24);
	cgn_remotes_add(&r, 0, addr(0xffffffff));
	cgn_remotes_del(&r, 0, addr(0xffffffff));
	cgn_remotes_fini(&r);
	cgn_remotes_fini(&r);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(hosts_and_networks_count_by_subscriber_and_for_all),
	CU_TEST_ROW(host_may_add_while_it_has_less_than_its_part),
	CU_TEST_ROW(network_may_add_while_it_has_less_than_its_part),
	CU_TEST_ROW(few_hosts_share_a_counter_by_chance),
	CU_TEST_ROW(smallest_and_largest_tables_have_bounded_counters),
};

CU_MAIN("remotes", tests)
