/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests/support/upstreamfix.h"

/* B-CL-1, C-G-8: nine packets, each gap twice the one before, 64 s more, then nobody is there. */
static void
silence_is_asked_nine_times(void)
{
	static const uint8_t request[] = { 0, 1, 0, 0, 0x03, 0xe9, 0, 0, 0, 0, 0, 60 };
	uint64_t first = 100000;

	begin();
	CU_ASSERT_TRUE(ask(1));
	advance(127749);
	CU_ASSERT_EQUAL(n_sent, 9);
	for (unsigned int i = 0; i < 9; i++) {
		CU_ASSERT_EQUAL(sent[i].at_ms, first + 250 * ((1u << i) - 1));
		CU_ASSERT_EQUAL_FATAL(sent[i].len, sizeof(request));
		CU_ASSERT_EQUAL(memcmp(sent[i].data, request, sizeof(request)), 0);
	}
	CU_ASSERT_EQUAL(n_replies[1], 0);
	advance(1);
	CU_ASSERT_EQUAL(n_replies[1], 1);
	CU_ASSERT_TRUE(replies[1].is_down);
	advance(1000000);
	CU_ASSERT_EQUAL(n_sent, 9);
	CU_ASSERT_EQUAL(cgn_relay_upstream_open(up), 0);
	end();
}

/* RFC 6887 section 8.1.1: each wait is up to a tenth shorter or longer, and the next one is twice this one. */
static void
waits_of_pcp_are_random(void)
{
	static const struct {
		uint32_t step; /* RAND is (step - 1000) / 10000 */
		uint64_t waits[4];
	} rows[] = {
		{ 0, { 2700, 4860, 8748, 15746 } },
		{ 500, { 2850, 5415, 10288, 19547 } },
		{ 1000, { 3000, 6000, 12000, 24000 } },
		{ 2000, { 3300, 7260, 15972, 35138 } },
		{ 2001, { 2700, 4860, 8748, 15746 } },
		{ UINT32_MAX, { 2965, 5861, 11587, 22907 } },
	};

	for (unsigned int r = 0; r < RTE_DIM(rows); r++) {
		uint64_t at = 100000;

		begin_with(CGN_UPSTREAM_PCP, 1);
		rand_step = rows[r].step;
		CU_ASSERT_TRUE(ask(1));
		advance(200000);
		CU_ASSERT_EQUAL_FATAL(n_sent, 4);
		for (unsigned int i = 0; i < 4; i++) {
			CU_ASSERT_EQUAL(sent[i].at_ms, at);
			at += rows[r].waits[i];
		}
		CU_ASSERT_EQUAL(n_replies[1], 1);
		end();
	}
}

/* RFC 6886 section 3.1 has no random part. While the protocol is not known, the schedule is the one of NAT-PMP. */
static void
waits_of_natpmp_are_exact(void)
{
	static const enum cgn_upstream_protocol protocols[] = { CGN_UPSTREAM_NATPMP,
		CGN_UPSTREAM_AUTO };

	for (unsigned int p = 0; p < RTE_DIM(protocols); p++) {
		begin_with(protocols[p], 1);
		rand_step = 2000;
		CU_ASSERT_TRUE(ask(1));
		advance(300000);
		CU_ASSERT_EQUAL_FATAL(n_sent, 9);
		for (unsigned int i = 0; i < 9; i++)
			CU_ASSERT_EQUAL(sent[i].at_ms, 100000 + 250 * ((1u << i) - 1));
		end();
	}
}

/* C-G-8: the first three packets go lost: one answer, nothing beyond the schedule. */
static void
late_answer_ends_the_schedule(void)
{
	begin();
	CU_ASSERT_TRUE(ask(1));
	advance(1800);
	CU_ASSERT_EQUAL(n_sent, 4);
	say_mapped(1, 0, 60);
	CU_ASSERT_EQUAL(n_replies[1], 1);
	CU_ASSERT_FALSE(replies[1].is_down);
	CU_ASSERT_EQUAL(replies[1].result, 0);
	CU_ASSERT_EQUAL(replies[1].ext_port, 2001);
	CU_ASSERT_EQUAL(replies[1].lifetime_s, 60);
	CU_ASSERT_EQUAL(replies[1].took_s, 1);
	say_mapped(1, 0, 60);
	advance(1000000);
	CU_ASSERT_EQUAL(n_replies[1], 1);
	CU_ASSERT_EQUAL(n_sent, 4);
	CU_ASSERT_EQUAL(counted(CGN_RELAY_C_STRAY), 1);
	end();
}

