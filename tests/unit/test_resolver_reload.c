/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/resolvefix.h"

/* Reloads that change routes, neighbours and addresses. */

static struct cgn_conf next;
static struct cgn_conf_port next_ports[2];
static struct cgn_conf_route route = { .port = 1 };
static struct cgn_conf_neighbour neighbour = { .mac = { 2, 0, 0, 0, 7, 7 }, .port = 1 };

/* The next configuration is that of the fixture, until a test changes it. */
static void
begin_next(void)
{
	begin();
	memcpy(next_ports, ports, sizeof(ports));
	next = conf;
	next.ports = next_ports;
	n_sent = n_told = 0;
}

static void
reload(void)
{
	set_conf(&next);
}

/* Nothing refers to the next configuration any more. */
static void
end_next(void)
{
	set_conf(&conf);
	end();
}

/* N-LIVE-7: a new gateway is asked for by the reload. The workers wait for its answer. */
static void
a_new_gateway_is_asked_for_before_a_worker_wants_it(void)
{
	begin_next();
	route.via = IP4(192, 0, 2, 7);
	next.routes = &route;
	next.n_routes = 1;
	reload();
	CU_ASSERT_EQUAL_FATAL(n_sent, 1);
	CU_ASSERT_TRUE(sent_is(0, CGN_ARP_ND_REQUEST, IP4(192, 0, 2, 2), IP4(192, 0, 2, 7)));
	CU_ASSERT_FALSE(cgn_resolver_is_settled(table));
	peer_answers(1, &peer, IP4(192, 0, 2, 7), IP4(192, 0, 2, 2));
	CU_ASSERT_TRUE(cgn_resolver_is_settled(table));
	CU_ASSERT_TRUE(workers_know(IP4(192, 0, 2, 7)));
	reload();
	CU_ASSERT_EQUAL(n_sent, 1);
	end_next();
}

/* N-LIVE-8: a neighbour of the configuration is told to the workers, changes, and is asked when it is configured no
 * longer. Until it does not answer, packets go to it. */
static void
neighbours_of_the_configuration_come_change_and_go(void)
{
	begin_next();
	neighbour.address = IP4(192, 0, 2, 20);
	neighbour.mac[5] = 7;
	next.neighbours = &neighbour;
	next.n_neighbours = 1;
	reload();
	CU_ASSERT_EQUAL_FATAL(n_told, 1);
	CU_ASSERT_EQUAL(told[0].n.mac[5], 7);
	neighbour.mac[5] = 8;
	reload();
	CU_ASSERT_EQUAL_FATAL(n_told, 2);
	CU_ASSERT_EQUAL(told[1].n.mac[5], 8);
	reload();
	CU_ASSERT_EQUAL(n_told, 2);
	CU_ASSERT_EQUAL(n_sent, 0);
	next.n_neighbours = 0;
	reload();
	CU_ASSERT_EQUAL(n_told, 2);
	CU_ASSERT_EQUAL(n_sent, 1);
	CU_ASSERT_TRUE(workers_know(neighbour.address));
	pass(5000);
	CU_ASSERT_FALSE(workers_know(neighbour.address));
	CU_ASSERT_EQUAL(cgn_resolver_count(table), 0);
	end_next();
}

/* N-LIVE-9: the configuration overrules what the link has told, and stops a question that is under way. */
static void
a_configured_neighbour_replaces_a_resolved_one(void)
{
	begin_next();
	neighbour.address = IP4(192, 0, 2, 20);
	neighbour.mac[5] = 7;
	want(1, neighbour.address);
	next.neighbours = &neighbour;
	next.n_neighbours = 1;
	reload();
	CU_ASSERT_EQUAL_FATAL(n_told, 1);
	CU_ASSERT_EQUAL(told[0].n.mac[5], 7);
	pass(70000);
	CU_ASSERT_EQUAL(n_sent, 1);
	CU_ASSERT_EQUAL(n_told, 1);
	next.n_neighbours = 0;
	end_next();
}

/* N-LIVE-10: a new local address is announced, and only that one. */
static void
only_new_addresses_are_announced(void)
{
	begin_next();
	next_ports[1].addresses[next_ports[1].n_addresses++] = (struct cgn_prefix){
		.ip4 = IP4(192, 0, 2, 3).ip4, .len = 24
	};
	reload();
	pass(1000);
	CU_ASSERT_EQUAL_FATAL(n_sent, 1);
	CU_ASSERT_TRUE(sent_is(0, CGN_ARP_ND_REQUEST, IP4(192, 0, 2, 3), IP4(192, 0, 2, 3)));
	reload();
	pass(1000);
	CU_ASSERT_EQUAL(n_sent, 1);
	end_next();
}

