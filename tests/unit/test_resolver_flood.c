/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/resolvefix.h"

/* A-FIL-6, D-LIM-3: floods of addresses that do not exist, and stations that hold many addresses. */

#define TABLE 65536

static unsigned int n_fired;

/* A station with a MAC address of its own for each number. */
static struct rte_ether_addr
station(uint32_t n)
{
	struct rte_ether_addr mac = { .addr_bytes = { 2, 1 } };

	memcpy(mac.addr_bytes + 2, &n, sizeof(n));
	return mac;
}

static void
numbered_asks(uint32_t n, struct cgn_ip sender)
{
	const struct rte_ether_addr mac = station(n);

	station_asks(&mac, sender);
}

/* Stations are there and answer what is sent to them alone; nobody answers what is sent to all. */
static bool
answer_and_look_for(struct cgn_ip a)
{
	bool is_seen = false;

	for (unsigned int i = 0; i < n_sent; i++) {
		struct cgn_arp_nd m;
		struct rte_ether_addr mac;
		struct cgn_frame f;

		CU_ASSERT_TRUE_FATAL(cgn_frame_parse(&f, sent[i].port, sent[i].data, sent[i].len));
		if (!cgn_arp_nd_parse(&m, &f) || m.kind != CGN_ARP_ND_REQUEST)
			continue;
		is_seen |= cgn_local_addr_same(&m.target, &a);
		memcpy(&mac, sent[i].data, sizeof(mac));
		if (rte_is_unicast_ether_addr(&mac))
			peer_answers(0, &mac, m.target, IP4(100, 64, 0, 1));
	}
	n_sent = 0;
	return is_seen;
}

/* One millisecond passes. */
static bool
tick(struct cgn_ip a)
{
	unsigned int n;

	while ((n = cgn_timerq_run(timers, now, 256)) != 0)
		n_fired += n;
	now++;
	return answer_and_look_for(a);
}

/* Invented addresses, @p per_s of them a second, for a while. Returns how often an address was asked for. */
static uint32_t invented;
static unsigned int
flood_beside(struct cgn_ip a, uint32_t per_s, uint32_t ms)
{
	unsigned int n_asked = 0;

	for (uint32_t i = 0; i < ms; i++) {
		for (uint32_t k = per_s * i / 1000; k < per_s * (i + 1) / 1000; k++)
			want(0, inside_host(1000000 + invented++ % 1000000));
		n_told = 0;
		n_asked += tick(a);
	}
	return n_asked;
}

static void
flood(uint32_t per_s, uint32_t ms)
{
	flood_beside((struct cgn_ip){ 0 }, per_s, ms);
}

/* However many wait, they have one timer together; and no more wait than are asked in two seconds at half the rate. */
static void
addresses_that_wait_take_little_time_and_room(void)
{
	unsigned int gave_up = 0;

	begin_with(TABLE, 0);
	pass(100);
	n_sent = n_told = 0;
	for (uint32_t i = 0; i < 50000; i++) {
		n_told = 0;
		want(0, inside_host(i));
		gave_up += n_told;
	}
	CU_ASSERT_EQUAL(cgn_resolver_count(table), 64 + 1000);
	CU_ASSERT_EQUAL(gave_up, 50000 - 64 - 1000);
	for (unsigned int s = 0; s < 5; s++) {
		n_fired = 0;
		flood(0, 1000);
		/* 50 looks at the queue, and the end of each question that was sent a second ago. */
		CU_ASSERT_TRUE(n_fired > 40 && n_fired <= 51 + 1000 + 64);
	}
	flood(0, 30000);
	CU_ASSERT_EQUAL(cgn_resolver_count(table), 0);
	end();
}

/* The oldest goes first, the workers drop what waits for it, and next hops of routes never go. */
static void
oldest_invented_address_gives_way(void)
{
	struct cgn_conf_route route = { .via = inside_host(500), .port = 0 };

	begin();
	conf.routes = &route;
	conf.n_routes = 1;
	set_conf(&conf);
	want(0, route.via);
	for (uint32_t i = 0; i < 60; i++) {
		n_told = 0;
		want(0, inside_host(i));
		CU_ASSERT_EQUAL_FATAL(n_told, i < 15 ? 0 : 1);
		if (i >= 15) {
			const struct cgn_ip oldest = inside_host(i - 15);

			CU_ASSERT_FALSE(told[0].is_known);
			CU_ASSERT_TRUE(cgn_local_addr_same(&told[0].n.addr, &oldest));
		}
	}
	CU_ASSERT_EQUAL(cgn_resolver_count(table), 16);
	n_sent = n_told = 0;
	peer_answers(0, &peer, route.via, IP4(100, 64, 0, 1));
	CU_ASSERT_TRUE(workers_know(route.via));
	conf.routes = NULL;
	conf.n_routes = 0;
	end();
}

