/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/engine/owner.h"
#include "tests/support/cu.h"

#define WORKERS 4

static struct cgn_prefix homes = { .ip4 = RTE_BE32(0x64400000), .len = 10 };
static struct cgn_prefix offices = { .ip4 = RTE_BE32(0x64480000), .len = 16 };
static struct cgn_range4 range = { 0xc6336400, 0xc633640f };
static struct cgn_conf_pool pool = { .ranges = &range,
	.n_ranges = 1,
	.n_addresses = 16,
	.port_min = 1024,
	.port_max = 65535 };
static struct cgn_conf_group groups[2];
static struct cgn_conf_static statics[16];
static struct cgn_conf conf;
static struct cgn_nat_plan plan;

static struct cgn_steer steer;
static struct cgn_ext ext;
static struct cgn_moved *former;
static struct cgn_owner owner;

static void
begin(void)
{
	groups[0] = (struct cgn_conf_group){
		.prefixes = &homes, .n_prefixes = 1, .subscriber_prefix_len = 32
	};
	groups[1] = (struct cgn_conf_group){
		.prefixes = &offices, .n_prefixes = 1, .subscriber_prefix_len = 24
	};
	conf = (struct cgn_conf){
		.workers = WORKERS,
		.pools = &pool,
		.n_pools = 1,
		.groups = groups,
		.n_groups = 1,
		.nat.statics = statics,
	};
	cgn_steer_init(&steer, WORKERS, cgn_steer_default_key);
}

static void
build(void)
{
	char why[CGN_BOOK_WHY_MAX];

	CU_ASSERT_EQUAL_FATAL(cgn_nat_plan_init(&plan, &conf, NULL, why), 0);
	CU_ASSERT_EQUAL_FATAL(cgn_ext_init(&ext, plan.book, 0), 0);
	CU_ASSERT_EQUAL_FATAL(cgn_owner_init(&owner, &plan, &steer, former), 0);
}

static void
end(void)
{
	cgn_owner_fini(&owner);
	cgn_ext_fini(&ext);
	cgn_nat_plan_fini(&plan);
	cgn_moved_destroy(former);
	former = NULL;
}

static void
hash_decides_for_single_addresses(void)
{
	unsigned int seen[WORKERS] = { 0 };

	begin();
	build();
	for (uint32_t i = 0; i < 4000; i++) {
		rte_be32_t addr = rte_cpu_to_be_32(0x64400000 + i * 977);

		CU_ASSERT_EQUAL(cgn_owner_of(&owner, addr), cgn_steer_inside(&steer, addr));
		seen[cgn_owner_of(&owner, addr)]++;
	}
	for (unsigned int w = 0; w < WORKERS; w++)
		CU_ASSERT_TRUE(seen[w] > 500);
	end();
}

static void
all_hosts_of_a_wide_subscriber_have_one_owner(void)
{
	begin();
	conf.n_groups = 2;
	build();
	for (uint32_t i = 0; i < 65536; i++) {
		rte_be32_t addr = rte_cpu_to_be_32(0x64480000 + i);

		CU_ASSERT_EQUAL(cgn_owner_of(&owner, addr),
				cgn_owner_of(&owner, addr & RTE_BE32(0xffffff00)));
	}
	/* Nobody's address is its own. */
	CU_ASSERT_EQUAL(cgn_owner_subscriber(&owner, RTE_BE32(0x0a010203)), RTE_BE32(0x0a010203));
	end();
}

static void
static_mappings_tie_their_subscriber_to_the_address(void)
{
	const struct cgn_ext_addr *home;
	unsigned int moved = 0;

	for (uint32_t i = 0; i < 16; i++) {
		begin();
		conf.n_groups = 2;
		conf.nat.n_statics = 2;
		statics[0] = (struct cgn_conf_static){ .in_addr = RTE_BE32(0x64480107),
			.ext_addr = rte_cpu_to_be_32(0xc6336400 + i) };
		statics[1] = (struct cgn_conf_static){ .in_addr = RTE_BE32(0x64400001),
			.ext_addr = RTE_BE32(0xc6336403) };
		build();
		home = cgn_ext_find(&ext, statics[0].ext_addr);
		CU_ASSERT_PTR_NOT_NULL_FATAL(home);
		/* All hosts of that subscriber, and nobody else. */
		for (uint32_t h = 0; h < 256; h++)
			CU_ASSERT_EQUAL(cgn_owner_of(&owner, rte_cpu_to_be_32(0x64480100 + h)),
					home->worker);
		CU_ASSERT_EQUAL(cgn_owner_of(&owner, RTE_BE32(0x64400001)),
				cgn_ext_find(&ext, RTE_BE32(0xc6336403))->worker);
		CU_ASSERT_EQUAL(cgn_owner_of(&owner, RTE_BE32(0x64400002)),
				cgn_steer_inside(&steer, RTE_BE32(0x64400002)));
		moved += home->worker != cgn_steer_inside(&steer, RTE_BE32(0x64480100));
		end();
	}
	CU_ASSERT_TRUE(moved > 0);
}