/* N-LIVE-11: a neighbour whose link is gone is forgotten, and so is one whose address cgnd has now. */
static void
neighbours_without_a_link_are_forgotten(void)
{
	begin_next();
	want(1, IP4(192, 0, 2, 20));
	peer_answers(1, &peer, IP4(192, 0, 2, 20), IP4(192, 0, 2, 2));
	want(1, IP4(192, 0, 2, 200));
	peer_answers(1, &other, IP4(192, 0, 2, 200), IP4(192, 0, 2, 2));
	next_ports[1].addresses[0].ip4 = IP4(192, 0, 2, 200).ip4;
	next_ports[1].addresses[0].len = 25;
	reload();
	CU_ASSERT_FALSE(workers_know(IP4(192, 0, 2, 20)));
	CU_ASSERT_FALSE(workers_know(IP4(192, 0, 2, 200)));
	CU_ASSERT_EQUAL(cgn_resolver_count(table), 0);
	end_next();
}

/* The next configuration moves the outside to another link, with another gateway, and has another station for a
 * neighbour. */
static void
move_outside(void)
{
	begin_next();
	want(1, IP4(192, 0, 2, 20));
	peer_answers(1, &peer, IP4(192, 0, 2, 20), IP4(192, 0, 2, 2));
	next_ports[1].addresses[0].ip4 = IP4(198, 51, 100, 2).ip4;
	route.via = IP4(198, 51, 100, 1);
	next.routes = &route;
	next.n_routes = 1;
	neighbour.address = IP4(192, 0, 2, 20);
	next.neighbours = &neighbour;
	next.n_neighbours = 1;
	n_sent = n_told = 0;
	CU_ASSERT_EQUAL_FATAL(cgn_resolver_prepare(table, &next, now), 0);
	pass(100);
}

/* How often the workers were told a station. */
static unsigned int
count_told(const uint8_t mac[6])
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < n_told; i++)
		n += told[i].is_known && memcmp(told[i].n.mac, mac, 6) == 0 ? 1 : 0;
	return n;
}

/* REQ: N-LIVE-70: until all workers are told, packets take the old way, and cgnd has the old addresses. */
static void
old_neighbours_and_addresses_stay_until_the_commit(void)
{
	move_outside();
	CU_ASSERT_EQUAL_FATAL(n_sent, 1);
	CU_ASSERT_TRUE(sent_is(0, CGN_ARP_ND_REQUEST, IP4(198, 51, 100, 2), IP4(198, 51, 100, 1)));
	CU_ASSERT_EQUAL(n_told, 0);
	peer_asks(1, IP4(192, 0, 2, 21), IP4(192, 0, 2, 2));
	CU_ASSERT_TRUE(sent_is(1, CGN_ARP_ND_ANSWER, IP4(192, 0, 2, 2), IP4(192, 0, 2, 21)));
	peer_asks(1, IP4(198, 51, 100, 1), IP4(198, 51, 100, 2));
	CU_ASSERT_EQUAL(n_sent, 2);
	cgn_resolver_commit(table, now);
	pass(100);
	/* The link has addresses of the pool now, so two of these come first. */
	CU_ASSERT_TRUE(sent_is(4, CGN_ARP_ND_REQUEST, IP4(198, 51, 100, 2), IP4(198, 51, 100, 2)));
	CU_ASSERT_TRUE(workers_know(IP4(192, 0, 2, 20)));
	CU_ASSERT_EQUAL(told[n_told - 1].n.mac[5], neighbour.mac[5]);
	next.n_neighbours = next.n_routes = 0;
	end_next();
}

/* REQ: N-LIVE-70: a reload that is refused announces nothing, and moves no neighbour. */
static void
refused_reload_announces_nothing_and_forgets_nobody(void)
{
	move_outside();
	cgn_resolver_abandon(table, now);
	pass(5000);
	CU_ASSERT_EQUAL(n_sent, 1);
	CU_ASSERT_TRUE(cgn_resolver_has(table, 1, &neighbour.address));
	CU_ASSERT_EQUAL(count_told(neighbour.mac), 0);
	CU_ASSERT_EQUAL(cgn_resolver_count(table), 1);
	next.n_neighbours = next.n_routes = 0;
	end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(a_new_gateway_is_asked_for_before_a_worker_wants_it),
	CU_TEST_ROW(neighbours_of_the_configuration_come_change_and_go),
	CU_TEST_ROW(a_configured_neighbour_replaces_a_resolved_one),
	CU_TEST_ROW(only_new_addresses_are_announced),
	CU_TEST_ROW(neighbours_without_a_link_are_forgotten),
	CU_TEST_ROW(old_neighbours_and_addresses_stay_until_the_commit),
	CU_TEST_ROW(refused_reload_announces_nothing_and_forgets_nobody),
};

CU_MAIN("resolver_reload", tests)
