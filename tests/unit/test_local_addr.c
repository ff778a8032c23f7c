/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/link/local_addr.h"
#include "shared/wellknown.h"
#include "tests/support/cu.h"

#include <string.h>

#define IP4(a, b, c, d) RTE_BE32((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))

static struct cgn_ip
ip4(rte_be32_t a)
{
	return (struct cgn_ip){ .ip4 = a };
}

static struct cgn_ip
ip6(uint8_t first, uint8_t net, uint8_t last)
{
	return (struct cgn_ip){ .is_ip6 = true,
		.ip6.b = { first, 1, 0xd, 0xb8, net, [15] = last } };
}

#define OWN6(net, last)                                           \
	{                                                         \
		.b = { 0x20, 1, 0xd, 0xb8, (net), [15] = (last) } \
	}

static struct cgn_conf_port ports[] = {
	{ .side = CGN_SIDE_INSIDE,
			.n_addresses = 3,
			.addresses = { { .ip4 = IP4(10, 1, 0, 1), .len = 24 },
					{ .ip4 = IP4(10, 2, 0, 1), .len = 24 },
					{ .ip6 = OWN6(1, 1), .len = 40, .is_ip6 = true } } },
	{ .side = CGN_SIDE_OUTSIDE,
			.n_addresses = 3,
			.addresses = { { .ip6 = OWN6(2, 1), .len = 40, .is_ip6 = true },
					{ .ip6 = OWN6(3, 1), .len = 40, .is_ip6 = true },
					{ .ip4 = IP4(192, 0, 2, 2), .len = 24 } } },
	{ .side = CGN_SIDE_OUTSIDE,
			.n_addresses = 1,
			.addresses = { { .ip4 = IP4(192, 0, 2, 254), .len = 31 } } },
};
static struct cgn_range4 many[] = { { 1, 1 }, { 3, 5 }, { 9, 20 }, { 22, 22 }, { 40, 41 },
	{ 50, 90 }, { 100, 100 } };
static struct cgn_range4 on_link[] = { { 0x0a010005, 0x0a010009 }, { 0xc0000264, 0xc0000265 },
	{ 0xc0000300, 0xc0000301 } };
static struct cgn_conf_pool pools[] = { { .ranges = many }, { .ranges = on_link, .n_ranges = 3 } };
static struct cgn_conf conf = { .ports = ports, .n_ports = 3, .pools = pools, .n_pools = 2 };

/* RFC 1122 section 3.2.1.3: at the edges of each range. */
static void
no_host_has_an_address_of_a_group_or_of_nobody(void)
{
	static const struct {
		rte_be32_t a;
		bool is_host;
	} cases[] = {
		{ IP4(0, 0, 0, 0), false },
		{ IP4(0, 255, 255, 255), false },
		{ IP4(1, 0, 0, 0), true },
		{ IP4(126, 255, 255, 255), true },
		{ IP4(127, 0, 0, 0), false },
		{ IP4(127, 255, 255, 255), false },
		{ IP4(128, 0, 0, 0), true },
		{ IP4(223, 255, 255, 255), true },
		{ IP4(224, 0, 0, 0), false },
		{ IP4(239, 0, 0, 1), false },
		{ IP4(240, 0, 0, 0), false },
		{ IP4(255, 255, 255, 255), false },
	};
	struct cgn_ip a;

	for (size_t i = 0; i < RTE_DIM(cases); i++) {
		a = ip4(cases[i].a);
		CU_ASSERT_EQUAL(cgn_local_addr_is_host(&a), cases[i].is_host);
	}
	a = (struct cgn_ip){ .is_ip6 = true };
	CU_ASSERT_FALSE(cgn_local_addr_is_host(&a));
	a.ip6.b[15] = 1;
	CU_ASSERT_FALSE(cgn_local_addr_is_host(&a));
	a.ip6.b[15] = 2;
	CU_ASSERT_TRUE(cgn_local_addr_is_host(&a));
	a = ip6(0xff, 0, 1);
	CU_ASSERT_FALSE(cgn_local_addr_is_host(&a));
	a = ip6(0xfe, 0, 1);
	CU_ASSERT_TRUE(cgn_local_addr_is_host(&a));
}