/* B-CL-1, C-G-8: ICMP says at once that nobody listens. */
static void
refusal_ends_the_schedule(void)
{
	begin();
	CU_ASSERT_TRUE(ask(1));
	CU_ASSERT_TRUE(ask(2));
	advance(10);
	cgn_relay_upstream_refused(up, now);
	CU_ASSERT_EQUAL(n_replies[1], 1);
	CU_ASSERT_EQUAL(n_replies[2], 1);
	CU_ASSERT_TRUE(replies[1].is_down && replies[2].is_down);
	advance(1000000);
	CU_ASSERT_EQUAL(n_sent, 1);
	end();
}

/* B-CL-2: one request after the other. C-G-9: one that is lost does not hold up the rest. */
static void
requests_leave_one_after_the_other(void)
{
	begin();
	for (unsigned int i = 1; i <= 200; i++)
		CU_ASSERT_TRUE(ask(i));
	CU_ASSERT_EQUAL(n_sent, 1);
	for (unsigned int i = 1; i < 100; i++) {
		say_mapped(i, 0, 60);
		CU_ASSERT_EQUAL(n_sent, i + 1);
	}
	/* Number 100 is not answered, 101 is. */
	advance(250);
	CU_ASSERT_EQUAL(n_sent, 102);
	say_mapped(101, 0, 60);
	CU_ASSERT_EQUAL(n_sent, 103);
	for (unsigned int i = 102; i <= 200; i++)
		say_mapped(i, 0, 60);
	CU_ASSERT_EQUAL(cgn_relay_upstream_open(up), 1);
	say_mapped(100, 0, 60);
	for (unsigned int i = 1; i <= 200; i++)
		CU_ASSERT_EQUAL(n_replies[i], 1);
	CU_ASSERT_EQUAL(cgn_relay_upstream_open(up), 0);
	end();
}

/* C-G-9: PCP repeats after 3 s, but a lost packet does not hold up the rest for so long. */
static void
lost_packet_of_pcp_delays_only_its_client(void)
{
	begin_with(CGN_UPSTREAM_PCP, 1);
	CU_ASSERT_TRUE(ask(1));
	CU_ASSERT_TRUE(ask(2));
	advance(249);
	CU_ASSERT_EQUAL(n_sent, 1);
	advance(1);
	CU_ASSERT_EQUAL(n_sent, 2);
	CU_ASSERT_EQUAL(sent[1].data[40] << 8 | sent[1].data[41], 1002);
	advance(2749);
	CU_ASSERT_EQUAL(n_sent, 2);
	advance(1);
	CU_ASSERT_EQUAL(n_sent, 3);
	end();
}

/* C-G-9: many lost ones are bounded; when nobody is there, all are told at once. */
static void
many_lost_requests_are_bounded(void)
{
	begin();
	for (unsigned int i = 1; i <= 1000; i++)
		CU_ASSERT_TRUE(ask(i));
	CU_ASSERT_TRUE(ask(0));
	for (unsigned int i = 0; i < 127; i++) {
		advance(1000);
		CU_ASSERT_TRUE(n_sent <= CGN_RELAY_UPSTREAM_OPEN * cgn_relay_wire_natpmp.tries);
	}
	CU_ASSERT_EQUAL(cgn_relay_upstream_open(up), 1001);
	advance(1000);
	CU_ASSERT_EQUAL(cgn_relay_upstream_open(up), 0);
	for (unsigned int i = 0; i <= 1000; i++)
		CU_ASSERT_TRUE(n_replies[i] == 1 && replies[i].is_down);
	CU_ASSERT_EQUAL(counted(CGN_RELAY_C_DOWN), 1);
	end();
}

