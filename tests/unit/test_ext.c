/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/nat/ext.h"
#include "tests/support/bookfix.h"
#include "tests/support/cu.h"

#define IP(a, b, c, d) ((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))

/* A pool of three pieces and one of a single address. */
static struct cgn_range4 homes_ranges[] = {
	{ IP(192, 0, 2, 1), IP(192, 0, 2, 1) },
	{ IP(192, 0, 2, 7), IP(192, 0, 2, 9) },
	{ IP(198, 51, 100, 0), IP(198, 51, 100, 3) },
};
static struct cgn_range4 office_ranges[] = {
	{ IP(203, 0, 113, 255), IP(203, 0, 113, 255) },
};
static struct cgn_conf_pool pools[] = {
	{ .ranges = homes_ranges,
			.n_ranges = 3,
			.n_addresses = 8,
			.port_min = 1024,
			.port_max = 65535 },
	{ .ranges = office_ranges,
			.n_ranges = 1,
			.n_addresses = 1,
			.port_min = 1024,
			.port_max = 65535 },
};

static struct cgn_conf
conf(uint32_t workers)
{
	return (struct cgn_conf){ .workers = workers, .pools = pools, .n_pools = 2 };
}

/* A-POOL-4: a pool may have any number of pieces; A-POOL-5: several pools. */
static void
every_address_of_every_piece_has_a_home(void)
{
	struct cgn_conf c = conf(1);
	struct cgn_ext e;
	uint32_t n = 0;

	bookfix_ext_init(&e, &c, 0);
	CU_ASSERT_EQUAL(e.n_owned, 9);
	for (size_t p = 0; p < 2; p++) {
		for (size_t r = 0; r < pools[p].n_ranges; r++) {
			for (uint32_t a = pools[p].ranges[r].first; a <= pools[p].ranges[r].last;
					a++) {
				const struct cgn_ext_addr *h = cgn_ext_find(
						&e, rte_cpu_to_be_32(a));

				CU_ASSERT_PTR_NOT_NULL_FATAL(h);
				CU_ASSERT_EQUAL(h->addr, rte_cpu_to_be_32(a));
				CU_ASSERT_EQUAL(h->pool, p);
				CU_ASSERT_EQUAL(h->worker, 0);
				CU_ASSERT_EQUAL(h->ord, n);
				CU_ASSERT_EQUAL(e.owned_addr[n], h->addr);
				CU_ASSERT_EQUAL(e.owned_pool[n], p);
				n++;
			}
		}
	}
	bookfix_ext_fini(&e);
}

static void
address_of_no_pool_has_no_home(void)
{
	struct cgn_conf c = conf(1);
	struct cgn_ext e;

	bookfix_ext_init(&e, &c, 0);
	CU_ASSERT_PTR_NULL(cgn_ext_find(&e, 0));
	CU_ASSERT_PTR_NULL(cgn_ext_find(&e, rte_cpu_to_be_32(IP(192, 0, 2, 2))));
	CU_ASSERT_PTR_NULL(cgn_ext_find(&e, rte_cpu_to_be_32(IP(198, 51, 100, 4))));
	CU_ASSERT_PTR_NULL(cgn_ext_find(&e, UINT32_MAX));
	bookfix_ext_fini(&e);
}

static void
workers_agree_on_homes_and_share_the_addresses(void)
{
	struct cgn_conf c = conf(4);
	struct cgn_ext e[4];
	uint32_t sum = 0;

	for (unsigned int w = 0; w < 4; w++) {
		bookfix_ext_init(&e[w], &c, w);
		CU_ASSERT_TRUE(e[w].n_owned == 2 || e[w].n_owned == 3);
		sum += e[w].n_owned;
	}
	CU_ASSERT_EQUAL(sum, 9);
	for (unsigned int w = 0; w < 4; w++) {
		for (uint32_t ord = 0; ord < e[w].n_owned; ord++) {
			for (unsigned int v = 0; v < 4; v++) {
				const struct cgn_ext_addr *h = cgn_ext_find(
						&e[v], e[w].owned_addr[ord]);

				CU_ASSERT_PTR_NOT_NULL_FATAL(h);
				CU_ASSERT_EQUAL(h->worker, w);
				CU_ASSERT_EQUAL(h->ord, ord);
				CU_ASSERT_EQUAL(h->pool, e[w].owned_pool[ord]);
			}
		}
	}
	for (unsigned int w = 0; w < 4; w++)
		bookfix_ext_fini(&e[w]);
}

/* However many addresses the pool before it has: no two addresses of a worker have one number. */
static void
numbers_of_a_worker_are_one_address_each(void)
{
	for (uint32_t n = 0; n < 4; n++) {
		struct cgn_conf c = conf(3);
		struct cgn_conf_pool two[2] = { pools[0], pools[1] };
		struct cgn_ext e;

		homes_ranges[2].last -= n;
		two[0].n_addresses -= n;
		c.pools = two;
		for (unsigned int w = 0; w < 3; w++) {
			bookfix_ext_init(&e, &c, w);
			for (uint32_t ord = 0; ord < e.n_owned; ord++) {
				const struct cgn_ext_addr *h = cgn_ext_find(&e, e.owned_addr[ord]);

				CU_ASSERT_PTR_NOT_NULL_FATAL(h);
				CU_ASSERT_EQUAL(h->ord, ord);
				CU_ASSERT_EQUAL(h->worker, w);
			}
			bookfix_ext_fini(&e);
		}
		homes_ranges[2].last += n;
	}
}

