/* SPDX-License-Identifier: BSD-3-Clause */
#include "controlplane/link/resolver_table.h"
#include "tests/support/resolvefix.h"

#include <rte_log.h>

/* Next hops of routes: their death is noticed within seconds, and they are asked again until they answer. */

#define FRESH_MS     5000  /* from an answer to the next probe */
#define TRY_MS       1000  /* between two questions */
#define AGAIN_MS     10000 /* from the last question in vain to the next one */
#define AGAIN_MAX_MS 60000 /* the same, when the next hop has been dead for a while */

static const struct cgn_ip hop[2] = { { .ip4 = RTE_BE32(0xc0000207) },
	{ .ip6.b = { 0x20, 1, 0xd, 0xb8, [15] = 7 }, .is_ip6 = true } };
static const struct cgn_ip own[2] = { { .ip4 = RTE_BE32(0xc0000202) },
	{ .ip6.b = { 0x20, 1, 0xd, 0xb8, [15] = 2 }, .is_ip6 = true } };
static struct cgn_conf_route routes[2];
static struct cgn_conf without;

/* Both next hops have a route, and are asked for at the start. */
static void
begin_hops(void)
{
	for (unsigned int i = 0; i < 2; i++)
		routes[i] = (struct cgn_conf_route){ .via = hop[i], .port = 1 };
	without = conf;
	conf.routes = routes;
	conf.n_routes = 2;
	begin();
}

static void
end_hops(void)
{
	end();
	conf.routes = NULL;
	conf.n_routes = 0;
}

static void
answers(unsigned int i)
{
	peer_answers(1, &peer, hop[i], own[i]);
}

static void
begin_known(void)
{
	begin_hops();
	answers(0);
	answers(1);
	CU_ASSERT_TRUE(workers_know(hop[0]) && workers_know(hop[1]));
	n_sent = n_told = 0;
}

/* @param is_unicast  only questions to the station */
static unsigned int
questions(unsigned int i, bool is_unicast)
{
	unsigned int n = 0;

	for (unsigned int k = 0; k < n_sent; k++)
		n += sent_is(k, CGN_ARP_ND_REQUEST, own[i], hop[i]) &&
				(!is_unicast || is_sent_to(k, &peer));
	return n;
}

/* Whether cgnd tells the operator that it has a station. */
static bool
is_resolved(unsigned int i)
{
	return cgn_resolver_has(table, 1, &hop[i]);
}

/* G-DAY-34, G-DAY-14 */
static void
dead_next_hop_is_noticed_within_eight_seconds(void)
{
	begin_known();
	pass(FRESH_MS - 1);
	CU_ASSERT_EQUAL(n_sent, 0);
	pass(2);
	CU_ASSERT_EQUAL(questions(0, true), 1);
	CU_ASSERT_EQUAL(questions(1, true), 1);
	answers(1);
	pass(TRY_MS);
	CU_ASSERT_EQUAL(questions(0, true), 2);
	pass(TRY_MS);
	/* The last one goes to all: some routers do not answer unicast questions. */
	CU_ASSERT_EQUAL(questions(0, true), 2);
	CU_ASSERT_EQUAL(questions(0, false), 3);
	CU_ASSERT_TRUE(is_resolved(0));
	pass(TRY_MS);
	CU_ASSERT_FALSE(is_resolved(0));
	CU_ASSERT_EQUAL_FATAL(n_told, 1);
	CU_ASSERT_FALSE(told[0].is_known);
	CU_ASSERT_TRUE(cgn_local_addr_same(&told[0].n.addr, &hop[0]));
	/* The other one is not concerned. */
	CU_ASSERT_TRUE(is_resolved(1));
	CU_ASSERT_EQUAL(questions(1, false), 1);
	end_hops();
}

