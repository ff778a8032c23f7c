/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/b4homefix.h"

/* RFC 6887 section 8.1.1, RFC 7488 section 3: again after 3, 6 and 12 seconds, and the end after 45. */
static void
silent_aftr_is_asked_four_times(void)
{
	static const struct {
		unsigned int ms, n_up;
	} steps[] = { { 2999, 1 }, { 3000, 2 }, { 8999, 2 }, { 9000, 3 }, { 20999, 3 },
		{ 21000, 4 }, { 44999, 4 } };
	uint64_t first;

	begin();
	first = now;
	FROM_HOME(H1, REQUEST(1, 3600, HOST1), MAPPING(NONCE, 6, 8000, 0, NONE));
	for (size_t i = 0; i < RTE_DIM(steps); i++) {
		advance(first + steps[i].ms - now);
		CU_ASSERT_EQUAL(n_up, steps[i].n_up);
		IS_SENT(&up, REQUEST(1, 3600, B4_OCTETS), MAPPING(NONCE, 6, 8000, 0, NONE),
				THIRD_PARTY(HOST1));
	}
	CU_ASSERT_EQUAL(n_answers, 0);
	advance(1);
	CU_ASSERT_EQUAL(n_answers, 1);
	IS_SENT(&answer, ANSWER(1, CGN_PCP_NETWORK_FAILURE, 30, 0),
			MAPPING(NONCE, 6, 8000, 0, NONE));
	/* Nothing is left under way: a late answer is for nobody. */
	FROM_AFTR(ANSWER(1, 0, 3600, 500), MAPPING(NONCE, 6, 8000, 40080, EXT), THIRD_PARTY(HOST1));
	CU_ASSERT_EQUAL(n_answers, 1);
	end();
}

/* The lifetime began when the AFTR got the request, which may have been the first one. */
static void
time_that_the_answer_took_is_not_granted(void)
{
	begin();
	FROM_HOME(H1, NATPMP_TCP(8000, 40080, 7200));
	advance(10000);
	FROM_AFTR(ANSWER(1, 0, 3600, 500), MAPPING(NATPMP_NONCE(11, 6, 8000), 6, 8000, 40080, EXT),
			THIRD_PARTY(HOST1));
	IS_SENT(&answer, NATPMP_SAID(2, 0, 500, 8000, 40080, 3590));
	end();
}

/* An AFTR may grant more than it was asked for. What a host is told is no more than it has asked for in NAT-PMP, and no
 * more than the longest lifetime of the proxy in PCP. The proxy knows the mapping for no longer. */
static void
hosts_get_no_longer_lifetime_than_allowed(void)
{
	begin();
	FROM_HOME(H1, NATPMP_TCP(8000, 40080, 60));
	FROM_AFTR(ANSWER(1, 0, 120, 500), MAPPING(NATPMP_NONCE(11, 6, 8000), 6, 8000, 40080, EXT),
			THIRD_PARTY(HOST1));
	IS_SENT(&answer, NATPMP_SAID(2, 0, 500, 8000, 40080, 60));
	advance(61000);
	n_up = 0;
	FROM_HOME(H1, NATPMP_TCP(0, 0, 0));
	CU_ASSERT_EQUAL(n_up, 0);
	conf.pcp.lifetime_max_s = 3600;
	FROM_HOME(H1, REQUEST(1, 7200, HOST1), MAPPING(NONCE, 6, 8000, 40080, NONE));
	IS_SENT(&up, REQUEST(1, 3600, B4_OCTETS), MAPPING(NONCE, 6, 8000, 40080, NONE),
			THIRD_PARTY(HOST1));
	FROM_AFTR(ANSWER(1, 0, 0xffffffff, 561), MAPPING(NONCE, 6, 8000, 40080, EXT),
			THIRD_PARTY(HOST1));
	IS_SENT(&answer, ANSWER(1, 0, 3600, 561), MAPPING(NONCE, 6, 8000, 40080, EXT));
	/* An update of the AFTR, too */
	FROM_AFTR(ANSWER(1, 0, 4000, 561), MAPPING(NONCE, 6, 8000, 40081, EXT), THIRD_PARTY(HOST1));
	IS_SENT(&answer, ANSWER(1, 0, 3600, 561), MAPPING(NONCE, 6, 8000, 40081, EXT));
	end();
}