static void
slots_of_the_index_are_free_at_first_and_do_not_overlap(void)
{
	struct cgn_conf c = conf(1);
	struct cgn_ext e;
	uint32_t wrong = 0;

	bookfix_ext_init(&e, &c, 0);
	for (uint32_t ord = 0; ord < e.n_owned; ord++) {
		for (unsigned int proto = 0; proto < CGN_PROTO_COUNT; proto++) {
			for (uint32_t port = 0; port <= UINT16_MAX; port += 4369) {
				wrong += *cgn_ext_slot(&e, ord, proto, (uint16_t)port) != 0;
				*cgn_ext_slot(&e, ord, proto, (uint16_t)port) = ord << 20 |
						proto << 16 | port | 1U << 30;
			}
		}
	}
	for (uint32_t ord = 0; ord < e.n_owned; ord++) {
		for (unsigned int proto = 0; proto < CGN_PROTO_COUNT; proto++) {
			for (uint32_t port = 0; port <= UINT16_MAX; port += 4369)
				wrong += *cgn_ext_slot(&e, ord, proto, (uint16_t)port) !=
						(ord << 20 | proto << 16 | port | 1U << 30);
		}
	}
	CU_ASSERT_EQUAL(wrong, 0);
	bookfix_ext_fini(&e);
}

/* A B4 has no pools. */
static void
table_without_pools_finds_nothing(void)
{
	struct cgn_conf c = { .workers = 1 };
	struct cgn_ext e;

	bookfix_ext_init(&e, &c, 0);
	CU_ASSERT_EQUAL(e.n_owned, 0);
	CU_ASSERT_PTR_NULL(cgn_ext_find(&e, rte_cpu_to_be_32(IP(192, 0, 2, 1))));
	bookfix_ext_fini(&e);
}

static void
large_pool_costs_address_space_only(void)
{
	struct cgn_range4 range = { IP(10, 0, 0, 0), IP(10, 0, 255, 255) };
	struct cgn_conf_pool pool = { .ranges = &range, .n_ranges = 1, .n_addresses = 65536 };
	struct cgn_conf c = { .workers = 2, .pools = &pool, .n_pools = 1 };
	struct cgn_ext e;

	bookfix_ext_init(&e, &c, 1);
	CU_ASSERT_EQUAL(e.n_owned, 32768);
	CU_ASSERT_EQUAL(e.owned_addr[32767], rte_cpu_to_be_32(range.last));
	*cgn_ext_slot(&e, 32767, CGN_PROTO_ICMP, UINT16_MAX) = 7;
	CU_ASSERT_EQUAL(*cgn_ext_slot(&e, 32767, CGN_PROTO_ICMP, UINT16_MAX), 7);
	bookfix_ext_fini(&e);
}

/* The longest way to an address of a pool of n. */
static uint32_t
longest_way(uint32_t n)
{
	struct cgn_range4 range = { IP(198, 18, 0, 0), IP(198, 18, 0, 0) + n - 1 };
	struct cgn_conf_pool pool = { .ranges = &range, .n_ranges = 1, .n_addresses = n };
	struct cgn_conf c = { .workers = 1, .pools = &pool, .n_pools = 1 };
	struct cgn_ext e;
	uint32_t longest = 0;

	bookfix_ext_init(&e, &c, 0);
	for (uint32_t a = range.first; a <= range.last; a++) {
		rte_be32_t addr = rte_cpu_to_be_32(a);
		uint32_t at = (uint32_t)(cgn_ext_find(&e, addr) - e.addrs);

		longest = RTE_MAX(
				longest, (at - cgn_book_start(e.addrs_shift, addr)) & e.addrs_mask);
	}
	bookfix_ext_fini(&e);
	return longest;
}

/* Neighbouring addresses must not lie in one row: every inbound packet would walk along it. */
static void
addresses_of_a_pool_are_found_in_a_few_steps(void)
{
	CU_ASSERT_TRUE(longest_way(16) <= 4);
	CU_ASSERT_TRUE(longest_way(256) <= 4);
	CU_ASSERT_TRUE(longest_way(4096) <= 4);
	CU_ASSERT_TRUE(longest_way(65536) <= 4);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(every_address_of_every_piece_has_a_home),
	CU_TEST_ROW(address_of_no_pool_has_no_home),
	CU_TEST_ROW(workers_agree_on_homes_and_share_the_addresses),
	CU_TEST_ROW(numbers_of_a_worker_are_one_address_each),
	CU_TEST_ROW(slots_of_the_index_are_free_at_first_and_do_not_overlap),
	CU_TEST_ROW(table_without_pools_finds_nothing),
	CU_TEST_ROW(large_pool_costs_address_space_only),
	CU_TEST_ROW(addresses_of_a_pool_are_found_in_a_few_steps),
};

CU_MAIN("ext", tests)