/* A server that answers others is there. A request that it does not answer fails alone, after all its packets. */
static void
request_without_an_answer_fails_alone(void)
{
	begin();
	CU_ASSERT_TRUE(ask(1));
	CU_ASSERT_TRUE(ask(2));
	CU_ASSERT_TRUE(ask(3));
	advance(1000);
	say_mapped(2, 0, 60);
	CU_ASSERT_EQUAL(n_replies[2], 1);
	advance(100000);
	CU_ASSERT_TRUE(ask(4));
	advance(26749);
	CU_ASSERT_EQUAL(n_replies[1], 0);
	advance(1);
	CU_ASSERT_TRUE(n_replies[1] == 1 && replies[1].is_down);
	CU_ASSERT_EQUAL(replies[1].ret, -EADDRNOTAVAIL);
	CU_ASSERT_EQUAL(n_replies[3], 0);
	CU_ASSERT_FALSE(cgn_relay_upstream_is_down(up));
	advance(1000);
	CU_ASSERT_EQUAL(n_replies[3], 1);
	CU_ASSERT_EQUAL(cgn_relay_upstream_open(up), 1);
	CU_ASSERT_EQUAL(counted(CGN_RELAY_C_UNANSWERED), 2);
	CU_ASSERT_EQUAL(counted(CGN_RELAY_C_DOWN), 0);
	/* It was not heard since number 4 was sent. */
	advance(100000);
	CU_ASSERT_EQUAL(n_replies[4], 1);
	CU_ASSERT_TRUE(cgn_relay_upstream_is_down(up));
	CU_ASSERT_EQUAL(counted(CGN_RELAY_C_UNANSWERED), 2);
	CU_ASSERT_EQUAL(counted(CGN_RELAY_C_DOWN), 1);
	CU_ASSERT_EQUAL(n_changed, 0);
	end();
}

/* B-CL-1: while nobody is there a request is tried shortly; the first word ends that. */
static void
server_that_is_down_is_tried_shortly(void)
{
	begin();
	CU_ASSERT_TRUE(ask(1));
	cgn_relay_upstream_refused(up, now);
	n_sent = 0;
	CU_ASSERT_TRUE(ask(2));
	advance(1749);
	CU_ASSERT_EQUAL(n_replies[2], 0);
	advance(1);
	CU_ASSERT_EQUAL(n_replies[2], 1);
	CU_ASSERT_EQUAL(n_sent, CGN_RELAY_UPSTREAM_DOWN);
	CU_ASSERT_EQUAL(n_changed, 0);
	say_address(9, X1);
	CU_ASSERT_EQUAL(n_changed, 1);
	n_sent = 0;
	CU_ASSERT_TRUE(ask(3));
	advance(127749);
	CU_ASSERT_EQUAL(n_sent, 9);
	CU_ASSERT_EQUAL(n_replies[3], 0);
	end();
}

/* C-G-6, B-CL-5: -1 and -2 s are no loss, -3 s are; what is under way begins anew. */
static void
loss_restarts_what_is_under_way(void)
{
	begin();
	say_address(1000, X1);
	say_address(999, X1);
	say_address(998 - 1, X1);
	CU_ASSERT_EQUAL(n_changed, 0);
	CU_ASSERT_TRUE(ask(1));
	advance(2000);
	CU_ASSERT_EQUAL(n_sent, 4);
	say_address(994, X1);
	CU_ASSERT_EQUAL(n_changed, 1);
	CU_ASSERT_EQUAL(counted(CGN_RELAY_C_LOST), 1);
	CU_ASSERT_EQUAL(n_sent, 5);
	advance(249);
	CU_ASSERT_EQUAL(n_sent, 5);
	advance(1);
	CU_ASSERT_EQUAL(n_sent, 6);
	CU_ASSERT_EQUAL(cgn_relay_upstream_epoch_s(up, now + 1000), 995);
	end();
}

/* C-G-6: another external address is news, the first one is not. */
static void
another_address_is_news(void)
{
	begin();
	CU_ASSERT_EQUAL(cgn_relay_upstream_ext(up), 0);
	say_address(10, X1);
	say_address(10, X1);
	CU_ASSERT_EQUAL(n_changed, 0);
	CU_ASSERT_EQUAL(cgn_relay_upstream_ext(up), X1);
	say_address(10, X2);
	CU_ASSERT_EQUAL(n_changed, 1);
	CU_ASSERT_EQUAL(cgn_relay_upstream_ext(up), X2);
	say_address(10, 0);
	CU_ASSERT_EQUAL(n_changed, 2);
	CU_ASSERT_EQUAL(cgn_relay_upstream_ext(up), 0);
	CU_ASSERT_EQUAL(counted(CGN_RELAY_C_ANNOUNCED), 4);
	end();
}

/* C-G-10: any code, whole or as short as section 3.5 prints them. */
static void
codes_pass_as_they_are(void)
{
	static const uint16_t codes[] = { 2, 3, 4, 6, 7, 0x1234 };
	static const uint8_t version[] = { 0, 0, 0, 1, 0, 0, 0, 100 };
	static const uint8_t opcode[] = { 0, 129, 0, 5, 0, 0, 0, 100, 0, 0, 14, 16 };

	begin();
	for (unsigned int i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		CU_ASSERT_TRUE(ask(i + 1));
		say_mapped(i + 1, codes[i], 0);
		CU_ASSERT_EQUAL(n_replies[i + 1], 1);
		CU_ASSERT_EQUAL(replies[i + 1].result, codes[i]);
	}
	CU_ASSERT_TRUE(ask(20));
	input(version, sizeof(version));
	CU_ASSERT_EQUAL(replies[20].result, 1);
	CU_ASSERT_TRUE(ask(21));
	input(opcode, sizeof(opcode));
	CU_ASSERT_EQUAL(replies[21].result, 5);
	end();
}