/* A flood makes one question for each invented address; when it is over each has three again. */
static void
invented_addresses_are_asked_for_once_while_many_wait(void)
{
	unsigned int asked;

	begin_with(TABLE, 0);
	pass(100);
	flood(1400, 1000);
	want(0, inside_host(7));
	CU_ASSERT_EQUAL(flood_beside(inside_host(7), 1400, 3000), 1);
	/* Those of the last second, and those that wait for a first question. */
	CU_ASSERT_TRUE(cgn_resolver_count(table) <= 2 * 1000 + 2 * 64);
	flood(0, 20000);
	CU_ASSERT_EQUAL(cgn_resolver_count(table), 0);
	want(0, inside_host(7));
	asked = answer_and_look_for(inside_host(7));
	for (unsigned int ms = 0; ms < 5000; ms++)
		asked += tick(inside_host(7));
	CU_ASSERT_EQUAL(asked, 3);
	end();
}

/* A newcomer that asks for us is known at once, however many addresses are asked for. */
static void
newcomer_that_asks_for_us_is_known_during_a_flood(void)
{
	begin_with(4096, 0);
	pass(100);
	for (uint32_t i = 0; i < 20; i++) {
		flood(6000, 1000);
		n_told = 0;
		numbered_asks(i, inside_host(i));
		CU_ASSERT_TRUE(workers_know(inside_host(i)));
	}
	CU_ASSERT_EQUAL(cgn_resolver_stats(table)->full, 0);
	end();
}

/* Neither do addresses that are asked for take the part of the table that is for those who show themselves. */
static void
addresses_that_are_asked_for_keep_no_newcomer_out(void)
{
	begin();
	for (uint32_t i = 0; i < 30; i++)
		numbered_asks(i, inside_host(i));
	for (unsigned int ms = 0; ms < 3000; ms++) {
		n_told = 0;
		tick(inside_host(0));
	}
	for (uint32_t i = 0; i < 15; i++)
		want(0, inside_host(500 + i));
	CU_ASSERT_EQUAL(cgn_resolver_count(table), 30 + 15);
	n_told = 0;
	numbered_asks(100, inside_host(100));
	CU_ASSERT_TRUE(workers_know(inside_host(100)));
	CU_ASSERT_EQUAL(cgn_resolver_stats(table)->full, 0);
	end();
}

/* As many invented addresses as the workers let through (500 a second), beside 30000 stations that are there: a
 * newcomer that only sends packets is asked for within two seconds, and no station is lost. */
static void
newcomer_that_sends_packets_is_asked_for_during_a_flood(void)
{
	begin_with(TABLE, 0);
	pass(100);
	for (uint32_t i = 0; i < 30000; i++) {
		n_told = 0;
		numbered_asks(i, inside_host(i));
		n_sent = 0;
		if (i % 10 == 0)
			tick(inside_host(0));
	}
	flood(500, 3000); /* the first questions to all stations wait */
	for (uint32_t i = 0; i < 20; i++) {
		const struct cgn_ip a = inside_host(100000 + i);
		bool is_asked;

		want(0, a);
		is_asked = answer_and_look_for(a);
		for (unsigned int ms = 0; !is_asked && ms < 2000; ms++) {
			if (ms % 2 == 0)
				want(0, inside_host(1000000 + invented++ % 1000000));
			n_told = 0;
			is_asked = tick(a);
		}
		CU_ASSERT_TRUE(is_asked);
	}
	flood(500, 150000);
	CU_ASSERT_EQUAL(cgn_resolver_stats(table)->expired, 0);
	CU_ASSERT_EQUAL(cgn_resolver_stats(table)->displaced, 0);
	end();
}

/* Half of the requests are for known stations, whatever the flood: a station that goes is noticed. */
static void
known_stations_are_probed_during_a_flood(void)
{
	bool is_asked = false;

	begin_with(TABLE, 0);
	pass(100);
	numbered_asks(1, inside_host(1));
	flood(6000, 59000);
	for (unsigned int ms = 0; !is_asked && ms < 3000; ms++) {
		for (unsigned int i = 0; i < 6; i++)
			want(0, inside_host(1000000 + invented++ % 1000000));
		n_told = 0;
		is_asked = tick(inside_host(1));
	}
	CU_ASSERT_TRUE(is_asked);
	CU_ASSERT_EQUAL(cgn_resolver_stats(table)->expired, 0);
	end();
}

