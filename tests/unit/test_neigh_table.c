/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/link/neigh.h"
#include "tests/support/cu.h"
#include "tests/support/eal.h"

#include <string.h>

static struct cgn_neighs t;

static void
start(void)
{
	CU_ASSERT_EQUAL_FATAL(cgn_neighs_init(&t), 0);
}

static void
neighbour_is_the_same_entry_every_time(void)
{
	uint32_t a, b;

	start();
	a = cgn_neighs_get4(&t, 1, RTE_BE32(0xc0000201));
	b = cgn_neighs_get4(&t, 1, RTE_BE32(0xc0000202));
	CU_ASSERT(a != 0 && b != 0 && a != b);
	CU_ASSERT_EQUAL(cgn_neighs_get4(&t, 1, RTE_BE32(0xc0000201)), a);
	CU_ASSERT_EQUAL(cgn_neighs_get4(&t, 1, RTE_BE32(0xc0000202)), b);
	CU_ASSERT_EQUAL(t.n, 2);
	CU_ASSERT_EQUAL(t.at[a].port, 1);
	CU_ASSERT_EQUAL(t.at[a].addr.ip4, RTE_BE32(0xc0000201));
	CU_ASSERT_EQUAL(t.at[a].hdr_len, 0);
	cgn_neighs_fini(&t);
}

/* A-ADR-1: one number on two links is two neighbours. */
static void
equal_addresses_on_two_ports_are_two_neighbours(void)
{
	uint32_t a, b;

	start();
	a = cgn_neighs_get4(&t, 0, RTE_BE32(0x64400001));
	b = cgn_neighs_get4(&t, 1, RTE_BE32(0x64400001));
	CU_ASSERT(a != 0 && b != 0 && a != b);
	CU_ASSERT_EQUAL(t.at[a].port, 0);
	CU_ASSERT_EQUAL(t.at[b].port, 1);
	cgn_neighs_fini(&t);
}

static void
ip6_neighbours_are_told_apart_by_every_octet(void)
{
	struct cgn_ip ip = { .is_ip6 = true };
	uint32_t first, at[16];

	start();
	first = cgn_neighs_get(&t, 0, &ip);
	CU_ASSERT_NOT_EQUAL(first, cgn_neighs_get4(&t, 0, 0));
	for (unsigned int i = 0; i < 16; i++) {
		ip.ip6.b[i] = 1;
		at[i] = cgn_neighs_get(&t, 0, &ip);
		ip.ip6.b[i] = 0;
		CU_ASSERT_NOT_EQUAL(at[i], first);
		for (unsigned int k = 0; k < i; k++)
			CU_ASSERT_NOT_EQUAL(at[i], at[k]);
	}
	ip.ip6.b[7] = 1;
	CU_ASSERT_EQUAL(cgn_neighs_get(&t, 0, &ip), at[7]);
	cgn_neighs_fini(&t);
}

/* A full table answers with none and keeps every neighbour that it has. */
static void
full_table_keeps_what_it_has(void)
{
	uint32_t wrong = 0;

	start();
	for (uint32_t i = 0; i < CGN_NEIGH_MAX; i++)
		wrong += cgn_neighs_get4(&t, 0, rte_cpu_to_be_32(0x64400000 + i)) != i + 1;
	CU_ASSERT_EQUAL(cgn_neighs_get4(&t, 0, RTE_BE32(0x01010101)), 0);
	CU_ASSERT_EQUAL(cgn_neighs_get4(&t, 1, RTE_BE32(0x64400000)), 0);
	for (uint32_t i = 0; i < CGN_NEIGH_MAX; i++)
		wrong += cgn_neighs_get4(&t, 0, rte_cpu_to_be_32(0x64400000 + i)) != i + 1;
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT_EQUAL(t.n, CGN_NEIGH_MAX);
	cgn_neighs_fini(&t);
}

/* Subscribers come and go on a wide link: who is given up makes room for somebody else. */
static void
neighbours_given_back_make_room(void)
{
	struct cgn_ip ip = { .ip4 = RTE_BE32(0x64400007) };
	uint32_t i, wrong = 0;

	start();
	for (i = 0; i < CGN_NEIGH_MAX; i++)
		(void)cgn_neighs_get4(&t, 0, rte_cpu_to_be_32(0x64400000 + i));
	CU_ASSERT_EQUAL(cgn_neighs_get4(&t, 0, RTE_BE32(0x01010101)), 0);
	i = cgn_neighs_find(&t, 0, &ip);
	CU_ASSERT_EQUAL(i, 8);
	t.at[i].hdr_len = 14;
	cgn_neighs_put(&t, i);
	CU_ASSERT_EQUAL(cgn_neighs_find(&t, 0, &ip), 0);
	CU_ASSERT_EQUAL(cgn_neighs_get4(&t, 0, RTE_BE32(0x01010101)), 8);
	CU_ASSERT_EQUAL(t.at[8].hdr_len, 0);
	CU_ASSERT_EQUAL(cgn_neighs_get4(&t, 0, ip.ip4), 0);
	for (i = 0; i < CGN_NEIGH_MAX; i++)
		wrong += cgn_neighs_get4(&t, 0, rte_cpu_to_be_32(0x64400000 + i)) != i + 1;
	CU_ASSERT_EQUAL(wrong, 1);
	cgn_neighs_fini(&t);
}

