/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/link/station_limit.h"
#include "tests/support/resolvefix.h"

/* Many on a link who say to be neighbours: who is taken, who gives way, whose questions go first. */

static void
askers_fill_at_most_half_of_the_table(void)
{
	begin();
	for (uint32_t i = 0; i < 100; i++)
		peer_asks(0, inside_host(i), IP4(100, 64, 0, 1));
	CU_ASSERT_EQUAL(cgn_resolver_count(table), 32);
	CU_ASSERT_EQUAL(n_sent, 100);
	n_sent = n_told = 0;
	for (uint32_t i = 0; i < 32; i++) {
		struct cgn_ip a = { .ip4 = rte_cpu_to_be_32(0xc0000210 + i) };

		want(1, a);
		peer_answers(1, &peer, a, IP4(192, 0, 2, 2));
		CU_ASSERT_TRUE(workers_know(a));
	}
	CU_ASSERT_EQUAL(cgn_resolver_count(table), 64);
	end();
}

static void
full_table_of_real_neighbours_makes_the_workers_drop(void)
{
	begin();
	for (uint32_t i = 0; i < 64; i++) {
		const struct rte_ether_addr mac = { .addr_bytes = { 2, 0, 0, 0, 7, (uint8_t)i } };
		struct cgn_ip a = { .ip4 = rte_cpu_to_be_32(0xc0000210 + i) };

		want(1, a);
		peer_answers(1, &mac, a, IP4(192, 0, 2, 2));
	}
	CU_ASSERT_EQUAL(cgn_resolver_count(table), 64);
	n_told = 0;
	/* No room: the workers are told to drop instead of waiting for ever. */
	want(1, IP4(192, 0, 2, 99));
	CU_ASSERT_EQUAL_FATAL(n_told, 1);
	CU_ASSERT_FALSE(told[0].is_known);
	CU_ASSERT_FALSE(workers_know(IP4(192, 0, 2, 99)));
	CU_ASSERT_EQUAL(cgn_resolver_stats(table)->full, 1);
	end();
}

/* D-LIM-3: one station that says to have many addresses keeps no newcomer out, and displaces nobody who
 * has answered or who has an address of its own. */
static void
invented_neighbours_give_way_to_a_newcomer(void)
{
	const struct rte_ether_addr honest = { .addr_bytes = { 2, 0, 0, 0, 8, 1 } };
	const struct rte_ether_addr newcomer = { .addr_bytes = { 2, 0, 0, 0, 8, 2 } };

	begin();
	station_asks(&honest, inside_host(1000));
	for (uint32_t i = 0; i < 500; i++)
		station_asks(&other, inside_host(i));
	CU_ASSERT_TRUE(workers_know(inside_host(1000)));
	station_asks(&newcomer, inside_host(1001));
	CU_ASSERT_TRUE(workers_know(inside_host(1001)));
	for (uint32_t i = 500; i < 1000; i++)
		station_asks(&other, inside_host(i));
	CU_ASSERT_TRUE(workers_know(inside_host(1000)));
	CU_ASSERT_TRUE(workers_know(inside_host(1001)));
	CU_ASSERT_EQUAL(cgn_resolver_count(table), 32);
	CU_ASSERT_EQUAL(cgn_resolver_stats(table)->displaced, 2 + 1000 - 32);
	CU_ASSERT_EQUAL(cgn_resolver_stats(table)->full, 0);
	end();
}

/* The last word that the workers have about an address. */
static const struct cgn_cmd_neigh *
last_told(struct cgn_ip a)
{
	static const struct cgn_cmd_neigh none;
	const struct cgn_cmd_neigh *n = &none;

	for (unsigned int i = 0; i < n_told; i++) {
		if (cgn_local_addr_same(&told[i].n.addr, &a))
			n = &told[i].n;
	}
	return n;
}

static void
begin_limited(uint32_t max)
{
	begin();
	ports[0].source_check = CGN_SOURCE_NEIGHBOUR;
	conf.station_addresses_max = max;
	set_conf(&conf);
}