/* C-N-4: the answer to a deletion, come twice, is not that to the mapping made after it. */
static void
answers_fit_their_requests(void)
{
	begin();
	CU_ASSERT_TRUE(ask(1));
	say_mapped(2, 0, 60); /* another port */
	say_mapped(1, 0, 0);  /* a deletion's */
	say_address(100, X1); /* another opcode */
	CU_ASSERT_EQUAL(n_replies[1], 0);
	say_mapped(1, 0, 60);
	CU_ASSERT_EQUAL(n_replies[1], 1);
	asks[1].question.lifetime_s = 0;
	CU_ASSERT_TRUE(cgn_relay_upstream_ask(up, &asks[1], now));
	say_mapped(1, 0, 60); /* the mapping's, once more */
	CU_ASSERT_EQUAL(n_replies[1], 1);
	say_mapped(1, 0, 0);
	CU_ASSERT_EQUAL(n_replies[1], 2);
	end();
}

static void
octets_that_are_no_answer_change_nothing(void)
{
	static const uint8_t none[][16] = {
		{ 0, 1, 0, 0, 0, 0, 0, 0, 3, 233, 7, 209, 0, 0, 0, 60 },
		{ 1, 129, 0, 0, 0, 0, 0, 0, 3, 233, 7, 209, 0, 0, 0, 60 },
		{ 0, 200, 0, 0, 0, 0, 0, 0, 3, 233, 7, 209, 0, 0, 0, 60 },
	};

	begin();
	say_address(1000, X1);
	CU_ASSERT_TRUE(ask(1));
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		for (size_t len = 0; len <= sizeof(none[i]); len++)
			input(none[i], len);
	}
	CU_ASSERT_EQUAL(n_replies[1], 0);
	CU_ASSERT_EQUAL(n_changed, 0);
	CU_ASSERT_EQUAL(cgn_relay_upstream_epoch_s(up, now), 1000);
	end();
}

/* RFC 6887 section 8.1.1: once it is known that the server speaks PCP, requests have all the packets of PCP. */
static void
protocol_that_is_found_begins_anew(void)
{
	static const uint8_t announcement[24] = { 2, 0x80, [11] = 9 };

	begin_with(CGN_UPSTREAM_AUTO, 1);
	CU_ASSERT_TRUE(ask(1));
	advance(10000);
	CU_ASSERT_EQUAL(n_sent, 6);
	input(announcement, sizeof(announcement));
	CU_ASSERT_EQUAL(n_sent, 7);
	advance(44999);
	CU_ASSERT_EQUAL(n_sent, 10);
	CU_ASSERT_EQUAL(n_replies[1], 0);
	advance(1);
	CU_ASSERT_EQUAL(n_replies[1], 1);
	end();
}

/* E-PX-9: four packets to each address, all the same. Then nobody is there. */
static void
addresses_are_tried_one_after_the_other(void)
{
	begin_with(CGN_UPSTREAM_PCP, 3);
	CU_ASSERT_TRUE(ask(1));
	advance(44999);
	CU_ASSERT_EQUAL(n_sent, 4);
	CU_ASSERT_EQUAL(cgn_relay_upstream_at(up), 0);
	advance(2 * 45000);
	CU_ASSERT_EQUAL_FATAL(n_sent, 12);
	CU_ASSERT_EQUAL(n_replies[1], 0);
	for (unsigned int i = 0; i < 12; i++) {
		CU_ASSERT_EQUAL(sent[i].server, i / 4);
		CU_ASSERT_EQUAL(sent[i].len, sent[0].len);
		CU_ASSERT_EQUAL(memcmp(sent[i].data, sent[0].data, sent[0].len), 0);
	}
	advance(1);
	CU_ASSERT_EQUAL(n_replies[1], 1);
	CU_ASSERT_TRUE(replies[1].is_down);
	CU_ASSERT_EQUAL(counted(CGN_RELAY_C_DOWN), 1);
	end();
}