/* D-LIM-3: stations that answer for many addresses each keep no newcomer out who has one, and displace none. */
static void
stations_with_many_addresses_give_way_although_they_answer(void)
{
	begin_with(1024, 0);
	pass(100);
	for (uint32_t i = 0; i < 512; i++) {
		numbered_asks(i / 32, inside_host(i));
		tick(inside_host(0));
	}
	flood(0, 3000);
	CU_ASSERT_EQUAL(cgn_resolver_count(table), 512);
	for (uint32_t i = 0; i < 400; i++) {
		const struct cgn_ip a = inside_host(10000 + i);

		n_told = 0;
		numbered_asks(1000 + i, a);
		CU_ASSERT_TRUE(workers_know(a));
		flood(0, 1100);
		/* The others want their places back. */
		for (uint32_t k = 0; k < 8; k++) {
			n_told = 0;
			numbered_asks(k, inside_host(20000 + 8 * i + k));
			flood(0, 100);
		}
	}
	for (uint32_t i = 0; i < 400; i++) {
		n_told = 0;
		want(0, inside_host(10000 + i));
		CU_ASSERT_TRUE(workers_know(inside_host(10000 + i)));
	}
	end();
}

/* A station with one address gives way to nobody once it has answered; one with two not to one with two. */
static void
station_with_as_few_addresses_keeps_them(void)
{
	begin();
	for (uint32_t i = 0; i < 32; i++)
		numbered_asks(i, inside_host(i));
	flood(0, 2000);
	numbered_asks(100, inside_host(100));
	CU_ASSERT_EQUAL(cgn_resolver_stats(table)->full, 1);
	CU_ASSERT_EQUAL(cgn_resolver_stats(table)->displaced, 0);
	end();
	begin();
	for (uint32_t i = 0; i < 32; i++)
		numbered_asks(i / 2, inside_host(i));
	flood(0, 2000);
	numbered_asks(0, inside_host(100));
	CU_ASSERT_EQUAL(cgn_resolver_stats(table)->full, 1);
	CU_ASSERT_EQUAL(cgn_resolver_stats(table)->displaced, 0);
	n_told = 0;
	numbered_asks(100, inside_host(101));
	CU_ASSERT_TRUE(workers_know(inside_host(101)));
	CU_ASSERT_EQUAL(cgn_resolver_stats(table)->displaced, 1);
	end();
}

/* D-LIM-3: a station that goes on talking keeps its place in the queue. Otherwise it would never be asked, and it would
 * be the first to give way in a full table. */
static void
station_that_talks_while_its_question_waits_is_asked(void)
{
	const struct cgn_ip a = inside_host(70);
	unsigned int n_asked = 0;

	begin_with(TABLE, 10);
	pass(100);
	/* The burst of 64 requests is for those who came first; the others wait for ten requests a second. */
	for (uint32_t i = 0; i < 70; i++)
		numbered_asks(i, inside_host(i));
	flood(0, 10);
	numbered_asks(70, a);
	CU_ASSERT_EQUAL(flood_beside(a, 0, 1010), 0);
	for (unsigned int i = 0; i < 10; i++) {
		numbered_asks(70, a);
		n_asked += flood_beside(a, 0, 200);
	}
	CU_ASSERT_EQUAL(n_asked, 1);
	end();
}

/* The first question comes a second after a station has shown up, however often it talks until then. */
static void
station_that_talks_all_the_time_is_asked(void)
{
	const struct cgn_ip a = inside_host(1);
	unsigned int n_asked = 0;

	begin_with(TABLE, 0);
	pass(100);
	for (unsigned int i = 0; i < 10; i++) {
		numbered_asks(1, a);
		n_asked += flood_beside(a, 0, 200);
	}
	CU_ASSERT_EQUAL(n_asked, 1);
	end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(addresses_that_wait_take_little_time_and_room),
	CU_TEST_ROW(oldest_invented_address_gives_way),
	CU_TEST_ROW(invented_addresses_are_asked_for_once_while_many_wait),
	CU_TEST_ROW(addresses_that_are_asked_for_keep_no_newcomer_out),
	CU_TEST_ROW(newcomer_that_asks_for_us_is_known_during_a_flood),
	CU_TEST_ROW(newcomer_that_sends_packets_is_asked_for_during_a_flood),
	CU_TEST_ROW(known_stations_are_probed_during_a_flood),
	CU_TEST_ROW(stations_with_many_addresses_give_way_although_they_answer),
	CU_TEST_ROW(station_with_as_few_addresses_keeps_them),
	CU_TEST_ROW(station_that_talks_while_its_question_waits_is_asked),
	CU_TEST_ROW(station_that_talks_all_the_time_is_asked),
};

CU_MAIN("resolver_flood", tests)
