/* SPDX-License-Identifier: BSD-3-Clause */
#include "shared/group.h"
#include "tests/support/cu.h"

#define IP(a, b, c, d) \
	rte_cpu_to_be_32((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (d))
#define N_GROUPS   16
#define N_PREFIXES 12

/* Longest prefix by looking at all of them; of equal ones the first. */
static uint32_t
slow_find4(const struct cgn_conf *c, rte_be32_t addr)
{
	uint32_t best = CGN_GROUP_NONE;
	int len = -1;

	for (size_t g = 0; g < c->n_groups; g++) {
		for (size_t p = 0; p < c->groups[g].n_prefixes; p++) {
			const struct cgn_prefix *x = &c->groups[g].prefixes[p];

			if (x->len > len && cgn_prefix_has4(x, addr)) {
				best = (uint32_t)g;
				len = x->len;
			}
		}
	}
	return best;
}

static bool
has6(const struct cgn_prefix *p, const struct cgn_ip6 *a)
{
	for (unsigned int i = 0; i < p->len; i++) {
		if (((p->ip6.b[i / 8] ^ a->b[i / 8]) >> (7 - i % 8) & 1) != 0)
			return false;
	}
	return p->is_ip6;
}

static uint32_t
slow_find6(const struct cgn_conf *c, const struct cgn_ip6 *addr)
{
	uint32_t best = CGN_GROUP_NONE;
	int len = -1;

	for (size_t g = 0; g < c->n_groups; g++) {
		for (size_t p = 0; p < c->groups[g].n_prefixes; p++) {
			const struct cgn_prefix *x = &c->groups[g].prefixes[p];

			if (x->len > len && has6(x, addr)) {
				best = (uint32_t)g;
				len = x->len;
			}
		}
	}
	return best;
}

/* A-POOL-5: groups are told apart by the longest prefix. */
static void
inner_prefix_wins_over_the_outer_one_on_both_of_its_ends(void)
{
	struct cgn_prefix outer[] = { { .ip4 = IP(10, 0, 0, 0), .len = 8 } };
	struct cgn_prefix inner[] = { { .ip4 = IP(10, 1, 0, 0), .len = 16 },
		{ .ip4 = IP(192, 0, 2, 1), .len = 32 } };
	struct cgn_conf_group groups[] = { { .prefixes = outer, .n_prefixes = 1 },
		{ .prefixes = inner, .n_prefixes = 2 } };
	struct cgn_conf c = { .groups = groups, .n_groups = 2 };
	struct cgn_group_map m;

	CU_ASSERT_EQUAL_FATAL(cgn_group_map_init(&m, &c), 0);
	CU_ASSERT_EQUAL(cgn_group_find4(&m, IP(9, 255, 255, 255)), CGN_GROUP_NONE);
	CU_ASSERT_EQUAL(cgn_group_find4(&m, IP(10, 0, 0, 0)), 0);
	CU_ASSERT_EQUAL(cgn_group_find4(&m, IP(10, 0, 255, 255)), 0);
	CU_ASSERT_EQUAL(cgn_group_find4(&m, IP(10, 1, 0, 0)), 1);
	CU_ASSERT_EQUAL(cgn_group_find4(&m, IP(10, 1, 255, 255)), 1);
	CU_ASSERT_EQUAL(cgn_group_find4(&m, IP(10, 2, 0, 0)), 0);
	CU_ASSERT_EQUAL(cgn_group_find4(&m, IP(10, 255, 255, 255)), 0);
	CU_ASSERT_EQUAL(cgn_group_find4(&m, IP(11, 0, 0, 0)), CGN_GROUP_NONE);
	CU_ASSERT_EQUAL(cgn_group_find4(&m, IP(192, 0, 2, 0)), CGN_GROUP_NONE);
	CU_ASSERT_EQUAL(cgn_group_find4(&m, IP(192, 0, 2, 1)), 1);
	CU_ASSERT_EQUAL(cgn_group_find4(&m, IP(192, 0, 2, 2)), CGN_GROUP_NONE);
	cgn_group_map_fini(&m);
}

static void
prefixes_may_reach_from_the_first_to_the_last_address(void)
{
	struct cgn_prefix all[] = { { .len = 0 }, { .len = 0, .is_ip6 = true } };
	struct cgn_prefix last[] = { { .ip4 = UINT32_MAX, .len = 32 } };
	struct cgn_conf_group groups[] = { { .prefixes = all, .n_prefixes = 2 },
		{ .prefixes = last, .n_prefixes = 1 } };
	struct cgn_conf c = { .groups = groups, .n_groups = 2 };
	struct cgn_ip6 low = { { 0 } }, high;
	struct cgn_group_map m;

	memset(&high, 0xff, sizeof(high));
	CU_ASSERT_EQUAL_FATAL(cgn_group_map_init(&m, &c), 0);
	CU_ASSERT_EQUAL(cgn_group_find4(&m, 0), 0);
	CU_ASSERT_EQUAL(cgn_group_find4(&m, IP(255, 255, 255, 254)), 0);
	CU_ASSERT_EQUAL(cgn_group_find4(&m, UINT32_MAX), 1);
	CU_ASSERT_EQUAL(cgn_group_find6(&m, &low), 0);
	CU_ASSERT_EQUAL(cgn_group_find6(&m, &high), 0);
	cgn_group_map_fini(&m);
}

static void
without_groups_nobody_is_a_subscriber(void)
{
	struct cgn_conf c = { .n_groups = 0 };
	struct cgn_ip6 b4 = { { 0x20, 0x01 } };
	struct cgn_group_map m;

	CU_ASSERT_EQUAL_FATAL(cgn_group_map_init(&m, &c), 0);
	CU_ASSERT_EQUAL(cgn_group_find4(&m, IP(10, 0, 0, 1)), CGN_GROUP_NONE);
	CU_ASSERT_EQUAL(cgn_group_find6(&m, &b4), CGN_GROUP_NONE);
	cgn_group_map_fini(&m);
}

static uint32_t
draw(uint32_t *state)
{
	*state = *state * UINT32_C(1664525) + UINT32_C(1013904223);
	return *state >> 8;
}

/* Prefixes of a few bits' choice, so that many are nested, equal or neighbours. */
static void
random_prefixes(struct cgn_prefix *p, uint32_t *state)
{
	for (unsigned int i = 0; i < N_PREFIXES; i++) {
		uint32_t bits = draw(state) & 0xff;

		p[i] = (struct cgn_prefix){ .is_ip6 = i % 3 == 0 };
		if (p[i].is_ip6) {
			p[i].len = (uint8_t)(56 + draw(state) % 9);
			p[i].ip6.b[0] = 0x20;
			p[i].ip6.b[7] = (uint8_t)bits;
		} else {
			p[i].len = (uint8_t)(16 + draw(state) % 9);
			p[i].ip4 = IP(10, 0, bits, 0);
		}
	}
}

static void
look_up_agrees_with_a_scan_of_all_prefixes(void)
{
	struct cgn_prefix prefixes[N_GROUPS][N_PREFIXES];
	struct cgn_conf_group groups[N_GROUPS];
	struct cgn_conf c = { .groups = groups, .n_groups = N_GROUPS };
	uint32_t state = 1, wrong = 0;

	for (int round = 0; round < 40; round++) {
		struct cgn_group_map m;

		for (unsigned int g = 0; g < N_GROUPS; g++) {
			random_prefixes(prefixes[g], &state);
			groups[g] = (struct cgn_conf_group){ .prefixes = prefixes[g],
				.n_prefixes = 1 + draw(&state) % N_PREFIXES };
		}
		CU_ASSERT_EQUAL_FATAL(cgn_group_map_init(&m, &c), 0);
		for (uint32_t i = 0; i < 257; i++) {
			rte_be32_t first = IP(10, i >> 8, i & 0xff, 0);
			rte_be32_t last = IP(10, i >> 8, i & 0xff, 255);
			struct cgn_ip6 b4 = { { 0x20, 0, 0, 0, 0, 0, (uint8_t)(i >> 8), (uint8_t)i,
					0x80 } };

			wrong += cgn_group_find4(&m, first) != slow_find4(&c, first);
			wrong += cgn_group_find4(&m, last) != slow_find4(&c, last);
			wrong += cgn_group_find6(&m, &b4) != slow_find6(&c, &b4);
		}
		cgn_group_map_fini(&m);
	}
	CU_ASSERT_EQUAL(wrong, 0);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(inner_prefix_wins_over_the_outer_one_on_both_of_its_ends),
	CU_TEST_ROW(prefixes_may_reach_from_the_first_to_the_last_address),
	CU_TEST_ROW(without_groups_nobody_is_a_subscriber),
	CU_TEST_ROW(look_up_agrees_with_a_scan_of_all_prefixes),
};

CU_MAIN("group", tests)