/* However many static mappings there are, in whatever order, each host is found. */
static void
many_static_mappings_are_found_in_any_order(void)
{
	for (uint32_t step = 1; step < RTE_DIM(statics); step += 2) {
		begin();
		conf.nat.n_statics = RTE_DIM(statics);
		for (uint32_t i = 0; i < RTE_DIM(statics); i++) {
			uint32_t k = i * step % RTE_DIM(statics);

			statics[i] = (struct cgn_conf_static){
				.in_addr = rte_cpu_to_be_32(0x64400000 + 257 * k),
				.ext_addr = rte_cpu_to_be_32(0xc6336400 + (k ^ step)),
			};
		}
		build();
		for (uint32_t i = 0; i < RTE_DIM(statics); i++)
			CU_ASSERT_EQUAL(cgn_owner_of(&owner, statics[i].in_addr),
					cgn_ext_find(&ext, statics[i].ext_addr)->worker);
		end();
	}
}

/* A subscriber of a deterministic group belongs to the worker of the address that the formula gives it (shared/det.h). */
static void
formula_ties_its_subscribers_to_their_address(void)
{
	struct cgn_prefix inside[2] = {
		{ .ip4 = RTE_BE32(0x64400000), .len = 22 },
		{ .ip6 = { { 0x20, 0x01, 0x0d, 0xb8 } }, .len = 46, .is_ip6 = true },
	};
	unsigned int seen[WORKERS] = { 0 };
	struct cgn_det det;

	begin();
	groups[0].prefixes = inside;
	groups[0].n_prefixes = 2;
	groups[0].subscriber_prefix6_len = 56;
	groups[0].deterministic.is_on = true;
	build();
	CU_ASSERT_EQUAL_FATAL(cgn_det_init(&det, &groups[0], &pool), 0);
	for (uint32_t k = 0; k < det.n_subscribers; k++) {
		struct cgn_prefix sub = cgn_det_subscriber(&det, k);
		rte_be32_t addr = cgn_det_address(&det, k / det.slots);
		unsigned int worker = cgn_ext_find(&ext, addr)->worker;

		CU_ASSERT_EQUAL_FATAL(sub.is_ip6 ? cgn_owner_of6(&owner, &sub.ip6)
						 : cgn_owner_of(&owner, sub.ip4),
				worker);
		seen[worker]++;
	}
	for (unsigned int w = 0; w < WORKERS; w++)
		CU_ASSERT_TRUE(seen[w] > 300);
	/* The address of the network has no number, so the hash decides. */
	CU_ASSERT_EQUAL(cgn_owner_of(&owner, RTE_BE32(0x64400000)),
			cgn_steer_inside(&steer, RTE_BE32(0x64400000)));
	cgn_det_fini(&det);
	end();
}

/* Groups of any width, in any order: the hosts of a subscriber have one owner, that of its prefix, and the next
 * subscriber has its own. */
static void
every_group_has_its_own_width(void)
{
	static const uint8_t lens4[][2] = { { 32, 24 }, { 24, 32 }, { 31, 28 }, { 28, 31 } };
	static const uint8_t lens6[][2] = { { 56, 48 }, { 48, 64 }, { 60, 60 } };
	static struct cgn_prefix six[2] = {
		{ .ip6 = { { 0x20, 0x01, 0x0d, 0xb8, 1 } }, .len = 40, .is_ip6 = true },
		{ .ip6 = { { 0x20, 0x01, 0x0d, 0xb8, 2 } }, .len = 40, .is_ip6 = true },
	};
	static struct cgn_prefix both[2][2];

	for (unsigned int c = 0; c < 4 * 3; c++) {
		begin();
		conf.n_groups = 2;
		both[0][0] = homes;
		both[1][0] = offices;
		for (unsigned int g = 0; g < 2; g++) {
			both[g][1] = six[g];
			groups[g].prefixes = both[g];
			groups[g].n_prefixes = 2;
			groups[g].subscriber_prefix_len = lens4[c / 3][g];
			groups[g].subscriber_prefix6_len = lens6[c % 3][g];
		}
		build();
		for (unsigned int g = 0; g < 2; g++) {
			uint32_t mask = UINT32_MAX << (32 - groups[g].subscriber_prefix_len);

			for (uint32_t i = 0; i < 300; i++) {
				uint32_t addr = (g == 0 ? 0x64400000 : 0x64480000) + i;
				struct cgn_ip6 a = six[g].ip6, prefix;

				CU_ASSERT_EQUAL(cgn_owner_of(&owner, rte_cpu_to_be_32(addr)),
						cgn_steer_inside(&steer,
								rte_cpu_to_be_32(addr & mask)));
				a.b[5] = (uint8_t)(i * 7);
				a.b[6] = (uint8_t)(i * 11);
				a.b[7] = (uint8_t)(i * 13);
				a.b[15] = (uint8_t)i;
				prefix = cgn_ip6_prefix(&a, groups[g].subscriber_prefix6_len);
				CU_ASSERT_EQUAL(cgn_owner_of6(&owner, &a),
						steer.reta[cgn_steer_hash6(&steer, &prefix) %
								CGN_STEER_RETA]);
			}
		}
		end();
	}
}

