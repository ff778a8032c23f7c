/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/link/announce.h"
#include "tests/support/cu.h"

#include <string.h>

/*
 * What is announced is compared with what follows from the configuration one address at a time: every own
 * address on its port, and on each outside port whatever pool address lies on one of its links.
 */

#define PORTS   3
#define RANGES  5
#define POOLS   3
#define ENTRIES 8192

struct entry {
	uint16_t port;
	struct cgn_ip addr;
};

static struct cgn_conf_port ports[PORTS];
static struct cgn_range4 ranges[POOLS][RANGES];
static struct cgn_conf_pool pools[POOLS];
static struct cgn_conf conf = { .ports = ports,
	.n_ports = PORTS,
	.pools = pools,
	.n_pools = POOLS };
static struct entry got[ENTRIES], wanted[ENTRIES];
static unsigned int n_got, n_wanted;

static void
want(uint16_t port, const struct cgn_ip *a)
{
	CU_ASSERT_TRUE_FATAL(n_wanted < ENTRIES);
	wanted[n_wanted++] = (struct entry){ .port = port, .addr = *a };
}

/* A link's addresses, each looked up in each pool. */
static void
want_link(uint16_t port, const struct cgn_prefix *p)
{
	uint32_t first = rte_be_to_cpu_32(p->ip4) & cgn_mask4(p->len);
	uint64_t n = UINT64_C(1) << (32 - p->len);

	for (uint64_t i = 0; i < n; i++) {
		uint32_t a = (uint32_t)(first + i);

		for (unsigned int k = 0; k < POOLS; k++) {
			for (size_t r = 0; r < pools[k].n_ranges; r++) {
				const struct cgn_range4 *x = &pools[k].ranges[r];
				const struct cgn_ip ip = { .ip4 = rte_cpu_to_be_32(a) };

				if (a >= x->first && a <= x->last)
					want(port, &ip);
			}
		}
	}
}

static void
want_all(void)
{
	n_wanted = 0;
	for (uint16_t i = 0; i < PORTS; i++) {
		for (unsigned int j = 0; j < ports[i].n_addresses; j++) {
			const struct cgn_prefix *p = &ports[i].addresses[j];
			struct cgn_ip a = { .is_ip6 = p->is_ip6 };

			if (p->is_ip6)
				a.ip6 = p->ip6;
			else
				a.ip4 = p->ip4;
			want(i, &a);
			if (ports[i].side == CGN_SIDE_OUTSIDE && !p->is_ip6)
				want_link(i, p);
		}
	}
}

static int
order(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int c;

	if (x->port != y->port)
		return x->port < y->port ? -1 : 1;
	if (x->addr.is_ip6 != y->addr.is_ip6)
		return x->addr.is_ip6 ? 1 : -1;
	if (x->addr.is_ip6) {
		c = memcmp(&x->addr.ip6, &y->addr.ip6, sizeof(x->addr.ip6));
		return c;
	}
	return memcmp(&x->addr.ip4, &y->addr.ip4, sizeof(x->addr.ip4));
}

static void
compare(void)
{
	struct cgn_announce *g;
	struct entry e;

	want_all();
	n_got = 0;
	CU_ASSERT_EQUAL_FATAL(cgn_announce_create(&g, &conf), 0);
	while (cgn_announce_next(g, &e.port, &e.addr)) {
		CU_ASSERT_TRUE_FATAL(n_got < ENTRIES);
		got[n_got++] = e;
	}
	/* The end stays the end. */
	CU_ASSERT_FALSE(cgn_announce_next(g, &e.port, &e.addr));
	cgn_announce_destroy(g);
	qsort(got, n_got, sizeof(got[0]), order);
	qsort(wanted, n_wanted, sizeof(wanted[0]), order);
	CU_ASSERT_EQUAL_FATAL(n_got, n_wanted);
	for (unsigned int i = 0; i < n_got; i++)
		CU_ASSERT_EQUAL(order(&got[i], &wanted[i]), 0);
}

static uint32_t seed = 1;