/* D-LIM-3: a station that answers for many addresses gets the first ones admitted; others get theirs. */
static void
station_has_at_most_its_limit_of_addresses(void)
{
	begin_limited(4);
	for (uint32_t i = 0; i < 10; i++) {
		want(0, inside_host(i));
		peer_answers(0, &other, inside_host(i), IP4(100, 64, 0, 1));
		CU_ASSERT_TRUE(workers_know(inside_host(i)));
		CU_ASSERT_EQUAL(last_told(inside_host(i))->is_over, i >= 4);
	}
	CU_ASSERT_EQUAL(cgn_resolver_stats(table)->over, 6);
	station_asks(&peer, inside_host(1000));
	CU_ASSERT_FALSE(last_told(inside_host(1000))->is_over);
	/* What was admitted stays so, and what was not is not by asking again. */
	for (uint32_t i = 0; i < 10; i++)
		station_asks(&other, inside_host(i));
	for (uint32_t i = 0; i < 10; i++)
		CU_ASSERT_EQUAL(last_told(inside_host(i))->is_over, i >= 4);
	CU_ASSERT_EQUAL(cgn_resolver_stats(table)->over, 6);
	end();
}

/* D-LIM-3: one station cannot take all blocks of a small pool, whatever the configured limit is. */
static void
station_gets_a_part_of_a_small_pool(void)
{
	struct cgn_conf_pool small = { .n_addresses = 2, .port_min = 1024, .port_max = UINT16_MAX };
	struct cgn_prefix inside = { .ip4 = inside_host(0).ip4, .len = 10 };
	struct cgn_conf_group group = {
		.prefixes = &inside, .n_prefixes = 1, .block_size = 1024, .blocks_max = 1
	};

	begin_with(512, 0);
	ports[0].source_check = CGN_SOURCE_NEIGHBOUR;
	conf.station_addresses_max = 1024;
	conf.pools = &small;
	conf.groups = &group;
	conf.n_groups = 1;
	set_conf(&conf);
	for (uint32_t i = 0; i < 60; i++) {
		n_told = 0;
		station_asks(&other, inside_host(i));
		CU_ASSERT_EQUAL(last_told(inside_host(i))->is_over, i >= 2 * 63 / 4);
	}
	conf.pools = &pool;
	conf.groups = NULL;
	conf.n_groups = 0;
	conf.station_addresses_max = 0;
	end();
}

/* A small pool of some subscribers does not lower what a station may have of others, and each station has its own part.
 * REQ: G-DAY-72 */
static void
small_pool_of_others_takes_nothing(void)
{
	struct cgn_conf_pool two[2] = {
		{ .n_addresses = 100, .port_min = 1024, .port_max = UINT16_MAX },
		{ .name = "small", .n_addresses = 1, .port_min = 1024, .port_max = UINT16_MAX }
	};
	struct cgn_prefix all = { .ip4 = inside_host(0).ip4, .len = 10 };
	struct cgn_prefix few = { .ip4 = inside_host(256).ip4, .len = 24 };
	struct cgn_conf_group both[2] = { { .prefixes = &all, .n_prefixes = 1, .block_size = 1024 },
		{ .prefixes = &few, .n_prefixes = 1, .block_size = 1024, .pool = 1 } };

	begin_with(512, 0);
	ports[0].source_check = CGN_SOURCE_NEIGHBOUR;
	conf.station_addresses_max = 60;
	conf.pools = two;
	conf.n_pools = 2;
	conf.groups = both;
	conf.n_groups = 2;
	set_conf(&conf);
	for (uint32_t i = 1; i <= 40; i++) {
		n_told = 0;
		station_asks(&other, inside_host(i));
		CU_ASSERT_FALSE(last_told(inside_host(i))->is_over);
		station_asks(&other, inside_host(256 + i));
		CU_ASSERT_EQUAL(last_told(inside_host(256 + i))->is_over, i > 16);
	}
	n_told = 0;
	station_asks(&peer, inside_host(256 + 50));
	CU_ASSERT_FALSE(last_told(inside_host(256 + 50))->is_over);
	/* 40 and 16 are admitted: four more until the limit of all. */
	for (uint32_t i = 1; i <= 8; i++) {
		n_told = 0;
		station_asks(&other, inside_host(100 + i));
		CU_ASSERT_EQUAL(last_told(inside_host(100 + i))->is_over, i > 4);
	}
	/* The same file again changes nothing. */
	n_told = 0;
	set_conf(&conf);
	CU_ASSERT_EQUAL(n_told, 0);
	conf.pools = &pool;
	conf.n_pools = 1;
	conf.groups = NULL;
	conf.n_groups = 0;
	conf.station_addresses_max = 0;
	end();
}