/* A client repeats its request while the AFTR is asked. Another request for the same port waits. */
static void
requests_of_one_port_are_carried_out_one_by_one(void)
{
	begin();
	FROM_HOME(H1, NATPMP_TCP(8000, 40080, 7200));
	FROM_HOME(H1, NATPMP_TCP(8000, 40080, 7200));
	FROM_HOME(H1, NATPMP_TCP(8000, 0, 0));
	FROM_HOME(H1, NATPMP_TCP(0, 0, 0));
	advance(300);
	CU_ASSERT_EQUAL(n_up, 1);
	CU_ASSERT_EQUAL(cgn_relay_b4_proxy_stats(relay)->repeated, 1);
	/* Another port, and another host, do not wait. */
	FROM_HOME(H2, NATPMP_TCP(8000, 40080, 7200));
	CU_ASSERT_EQUAL(n_up, 2);
	FROM_AFTR(ANSWER(1, 0, 7200, 500), MAPPING(NATPMP_NONCE(11, 6, 8000), 6, 8000, 40080, EXT),
			THIRD_PARTY(HOST1));
	CU_ASSERT_EQUAL(n_answers, 1);
	advance(300);
	CU_ASSERT_EQUAL(n_up, 3);
	/* A second answer to the mapping is none to its deletion. But it may be one for traffic (section 15). */
	deleted(IPPROTO_TCP, 8000, 0);
	CU_ASSERT_EQUAL(n_answers, 3);
	IS_SENT(&answer, NATPMP_SAID(2, 0, 500, 0, 0, 0));
	end();
}

/* RFC 6887 section 11.1: MAP of protocol 0 is for all protocols and ports. A question for the address is no mapping. */
static void
requests_for_all_protocols_are_carried_out_one_by_one(void)
{
	begin();
	FROM_HOME(H1, REQUEST(1, 3600, HOST1), MAPPING(NONCE, 0, 0, 0, NONE));
	FROM_HOME(H1, REQUEST(1, 0, HOST1), MAPPING(NONCE, 0, 0, 0, NONE));
	FROM_HOME(H1, 0, 0);
	advance(300);
	/* The first one, and the question for the address */
	CU_ASSERT_EQUAL(cgn_relay_b4_proxy_stats(relay)->asked, 1);
	CU_ASSERT_EQUAL(n_up, 2);
	FROM_AFTR(ANSWER(1, 0, 3600, 500), MAPPING(NONCE, 0, 0, 0, EXT), THIRD_PARTY(HOST1));
	CU_ASSERT_EQUAL(n_answers, 1);
	CU_ASSERT_EQUAL(cgn_relay_b4_proxy_stats(relay)->asked, 2);
	end();
}

/* One host cannot take the room of the others, and all of them only a part of the memory. */
static void
requests_under_way_are_limited(void)
{
	const struct cgn_relay_proxy_stats *stats;

	begin();
	stats = cgn_relay_b4_proxy_stats(relay);
	for (unsigned int h = 0; h < 5; h++) {
		for (uint16_t i = 1; i <= CGN_RELAY_PROXY_CLIENT + 1; i++) {
			const uint8_t request[] = { 0, 1, 0, 0, U16(i), 0, 0, U32(7200) };

			from_home(H1 + rte_cpu_to_be_32(h), CLIENT, request, sizeof(request));
		}
	}
	CU_ASSERT_EQUAL(stats->asked,
			CGN_RELAY_PROXY_OPEN / CGN_RELAY_PROXY_CLIENT * CGN_RELAY_PROXY_ASKED);
	CU_ASSERT_EQUAL(stats->dropped, 5 * (CGN_RELAY_PROXY_CLIENT + 1) - CGN_RELAY_PROXY_OPEN);
	advance(300000);
	CU_ASSERT_EQUAL(n_answers, CGN_RELAY_PROXY_OPEN);
	n_up = 0;
	FROM_HOME(H1, NATPMP_TCP(8000, 40080, 7200));
	CU_ASSERT_EQUAL(n_up, 1);
	end();
}