/* Packets of a connected /16 ask once each: the chains must stay short. */
static void
chains_of_a_connected_net_stay_short(void)
{
	uint32_t longest = 0;

	start();
	for (uint32_t i = 0; i < CGN_NEIGH_MAX; i++)
		(void)cgn_neighs_get4(&t, 3, rte_cpu_to_be_32(0x64400000 + i));
	for (uint32_t b = 0; b < 2 * CGN_NEIGH_MAX; b++) {
		uint32_t n = 0;

		for (uint32_t i = t.buckets[b]; i != 0; i = t.at[i].next)
			n++;
		longest = n > longest ? n : longest;
	}
	CU_ASSERT(longest <= 12);
	cgn_neighs_fini(&t);
}

static void
held_packets_are_freed_with_the_table(void)
{
	struct rte_mempool *mp = eal_pool(63);
	uint32_t a, b;

	start();
	a = cgn_neighs_get4(&t, 0, 1);
	b = cgn_neighs_get4(&t, 0, 2);
	for (unsigned int i = 0; i < CGN_NEIGH_HOLD; i++)
		cgn_neighs_hold(&t, a, rte_pktmbuf_alloc(mp), 0);
	cgn_neighs_hold(&t, b, rte_pktmbuf_alloc(mp), 0);
	CU_ASSERT_EQUAL(rte_mempool_avail_count(mp), 63 - CGN_NEIGH_HOLD - 1);
	cgn_neighs_fini(&t);
	CU_ASSERT_EQUAL(rte_mempool_avail_count(mp), 63);
	cgn_neighs_fini(&t);
}

/* Whichever entry is emptied, the oldest of the others is found, and nothing is counted twice. */
static void
oldest_entry_with_held_packets_is_known(void)
{
	static const unsigned int orders[][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
		{ 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
	struct rte_mempool *mp = eal_pool(63);
	struct rte_mbuf *m[CGN_NEIGH_HOLD];

	for (unsigned int o = 0; o < RTE_DIM(orders); o++) {
		bool is_held[3] = { true, true, true };
		uint32_t at[3];

		start();
		for (unsigned int i = 0; i < 3; i++) {
			at[i] = cgn_neighs_get4(&t, 0, 1 + i);
			cgn_neighs_hold(&t, at[i], rte_pktmbuf_alloc(mp), 0);
		}
		/* A later packet does not make an entry younger. */
		cgn_neighs_hold(&t, at[0], rte_pktmbuf_alloc(mp), 0);
		CU_ASSERT_EQUAL(t.n_kept, 4);
		for (unsigned int k = 0; k < 3; k++) {
			unsigned int i = orders[o][k], n, oldest = 0;

			while (!is_held[oldest])
				oldest++;
			CU_ASSERT_EQUAL(t.oldest, at[oldest]);
			n = cgn_neighs_take_held(&t, at[i], m);
			CU_ASSERT_EQUAL(n, i == 0 ? 2 : 1);
			CU_ASSERT_EQUAL(cgn_neighs_take_held(&t, at[i], m), 0);
			rte_pktmbuf_free_bulk(m, n);
			is_held[i] = false;
		}
		CU_ASSERT_EQUAL(t.n_kept, 0);
		CU_ASSERT_EQUAL(t.oldest, 0);
		CU_ASSERT_EQUAL(t.newest, 0);
		cgn_neighs_fini(&t);
	}
	CU_ASSERT_EQUAL(rte_mempool_avail_count(mp), 63);
	rte_mempool_free(mp);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(oldest_entry_with_held_packets_is_known),
	CU_TEST_ROW(neighbour_is_the_same_entry_every_time),
	CU_TEST_ROW(equal_addresses_on_two_ports_are_two_neighbours),
	CU_TEST_ROW(ip6_neighbours_are_told_apart_by_every_octet),
	CU_TEST_ROW(full_table_keeps_what_it_has),
	CU_TEST_ROW(neighbours_given_back_make_room),
	CU_TEST_ROW(chains_of_a_connected_net_stay_short),
	CU_TEST_ROW(held_packets_are_freed_with_the_table),
};

CU_MAIN("neigh_table", tests)