/* A reload with a small pool limits nobody until it is sure. Then it judges the known addresses again.
 * REQ: G-DAY-72, N-LIVE-70 */
static void
small_pool_that_is_prepared_limits_nobody(void)
{
	struct cgn_conf_pool small = { .n_addresses = 1, .port_min = 1024, .port_max = UINT16_MAX };
	struct cgn_prefix inside = { .ip4 = inside_host(0).ip4, .len = 10 };
	struct cgn_conf_group group = { .prefixes = &inside, .n_prefixes = 1, .block_size = 1024 };
	struct cgn_conf with;

	begin_with(512, 0);
	ports[0].source_check = CGN_SOURCE_NEIGHBOUR;
	conf.station_addresses_max = 1024;
	set_conf(&conf);
	with = conf;
	with.pools = &small;
	with.groups = &group;
	with.n_groups = 1;
	for (uint32_t i = 0; i < 20; i++)
		station_asks(&other, inside_host(i));
	CU_ASSERT_EQUAL_FATAL(cgn_resolver_prepare(table, &with, now), 0);
	station_asks(&other, inside_host(20));
	CU_ASSERT_EQUAL(cgn_resolver_stats(table)->over, 0);
	cgn_resolver_abandon(table, now);
	CU_ASSERT_EQUAL(cgn_resolver_stats(table)->over, 0);
	CU_ASSERT_EQUAL_FATAL(cgn_resolver_prepare(table, &with, now), 0);
	cgn_resolver_commit(table, now);
	CU_ASSERT_EQUAL(cgn_resolver_stats(table)->over, 21 - CGN_STATION_LIMIT_MIN);
	set_conf(&conf);
	CU_ASSERT_FALSE(last_told(inside_host(20))->is_over);
	conf.station_addresses_max = 0;
	end();
}

/* A place that comes free goes to the next address of the station that shows itself. */
static void
address_above_the_limit_gets_the_place_of_another(void)
{
	begin_limited(1);
	station_asks(&other, inside_host(0));
	station_asks(&other, inside_host(1));
	CU_ASSERT_TRUE(last_told(inside_host(1))->is_over);
	/* The first one moves to a station of its own. */
	station_asks(&peer, inside_host(0));
	pass(2000);
	CU_ASSERT_FALSE(last_told(inside_host(0))->is_over);
	station_asks(&other, inside_host(1));
	CU_ASSERT_FALSE(last_told(inside_host(1))->is_over);
	end();
}

/* Nobody shares the limit of another: each of many stations has its one address. */
static void
stations_have_limits_of_their_own(void)
{
	begin_with(512, 0);
	ports[0].source_check = CGN_SOURCE_NEIGHBOUR;
	conf.station_addresses_max = 1;
	set_conf(&conf);
	for (uint32_t i = 0; i < 200; i++) {
		struct rte_ether_addr mac = { .addr_bytes = { 2, 0, 0, 1, 0, (uint8_t)i } };

		n_told = 0;
		station_asks(&mac, inside_host(i));
		CU_ASSERT_FALSE(last_told(inside_host(i))->is_over);
	}
	CU_ASSERT_EQUAL(cgn_resolver_stats(table)->over, 0);
	conf.station_addresses_max = 0;
	end();
}