static uint32_t
rnd(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

/* Addresses near 192.0.2.0, so that ranges and links meet in all ways: inside, across an edge, one
 * address, none. */
static void
make(void)
{
	for (uint16_t i = 0; i < PORTS; i++) {
		ports[i] = (struct cgn_conf_port){ .side = rnd(3) == 0 ? CGN_SIDE_INSIDE
								       : CGN_SIDE_OUTSIDE };
		ports[i].n_addresses = 1 + rnd(3);
		for (unsigned int j = 0; j < ports[i].n_addresses; j++) {
			struct cgn_prefix *p = &ports[i].addresses[j];

			*p = (struct cgn_prefix){ .is_ip6 = rnd(4) == 0 };
			p->len = (uint8_t)(p->is_ip6 ? 64 : 24 + rnd(9));
			p->ip6.b[0] = 0x20;
			p->ip6.b[15] = (uint8_t)(1 + i * 4 + j);
			if (!p->is_ip6)
				p->ip4 = rte_cpu_to_be_32(0xc0000200 - 256 + rnd(768));
		}
	}
	for (unsigned int k = 0; k < POOLS; k++) {
		pools[k] = (struct cgn_conf_pool){ .ranges = ranges[k],
			.n_ranges = rnd(RANGES + 1) };
		for (unsigned int r = 0; r < pools[k].n_ranges; r++) {
			ranges[k][r].first = 0xc0000200 - 300 + rnd(800);
			ranges[k][r].last = ranges[k][r].first + (rnd(3) == 0 ? 0 : rnd(300));
		}
	}
}

/* A-ADR-3: any configuration. */
static void
every_own_address_and_every_pool_address_of_an_outside_link_is_announced(void)
{
	for (int i = 0; i < 2000; i++) {
		make();
		compare();
	}
}

/* The edges of a link and of the address space; both addresses of a /31; a /32. */
static void
ends_of_links_and_ranges_are_announced_too(void)
{
	static const struct {
		uint32_t own;
		uint8_t len;
		struct cgn_range4 range;
	} cases[] = {
		{ 0xc0000202, 24, { 0xc0000200, 0xc00002ff } },
		{ 0xc0000202, 24, { 0xc0000100, 0xc00003ff } },
		{ 0xc0000202, 24, { 0xc00001ff, 0xc0000200 } },
		{ 0xc0000202, 24, { 0xc00002ff, 0xc0000300 } },
		{ 0xc0000202, 24, { 0xc0000300, 0xc0000301 } },
		{ 0xc0000202, 24, { 0xc0000100, 0xc00001ff } },
		{ 0xc0000202, 31, { 0xc0000200, 0xc0000205 } },
		{ 0xc0000202, 32, { 0xc0000200, 0xc0000205 } },
		{ 0xc0000202, 32, { 0xc0000202, 0xc0000202 } },
		{ 0xffffff02, 24, { 0xffffff00, 0xffffffff } },
		{ 0x00000001, 24, { 0x00000000, 0x00000005 } },
	};

	for (size_t i = 0; i < RTE_DIM(cases); i++) {
		memset(ports, 0, sizeof(ports));
		memset(pools, 0, sizeof(pools));
		ports[1] = (struct cgn_conf_port){
			.side = CGN_SIDE_OUTSIDE,
			.n_addresses = 1,
			.addresses = { { .ip4 = rte_cpu_to_be_32(cases[i].own),
					.len = cases[i].len } },
		};
		ranges[2][0] = cases[i].range;
		pools[2] = (struct cgn_conf_pool){ .ranges = ranges[2], .n_ranges = 1 };
		compare();
	}
}

/* Give a pool other ranges, and sometimes a port another address. */
static void
change(void)
{
	struct cgn_conf_pool *pool = &pools[rnd(POOLS)];
	struct cgn_prefix *own = &ports[rnd(PORTS)].addresses[0];

	pool->n_ranges = rnd(RANGES + 1);
	for (unsigned int r = 0; r < pool->n_ranges; r++) {
		pool->ranges[r].first = 0xc0000200 - 300 + rnd(800);
		pool->ranges[r].last = pool->ranges[r].first + rnd(100);
	}
	if (rnd(4) == 0 && !own->is_ip6)
		own->ip4 = rte_cpu_to_be_32(0xc0000200 - 256 + rnd(768));
	else if (rnd(2) == 0 && own->is_ip6)
		own->ip6.b[14]++;
}

/* Whether a list has an address on a port. */
static bool
has(const struct entry *list, unsigned int n, const struct entry *e)
{
	for (unsigned int i = 0; i < n; i++) {
		if (order(&list[i], e) == 0)
			return true;
	}
	return false;
}

/* Of two configurations, the addresses of the second one that the first one does not have, once. REQ: N-LIVE-31 */
static void
addresses_that_a_reload_brings_are_announced(void)
{
	static struct cgn_conf_port ports_before[PORTS];
	static struct cgn_range4 ranges_before[POOLS][RANGES];
	static struct cgn_conf_pool pools_before[POOLS];
	static struct entry had[ENTRIES];
	struct cgn_conf before = conf;

	for (unsigned int turn = 0; turn < 300; turn++) {
		struct cgn_announce *g = NULL;
		unsigned int n_had, n_new = 0;
		struct entry e;

		make();
		before.ports = memcpy(ports_before, ports, sizeof(ports));
		memcpy(ranges_before, ranges, sizeof(ranges));
		before.pools = memcpy(pools_before, pools, sizeof(pools));
		for (unsigned int k = 0; k < POOLS; k++)
			pools_before[k].ranges = ranges_before[k];
		want_all();
		n_had = n_wanted;
		memcpy(had, wanted, sizeof(had));
		change();
		want_all();
		CU_ASSERT_EQUAL_FATAL(cgn_announce_add_new(&g, &conf, &before), 0);
		n_got = 0;
		while (g != NULL && cgn_announce_next(g, &e.port, &e.addr)) {
			CU_ASSERT_TRUE_FATAL(n_got < ENTRIES);
			CU_ASSERT_TRUE(has(wanted, n_wanted, &e));
			CU_ASSERT_FALSE(has(had, n_had, &e));
			CU_ASSERT_FALSE(has(got, n_got, &e));
			got[n_got++] = e;
		}
		CU_ASSERT_EQUAL(g == NULL, n_got == 0);
		cgn_announce_destroy(g);
		for (unsigned int i = 0; i < n_wanted; i++)
			n_new += !has(had, n_had, &wanted[i]) && !has(wanted, i, &wanted[i]);
		CU_ASSERT_EQUAL(n_got, n_new);
	}
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(every_own_address_and_every_pool_address_of_an_outside_link_is_announced),
	CU_TEST_ROW(ends_of_links_and_ranges_are_announced_too),
	CU_TEST_ROW(addresses_that_a_reload_brings_are_announced),
};

CU_MAIN("announce", tests)