static void
next_hop_that_answers_is_asked_every_five_seconds(void)
{
	unsigned int n = 0;

	begin_known();
	for (unsigned int s = 0; s < 600; s++) {
		unsigned int before = n_sent;

		pass(1000);
		n += n_sent - before;
		for (unsigned int i = 0; i < 2 && n_sent != before; i++)
			answers(i);
		n_sent = 0;
	}
	CU_ASSERT_TRUE(n >= 2 * 600 / 6 && n <= 2 * 600 / 5);
	CU_ASSERT_EQUAL(n_told, 0);
	end_hops();
}

/* A next hop that speaks by itself needs no question. */
static void
next_hop_that_is_heard_is_not_asked(void)
{
	begin_known();
	for (unsigned int s = 0; s < 60; s++) {
		pass(FRESH_MS - 1);
		n_sent = 0;
		peer_asks(1, hop[0], own[0]);
		peer_asks(1, hop[1], own[1]);
		CU_ASSERT_EQUAL(questions(0, false) + questions(1, false), 0);
		n_sent = 0;
	}
	CU_ASSERT_EQUAL(n_told, 0);
	end_hops();
}

/* The pause after a number of searches in vain: it doubles up to the longest. */
static uint64_t
again_ms(unsigned int searches)
{
	return searches < 3 ? AGAIN_MS << searches : AGAIN_MAX_MS;
}

/* Without a worker that wants it. */
static void
dead_next_hop_is_asked_again_until_it_answers(void)
{
	begin_known();
	pass(FRESH_MS + 3 * TRY_MS + 1);
	CU_ASSERT_FALSE(is_resolved(0));
	for (unsigned int again = 0; again < 20; again++) {
		n_sent = 0;
		pass(again_ms(again) - 10);
		CU_ASSERT_EQUAL(questions(0, false), 0);
		pass(20 + 2 * TRY_MS);
		CU_ASSERT_EQUAL(questions(0, false), 3);
		CU_ASSERT_EQUAL(questions(0, true), 0);
		pass(TRY_MS - 10);
	}
	pass(AGAIN_MAX_MS);
	answers(0);
	CU_ASSERT_TRUE(is_resolved(0));
	CU_ASSERT_TRUE(workers_know(hop[0]));
	/* The next time the pauses begin anew. */
	pass(FRESH_MS + 3 * TRY_MS + 1);
	CU_ASSERT_FALSE(is_resolved(0));
	n_sent = 0;
	pass(AGAIN_MS);
	CU_ASSERT_EQUAL(questions(0, false), 1);
	end_hops();
}

/* A worker that has packets for it does not wait for that. */
static void
dead_next_hop_is_asked_at_once_when_a_worker_wants_it(void)
{
	begin_known();
	pass(FRESH_MS + 3 * TRY_MS + 1);
	n_sent = 0;
	want(1, hop[0]);
	CU_ASSERT_EQUAL(questions(0, false), 1);
	answers(0);
	CU_ASSERT_TRUE(is_resolved(0));
	end_hops();
}

/* A router that comes back announces its address. */
static void
dead_next_hop_that_announces_itself_is_used_at_once(void)
{
	begin_known();
	pass(FRESH_MS + 3 * TRY_MS + 1);
	CU_ASSERT_FALSE(is_resolved(0));
	peer_asks(1, hop[0], hop[0]);
	CU_ASSERT_TRUE(is_resolved(0));
	CU_ASSERT_TRUE(workers_know(hop[0]));
	end_hops();
}

/* By an answer that nobody asked for: an ARP reply, or a neighbour advertisement. It proves nothing, so it is asked. */
static void
dead_next_hop_that_announces_itself_by_an_answer_is_asked_at_once(void)
{
	const struct cgn_arp_nd_from p = { .mac = peer };
	uint8_t buf[CGN_ARP_ND_MAX];

	begin_known();
	pass(FRESH_MS + 3 * TRY_MS + 1);
	n_sent = 0;
	peer_answers(1, &other, hop[0], hop[0]);
	CU_ASSERT_TRUE(input(1, buf, cgn_arp_nd_announce(buf, &p, &hop[1])));
	for (unsigned int i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(questions(i, false), 1);
		CU_ASSERT_FALSE(is_resolved(i));
		answers(i);
		CU_ASSERT_TRUE(is_resolved(i));
		CU_ASSERT_TRUE(workers_know(hop[i]));
	}
	end_hops();
}