/* Let H1 ask for @n ports by NAT-PMP, from 1 on. */
static void
ask_for_ports(uint16_t n)
{
	for (uint16_t i = 1; i <= n; i++) {
		const uint8_t request[] = { 0, 2, 0, 0, U16(i), 0, 0, U32(7200) };

		from_home(H1, CLIENT, request, sizeof(request));
	}
}

/* The AFTR answers the request of H1 for a port. */
static void
grant_port(uint16_t port)
{
	const uint8_t reply[] = { ANSWER(1, 0, 7200, 500),
		MAPPING(NATPMP_NONCE(11, 6, port), 6, port, port, EXT), THIRD_PARTY(HOST1) };

	from6(1, &aftr, 5351, &b4, reply, sizeof(reply));
}

/* Each host may send so many requests per second. So one host does not use up what the AFTR allows the home. */
static void
requests_per_second_are_limited(void)
{
	const struct cgn_relay_proxy_stats *stats;

	begin();
	stats = cgn_relay_b4_proxy_stats(relay);
	conf.natpmp.requests_per_s = 3;
	for (unsigned int i = 0; i < 5; i++)
		FROM_HOME(H1, REQUEST(0, 0, HOST1));
	CU_ASSERT_EQUAL(n_answers, 3);
	CU_ASSERT_EQUAL(stats->limited, 2);
	/* All requests count, also those of the other protocol, and of opcodes that pass. */
	FROM_HOME(H1, NATPMP_TCP(8000, 40080, 7200));
	FROM_HOME(H1, REQUEST(50, 3600, HOST1), 1, 2, 3, 4);
	CU_ASSERT_EQUAL(n_up + n_passed, 0);
	CU_ASSERT_EQUAL(stats->limited, 4);
	FROM_HOME(H2, NATPMP_TCP(8000, 40080, 7200));
	CU_ASSERT_EQUAL(n_up, 1);
	advance(1000);
	FROM_HOME(H1, REQUEST(50, 3600, HOST1), 1, 2, 3, 4);
	CU_ASSERT_EQUAL(n_passed, 1);
	FROM_HOME(H1, REQUEST(0, 0, HOST1));
	CU_ASSERT_EQUAL(n_answers, 4);
	CU_ASSERT_EQUAL(stats->limited, 4);
	end();
}

/* One host has only a part of the requests that the AFTR is asked at once. */
static void
host_leaves_room_to_ask_for_others(void)
{
	const struct cgn_relay_proxy_stats *stats;

	begin();
	stats = cgn_relay_b4_proxy_stats(relay);
	ask_for_ports(40);
	advance(2900);
	CU_ASSERT_EQUAL(stats->asked, CGN_RELAY_PROXY_ASKED);
	CU_ASSERT_EQUAL(n_up, CGN_RELAY_PROXY_ASKED);
	FROM_HOME(H2, NATPMP_TCP(8000, 40080, 7200));
	CU_ASSERT_EQUAL(n_up, CGN_RELAY_PROXY_ASKED + 1);
	/* The next one begins when one has its answer, oldest first. A question for the address does not wait. */
	grant_port(1);
	CU_ASSERT_EQUAL(n_answers, 1);
	CU_ASSERT_EQUAL(stats->asked, CGN_RELAY_PROXY_ASKED + 2);
	for (uint16_t i = 2; i <= 40; i++) {
		grant_port(i);
		advance(250);
	}
	CU_ASSERT_EQUAL(n_answers, 40);
	end();
}