/* E-PX-9: after all have failed, each new request tries them all again. */
static void
all_addresses_are_tried_again(void)
{
	begin_with(CGN_UPSTREAM_NATPMP, 2);
	CU_ASSERT_TRUE(ask(1));
	advance(2 * 3750);
	CU_ASSERT_EQUAL(n_replies[1], 1);
	CU_ASSERT_TRUE(ask(2));
	advance(2 * 3750 - 1);
	CU_ASSERT_EQUAL_FATAL(n_sent, 16);
	for (unsigned int i = 0; i < 16; i++)
		CU_ASSERT_EQUAL(sent[i].server, i / 4 % 2);
	CU_ASSERT_EQUAL(n_replies[2], 0);
	say_mapped(2, 0, 60);
	CU_ASSERT_EQUAL(n_replies[2], 1);
	CU_ASSERT_FALSE(replies[2].is_down);
	CU_ASSERT_EQUAL(cgn_relay_upstream_at(up), 1);
	end();
}

/* E-PX-9: ICMP sends all requests to the next address at once. */
static void
refusal_takes_the_next_address(void)
{
	begin_with(CGN_UPSTREAM_NATPMP, 2);
	CU_ASSERT_TRUE(ask(1));
	advance(250);
	CU_ASSERT_TRUE(ask(2));
	n_sent = 0;
	cgn_relay_upstream_refused(up, now);
	CU_ASSERT_EQUAL_FATAL(n_sent, 2);
	CU_ASSERT_EQUAL(sent[0].at_ms, now);
	CU_ASSERT_TRUE(sent[0].server == 1 && sent[1].server == 1);
	say_mapped(1, 0, 60);
	say_mapped(2, 0, 60);
	CU_ASSERT_TRUE(n_replies[1] == 1 && !replies[1].is_down);
	CU_ASSERT_TRUE(n_replies[2] == 1 && !replies[2].is_down);
	CU_ASSERT_EQUAL(counted(CGN_RELAY_C_DOWN), 0);
	end();
}

/* E-PX-8, E-PX-9: all requests of all clients go to the address that answers. The search goes on from there. */
static void
address_that_answers_stays_in_use(void)
{
	begin_with(CGN_UPSTREAM_NATPMP, 3);
	CU_ASSERT_TRUE(ask(1));
	cgn_relay_upstream_refused(up, now);
	say_mapped(1, 0, 60);
	advance(3600000);
	n_sent = 0;
	for (unsigned int i = 2; i < 100; i++) {
		CU_ASSERT_TRUE(ask(i));
		say_mapped(i, 0, 60);
	}
	CU_ASSERT_EQUAL_FATAL(n_sent, 98);
	for (unsigned int i = 0; i < n_sent; i++)
		CU_ASSERT_EQUAL(sent[i].server, 1);
	n_sent = 0;
	CU_ASSERT_TRUE(ask(100));
	advance(3 * 3750 - 1);
	CU_ASSERT_EQUAL_FATAL(n_sent, 12);
	for (unsigned int i = 0; i < n_sent; i++)
		CU_ASSERT_EQUAL(sent[i].server, (1 + i / 4) % 3);
	CU_ASSERT_EQUAL(n_replies[100], 0);
	advance(1);
	CU_ASSERT_EQUAL(n_replies[100], 1);
	end();
}

static const struct cu_test tests[] = {
	CU_TEST_ROW(silence_is_asked_nine_times),
	CU_TEST_ROW(waits_of_pcp_are_random),
	CU_TEST_ROW(waits_of_natpmp_are_exact),
	CU_TEST_ROW(late_answer_ends_the_schedule),
	CU_TEST_ROW(refusal_ends_the_schedule),
	CU_TEST_ROW(requests_leave_one_after_the_other),
	CU_TEST_ROW(lost_packet_of_pcp_delays_only_its_client),
	CU_TEST_ROW(many_lost_requests_are_bounded),
	CU_TEST_ROW(request_without_an_answer_fails_alone),
	CU_TEST_ROW(server_that_is_down_is_tried_shortly),
	CU_TEST_ROW(loss_restarts_what_is_under_way),
	CU_TEST_ROW(another_address_is_news),
	CU_TEST_ROW(codes_pass_as_they_are),
	CU_TEST_ROW(answers_fit_their_requests),
	CU_TEST_ROW(octets_that_are_no_answer_change_nothing),
	CU_TEST_ROW(protocol_that_is_found_begins_anew),
	CU_TEST_ROW(addresses_are_tried_one_after_the_other),
	CU_TEST_ROW(all_addresses_are_tried_again),
	CU_TEST_ROW(refusal_takes_the_next_address),
	CU_TEST_ROW(address_that_answers_stays_in_use),
};

CU_MAIN("relay_upstream", tests)