/* It is kept, but it is no address of its station any more. */
static void
dead_next_hop_counts_for_no_station(void)
{
	begin_known();
	CU_ASSERT_PTR_NOT_NULL(cgn_stations_find(&table->stations, 1, peer.addr_bytes));
	pass(FRESH_MS + 3 * TRY_MS + 1);
	CU_ASSERT_EQUAL(cgn_resolver_count(table), 2);
	CU_ASSERT_PTR_NULL(cgn_stations_find(&table->stations, 1, peer.addr_bytes));
	answers(0);
	want(1, hop[0]);
	answers(0);
	CU_ASSERT_PTR_NOT_NULL(cgn_stations_find(&table->stations, 1, peer.addr_bytes));
	end_hops();
}

/* The workers cannot be told for a while: they are told later, and only then is it asked again. */
static void
death_is_told_as_soon_as_the_workers_have_room(void)
{
	begin_known();
	workers_full = true;
	pass(FRESH_MS + 3 * TRY_MS + 500);
	CU_ASSERT_FALSE(is_resolved(0));
	n_told = 0;
	workers_full = false;
	pass(100);
	CU_ASSERT_EQUAL(n_told, 2);
	n_sent = 0;
	pass(AGAIN_MS);
	CU_ASSERT_EQUAL(questions(0, false), 1);
	end_hops();
}

static void
start_asks_for_next_hops_and_a_change_does_not_wait_for_dead_ones(void)
{
	begin_hops();
	CU_ASSERT_FALSE(cgn_resolver_is_settled(table));
	pass(3 * TRY_MS);
	CU_ASSERT_FALSE(is_resolved(0) || is_resolved(1));
	for (unsigned int s = 0; s < 60; s++) {
		pass(1000);
		CU_ASSERT_TRUE(cgn_resolver_is_settled(table));
	}
	end_hops();
}

/* N-LIVE-7 */
static void
next_hop_of_no_route_is_forgotten_and_a_new_one_is_watched(void)
{
	begin_hops();
	pass(4 * TRY_MS);
	CU_ASSERT_EQUAL(cgn_resolver_count(table), 2);
	set_conf(&without);
	pass(AGAIN_MS);
	CU_ASSERT_EQUAL(cgn_resolver_count(table), 0);
	/* An ordinary neighbour becomes a next hop long after it was heard. */
	want(1, hop[0]);
	answers(0);
	pass(30000);
	n_sent = 0;
	set_conf(&conf);
	CU_ASSERT_EQUAL(questions(0, false), 0);
	pass(FRESH_MS + 1);
	CU_ASSERT_EQUAL(questions(0, true), 1);
	pass(3 * TRY_MS);
	CU_ASSERT_FALSE(is_resolved(0));
	end_hops();
}

#define MANY    2000 /* routes, each with a next hop of its own */
#define AT_ONCE 128  /* requests that the link may get in one turn of the loop */

static struct cgn_conf_route many[MANY];

static void
begin_many(void)
{
	for (uint32_t i = 0; i < MANY; i++)
		many[i] = (struct cgn_conf_route){ .via = inside_host(i), .port = 0 };
	conf.routes = many;
	conf.n_routes = MANY;
	begin_with(2 * MANY, 0);
}

/* A millisecond passes. @return requests sent in it, and not more than the link may get */
static unsigned int
pass_one(void)
{
	n_sent = n_told = 0;
	pass(1);
	CU_ASSERT_TRUE(n_sent <= AT_ONCE);
	return n_sent;
}

/* A start does not lose its own frames in a full ring, and routers that are switched off do not fill the link with
 * questions. */
