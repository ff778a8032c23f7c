/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/link/station_limit.h"
#include "tests/support/cu.h"

#include <string.h>

#include <rte_byteorder.h>
#include <rte_ip.h>

#define IP4(a, b, c, d) RTE_BE32(RTE_IPV4(a, b, c, d))

static struct cgn_conf_port ports[2];
static struct cgn_conf_pool pools[2];
static struct cgn_conf_group groups[2];
static struct cgn_prefix prefixes[2][2];
static struct cgn_conf conf;

/* Port 0 is inside, 100.64.0.1/16, port 1 outside. Group 0 has 1000 addresses x 63 blocks, group 1 none yet. */
static void
begin(void)
{
	memset(ports, 0, sizeof(ports));
	memset(groups, 0, sizeof(groups));
	memset(prefixes, 0, sizeof(prefixes));
	ports[0].side = CGN_SIDE_INSIDE;
	ports[0].source_check = CGN_SOURCE_NEIGHBOUR;
	ports[0].n_addresses = 2;
	ports[0].addresses[0] = (struct cgn_prefix){ .is_ip6 = true, .len = 8 };
	ports[0].addresses[1] = (struct cgn_prefix){ .ip4 = IP4(100, 64, 0, 1), .len = 16 };
	ports[1] = ports[0];
	ports[1].side = CGN_SIDE_OUTSIDE;
	pools[0] = (struct cgn_conf_pool){
		.n_addresses = 1000, .port_min = 1024, .port_max = UINT16_MAX
	};
	pools[1] = (struct cgn_conf_pool){ .n_addresses = 4, .port_min = 1024, .port_max = 8191 };
	prefixes[0][0] = (struct cgn_prefix){ .ip4 = IP4(100, 64, 0, 0), .len = 10 };
	for (unsigned int i = 0; i < 2; i++) {
		groups[i].prefixes = prefixes[i];
		groups[i].pool = (uint16_t)i;
	}
	groups[0].n_prefixes = 1;
	groups[0].block_size = 1024;
	groups[1].block_size = 64;
	conf = (struct cgn_conf){
		.ports = ports,
		.n_ports = 2,
		.pools = pools,
		.n_pools = 2,
		.groups = groups,
		.n_groups = 2,
		.station_addresses_max = 1024,
	};
}

#define INSIDE(c, d) IP4(100, 64, c, d)

static uint16_t pool_of; /* the pool of the last limit */

static uint32_t
limit_of(rte_be32_t addr)
{
	struct cgn_group_map map;
	uint32_t max;

	pool_of = UINT16_MAX;
	CU_ASSERT_EQUAL_FATAL(cgn_group_map_init(&map, &conf), 0);
	max = cgn_station_limit_of_pool(&conf, &map, addr, &pool_of);
	cgn_group_map_fini(&map);
	return max;
}

static void
large_pools_leave_the_configured_limit(void)
{
	begin();
	CU_ASSERT_EQUAL(cgn_station_limit(&conf, 0), 1024);
	CU_ASSERT_FALSE(cgn_station_limit_has_small_pool(&conf, 0));
	conf.station_addresses_max = 65536;
	CU_ASSERT_EQUAL(cgn_station_limit(&conf, 0), 65536);
	CU_ASSERT_TRUE(cgn_station_limit_has_small_pool(&conf, 0));
	CU_ASSERT_EQUAL(limit_of(INSIDE(0, 9)), 1000 * 63 / 4);
	CU_ASSERT_EQUAL(pool_of, 0);
	conf.station_addresses_max = 3;
	CU_ASSERT_EQUAL(cgn_station_limit(&conf, 0), 3);
	CU_ASSERT_FALSE(cgn_station_limit_has_small_pool(&conf, 0));
}

/* Group 1 is a part of group 0, with a small pool of its own: the limit is for its subscribers only. REQ: G-DAY-72 */
static void
small_pool_limits_its_own_subscribers_only(void)
{
	/* 4 addresses of 7168 ports in blocks of 64. */
	begin();
	groups[1].n_prefixes = 2;
	prefixes[1][0] = (struct cgn_prefix){ .is_ip6 = true, .len = 0 };
	prefixes[1][1] = (struct cgn_prefix){ .ip4 = INSIDE(3, 0), .len = 24 };
	CU_ASSERT_EQUAL(cgn_station_limit(&conf, 0), 1024);
	CU_ASSERT_TRUE(cgn_station_limit_has_small_pool(&conf, 0));
	CU_ASSERT_EQUAL(limit_of(INSIDE(3, 9)), 4 * 112 / 4);
	CU_ASSERT_EQUAL(pool_of, 1);
	CU_ASSERT_EQUAL(limit_of(INSIDE(4, 9)), 1000 * 63 / 4);
	CU_ASSERT_EQUAL(pool_of, 0);
	groups[1].block_size = 1024;
	CU_ASSERT_EQUAL(limit_of(INSIDE(3, 9)), CGN_STATION_LIMIT_MIN);
	conf.station_addresses_max = 16;
	CU_ASSERT_FALSE(cgn_station_limit_has_small_pool(&conf, 0));
}

static void
address_of_no_group_has_no_pool(void)
{
	begin();
	CU_ASSERT_EQUAL(limit_of(IP4(10, 0, 0, 1)), UINT32_MAX);
	groups[0].deterministic.is_on = true;
	CU_ASSERT_EQUAL(limit_of(INSIDE(0, 9)), UINT32_MAX);
	CU_ASSERT_EQUAL(pool_of, UINT16_MAX);
}

static void
pool_of_another_link_does_not_count(void)
{
	begin();
	groups[1].n_prefixes = 1;
	prefixes[1][0] = (struct cgn_prefix){ .ip4 = IP4(100, 65, 0, 0), .len = 16 };
	CU_ASSERT_FALSE(cgn_station_limit_has_small_pool(&conf, 0));
	/* One that holds the link does. */
	prefixes[1][0].len = 15;
	CU_ASSERT_TRUE(cgn_station_limit_has_small_pool(&conf, 0));
	groups[1].is_gone = true;
	CU_ASSERT_FALSE(cgn_station_limit_has_small_pool(&conf, 0));
}

static void
ports_that_do_not_compare_have_no_limit(void)
{
	begin();
	CU_ASSERT_EQUAL(cgn_station_limit(&conf, 1), UINT32_MAX);
	ports[0].source_check = CGN_SOURCE_ROUTE;
	CU_ASSERT_EQUAL(cgn_station_limit(&conf, 0), UINT32_MAX);
	begin();
	conf.station_addresses_max = 0;
	CU_ASSERT_EQUAL(cgn_station_limit(&conf, 0), UINT32_MAX);
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(large_pools_leave_the_configured_limit),
	CU_TEST_ROW(ports_that_do_not_compare_have_no_limit),
	CU_TEST_ROW(small_pool_limits_its_own_subscribers_only),
	CU_TEST_ROW(address_of_no_group_has_no_pool),
	CU_TEST_ROW(pool_of_another_link_does_not_count),
};

CU_MAIN("station_limit", tests)