/* A pool of any number of ranges, against a look at each range. */
static void
every_address_of_every_range_is_in_the_pool_and_no_other(void)
{
	for (size_t n = 0; n <= RTE_DIM(many); n++) {
		pools[0].n_ranges = n;
		for (uint32_t a = 0; a < 120; a++) {
			bool in = false;

			for (size_t i = 0; i < n; i++)
				in |= a >= many[i].first && a <= many[i].last;
			CU_ASSERT_EQUAL(cgn_local_addr_in_pool(&conf, rte_cpu_to_be_32(a)), in);
		}
	}
	CU_ASSERT_TRUE(cgn_local_addr_in_pool(&conf, IP4(192, 0, 2, 101)));
	CU_ASSERT_FALSE(cgn_local_addr_in_pool(&conf, IP4(192, 0, 2, 102)));
}

static void
all_addresses_of_all_ports_are_own(void)
{
	struct cgn_ip a;

	for (unsigned int p = 0; p < 3; p++) {
		for (unsigned int i = 0; i < ports[p].n_addresses; i++) {
			const struct cgn_prefix *x = &ports[p].addresses[i];

			a = (struct cgn_ip){ .is_ip6 = x->is_ip6 };
			if (x->is_ip6)
				a.ip6 = x->ip6;
			else
				a.ip4 = x->ip4;
			CU_ASSERT_TRUE(cgn_local_addr_has(&conf, &a));
			for (uint16_t q = 0; q < 3; q++)
				CU_ASSERT_EQUAL(cgn_local_addr_answers(&conf, q, &a), p == q);
			if (x->is_ip6)
				a.ip6.b[15]++;
			else
				a.ip4 += RTE_BE32(1);
			CU_ASSERT_FALSE(cgn_local_addr_has(&conf, &a));
		}
	}
}

/* RFC 6333 section 5.7: each role has its end of the softwire and not the other one's. */
static void
each_role_has_its_own_end_of_the_softwire(void)
{
	static const struct {
		enum cgn_softwire_role role;
		bool has_local, has_1, has_2;
	} cases[] = {
		{ CGN_SOFTWIRE_OFF, false, false, false },
		{ CGN_SOFTWIRE_AFTR, true, true, false },
		{ CGN_SOFTWIRE_B4, true, false, true },
	};
	const struct cgn_ip end = ip6(0x20, 0xf, 1), other = ip6(0x20, 0xf, 2);
	const struct cgn_ip one = ip4(CGN_SOFTWIRE_AFTR_ADDR), two = ip4(CGN_SOFTWIRE_B4_ADDR);

	for (size_t i = 0; i < RTE_DIM(cases); i++) {
		conf.softwire.role = cases[i].role;
		conf.softwire.local = end.ip6;
		conf.softwire.remote = other.ip6;
		CU_ASSERT_EQUAL(cgn_local_addr_has(&conf, &end), cases[i].has_local);
		CU_ASSERT_FALSE(cgn_local_addr_has(&conf, &other));
		CU_ASSERT_EQUAL(cgn_local_addr_has(&conf, &one), cases[i].has_1);
		CU_ASSERT_EQUAL(cgn_local_addr_has(&conf, &two), cases[i].has_2);
	}
	conf.softwire.role = CGN_SOFTWIRE_OFF;
}

/* A-ADR-3: for pool addresses on the link of an outside port, on that port alone. */
static void
pool_addresses_are_answered_for_where_they_lie_and_nowhere_else(void)
{
	static const struct {
		rte_be32_t a;
		bool by[3];
	} cases[] = {
		{ IP4(192, 0, 2, 100), { false, true, false } },
		{ IP4(192, 0, 2, 101), { false, true, false } },
		{ IP4(192, 0, 2, 102), { false, false, false } },
		{ IP4(192, 0, 3, 0), { false, false, false } }, /* on no link */
		{ IP4(10, 1, 0, 5), { false, false, false } },  /* on an inside link */
		{ IP4(192, 0, 2, 3), { false, false, false } },
	};

	for (size_t i = 0; i < RTE_DIM(cases); i++) {
		const struct cgn_ip a = ip4(cases[i].a);

		for (uint16_t p = 0; p < 3; p++)
			CU_ASSERT_EQUAL(cgn_local_addr_answers(&conf, p, &a), cases[i].by[p]);
	}
}

