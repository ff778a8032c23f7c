/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/link/neigh.h"
#include "tests/support/cu.h"

#define BUCKETS (2u * CGN_NEIGH_MAX)

static uint32_t
get(struct cgn_neighs *t, uint16_t port, uint32_t addr)
{
	return cgn_neighs_get4(t, port, rte_cpu_to_be_32(addr));
}

/* An address has one entry on each port, whichever way it is asked for. */
static void
address_has_one_entry_per_port(void)
{
	struct cgn_ip ip = { .ip4 = rte_cpu_to_be_32(0x64400001) },
		      ip6 = { .ip6 = { { 0x64, 0x40, 0, 1 } }, .is_ip6 = true };
	struct cgn_neighs t;
	uint32_t i;

	CU_ASSERT_EQUAL_FATAL(cgn_neighs_init(&t), 0);
	i = get(&t, 0, 0x64400001);
	CU_ASSERT_NOT_EQUAL(i, 0);
	CU_ASSERT_EQUAL(get(&t, 0, 0x64400001), i);
	CU_ASSERT_EQUAL(cgn_neighs_get(&t, 0, &ip), i);
	CU_ASSERT_NOT_EQUAL(get(&t, 1, 0x64400001), i);
	CU_ASSERT_NOT_EQUAL(cgn_neighs_get(&t, 0, &ip6), i);
	CU_ASSERT_EQUAL(t.at[i].addr.ip4, ip.ip4);
	CU_ASSERT_EQUAL(t.n, 3);
	cgn_neighs_fini(&t);
}

/* The hosts of a link must not lie in one chain: every packet to one would walk along it. */
static void
hosts_of_a_link_are_found_in_a_few_steps(void)
{
	struct cgn_neighs t;
	unsigned int longest = 0;

	CU_ASSERT_EQUAL_FATAL(cgn_neighs_init(&t), 0);
	for (uint32_t a = 0; a < CGN_NEIGH_MAX; a++)
		CU_ASSERT_EQUAL(get(&t, 0, 0x64400000 + a), a + 1);
	for (uint32_t b = 0; b < BUCKETS; b++) {
		unsigned int n = 0;

		for (uint32_t i = t.buckets[b]; i != 0; i = t.at[i].next)
			n++;
		longest = n > longest ? n : longest;
	}
	CU_ASSERT_TRUE(longest <= 4);
	/* Full: what is known is still found, nothing else is. */
	CU_ASSERT_EQUAL(get(&t, 0, 0x0a000001), 0);
	CU_ASSERT_EQUAL(get(&t, 0, 0x64400000 + 77), 78);
	cgn_neighs_fini(&t);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(address_has_one_entry_per_port),
	CU_TEST_ROW(hosts_of_a_link_are_found_in_a_few_steps),
};

CU_MAIN("neigh", tests)