static void
many_dead_next_hops_are_asked_at_a_bounded_rate(void)
{
	unsigned int n = 0;

	begin_many();
	CU_ASSERT_TRUE(n_sent <= AT_ONCE + 1); /* and an announcement */
	for (unsigned int ms = 0; ms < 15000; ms++)
		n += pass_one();
	CU_ASSERT_TRUE(n >= 3 * MANY - AT_ONCE);
	CU_ASSERT_EQUAL(cgn_resolver_stats(table)->failed, MANY);
	for (unsigned int ms = 0; ms < 300000; ms++)
		pass_one();
	n = 0;
	for (unsigned int ms = 0; ms < 600000; ms++)
		n += pass_one();
	CU_ASSERT_TRUE(n >= 3 * MANY * 9 && n <= 3 * MANY * 10);
	end_hops();
}

/* They are all heard at the same time, and stay known. */
static void
many_next_hops_are_probed_at_a_bounded_rate(void)
{
	struct cgn_frame f;
	struct cgn_arp_nd m;

	begin_many();
	for (unsigned int ms = 0; ms < 6000; ms++)
		pass_one();
	for (uint32_t i = 0; i < MANY; i++)
		station_asks(&peer, inside_host(i));
	for (unsigned int ms = 0; ms < 60000; ms++) {
		unsigned int n = pass_one();

		for (unsigned int i = 0; i < n; i++) {
			if (cgn_frame_parse(&f, sent[i].port, sent[i].data, sent[i].len) &&
					cgn_arp_nd_parse(&m, &f) && !m.is_announced)
				peer_answers(0, &peer, m.target, IP4(100, 64, 0, 1));
		}
		CU_ASSERT_EQUAL(n_told, 0);
	}
	CU_ASSERT_EQUAL(cgn_resolver_stats(table)->expired, 0);
	CU_ASSERT_TRUE(cgn_resolver_stats(table)->requests >= MANY * 60 / 6);
	end_hops();
}

/* A reload that brings its route, or keeps it, does not wait for the pause. N-LIVE-7 */
static void
reload_asks_for_a_dead_next_hop_at_once(void)
{
	begin_known();
	pass(FRESH_MS + 3 * TRY_MS + 1);
	CU_ASSERT_FALSE(is_resolved(0));
	n_sent = 0;
	set_conf(&conf);
	CU_ASSERT_EQUAL(questions(0, false), 1);
	CU_ASSERT_TRUE(cgn_resolver_is_settled(table));
	end_hops();
}

/* The table is full, and the one that has never answered a question is the next hop of the last route. */
static void
new_next_hop_displaces_no_other_next_hop(void)
{
	struct cgn_conf_route both[2] = { { .via = inside_host(70), .port = 0 },
		{ .via = inside_host(0), .port = 0 } };
	struct cgn_conf more;

	begin();
	more = conf;
	more.routes = &both[1];
	more.n_routes = 1;
	set_conf(&more);
	station_asks(&peer, inside_host(0));
	for (uint32_t i = 1; i < 64; i++) {
		const struct rte_ether_addr mac = { .addr_bytes = { 2, 0, 0, 0, 7, (uint8_t)i } };

		want(0, inside_host(i));
		peer_answers(0, &mac, inside_host(i), IP4(100, 64, 0, 1));
	}
	CU_ASSERT_EQUAL(cgn_resolver_count(table), 64);
	more.routes = both;
	more.n_routes = 2;
	set_conf(&more);
	CU_ASSERT_TRUE(workers_know(inside_host(0)));
	end();
}

static char said[4096];
static FILE *log_file;