/* A reload with another limit, or that names a next hop, counts at once for those that are known. */
static void
reload_judges_known_addresses_again(void)
{
	struct cgn_conf_route route = { .via = inside_host(2), .port = 0 };

	begin_limited(1);
	for (uint32_t i = 0; i < 4; i++)
		station_asks(&other, inside_host(i));
	CU_ASSERT_TRUE(last_told(inside_host(2))->is_over);
	conf.routes = &route;
	conf.n_routes = 1;
	set_conf(&conf);
	for (uint32_t i = 0; i < 4; i++)
		CU_ASSERT_EQUAL(last_told(inside_host(i))->is_over, i % 2 == 1);
	conf.station_addresses_max = 2;
	set_conf(&conf);
	for (uint32_t i = 0; i < 4; i++)
		CU_ASSERT_EQUAL(last_told(inside_host(i))->is_over, i == 3);
	n_told = 0;
	set_conf(&conf);
	CU_ASSERT_EQUAL(n_told, 0);
	conf.routes = NULL;
	conf.n_routes = 0;
	conf.station_addresses_max = 0;
	set_conf(&conf);
	CU_ASSERT_EQUAL(n_told, 1);
	CU_ASSERT_FALSE(last_told(inside_host(3))->is_over);
	end();
}

/* Zero is no limit; neither have source_check: route and the outside one. */
static void
links_that_are_not_checked_have_no_limit(void)
{
	for (unsigned int kind = 0; kind < 3; kind++) {
		begin_limited(kind == 0 ? 0 : 1);
		if (kind == 1)
			ports[0].source_check = CGN_SOURCE_ROUTE;
		ports[1].source_check = CGN_SOURCE_NEIGHBOUR;
		set_conf(&conf);
		for (uint32_t i = 0; i < 4; i++) {
			struct cgn_ip a = IP4(192, 0, 2, 20 + i);

			if (kind < 2)
				station_asks(&other, inside_host(i));
			want(1, a);
			peer_answers(1, &other, a, IP4(192, 0, 2, 2));
			CU_ASSERT_FALSE(last_told(inside_host(i))->is_over);
			CU_ASSERT_FALSE(last_told(a)->is_over);
		}
		CU_ASSERT_EQUAL(cgn_resolver_stats(table)->over, 0);
		end();
	}
}

/* D-LIM-3: addresses above the limit keep no newcomer out of the table, although they have answered. */
static void
addresses_above_the_limit_give_way(void)
{
	begin_limited(4);
	for (uint32_t i = 0; i < 64; i++) {
		want(0, inside_host(i));
		peer_answers(0, &other, inside_host(i), IP4(100, 64, 0, 1));
	}
	CU_ASSERT_EQUAL(cgn_resolver_count(table), 64);
	station_asks(&peer, inside_host(1000));
	CU_ASSERT_TRUE(workers_know(inside_host(1000)));
	CU_ASSERT_FALSE(last_told(inside_host(1000))->is_over);
	for (uint32_t i = 0; i < 4; i++)
		CU_ASSERT_TRUE(workers_know(inside_host(i)));
	end();
}

/* D-LIM-3: with a MAC address of its own for each invented neighbour the forger displaces those that have
 * answered as little. */
static void
neighbour_that_has_answered_does_not_give_way(void)
{
	struct rte_ether_addr mac = { .addr_bytes = { 2, 1 } };

	begin();
	station_asks(&peer, inside_host(1000));
	CU_ASSERT_EQUAL(n_sent, 1);
	pass(1001);
	CU_ASSERT_EQUAL_FATAL(n_sent, 2);
	CU_ASSERT_TRUE(sent_is(1, CGN_ARP_ND_REQUEST, IP4(100, 64, 0, 1), inside_host(1000)));
	CU_ASSERT_TRUE(is_sent_to(1, &peer));
	peer_answers(0, &peer, inside_host(1000), IP4(100, 64, 0, 1));
	for (uint32_t i = 0; i < 1000; i++) {
		memcpy(mac.addr_bytes + 2, &i, sizeof(i));
		station_asks(&mac, inside_host(i));
		CU_ASSERT_TRUE(workers_know(inside_host(i)));
	}
	CU_ASSERT_TRUE(workers_know(inside_host(1000)));
	end();
}