/* A host that the AFTR ignores does not make the requests of the others fail. */
static void
ignored_request_fails_alone(void)
{
	begin();
	FROM_HOME(H1, NATPMP_TCP(8000, 40080, 7200));
	FROM_HOME(H1, NATPMP_TCP(8000, 0, 0));
	advance(40000);
	FROM_HOME(H2, NATPMP_TCP(8000, 40080, 7200));
	FROM_AFTR(ANSWER(1, 0, 7200, 500), MAPPING(NATPMP_NONCE(12, 6, 8000), 6, 8000, 40080, EXT),
			THIRD_PARTY(MAPPED(192, 168, 1, 12)));
	CU_ASSERT_EQUAL(n_answers, 1);
	FROM_HOME(H2, NATPMP_TCP(8001, 40081, 7200));
	n_up = 0;
	advance(5000);
	CU_ASSERT_EQUAL(n_answers, 2);
	CU_ASSERT_EQUAL(answer.to, H1);
	IS_SENT(&answer, NATPMP_SAID(2, 3, 505, 8000, 0, 0));
	/* The AFTR is there, so the request that has waited is asked. */
	deleted(IPPROTO_TCP, 8000, 0);
	CU_ASSERT_EQUAL(n_answers, 3);
	end();
}

/* If the AFTR is silent, what waits for another request fails together with it. */
static void
waiting_requests_fail_with_the_first_one(void)
{
	const struct cgn_relay_proxy_stats *stats;

	begin();
	stats = cgn_relay_b4_proxy_stats(relay);
	FROM_HOME(H1, NATPMP_TCP(80, 40080, 7200));
	FROM_HOME(H1, NATPMP_TCP(0, 0, 0));
	FROM_HOME(H1, NATPMP_TCP(81, 40081, 7200));
	FROM_HOME(H1, REQUEST(1, 3600, HOST1), MAPPING(NONCE, 6, 82, 0, NONE));
	advance(44999);
	CU_ASSERT_EQUAL(n_answers, 0);
	n_up = 0;
	advance(1);
	CU_ASSERT_EQUAL(n_answers, 4);
	CU_ASSERT_EQUAL(stats->asked, 1);
	IS_SENT(&answer, NATPMP_SAID(2, 3, 0, 80, 0, 0));
	advance(60000);
	CU_ASSERT_EQUAL(n_answers, 4);
	CU_ASSERT_EQUAL(n_up, 0);
	/* The AFTR is still silent: the first one has three packets, and the other one fails with it. */
	FROM_HOME(H1, NATPMP_TCP(80, 40080, 7200));
	FROM_HOME(H1, REQUEST(1, 3600, HOST1), MAPPING(NONCE, 6, 80, 0, NONE));
	advance(21000);
	CU_ASSERT_EQUAL(n_answers, 6);
	CU_ASSERT_EQUAL(n_up, 3);
	/* ICMP or silence: nothing is left under way. */
	map_natpmp(IPPROTO_TCP, 80);
	CU_ASSERT_EQUAL(n_answers, 7);
	end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(silent_aftr_is_asked_four_times),
	CU_TEST_ROW(time_that_the_answer_took_is_not_granted),
	CU_TEST_ROW(hosts_get_no_longer_lifetime_than_allowed),
	CU_TEST_ROW(requests_of_one_port_are_carried_out_one_by_one),
	CU_TEST_ROW(requests_for_all_protocols_are_carried_out_one_by_one),
	CU_TEST_ROW(requests_under_way_are_limited),
	CU_TEST_ROW(requests_per_second_are_limited),
	CU_TEST_ROW(host_leaves_room_to_ask_for_others),
	CU_TEST_ROW(ignored_request_fails_alone),
	CU_TEST_ROW(waiting_requests_fail_with_the_first_one),
};

CU_MAIN("relay_proxy_limits", tests)