/* From now on, what is logged is in `said` after hear_end(). */
static void
hear(void)
{
	memset(said, 0, sizeof(said));
	log_file = fmemopen(said, sizeof(said), "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(log_file);
	rte_openlog_stream(log_file);
}

static void
hear_end(void)
{
	rte_openlog_stream(NULL);
	fclose(log_file);
}

static unsigned int
lines_with(const char *event)
{
	unsigned int n = 0;

	for (const char *at = said; (at = strstr(at, event)) != NULL; at++)
		n++;
	return n;
}

/* The operator's cure for a router that does not do ARP. Only a reload that is carried out ends the warning.
 * REQ: G-DAY-70 */
static void
dead_next_hop_that_gets_a_configured_address_is_no_more_down(void)
{
	struct cgn_conf_neighbour neighbour = {
		.address = hop[0], .mac = { 2, 0, 0, 0, 7, 7 }, .port = 1
	};
	struct cgn_conf with;

	begin_known();
	with = conf;
	with.neighbours = &neighbour;
	with.n_neighbours = 1;
	hear();
	for (unsigned int s = 0; s < 20; s++) {
		peer_asks(1, hop[1], own[1]);
		pass(1000);
	}
	CU_ASSERT_EQUAL_FATAL(cgn_resolver_prepare(table, &with, now), 0);
	cgn_resolver_abandon(table, now);
	pass(4 * TRY_MS);
	hear_end();
	CU_ASSERT_EQUAL(lines_with("next-hop-down"), 1);
	CU_ASSERT_EQUAL(lines_with("next-hop-up"), 0);
	peer_asks(1, hop[1], own[1]);
	hear();
	set_conf(&with);
	set_conf(&with);
	hear_end();
	CU_ASSERT_EQUAL(lines_with("next-hop-up"), 1);
	CU_ASSERT_TRUE(is_resolved(0));
	/* It is asked again, does not answer, and has a new line. */
	hear();
	set_conf(&conf);
	pass(4 * TRY_MS);
	hear_end();
	CU_ASSERT_EQUAL(lines_with("next-hop-down"), 1);
	CU_ASSERT_EQUAL(lines_with("next-hop-up"), 0);
	end_hops();
}

/* REQ: G-DAY-70 */
static void
dead_next_hop_that_comes_back_during_a_refused_reload_is_no_more_down(void)
{
	begin_known();
	hear();
	pass(FRESH_MS + 3 * TRY_MS + 1);
	CU_ASSERT_EQUAL_FATAL(cgn_resolver_prepare(table, &without, now), 0);
	peer_asks(1, hop[0], hop[0]);
	cgn_resolver_abandon(table, now);
	hear_end();
	CU_ASSERT_EQUAL(lines_with("next-hop-down"), 2);
	CU_ASSERT_EQUAL(lines_with("next-hop-up"), 1);
	CU_ASSERT_TRUE(is_resolved(0));
	end_hops();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(dead_next_hop_is_noticed_within_eight_seconds),
	CU_TEST_ROW(next_hop_that_answers_is_asked_every_five_seconds),
	CU_TEST_ROW(next_hop_that_is_heard_is_not_asked),
	CU_TEST_ROW(dead_next_hop_is_asked_again_until_it_answers),
	CU_TEST_ROW(dead_next_hop_is_asked_at_once_when_a_worker_wants_it),
	CU_TEST_ROW(dead_next_hop_that_announces_itself_is_used_at_once),
	CU_TEST_ROW(dead_next_hop_that_announces_itself_by_an_answer_is_asked_at_once),
	CU_TEST_ROW(dead_next_hop_counts_for_no_station),
	CU_TEST_ROW(death_is_told_as_soon_as_the_workers_have_room),
	CU_TEST_ROW(start_asks_for_next_hops_and_a_change_does_not_wait_for_dead_ones),
	CU_TEST_ROW(next_hop_of_no_route_is_forgotten_and_a_new_one_is_watched),
	CU_TEST_ROW(reload_asks_for_a_dead_next_hop_at_once),
	CU_TEST_ROW(new_next_hop_displaces_no_other_next_hop),
	CU_TEST_ROW(many_dead_next_hops_are_asked_at_a_bounded_rate),
	CU_TEST_ROW(many_next_hops_are_probed_at_a_bounded_rate),
	CU_TEST_ROW(dead_next_hop_that_gets_a_configured_address_is_no_more_down),
	CU_TEST_ROW(dead_next_hop_that_comes_back_during_a_refused_reload_is_no_more_down),
};

CU_MAIN("resolver_hops", tests)