/* An answer that nobody asked for, or of another station, proves nothing. */
static void
unasked_answers_prove_nothing(void)
{
	begin();
	station_asks(&other, inside_host(1000));
	peer_answers(0, &other, inside_host(1000), IP4(100, 64, 0, 1));
	pass(1001);
	peer_answers(0, &peer, inside_host(1000), IP4(100, 64, 0, 1));
	for (uint32_t i = 0; i < 100; i++) {
		struct rte_ether_addr mac = { .addr_bytes = { 2, 1, (uint8_t)i } };

		station_asks(&mac, inside_host(i));
	}
	CU_ASSERT_EQUAL(cgn_resolver_count(table), 32);
	CU_ASSERT_FALSE(workers_know(inside_host(1000)));
	end();
}

/* The next hops of routes do not wait for others' questions. */
static void
next_hop_is_asked_for_although_the_requests_are_used_up(void)
{
	struct cgn_conf_route route = { .via = IP4(192, 0, 2, 1), .port = 1 };

	begin_with(256, 1);
	pass(200); /* the announcements */
	for (uint32_t i = 0; i < 100; i++)
		want(0, inside_host(i));
	n_sent = 0;
	want(0, inside_host(100));
	CU_ASSERT_EQUAL(n_sent, 0);
	conf.routes = &route;
	conf.n_routes = 1;
	set_conf(&conf);
	want(1, route.via);
	CU_ASSERT_EQUAL_FATAL(n_sent, 1);
	CU_ASSERT_TRUE(sent_is(0, CGN_ARP_ND_REQUEST, IP4(192, 0, 2, 2), route.via));
	/* One that a reload makes a next hop goes ahead of others, too. */
	n_sent = 0;
	want(1, IP4(192, 0, 2, 7));
	CU_ASSERT_EQUAL(n_sent, 0);
	route.via = IP4(192, 0, 2, 7);
	set_conf(&conf);
	pass(30);
	CU_ASSERT_EQUAL_FATAL(n_sent, 1);
	CU_ASSERT_TRUE(sent_is(0, CGN_ARP_ND_REQUEST, IP4(192, 0, 2, 2), route.via));
	conf.routes = NULL;
	conf.n_routes = 0;
	end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(askers_fill_at_most_half_of_the_table),
	CU_TEST_ROW(full_table_of_real_neighbours_makes_the_workers_drop),
	CU_TEST_ROW(invented_neighbours_give_way_to_a_newcomer),
	CU_TEST_ROW(station_has_at_most_its_limit_of_addresses),
	CU_TEST_ROW(station_gets_a_part_of_a_small_pool),
	CU_TEST_ROW(small_pool_of_others_takes_nothing),
	CU_TEST_ROW(small_pool_that_is_prepared_limits_nobody),
	CU_TEST_ROW(address_above_the_limit_gets_the_place_of_another),
	CU_TEST_ROW(stations_have_limits_of_their_own),
	CU_TEST_ROW(reload_judges_known_addresses_again),
	CU_TEST_ROW(links_that_are_not_checked_have_no_limit),
	CU_TEST_ROW(addresses_above_the_limit_give_way),
	CU_TEST_ROW(neighbour_that_has_answered_does_not_give_way),
	CU_TEST_ROW(unasked_answers_prove_nothing),
	CU_TEST_ROW(next_hop_is_asked_for_although_the_requests_are_used_up),
};

CU_MAIN("resolver_crowd", tests)