/* REQ: N-KEEP-12 */
static void
former_pairings_tie_their_subscribers_to_the_address(void)
{
	static struct cgn_state_pairing pairings[3000];
	struct cgn_prefix both[] = { homes,
		{ .ip6.b = { 0x20, 1, 0xd, 0xb8 }, .len = 32, .is_ip6 = true } };
	size_t n = 0, n_moved = 0;

	begin();
	groups[0].prefixes = both;
	groups[0].n_prefixes = RTE_DIM(both);
	groups[0].subscriber_prefix6_len = 56;
	statics[0] = (struct cgn_conf_static){ .in_addr = RTE_BE32(0x64400001),
		.ext_addr = RTE_BE32(0xc6336400) };
	conf.nat.n_statics = 1;
	for (uint32_t i = 0; i < 1000; i++) {
		rte_be32_t ext_addr = rte_cpu_to_be_32(range.first + i % 16);
		struct cgn_state_pairing six = { .prefix = { .is_ip6 = true,
								 .ip6.b = { 0x20, 1, 0xd, 0xb8, 0,
										 (uint8_t)(i >> 8),
										 (uint8_t)i } },
			.len = 56,
			.ext_addr = ext_addr };

		pairings[n++] = (struct cgn_state_pairing){ .prefix.ip4 = rte_cpu_to_be_32(
									    0x64400001 + i),
			.len = 32,
			.ext_addr = ext_addr };
		pairings[n++] = six;
	}
	/* One comes twice, with another address, and the address of one is in no pool. */
	pairings[n++] = (struct cgn_state_pairing){ .prefix.ip4 = RTE_BE32(0x64400002),
		.ext_addr = rte_cpu_to_be_32(range.first) };
	pairings[n++] = (struct cgn_state_pairing){ .prefix.ip4 = RTE_BE32(0x64401111),
		.ext_addr = RTE_BE32(0x01020304) };
	CU_ASSERT_EQUAL(cgn_moved_create(&former, &conf, &steer, pairings, n), 0);
	build();
	for (size_t i = 0; i < 2000; i++) {
		const struct cgn_state_pairing *p = &pairings[i];
		unsigned int want = cgn_ext_find(&ext, p->ext_addr)->worker;
		struct cgn_ip6 host = p->prefix.ip6;

		host.b[15] = 77;
		/* A static mapping is of today, and decides. */
		if (p->prefix.is_ip6)
			CU_ASSERT_EQUAL(cgn_owner_of6(&owner, &host), want);
		if (!p->prefix.is_ip6 && i > 0)
			CU_ASSERT_EQUAL(cgn_owner_of(&owner, p->prefix.ip4), want);
		n_moved += !p->prefix.is_ip6 && cgn_steer_inside(&steer, p->prefix.ip4) != want;
	}
	CU_ASSERT_TRUE(n_moved > 500);
	CU_ASSERT_EQUAL(cgn_owner_of(&owner, RTE_BE32(0x64400001)), 0);
	CU_ASSERT_EQUAL(cgn_owner_of(&owner, RTE_BE32(0x64401111)),
			cgn_steer_inside(&steer, RTE_BE32(0x64401111)));
	CU_ASSERT_EQUAL(cgn_owner_of(&owner, RTE_BE32(0x64450000)),
			cgn_steer_inside(&steer, RTE_BE32(0x64450000)));
	end();
}

static void
pairings_that_the_hash_agrees_with_cost_nothing(void)
{
	const struct cgn_state_pairing none = { .prefix.ip4 = RTE_BE32(0x64400002),
		.ext_addr = RTE_BE32(0x01020304) };

	begin();
	CU_ASSERT_EQUAL(cgn_moved_create(&former, &conf, &steer, NULL, 0), 0);
	CU_ASSERT_PTR_NULL(former);
	CU_ASSERT_EQUAL(cgn_moved_create(&former, &conf, &steer, &none, 1), 0);
	CU_ASSERT_PTR_NULL(former);
	build();
	CU_ASSERT_TRUE(owner.is_plain);
	end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(former_pairings_tie_their_subscribers_to_the_address),
	CU_TEST_ROW(pairings_that_the_hash_agrees_with_cost_nothing),
	CU_TEST_ROW(many_static_mappings_are_found_in_any_order),
	CU_TEST_ROW(formula_ties_its_subscribers_to_their_address),
	CU_TEST_ROW(every_group_has_its_own_width),
	CU_TEST_ROW(hash_decides_for_single_addresses),
	CU_TEST_ROW(all_hosts_of_a_wide_subscriber_have_one_owner),
	CU_TEST_ROW(static_mappings_tie_their_subscriber_to_the_address),
};

CU_MAIN("owner", tests)