/* What cgnd asks from: the address of the target's link, wherever in the list it stands; else the first of
 * its family; none if there is none. */
static void
source_is_the_address_of_the_targets_link(void)
{
	static const struct {
		unsigned int port;
		rte_be32_t target, source; /* source 0: none */
	} cases[] = {
		{ 0, IP4(10, 1, 0, 7), IP4(10, 1, 0, 1) },
		{ 0, IP4(10, 2, 0, 7), IP4(10, 2, 0, 1) },
		{ 0, IP4(10, 3, 0, 7), IP4(10, 1, 0, 1) },
		{ 1, IP4(192, 0, 2, 1), IP4(192, 0, 2, 2) },
		{ 1, IP4(1, 1, 1, 1), IP4(192, 0, 2, 2) },
		{ 2, IP4(192, 0, 2, 255), IP4(192, 0, 2, 254) },
	};
	struct cgn_ip out, a;

	for (size_t i = 0; i < RTE_DIM(cases); i++) {
		a = ip4(cases[i].target);
		CU_ASSERT_TRUE(cgn_local_addr_source(&ports[cases[i].port], &a, &out));
		CU_ASSERT_FALSE(out.is_ip6);
		CU_ASSERT_EQUAL(out.ip4, cases[i].source);
	}
	for (uint8_t net = 1; net <= 4; net++) {
		a = ip6(0x20, net, 9);
		CU_ASSERT_TRUE(cgn_local_addr_source(&ports[1], &a, &out));
		CU_ASSERT_TRUE(out.is_ip6);
		CU_ASSERT_EQUAL(out.ip6.b[4], net == 3 ? 3 : 2);
	}
	CU_ASSERT_FALSE(cgn_local_addr_source(&ports[2], &a, &out));
}

/* Links of both families; both addresses of a /31. */
static void
addresses_are_on_the_links_that_they_lie_on(void)
{
	static const struct {
		unsigned int port;
		rte_be32_t a;
		bool is_on;
	} cases[] = {
		{ 0, IP4(10, 1, 0, 0), true },
		{ 0, IP4(10, 2, 0, 255), true },
		{ 0, IP4(10, 0, 255, 255), false },
		{ 0, IP4(10, 3, 0, 0), false },
		{ 1, IP4(192, 0, 2, 9), true },
		{ 2, IP4(192, 0, 2, 254), true },
		{ 2, IP4(192, 0, 2, 255), true },
		{ 2, IP4(192, 0, 2, 253), false },
		{ 2, IP4(192, 0, 3, 0), false },
	};
	struct cgn_ip a;

	for (size_t i = 0; i < RTE_DIM(cases); i++) {
		a = ip4(cases[i].a);
		CU_ASSERT_EQUAL(cgn_local_addr_on_link(&ports[cases[i].port], &a), cases[i].is_on);
	}
	for (uint8_t net = 0; net < 6; net++) {
		a = ip6(0x20, net, 9);
		CU_ASSERT_EQUAL(cgn_local_addr_on_link(&ports[0], &a), net == 1);
		CU_ASSERT_EQUAL(cgn_local_addr_on_link(&ports[1], &a), net == 2 || net == 3);
		CU_ASSERT_FALSE(cgn_local_addr_on_link(&ports[2], &a));
	}
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(no_host_has_an_address_of_a_group_or_of_nobody),
	CU_TEST_ROW(every_address_of_every_range_is_in_the_pool_and_no_other),
	CU_TEST_ROW(all_addresses_of_all_ports_are_own),
	CU_TEST_ROW(each_role_has_its_own_end_of_the_softwire),
	CU_TEST_ROW(pool_addresses_are_answered_for_where_they_lie_and_nowhere_else),
	CU_TEST_ROW(source_is_the_address_of_the_targets_link),
	CU_TEST_ROW(addresses_are_on_the_links_that_they_lie_on),
};

CU_MAIN("local_addr", tests)
